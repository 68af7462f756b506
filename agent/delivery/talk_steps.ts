/**
 * Handshake, transfer and receipt (D§2 steps 6 to 9, P-28 to P-38): the session decides, this carries. Order that
 * must hold: message 2 recorded before it goes on the link; receipt durable before ACK.
 *
 * @module
 */
import {
  type Message1Reply,
  openStatement,
  type RequestOf,
  statementSubjects,
} from "../../authority/api/mod.ts";
import { chunkSourceOf, type TransportKeys } from "../../bootloader/session/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import {
  Fault,
  keyRecordLayout,
  Malformed,
  sameBytes,
  type Ticket,
  type TicketId,
} from "../../bootloader/wire/mod.ts";
import { type OpenedTicket, OUTCOME_INSTALLED } from "../../bootloader/ticket/mod.ts";
import type { FoundChip } from "../probe/mod.ts";
import { stopFor } from "./causes.ts";
import type { Conversation, Turn } from "./conversation.ts";
import { ASK_AGAIN_MS } from "./patience.ts";
import type { Office } from "./ports.ts";
import type { ProvenLock } from "./lock_step.ts";
import { type Run, type Step, stopForRefusal } from "./run.ts";

/** What the phases of the conversation share. */
export interface Talk {
  readonly conversation: Conversation;
  readonly ticket: OpenedTicket;
  readonly lock: ProvenLock;
  readonly chip: FoundChip;
}

/** Sends the ticket, takes message 1 to the authority, and returns its answer, recorded. */
export async function handshake(run: Run, talk: Talk, signal: AbortSignal): Promise<Step<Message1Reply>> {
  const { session, record, bytes, signature } = talk.lock;
  const { ticketId } = talk.ticket.ticket;
  // P-12, P-45: the session itself refuses to send TICKET without a proof that holds.
  const ramClosed = talk.chip.family.chips.lockClass.number === 1;
  const sent = session.ticket(talk.ticket, { record, ramClosed });
  const turn = await talk.conversation.follow(sent, signal);
  if ("stop" in turn) return turn;
  if (turn.done.step !== "message1") return outOfOrder(turn.done);
  const request = {
    message1: turn.done.message1.toHex(),
    lockRecord: bytes.toHex(),
    lockSignature: signature.toHex(),
  };
  run.ports.journal.startKeying(ticketId);
  const answer = await askForKey(run, { ticketId, request }, signal);
  if ("refused" in answer) return { stop: stopForRefusal(answer.refused) };
  const said = readKeyRecord(run, answer.granted, talk.ticket.ticket);
  if (said === "unfit") {
    return { stop: stopFor("authority-unfit", "its key record is not about the message 2 that came") };
  }
  run.ports.journal.storeMessage2(ticketId, answer.granted.number, said);
  run.known.unit = "keyed for this chip: a device may exist";
  run.tell({ kind: "keyed", message2: answer.granted.number });
  return { done: answer.granted };
}

/** P-63: what a restored authority will be shown is worth keeping only when it holds. Undefined: the own vault has answered. */
function readKeyRecord(
  run: Run,
  { keyRecord, number }: Message1Reply,
  ticket: Ticket,
):
  | { readonly record: Uint8Array; readonly statement: Uint8Array; readonly epoch: number }
  | "unfit"
  | undefined {
  if (keyRecord === undefined) return run.known.mode === "offline" ? undefined : "unfit";
  const record = Uint8Array.fromHex(keyRecord.record);
  const statement = Uint8Array.fromHex(keyRecord.statement);
  const logKeys = run.ports.statementKeys();
  try {
    openStatement(statement, { logKeys, subject: statementSubjects.keyRecord, content: record });
    const read = keyRecordLayout.decode(record);
    const fits = read.ticketId === ticket.ticketId && read.number === number && read.epoch === ticket.epoch;
    return fits ? { record, statement, epoch: read.epoch } : "unfit";
  } catch (error) {
    // It came in the authority's reply: the chip has no part in it.
    if (error instanceof Malformed) return "unfit";
    throw error;
  }
}

