/**
 * The authority's log: append-only, hash-chained, its head signed by the log key.
 *
 * @module
 */

export * from "./chain.ts";
export * from "./writer.ts";
