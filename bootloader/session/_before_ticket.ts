/**
 * What a host can find out before it sends TICKET: the target would refuse without a reason (P-49), and no ticket leaves
 * before the lock is proven (P-12, P-44). Knows HELLO_REPLY, the ticket and the record; nothing of probes.
 * @module
 */
import type { OpenedTicket } from "../ticket/mod.ts";
import { lockFlaw, uidMatches } from "../ticket/mod.ts";
import type { HelloReply, LockRecord } from "../wire/mod.ts";
import { sameBytes } from "../wire/mod.ts";
import type { HostRefusal } from "./host_step.ts";

/** What a host knows about a chip's lock before it sends a ticket. */
export interface LockProof {
  /** What was seen (P-45). */
  readonly record: LockRecord;
  /** Whether the chip's lock class wants RAM closed under reset. */
  readonly ramClosed: boolean;
}

/** A code and what the host's own record says beside it. */
export interface Refusal {
  /** Why no ticket is sent. */
  readonly code: HostRefusal;
  /** The values that differ. */
  readonly detail: string;
}

/** What the target would refuse in TICKET without saying why (P-49), found out beforehand from HELLO_REPLY. */
export function ticketRefusal(reply: HelloReply, { ticket }: OpenedTicket): Refusal | undefined {
  if (reply.family !== ticket.family) {
    return { code: "wrong-family", detail: `${reply.family} is not ${ticket.family}` };
  }
  if (reply.ticketKeyId !== ticket.ticketKeyId || reply.epoch !== ticket.epoch) {
    return { code: "other-ticket-key", detail: `key ${reply.ticketKeyId}, epoch ${reply.epoch}` }; // P-14
  }
  if (!uidMatches(reply.uid, ticket)) {
    return { code: "uid-not-in-ticket", detail: `UID ${reply.uid.toHex()}` }; // P-15
  }
  if (ticket.length > reply.flashKb * 1024) {
    return { code: "image-too-large", detail: `${ticket.length} bytes for ${reply.flashKb} KiB` }; // P-16
  }
  const differing = reply.options.findIndex((word, index) =>
    ((word ^ ticket.optionValue[index]!) & ticket.optionMask[index]!) !== 0
  );
  if (differing >= 0) return { code: "options-differ", detail: `option word ${differing}` }; // P-18
  return undefined;
}

/** P-12, P-44: no ticket before the target says that it is locked and an outside attempt has confirmed it. */
export function proofRefusal(
  reply: HelloReply,
  { ticket }: OpenedTicket,
  proof: LockProof,
): Refusal | undefined {
  if (reply.lock < 1 || reply.debug !== 1) {
    return { code: "lock-not-proven", detail: `the target says lock ${reply.lock}, debug ${reply.debug}` };
  }
  const { record } = proof;
  if (record.ticketId !== ticket.ticketId || !sameBytes(record.uid, reply.uid)) {
    return { code: "lock-not-proven", detail: "the lock record is for another ticket or UID" };
  }
  const flaw = lockFlaw(record, { lockLevel: ticket.lockLevel, ramClosed: proof.ramClosed });
  if (flaw !== undefined) return { code: "lock-not-proven", detail: flaw };
  return reply.lock === record.lock && reply.debug === record.debug
    ? undefined
    : { code: "lock-not-proven", detail: "the lock record says other than HELLO_REPLY" };
}
