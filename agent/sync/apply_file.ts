/**
 * Takes the opened messages of a file of replies, one by one, each as its answer would be taken over HTTPS (P-67). What HTTPS
 * answers at once, a question for the record or for proof, waits for the next file. Knows no file.
 *
 * @module
 */
import type { Answer, MessageTo, Opened, Refused, ReplyOf, StateReply } from "../../authority/api/mod.ts";
import type { OwnerId } from "../../bootloader/wire/mod.ts";
import { takeReceiptAnswer } from "../delivery/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { type ApplyPorts, type SyncOrder, takeFailure, type Taking } from "./apply.ts";
import { takeDenials } from "./denials.ts";
import { takeShown } from "./earlier.ts";

/** What an opened file is taken with besides. */
export interface FilePorts extends ApplyPorts {
  readonly owner: OwnerId;
  readonly statementKeys: () => readonly Uint8Array[];
}

/** What became of one receipt that was reported by file. */
export interface LateReceipt {
  readonly ticketId: string;
  readonly uid: string;
  readonly refused: string | null;
}

/**
 * Takes one opened message of a file, content of releases left out. Returns the orders when it is a state that is news, and
 * each receipt that it settles.
 */
export async function takeOpened(
  taking: Taking,
  ports: FilePorts,
  opened: Opened,
): Promise<{ readonly orders?: readonly SyncOrder[]; readonly receipt?: LateReceipt }> {
  const when = { sequence: opened.sequence, atSeconds: opened.atSeconds };
  const { message, answer } = opened;
  if (answer === null) return {};
  if ("refused" in answer) noteRecord(ports.journal, answer.refused);
  switch (opened.message.route) {
    case "state":
      return await takeState(taking, ports, opened as Opened & { readonly message: MessageTo<"state"> });
    case "restored":
      if ("refused" in answer) taking.refuse("restored", answer.refused, opened.atSeconds);
      else taking.noteShown(takeShown(ports.journal, answer.granted as ReplyOf<"restored">));
      return {};
    case "restoredLease":
      if ("refused" in answer) taking.refuse("restored", answer.refused, opened.atSeconds);
      return {};
    case "denials":
      if ("refused" in answer) taking.refuse("denials", answer.refused, opened.atSeconds);
      else takeDenials(ports, { owner: ports.owner, reply: answer.granted as ReplyOf<"denials"> });
      return {};
    case "renewal":
      // What comes of it is told by the state's refusal or by its success.
      return {};
    case "leaseUses":
      taking.uses(message as MessageTo<"leaseUses">, answer as Answer<ReplyOf<"leaseUses">>, when);
      return {};
    case "leaseReturns":
      taking.returns(answer as Answer<ReplyOf<"leaseReturns">>, when);
      return {};
    case "lease":
      taking.lease(message as MessageTo<"lease">, answer as Answer<ReplyOf<"lease">>, when);
      return {};
    case "receipt":
      return takeReceipt(taking, ports, opened.message.subject, answer as Answer<ReplyOf<"receipt">>);
    case "failure":
      takeFailure(ports.journal, opened.message, answer as Answer<ReplyOf<"failure">>);
      return {};
    case "releaseContent":
      if ("refused" in answer) taking.refuse("release", answer.refused, opened.atSeconds);
      return {};
  }
}

/** What the authority asks of this appliance's record is answered by the next file: here no answer follows at once (P-68). */
function noteRecord({ shown }: Journal, { code, askedRecord, highestSequence }: Refused): void {
  if (code === "record-asked" && askedRecord !== undefined) shown.ask(askedRecord);
  if (code === "replay" && highestSequence !== undefined) shown.skipTo(highestSequence);
}

async function takeState(
  taking: Taking,
  { journal }: FilePorts,
  { message, answer, sequence, atSeconds }: Opened & { readonly message: MessageTo<"state"> },
): Promise<{ readonly orders?: readonly SyncOrder[] }> {
  const state = answer as Answer<StateReply>;
  if ("granted" in state && state.granted.record !== null) {
    const { number, hash } = state.granted.record;
    journal.shown.acknowledge({ number, hash: Uint8Array.fromHex(hash) });
  }
  const heard = await taking.state(state, { sequence, atSeconds });
  if (heard === null) return {};
  // P-64: shown with proof by the next file.
  if (heard.isForgotten && message.subject !== null) journal.epochs.forget(message.subject);
  return { orders: heard.orders };
}

function takeReceipt(
  taking: Taking,
  ports: FilePorts,
  ticketId: string,
  answer: Answer<ReplyOf<"receipt">>,
): { readonly receipt?: LateReceipt } {
  const waiting = ports.journal.unreported().find((ticket) => ticket.ticketId === ticketId);
  if (waiting === undefined) return {};
  const report = takeReceiptAnswer(ports, ticketId, answer);
  if ("refused" in answer) taking.refuse("receipt", answer.refused, answer.atSeconds);
  if ("pending" in report) return {};
  return {
    receipt: { ticketId, uid: waiting.uid, refused: "refused" in report ? report.refused.code : null },
  };
}