/**
 * Asks once more when the network fails: the chip waits in KEYING without a limit. Not oftener, since an answer that
 * was lost on the way counts among the few that a unit gets (P-29).
 */
async function askForKey(
  run: Run,
  asked: { readonly ticketId: TicketId; readonly request: RequestOf<"message1"> },
  signal: AbortSignal,
): ReturnType<Office["message1"]> {
  const { office, pause } = run.ports;
  try {
    return await office.message1(asked.ticketId, asked.request, { signal });
  } catch (error) {
    if (!(error instanceof Fault) || error.place !== "authority" || !error.retry) throw error;
    await pause(ASK_AGAIN_MS, signal);
    return await office.message1(asked.ticketId, asked.request, { signal });
  }
}

/** Serves the chunks that the chip names; returns the receipt's 100 bytes, checked against the ticket. */
export async function transfer(
  run: Run,
  talk: Talk,
  parts: { readonly reply: Message1Reply; readonly content: Uint8Array },
  signal: AbortSignal,
): Promise<Step<Uint8Array>> {
  const { session } = talk.lock;
  const keys = transportKeysOf(parts.reply);
  const chunks = chunkSourceOf(parts.content);
  let turn = await talk.conversation.follow(
    session.message2(Uint8Array.fromHex(parts.reply.message2), keys, chunks),
    signal,
  );
  // Bound: the session refuses a chunk that is asked for twice, so there are at most `count` turns.
  let done = 0;
  for (; "done" in turn && turn.done.step === "send"; done++) {
    turn = await talk.conversation.exchange(turn.done.exchange, signal);
    run.tell({ kind: "progress", done: done + 1, total: chunks.count });
  }
  if ("stop" in turn) {
    const { cause, detail } = turn.stop;
    // The last chunk may have been installed and only its answer lost: the record must not say less than that.
    if (cause === "link-silent") return { stop: stopFor("receipt-missing", detail) };
    // Nor when what came for it was no authentic receipt: whoever damaged it on the wire did not undo the device.
    if (cause === "chip-unfit" && done === chunks.count) return { stop: stopFor("receipt-unfit", detail) };
    return turn;
  }
  if (turn.done.step !== "receipt") return outOfOrder(turn.done);
  const { report, body } = turn.done;
  const { ticket } = talk.ticket;
  if (!saysWhatWasOrdered(report, ticket)) {
    return { stop: stopFor("receipt-unfit", `lock ${report.lock}, outcome ${report.outcome}`) };
  }
  return { done: body };
}

/** Makes the receipt durable and only then acknowledges it (P-38). */
export async function acknowledge(
  run: Run,
  talk: Talk,
  receipt: Uint8Array,
  signal: AbortSignal,
): Promise<Step<null>> {
  run.ports.journal.storeReceipt(talk.ticket.ticket.ticketId, receipt);
  run.tell({ kind: "receipt" });
  // A missing or wrong answer to ACK is not an error (P-38): the receipt is what counts.
  await talk.conversation.exchange(talk.lock.session.acknowledge(), signal);
  return { done: null };
}

function saysWhatWasOrdered(
  report: { readonly digest: Uint8Array; readonly lock: number; readonly outcome: number },
  ticket: Ticket,
): boolean {
  return sameBytes(report.digest, ticket.imageDigest) && report.lock === ticket.lockLevel &&
    report.outcome === OUTCOME_INSTALLED;
}

/** Takes the keys over into secrets that the session wipes. The hex text came from JSON and cannot be wiped. */
function transportKeysOf({ transport }: Message1Reply): TransportKeys {
  return {
    targetToHost: new Secret(Uint8Array.fromHex(transport.targetToHost)),
    hostToTarget: new Secret(Uint8Array.fromHex(transport.hostToTarget)),
  };
}

function outOfOrder(turn: Turn): Step<never> {
  return { stop: stopFor("chip-unfit", `the session says "${turn.step}" out of order`) };
}
