/**
 * The authority's database: one SQLite file, its schema, and every statement that touches it. Decides nothing.
 *
 * @module
 */

export * from "./appliances.ts";
export * from "./catalogue.ts";
export * from "./changes.ts";
export { Database } from "./database.ts";
export * from "./epochs.ts";
export * from "./figures.ts";
export * from "./identity.ts";
export * from "./leases.ts";
export * from "./listed_uids.ts";
export * from "./orders.ts";
export * from "./overview.ts";
export * from "./record_heads.ts";
export * from "./records.ts";
export * from "./sessions.ts";
export * from "./tickets.ts";
export * from "./unaccounted.ts";
export * from "./units.ts";
