/**
 * The authority's driver for its machine.
 *
 * @module
 */

export * from "./figures.ts";
export * from "./https.ts";
export * from "./machine.ts";
