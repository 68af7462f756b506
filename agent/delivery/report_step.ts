/**
 * Reports a durable receipt, and a failure, to the authority (D§2 step 9). A receipt that cannot be reported now is
 * reported later from the record: the device exists whatever the network does.
 *
 * @module
 */
import {
  type Answer,
  openStatement,
  type ReceiptReply,
  type Refused,
  type RequestOf,
  statementSubjects,
} from "../../authority/api/mod.ts";
import { Fault, Malformed, parseTicketId } from "../../bootloader/wire/mod.ts";
import type { Journal, TicketRecord } from "../journal/mod.ts";
import type { Stop } from "./causes.ts";
import type { Phase } from "./phases.ts";
import type { AppliancesWord, Office } from "./ports.ts";

/** What reporting a receipt needs; a part of what a delivery is given. */
export interface ReportPorts {
  readonly office: Pick<Office, "receipt" | "failure">;
  readonly journal: Journal;
  /** The log keys that may have signed what a reply contains (P-70); read when the answer is there, which may have brought newer ones. */
  readonly statementKeys: () => readonly Uint8Array[];
}

/** What came of a report. */
export type Report =
  | { readonly committed: ReceiptReply | AppliancesWord }
  | { readonly refused: Refused }
  | { readonly pending: string };

/** Reports the receipt of one ticket; may be repeated. A refusal is final, a fault leaves the report pending. */
export async function reportReceipt(
  ports: ReportPorts,
  ticket: TicketRecord,
  signal: AbortSignal,
): Promise<Report> {
  if (ticket.receipt === null) return { pending: "there is no receipt yet" };
  try {
    const body = receiptBody(ticket, ticket.receipt);
    const answer = await ports.office.receipt(parseTicketId(ticket.ticketId), body, { signal });
    return takeReceiptAnswer(ports, ticket.ticketId, answer);
  } catch (error) {
    if (error instanceof Fault && error.place !== "disk") return { pending: error.message };
    if (error instanceof Malformed) return { pending: error.message };
    throw error;
  }
}

/** Returns what is reported of a receipt, whichever carrier takes it. */
export function receiptBody(ticket: TicketRecord, receipt: Uint8Array): RequestOf<"receipt"> {
  return { number: ticket.message2, receipt: receipt.toHex() };
}

/** Records the answer to a reported receipt, whichever carrier brought it. @throws {Malformed} for a false countersignature */
export function takeReceiptAnswer(
  ports: Pick<ReportPorts, "journal" | "statementKeys">,
  ticketId: string,
  answer: Answer<ReceiptReply | AppliancesWord>,
): Report {
  // A station and the loop for waiting receipts may report the same one at once: the first answer is recorded.
  const isOpen = ports.journal.unreported().some((ticket) => ticket.ticketId === ticketId);
  if ("refused" in answer) {
    const canShow = ports.journal.epochs.keyRecords(ticketId).length > 0;
    if (isPassing(answer.refused) || (canShow && isForgotten(answer.refused))) {
      return { pending: answer.refused.says };
    }
    if (isOpen) ports.journal.rejectReceipt(ticketId, answer.refused.code);
    return { refused: answer.refused };
  }
  const word = "word" in answer.granted ? "appliance" : "authority";
  if (!("word" in answer.granted)) checkCountersignature(answer.granted, ports.statementKeys());
  if (isOpen) ports.journal.commit(ticketId, JSON.stringify(answer.granted), word);
  return { committed: answer.granted };
}

/** The countersignature is the manufacturer's own proof: it is worth keeping only when it holds. @throws {Malformed} */
function checkCountersignature({ statement, record }: ReceiptReply, logKeys: readonly Uint8Array[]): void {
  openStatement(Uint8Array.fromHex(statement), {
    logKeys,
    subject: statementSubjects.receipt,
    content: Uint8Array.fromHex(record),
  });
}

/** Refusals that say nothing about what was reported: the report stays pending. */
export function isPassing(refused: Refused): boolean {
  return refused.code === "replay" || refused.code === "request-not-authentic" ||
    refused.code === "record-asked" || refused.code === "appliance-revoked" ||
    refused.code === "appliance-unknown";
}

/** P-63: a restored authority does not know what it gave; when it was shown the key record, it will take the receipt. */
function isForgotten({ code }: Refused): boolean {
  return code === "ticket-unknown" || code === "receipt-number-unknown";
}

/**
 * Tells the authority how a delivery failed, once; returns whether it has heard it. It is information only: the ledger
 * does not need it to be right.
 */
export async function reportFailure(
  ports: ReportPorts,
  failure: {
    readonly ticketId: string;
    readonly phase: Phase;
    readonly stop: Stop;
    readonly atMs: number;
  },
  signal: AbortSignal,
): Promise<boolean> {
  const { ticketId, phase, stop, atMs } = failure;
  try {
    const body = { cause: stop.cause, phase, atMs, abandon: false };
    const answer = await ports.office.failure(parseTicketId(ticketId), body, { signal });
    return "granted" in answer || !isPassing(answer.refused);
  } catch (error) {
    // The record here has the failure; a network that is away must not hide it behind another one.
    if (!(error instanceof Fault) && !(error instanceof Malformed)) throw error;
    return false;
  }
}
