/**
 * Keeps encrypted releases.
 *
 * @module
 */

export * from "./content.ts";
