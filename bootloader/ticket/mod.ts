/**
 * Everything that is sealed: tickets, key sets, device certificates, delegations of leases, lock records, heads of records, receipts, wrapped release keys, and the
 * install block that is built from a ticket. Verifies first, then parses (P-2). No I/O, no clock.
 * @module
 */
export type { Opening, OpenOptions } from "./_sealed.ts";
export * from "./certificate.ts";
export * from "./delegation.ts";
export * from "./install_block.ts";
export * from "./keyset.ts";
export * from "./lock_record.ts";
export * from "./receipt.ts";
export * from "./record_head.ts";
export * from "./secrets.ts";
export * from "./ticket.ts";
