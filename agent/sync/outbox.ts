/**
 * What this appliance has to say now, read from its journal: the same messages for every carrier (D§5). Says it again
 * until it is answered; changes nothing. Knows neither carrier.
 *
 * @module
 */
import {
  LEASE_REPORTS_MOST,
  LEASE_UNITS_MOST,
  limits,
  type Message,
  type MessageTo,
  type ReleaseDescriptor,
  type RequestOf,
} from "../../authority/api/mod.ts";
import { type LeaseId, parseTicketId } from "../../bootloader/wire/mod.ts";
import { receiptBody } from "../delivery/mod.ts";
import type { DeliveryRecord, HeldLease, Journal, ReleaseStore, TicketRecord } from "../journal/mod.ts";
import { descriptorOf, type Vault } from "../vault/mod.ts";
import { restoredMessages, shownLease } from "./earlier.ts";
import { OUTDATED, renewalOf } from "./renewal.ts";
import { useOf } from "./use_report.ts";

/** How many failures are told at a time. */
const FAILURES_MOST = 32;

/** What the messages are read from. */
export interface OutboxPorts {
  readonly journal: Journal;
  readonly vault: Pick<Vault, "openRequests" | "holds">;
  readonly releases: Pick<ReleaseStore, "open">;
}

/**
 * Returns everything that waits to be said, in the order in which it is to be heard: what a restored authority forgot,
 * what has happened, then what is asked for, and the state last, so that it counts what came before it.
 */
export async function outbox(ports: OutboxPorts): Promise<readonly Message[]> {
  const { journal, vault } = ports;
  const leases = journal.leases.leases();
  return [
    // P-64: each file comes after a silence, so what is still in use is shown, to find out whether it is known.
    ...restoredMessages(journal, journal.epochs.untold(limits.pageEntries)),
    ...leases.filter((lease) => isInUse(journal, lease)).flatMap((lease) => shownLease(journal, lease)),
    ...receiptsToTell(ports),
    ...failuresToTell(journal).map(failureMessage),
    ...leases.flatMap((lease) => usesToTell(journal, lease)),
    ...leases.flatMap((lease) => returnsToTell(journal, lease)),
    ...renewalToAsk(journal),
    ...vault.openRequests().map(leaseMessage),
    DENIALS,
    stateMessage(journal),
    ...(await missingReleases(ports)).flatMap(contentMessages),
  ];
}

/** The question for the list of denied chips: by file always, since only the answer would tell whether it is news. */
const DENIALS: MessageTo<"denials"> = Object.freeze(
  { route: "denials", subject: null, body: undefined, range: null } as const,
);

/** The question for the authority's state, naming the newest ticket that it must know (P-64). */
function stateMessage(journal: Journal): MessageTo<"state"> {
  const newest = journal.epochs.newest();
  const subject = newest === null ? null : parseTicketId(newest.ticketId);
  return { route: "state", subject, body: undefined, range: null };
}

/** Whether something of a lease is still to be used or told. */
function isInUse(journal: Journal, { leaseKey }: HeldLease): boolean {
  const { free, open, untold } = journal.leases.counts(leaseKey);
  return free + open + untold > 0;
}

/** P-73: the last answer was that a person must renew this appliance first. */
function renewalToAsk(journal: Journal): readonly Message[] {
  if (journal.leases.barred() !== OUTDATED) return [];
  return [{ route: "renewal", subject: null, body: renewalOf(journal), range: null }];
}

/** Receipts of the authority's own tickets; the vault has checked those of its own. */
function receiptsToTell({ journal, vault }: OutboxPorts): readonly Message[] {
  return journal.unreported().filter(({ ticketId }) => !vault.holds(ticketId)).flatMap(receiptMessage);
}

function receiptMessage(ticket: TicketRecord): readonly Message[] {
  if (ticket.receipt === null) return [];
  const body = receiptBody(ticket, ticket.receipt);
  return [{ route: "receipt", subject: parseTicketId(ticket.ticketId), body, range: null }];
}

/** Failures that the authority has not heard of. */
export function failuresToTell(journal: Journal): readonly DeliveryRecord[] {
  return journal.untoldFailures(FAILURES_MOST);
}

/** The message of a failure that was ended and has a ticket. */
export function failureMessage({ ticketId, cause, phase, endedMs }: DeliveryRecord): MessageTo<"failure"> {
  return {
    route: "failure",
    subject: parseTicketId(ticketId ?? ""),
    body: { cause: cause ?? "", phase, atMs: endedMs ?? 0, abandon: false },
    range: null,
  };
}

/** Uses of a lease in bounded batches; one that made a batch be refused goes by itself. `skipped`: not now. */
export function usesToTell(
  journal: Journal,
  lease: HeldLease,
  skipped: ReadonlySet<string> = new Set(),
): readonly MessageTo<"leaseUses">[] {
  const waiting = journal.leases.untold(lease.leaseKey, LEASE_UNITS_MOST)
    .filter(({ ticketId }) => !skipped.has(ticketId));
  const together = waiting.filter(({ tellAlone }) => !tellAlone);
  const batches = waiting.filter(({ tellAlone }) => tellAlone).map((ticket) => [ticket]);
  for (let at = 0; at < together.length; at += LEASE_REPORTS_MOST) {
    batches.push(together.slice(at, at + LEASE_REPORTS_MOST));
  }
  const { number, hash } = journal.head();
  return batches.map((batch) => ({
    route: "leaseUses",
    subject: lease.lease as LeaseId,
    body: { uses: batch.map(useOf), chain: { number, hash: hash.toHex() } },
    range: null,
  }));
}

/** Closed units of a lease that the authority has not taken back. */
export function returnsToTell(journal: Journal, lease: HeldLease): readonly MessageTo<"leaseReturns">[] {
  const ticketIds = journal.leases.closed().filter(({ leaseKey }) => leaseKey === lease.leaseKey)
    .map(({ ticketId }) => ticketId);
  if (ticketIds.length === 0) return [];
  return [{ route: "leaseReturns", subject: lease.lease as LeaseId, body: { ticketIds }, range: null }];
}

/** The message of a request for a lease. */
export function leaseMessage(request: RequestOf<"lease">): MessageTo<"lease"> {
  return { route: "lease", subject: null, body: request, range: null };
}

/** Releases that lent units are for and that do not lie here: once the network is away such a unit is of no use. */
export async function missingReleases(
  { journal, releases }: Pick<OutboxPorts, "journal" | "releases">,
): Promise<readonly ReleaseDescriptor[]> {
  const missing = new Map<string, ReleaseDescriptor>();
  for (const lease of journal.leases.leases()) {
    if (journal.leases.counts(lease.leaseKey).free === 0) continue;
    const descriptor = descriptorOf(lease);
    if (await releases.open(descriptor) === null) missing.set(descriptor.release, descriptor);
  }
  return [...missing.values()];
}

function contentMessages({ release, bytes }: ReleaseDescriptor): readonly MessageTo<"releaseContent">[] {
  return Array.from({ length: Math.ceil(bytes / limits.partBytes) }, (_, index) => {
    const offset = index * limits.partBytes;
    const range = { offset, length: Math.min(limits.partBytes, bytes - offset) };
    return { route: "releaseContent", subject: release, body: undefined, range } as const;
  });
}
