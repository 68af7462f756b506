/**
 * The ledger's decisions: (state, request, now) -> decision. Pure: no clock, no key, no database, no network.
 *
 * @module
 */

export * from "./delivery.ts";
export * from "./epoch.ts";
export * from "./lease.ts";
export * from "./order.ts";
export * from "./record_head.ts";
export * from "./sequence.ts";
export * from "./standing.ts";
export * from "./ticket.ts";
export * from "./units.ts";
