/**
 * Canonical bytes of the protocol: identifiers, layouts, frames, and the errors that decoders throw. No cryptography.
 *
 * @example Reading and writing a structure
 * ```ts
 * import { Layout, u8, u16 } from "./mod.ts";
 * const layout = new Layout("example", { kind: u8, size: u16 });
 * console.assert(layout.decode(layout.encode({ kind: 1, size: 512 })).size === 512);
 * ```
 * @module
 */
export * from "./bodies.ts";
export * from "./bytes.ts";
export * from "./errors.ts";
export * from "./frame.ts";
export * from "./ids.ts";
export * from "./labels.ts";
export * from "./layout.ts";
export * from "./structures.ts";
