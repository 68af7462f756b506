/**
 * The cryptographic suite (PROTOCOL section 1): the only room that touches @noble/* or node:crypto. Two implementations,
 * `native` (node:crypto, the default everywhere) and `noble` (the second opinion), Noise on either, and secrets that
 * cannot be printed.
 *
 * @example Signing and verifying
 * ```ts
 * import { Secret, sign, signingKeyPairOf, verify } from "./mod.ts";
 * const pair = signingKeyPairOf(new Secret(new Uint8Array(32).fill(7)));
 * const message = new Uint8Array([1, 2, 3]);
 * console.assert(verify({ publicKey: pair.publicKey, message, signature: sign(pair.seed, message) }));
 * ```
 * @module
 */
export { LABELS } from "../wire/mod.ts";
export { native } from "./_native.ts";
export { noble } from "./_noble.ts";
export { isAcceptablePublicKey } from "./_strict_ed25519.ts";
export * from "./keys.ts";
export * from "./noise.ts";
export * from "./point_table.ts";
export type * from "./primitives.ts";
export * from "./secret.ts";
export * from "./slow_hash.ts";
export * from "./self_test.ts";
export * from "./symmetric_state.ts";
