/**
 * Seals and opens heads of an appliance's record (PROTOCOL section 12, P-68): where its hash chain ends, signed by the
 * appliance identity. Knows nothing of what is in a record.
 * @module
 */
import { concat, type RecordHead, recordHeadLayout, SIGNATURE_BYTES } from "../wire/mod.ts";
import { open, type Opening, type OpenOptions } from "./_sealed.ts";

/** Bytes of a sealed head. */
export const SEALED_RECORD_HEAD_BYTES = recordHeadLayout.size + SIGNATURE_BYTES;

/** Returns the sealed head, 224 bytes; `sign` is the appliance identity's (Ed25519, 64 bytes). */
export function sealRecordHead(
  head: RecordHead,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const body = recordHeadLayout.encode(head);
  return concat(body, sign(body));
}

/** Verifies a sealed head with the appliance's public key and parses it. @throws {Malformed} for a wrong length or field. */
export function openRecordHead(sealed: Uint8Array, options: OpenOptions): Opening<RecordHead> {
  return open(recordHeadLayout, sealed, options);
}
