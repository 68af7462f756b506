/**
 * The authority's driver for its machine.
 *
 * @module
 */

export * from "./machine.ts";
