/**
 * The acts of the authority: read, decide, sign, record, in one transaction each; repeated without harm.
 *
 * @module
 */

export * from "./admission.ts";
export * from "./appliance.ts";
export * from "./catalogue.ts";
export * from "./delivery.ts";
export * from "./denials.ts";
export * from "./epoch.ts";
export * from "./lease.ts";
export * from "./lease_report.ts";
export * from "./office.ts";
export * from "./people.ts";
export * from "./renewal.ts";
export * from "./restored.ts";
export * from "./restored_lease.ts";
export * from "./ticket.ts";
