/**
 * Shows a restored authority what was given before the restore (P-63): tickets with their key records and receipts, and
 * leases. Bounded messages, each safe to repeat; what was booked is noted in the journal, the rest is shown again.
 *
 * @module
 */
import {
  type Answer,
  type ApplianceClient,
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
    for (const ticket of result.shown) if (!ticket.booked) left.add(ticket.ticketId);
    for (const { ticketId } of batch) {
      if (!result.shown.some((ticket) => ticket.ticketId === ticketId)) left.add(ticketId);
    }
    shown.push(...result.shown);
  }
}

/** Shows tickets, at most {@linkcode RESTORED_TICKETS_MOST} in one message, and notes those that are booked. */
export async function showTickets(
  { client, journal }: EarlierPorts,
  tickets: readonly TicketRecord[],
  signal: AbortSignal | undefined,
): Promise<ShownResult> {
  const epoch = journal.epochs.highest();
  const shown: ShownTicket[] = [];
  for (let at = 0; at < tickets.length; at += RESTORED_TICKETS_MOST) {
    const batch = tickets.slice(at, at + RESTORED_TICKETS_MOST);
    const body = { tickets: batch.map((ticket) => showable(journal, ticket)) };
    const answer = await client.restored(body, signal === undefined ? {} : { signal });
    if ("refused" in answer) return { shown, refused: answer.refused };
    for (const reply of answer.granted.tickets) {
      const own = batch.find(({ ticketId }) => ticketId === reply.ticketId);
      if (own === undefined) continue;
      if (reply.booked) journal.epochs.storeTold(own.ticketId, epoch);
      shown.push({ ...reply, uid: own.uid });
    }
  }
  return { shown, refused: null };
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
  const tickets = ports.journal.leases.sealedTickets(lease.leaseKey);
  let answer: Answer<ReplyOf<"restoredLease">> | undefined;
  for (let at = 0; at < tickets.length; at += RESTORED_LEASE_TICKETS_MOST) {
    answer = await ports.client.restoredLease({
      order: lease.order as OrderId,
      delegation: lease.delegation.toHex(),
      tickets: tickets.slice(at, at + RESTORED_LEASE_TICKETS_MOST).map((sealed) => sealed.toHex()),
    }, { signal });
    if ("refused" in answer) return answer;
  }
  if (answer === undefined) throw new RangeError("a lease without tickets is shown");
  return answer;
}
