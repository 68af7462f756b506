/**
 * Seals and opens heads of an appliance's record (PROTOCOL section 12, P-68): where its hash chain ends, signed by the
 * appliance identity. Knows nothing of what is in a record.
 * @module
 */
import {
  concat,
  type RecordHead,
  recordHeadLayout,
  SIGNATURE_BYTES,
  silentRecordHeadLayout,
} from "../wire/mod.ts";
import { open, type Opening, type OpenOptions } from "./_sealed.ts";

const SILENT_VERSION = 1;

/** Bytes of a sealed head. */
export const SEALED_RECORD_HEAD_BYTES = recordHeadLayout.size + SIGNATURE_BYTES;

/**
 * Returns the sealed head, 224 bytes; `sign` is the appliance identity's (Ed25519, 64 bytes). Without `known` it is one that
 * does not say what is known, as appliances of before wrote it (P-78).
 */
export function sealRecordHead(
  { known = null, ...places }: Omit<RecordHead, "known"> & Partial<Pick<RecordHead, "known">>,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const body = known === null
    ? silentRecordHeadLayout.encode(places)
    : recordHeadLayout.encode({ ...places, known });
  return concat(body, sign(body));
}

/** Verifies a sealed head with the appliance's public key and parses it. @throws {Malformed} for a wrong length or field. */
export function openRecordHead(sealed: Uint8Array, options: OpenOptions): Opening<RecordHead> {
  // Which of the two tables: the signature is checked over either, before anything is read (P-2).
  if (sealed[recordHeadLayout.offsets.version] !== SILENT_VERSION) {
    return open(recordHeadLayout, sealed, options);
  }
  const opening = open(silentRecordHeadLayout, sealed, options);
  return "opened" in opening ? { opened: { ...opening.opened, known: null } } : opening;
}
