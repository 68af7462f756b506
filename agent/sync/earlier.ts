/**
 * Shows a restored authority what was given before the restore (P-63): tickets with their key records and receipts, and
 * leases. Bounded messages, each safe to repeat; what was booked is noted in the journal, the rest is shown again.
 *
 * @module
 */
import {
  type Answer,
  type ApplianceClient,
  type MessageTo,
  type OrderId,
  type Refused,
  type ReplyOf,
  RESTORED_LEASE_TICKETS_MOST,
  RESTORED_TICKETS_MOST,
} from "../../authority/api/mod.ts";
import type { HeldLease, Journal, TicketRecord } from "../journal/mod.ts";

/** What showing needs. */
export interface EarlierPorts {
  readonly client: Pick<ApplianceClient, "restored">;
  readonly journal: Journal;
}

/** What became of a shown ticket. */
export type ShownTicket = ReplyOf<"restored">["tickets"][number] & { readonly uid: string };

/** What showing came to. */
export interface ShownResult {
  readonly shown: readonly ShownTicket[];
  /** Null: everything was heard. */
  readonly refused: Refused | null;
}

/** Shows every ticket that the authority of this epoch has not seen, until it refuses. */
export async function showEarlier(ports: EarlierPorts, signal: AbortSignal): Promise<ShownResult> {
  const shown: ShownTicket[] = [];
  const left = new Set<string>();
  // Bound: each turn notes tickets as told, or leaves them out for this round.
  for (;;) {
    const waiting = ports.journal.epochs.untold(RESTORED_TICKETS_MOST + left.size);
    const batch = waiting.filter(({ ticketId }) => !left.has(ticketId)).slice(0, RESTORED_TICKETS_MOST);
    if (batch.length === 0) return { shown, refused: null };
    const result = await showTickets(ports, batch, signal);
    if (result.refused !== null) return { shown, refused: result.refused };
    for (const { ticketId } of batch) {
      if (!result.shown.some((ticket) => ticket.ticketId === ticketId && ticket.booked)) left.add(ticketId);
    }
    shown.push(...result.shown);
  }
}

/** Shows tickets in bounded messages, and notes those that are booked. */
export async function showTickets(
  { client, journal }: EarlierPorts,
  tickets: readonly TicketRecord[],
  signal: AbortSignal | undefined,
): Promise<ShownResult> {
  const shown: ShownTicket[] = [];
  for (const { body } of restoredMessages(journal, tickets)) {
    const answer = await client.restored(body, signal === undefined ? {} : { signal });
    if ("refused" in answer) return { shown, refused: answer.refused };
    shown.push(...takeShown(journal, answer.granted));
  }
  return { shown, refused: null };
}

/** The messages that show tickets, at most {@linkcode RESTORED_TICKETS_MOST} in each. */
export function restoredMessages(
  journal: Journal,
  tickets: readonly TicketRecord[],
): readonly MessageTo<"restored">[] {
  const messages: MessageTo<"restored">[] = [];
  for (let at = 0; at < tickets.length; at += RESTORED_TICKETS_MOST) {
    const batch = tickets.slice(at, at + RESTORED_TICKETS_MOST);
    const body = { tickets: batch.map((ticket) => showable(journal, ticket)) };
    messages.push({ route: "restored", subject: null, body, range: null });
  }
  return messages;
}

/** Notes what a server has booked, in the epoch that it says; what is booked in an earlier one is shown again. */
export function takeShown(journal: Journal, { epoch, tickets }: ReplyOf<"restored">): readonly ShownTicket[] {
  return tickets.flatMap((reply) => {
    const own = journal.epochs.shown(reply.ticketId);
    if (own === null) return [];
    if (reply.booked) journal.epochs.storeTold(own.ticketId, epoch);
    return [{ ...reply, booked: reply.booked && epoch >= journal.epochs.highest(), uid: own.uid }];
  });
}

function showable(journal: Journal, ticket: TicketRecord) {
  return {
    ticket: ticket.sealed.toHex(),
    keyRecords: journal.epochs.keyRecords(ticket.ticketId).map(({ record, statement }) => ({
      record: record.toHex(),
      statement: statement.toHex(),
    })),
    receipt: ticket.receipt === null ? null : { number: ticket.message2, receipt: ticket.receipt.toHex() },
  };
}

/** Shows a lease with all its tickets; the last answer counts. */
export async function showLease(
  ports: { readonly client: Pick<ApplianceClient, "restoredLease">; readonly journal: Journal },
  lease: HeldLease,
  signal: AbortSignal,
): Promise<Answer<ReplyOf<"restoredLease">>> {
  let answer: Answer<ReplyOf<"restoredLease">> | undefined;
  for (const { body } of shownLease(ports.journal, lease)) {
    answer = await ports.client.restoredLease(body, { signal });
    if ("refused" in answer) return answer;
  }
  if (answer === undefined) throw new RangeError("a lease without tickets is shown");
  return answer;
}

/** The messages that show a lease, at most {@linkcode RESTORED_LEASE_TICKETS_MOST} tickets in each. */
export function shownLease(journal: Journal, lease: HeldLease): readonly MessageTo<"restoredLease">[] {
  const tickets = journal.leases.sealedTickets(lease.leaseKey);
  const messages: MessageTo<"restoredLease">[] = [];
  for (let at = 0; at < tickets.length; at += RESTORED_LEASE_TICKETS_MOST) {
    const body = {
      order: lease.order as OrderId,
      delegation: lease.delegation.toHex(),
      tickets: tickets.slice(at, at + RESTORED_LEASE_TICKETS_MOST).map((sealed) => sealed.toHex()),
    };
    messages.push({ route: "restoredLease", subject: null, body, range: null });
  }
  return messages;
}
