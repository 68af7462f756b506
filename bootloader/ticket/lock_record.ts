/**
 * Seals and opens lock records, and says whether one proves the lock (P-44, P-45). Knows nothing of how a chip is probed.
 * @module
 */
import type { Secret } from "../suite/mod.ts";
import type { LockRecord } from "../wire/mod.ts";
import { lockRecordLayout, SIGNATURE_BYTES } from "../wire/mod.ts";
import type { Opening, OpenOptions } from "./_sealed.ts";
import { open, seal } from "./_sealed.ts";

/** Bytes of a sealed lock record. */
export const SEALED_LOCK_RECORD_BYTES = lockRecordLayout.size + SIGNATURE_BYTES;

/** Returns the sealed lock record, 136 bytes, signed with the appliance identity's seed. */
export function sealLockRecord(record: LockRecord, identitySeed: Secret): Uint8Array<ArrayBuffer> {
  return seal(lockRecordLayout, record, identitySeed);
}

/** Verifies a sealed lock record with the appliance's public key and parses it. @throws {Malformed} for a wrong length or field. */
export function openLockRecord(sealed: Uint8Array, options: OpenOptions): Opening<LockRecord> {
  return open(lockRecordLayout, sealed, options);
}

/** What a chip's lock class asks of the proof. */
export interface LockDemand {
  /** The ticket's lock level. */
  readonly lockLevel: number;
  /** Whether RAM has to be closed under reset (lock class 1). */
  readonly ramClosed: boolean;
}

/** Returns why a lock record does not prove the lock, or undefined when it does (P-44, P-45). */
export function lockFlaw(record: LockRecord, demand: LockDemand): string | undefined {
  if (record.lock !== demand.lockLevel) {
    return `the target says lock level ${record.lock} and the ticket ${demand.lockLevel}`;
  }
  if (record.debug !== 1) return "the target has not disabled its debug port";
  if (record.flashUnderReset !== 0) return "flash was readable under reset";
  if (record.plainAttach !== 0) return "a plain attach was answered";
  if (demand.ramClosed && record.ramUnderReset !== 0) return "RAM was readable under reset";
  return undefined;
}
