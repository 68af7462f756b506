/**
 * The hash chain over the journal's records: each record's hash covers the record before it, so that a record
 * that was changed, removed or put in later breaks the chain from there on (D§5). Pure: bytes in, bytes out.
 *
 * @module
 */
import { hash32 } from "../../bootloader/suite/mod.ts";
import { LABELS, sameBytes } from "../../bootloader/wire/mod.ts";

/** One record as it is hashed. `body` is the JSON text exactly as stored. */
export interface ChainRecord {
  /** Number from 1 without a gap. */
  readonly number: number;
  /** Milliseconds since 1970 by the appliance's clock; it decides nothing, it is only told. */
  readonly atMs: number;
  /** Kind of the event, e.g. `ticket`. */
  readonly kind: string;
  readonly body: string;
}

/** The hash before record 1. */
export const CHAIN_START: Uint8Array = new Uint8Array(32);

/** Returns the 32-byte hash of `record` after `previous`: H32(label, previous, number, time, kind, body). */
export function hashRecord(previous: Uint8Array, record: ChainRecord): Uint8Array {
  const text = new TextEncoder();
  const kind = text.encode(record.kind);
  const body = text.encode(record.body);
  const head = new DataView(new ArrayBuffer(24));
  head.setBigUint64(0, BigInt(record.number), true);
  head.setBigUint64(8, BigInt(record.atMs), true);
  // Both lengths are hashed: "ab" + "c" and "a" + "bc" are different records.
  head.setUint32(16, kind.length, true);
  head.setUint32(20, body.length, true);
  return hash32(LABELS.record, previous, new Uint8Array(head.buffer), kind, body);
}

/** A place where the chain does not hold, in words. */
export interface ChainBreak {
  readonly number: number;
  readonly problem: string;
}

/** Walks `records` from the start; returns the first break, or the last hash and the count when all holds. */
export function walkChain(
  records: Iterable<ChainRecord & { readonly hash: Uint8Array }>,
): { readonly broken: ChainBreak } | { readonly head: Uint8Array; readonly count: number } {
  let head = CHAIN_START;
  let count = 0;
  for (const record of records) {
    count++;
    if (record.number !== count) return { broken: { number: count, problem: "the record is missing" } };
    const expected = hashRecord(head, record);
    if (!sameBytes(expected, record.hash)) {
      return { broken: { number: count, problem: "the record or one before it was changed" } };
    }
    head = expected;
  }
  return { head, count };
}
