/**
 * Seals and opens key sets (PROTOCOL section 12, P-53): what an owner's offline root says about the keys in use.
 * @module
 */
import type { Secret } from "../suite/mod.ts";
import { keyIdOf } from "../suite/mod.ts";
import type { KeyId, Keyset } from "../wire/mod.ts";
import { keysetLayout, SIGNATURE_BYTES } from "../wire/mod.ts";
import type { Opening, OpenOptions } from "./_sealed.ts";
import { open, seal } from "./_sealed.ts";

/** Bytes of a sealed key set. */
export const SEALED_KEYSET_BYTES = keysetLayout.size + SIGNATURE_BYTES;

/** Returns the sealed key set, 268 bytes, signed with the root key's seed. */
export function sealKeyset(keyset: Keyset, rootSeed: Secret): Uint8Array<ArrayBuffer> {
  return seal(keysetLayout, keyset, rootSeed);
}

/** Verifies a sealed key set with the root's public key and parses it. @throws {Malformed} for a wrong length or field. */
export function openKeyset(sealed: Uint8Array, options: OpenOptions): Opening<Keyset> {
  return open(keysetLayout, sealed, options);
}

/** Returns the ticket key of a key set that `keyId` names, current or next, or undefined (P-53). */
export function ticketKeyIn(keyset: Keyset, keyId: KeyId): Uint8Array | undefined {
  return [keyset.ticketKey, keyset.nextTicketKey].find((key) =>
    key.some((byte) => byte !== 0) && keyIdOf(key) === keyId
  );
}
