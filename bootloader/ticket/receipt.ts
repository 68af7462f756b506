/**
 * Rebuilds what a receipt's MAC covers and checks it (PROTOCOL section 9, P-39); makes one for rehearsals and vectors.
 * Knows nothing of units: whoever holds the receipt key decides what a receipt is worth.
 * @module
 */
import type { Secret } from "../suite/mod.ts";
import { equalInConstantTime, hash32, mac32 } from "../suite/mod.ts";
import type { Receipt, ReceiptReport, TicketId } from "../wire/mod.ts";
import { receiptLayout, receiptReportLayout, sameBytes } from "../wire/mod.ts";

/** The outcome "installed". */
export const OUTCOME_INSTALLED = 1;

/** What the key-holder's own record says about the session that a receipt is for. */
export interface ReceiptRecord {
  /** Final handshake hash of the message 2 that was sent, 64 bytes. */
  readonly hh: Uint8Array;
  /** Padded UID that the ticket is pinned to, 16 bytes. */
  readonly uid: Uint8Array;
  /** The ticket. */
  readonly ticketId: TicketId;
}

/** What a genuine receipt has to say. */
export interface ReceiptDemand {
  /** The ticket's image digest, 32 bytes. */
  readonly imageDigest: Uint8Array;
  /** The personal region's content as sent in message 2; empty when there is none. */
  readonly personal: Uint8Array;
  /** The ticket's lock level. */
  readonly lockLevel: number;
}

/** Why a receipt is refused. Only the record of the checker has this; a peer hears "not authentic". */
export type ReceiptRefusal = "mac" | "outcome" | "digest" | "personal" | "lock";

/** Returns the 180 bytes that the MAC covers, from the checker's record and what the report says (P-39). */
export function receiptBytes(record: ReceiptRecord, report: ReceiptReport): Uint8Array<ArrayBuffer> {
  return receiptLayout.encode(receiptOf(record, report));
}

function receiptOf({ hh, uid, ticketId }: ReceiptRecord, report: ReceiptReport): Receipt {
  const { digest, personalHash, lock, entropy, outcome } = report;
  return { hh, uid, ticketId, digest, personalHash, lock, entropy, outcome };
}

/** Returns the 100 bytes of a receipt report with its MAC: the target's part, for rehearsals and vectors. */
export function makeReceiptReport(
  receipt: Receipt,
  receiptKey: Secret,
): Uint8Array<ArrayBuffer> {
  return receiptReportLayout.encode({ ...receipt, mac: mac32(receiptKey, receiptLayout.encode(receipt)) });
}

/**
 * Checks the 100 bytes of a receipt report: the MAC first, in constant time, then each thing that it says (P-39).
 * @throws {Malformed} when it is not 100 bytes or a reserved byte is set.
 */
export function checkReceipt(body: Uint8Array, options: {
  readonly record: ReceiptRecord;
  readonly receiptKey: Secret;
  readonly demand: ReceiptDemand;
}): { readonly genuine: Receipt } | { readonly refused: ReceiptRefusal } {
  const report = receiptReportLayout.decode(body);
  const receipt = receiptOf(options.record, report);
  const mac = mac32(options.receiptKey, receiptLayout.encode(receipt));
  // P-39: nothing that the report says is believed before this.
  if (!equalInConstantTime(mac, report.mac)) return { refused: "mac" };
  const { imageDigest, personal, lockLevel } = options.demand;
  if (report.outcome !== OUTCOME_INSTALLED) return { refused: "outcome" };
  if (!sameBytes(report.digest, imageDigest)) return { refused: "digest" };
  if (!sameBytes(report.personalHash, hash32(personal))) return { refused: "personal" };
  if (report.lock !== lockLevel) return { refused: "lock" };
  return { genuine: receipt };
}
