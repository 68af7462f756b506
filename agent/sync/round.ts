/**
 * One round with the authority over HTTPS: hear its state, show what it forgot, report what was used, return what is not
 * wanted, borrow up to the allowance, and hold the releases that lent units are for. What is said and how answers are taken
 * is the same by file (D§5); here each answer is at hand before the next message.
 *
 * @module
 */
import type { ApplianceClient, RequestOf } from "../../authority/api/mod.ts";
import { Fault, type TicketId } from "../../bootloader/wire/mod.ts";
import { fetchRelease } from "../delivery/mod.ts";
import type { Journal, ReleaseStore } from "../journal/mod.ts";
import type { Vault } from "../vault/mod.ts";
import {
  type ApplyPorts,
  type HeardState,
  isAboutOneUse,
  isFinal,
  type RoundResult,
  type SyncOrder,
  Taking,
} from "./apply.ts";
import { keepDenials } from "./denials.ts";
import { showEarlier, showLease, showTickets } from "./earlier.ts";
import { tellFrozenUses } from "./frozen.ts";
import { leaseMessage, missingReleases, returnsToTell, usesToTell } from "./outbox.ts";
import { askRenewal } from "./renewal.ts";
import { closeLeftovers, closeSurplus, draftLeases, type PlanOptions } from "./settle.ts";

/** What a round is given. */
export interface RoundPorts extends ApplyPorts {
  readonly client: ApplianceClient;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly releases: ReleaseStore;
  /** Seconds since 1970, never behind the newest signed time. */
  readonly nowSeconds: () => number;
}

/** How a round goes about it. */
export interface RoundOptions extends PlanOptions {
  /** Shows each lease, to find out whether the authority still knows it: at the start, and after a silence (P-64). */
  readonly check?: boolean;
}

/** Runs one round. @throws {Fault} when the authority cannot be reached, or the disk fails; {Malformed} for nonsense. */
export async function syncRound(
  ports: RoundPorts,
  signal: AbortSignal,
  options: RoundOptions = {},
): Promise<RoundResult> {
  const round = new Round(ports, signal);
  await walk(round, ports, { options, signal });
  const result = round.taking.result();
  await askRenewal(ports, result.refusals, signal);
  return result;
}

async function walk(
  round: Round,
  ports: RoundPorts,
  { options, signal }: { readonly options: RoundOptions; readonly signal: AbortSignal },
): Promise<void> {
  const orders = await round.hearState();
  if (orders === null) {
    if (round.taking.isFrozen) await tellFrozenUses(ports, signal);
    return;
  }
  if (!await round.showEarlier(options.check === true)) return;
  closeLeftovers(ports, options);
  if (!await round.reportUses() || !await round.returnClosed()) return;
  // What was just reported or returned makes room: the authority's own count decides.
  const now = round.taking.hasSettled ? await round.hearState() : orders;
  closeSurplus(ports, now ?? [], () => 0);
  if (!await round.returnClosed()) return;
  if (await round.borrow(options.giveBack === true ? [] : now ?? [])) await round.holdReleases();
}

/** One round under way. */
class Round {
  readonly taking: Taking;
  readonly #ports: RoundPorts;
  readonly #signal: AbortSignal;
  #heard: HeardState | null = null;
  #isRestored = false;

  constructor(ports: RoundPorts, signal: AbortSignal) {
    this.taking = new Taking(ports);
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Returns the orders that this appliance may work for, or null when it is refused. */
  async hearState(): Promise<readonly SyncOrder[] | null> {
    const { client, journal } = this.#ports;
    const newest = journal.epochs.newest();
    const named = newest === null ? {} : { ticket: newest.ticketId as TicketId };
    const answer = await client.state({ signal: this.#signal, ...named });
    this.#heard = await this.taking.state(answer);
    if (this.#heard === null || "refused" in answer) return null;
    this.#isRestored ||= this.#heard.isRestored;
    const refused = await keepDenials(this.#ports, answer.granted, this.#signal);
    if (refused !== null) this.taking.refuse("denials", refused);
    return this.#heard.orders;
  }

  /** Shows what a restored authority does not know (P-63); false when it wants no more of this appliance now. */
  async showEarlier(check: boolean): Promise<boolean> {
    const { client, journal } = this.#ports;
    const { shown, refused } = await showEarlier({ client, journal }, this.#signal);
    this.taking.noteShown(shown);
    if (refused !== null) this.taking.refuse("restored", refused);
    const newest = journal.epochs.newest();
    if (refused === null && this.#heard?.isForgotten === true && newest !== null && shown.length === 0) {
      // P-64: of this very epoch, and not known: the authority has to be told with proof.
      const proof = await showTickets({ client, journal }, [newest], this.#signal);
      if (proof.refused !== null) this.taking.refuse("restored", proof.refused);
    }
    if (!check && !this.#isRestored) return true;
    for (const lease of journal.leases.leases()) {
      const answer = await showLease({ client, journal }, lease, this.#signal);
      if ("granted" in answer) continue;
      this.taking.refuse("restored", answer.refused);
      if (isFinal(answer.refused)) return false;
    }
    return true;
  }

  /** Reports in bounded batches; false when the authority wants no more of it. */
  async reportUses(): Promise<boolean> {
    const { client, journal } = this.#ports;
    for (const lease of journal.leases.leases()) {
      const skipped = new Set<string>();
      // Bound: each turn books at least one use, sets a batch apart, or skips the one that does not fit.
      for (;;) {
        const [message] = usesToTell(journal, lease, skipped);
        if (message === undefined) break;
        const answer = await client.leaseUses(message.subject, message.body, { signal: this.#signal });
        const refused = this.taking.uses(message, answer);
        if (refused === null) continue;
        if (isFinal(refused)) return false;
        if (!isAboutOneUse(refused)) break;
        const { uses: [first, ...rest] } = message.body;
        if (rest.length === 0 && first !== undefined) skipped.add(first.ticketId);
      }
    }
    return true;
  }

  /** Gives closed units back; false when the authority wants no more of it. */
  async returnClosed(): Promise<boolean> {
    const { client, journal } = this.#ports;
    for (const lease of journal.leases.leases()) {
      for (const { subject, body } of returnsToTell(journal, lease)) {
        const answer = await client.leaseReturns(subject, body, { signal: this.#signal });
        const refused = this.taking.returns(answer);
        if (refused !== null && isFinal(refused)) return false;
      }
    }
    return true;
  }

  /** Borrows: first what was asked for and never answered, then what the allowance leaves; false: no more of it. */
  async borrow(orders: readonly SyncOrder[]): Promise<boolean> {
    const { vault } = this.#ports;
    const waiting = vault.openRequests();
    if (!await this.#ask(waiting)) return false;
    // An answer that comes only now has changed what the state said.
    const isOpen = new Set(vault.openRequests().map(({ leaseKey }) => leaseKey));
    const ended = new Set<string>(
      waiting.filter(({ leaseKey }) => !isOpen.has(leaseKey)).map(({ order }) => order),
    );
    draftLeases(this.#ports, orders.filter(({ order }) => !ended.has(order)), () => 0);
    return await this.#ask(vault.openRequests().filter(({ leaseKey }) => !isOpen.has(leaseKey)));
  }

  async #ask(requests: readonly RequestOf<"lease">[]): Promise<boolean> {
    for (const request of requests) {
      const answer = await this.#ports.client.lease(request, { signal: this.#signal });
      const refused = this.taking.lease(leaseMessage(request), answer);
      if (refused !== null && isFinal(refused)) return false;
    }
    return true;
  }

  /** Without its release a lent unit is of no use once the network is away. */
  async holdReleases(): Promise<void> {
    const { client, releases } = this.#ports;
    for (const descriptor of await missingReleases(this.#ports)) {
      const ports = { office: client, releases, onPart: () => {} };
      const fetched = await fetchRelease(ports, descriptor, this.#signal);
      if ("refused" in fetched) this.taking.refuse("release", fetched.refused);
      else if ("unfit" in fetched) {
        const text = `Cannot hold release "${descriptor.release}": what came does not fit its digest`;
        throw new Fault(text, { place: "authority", retry: true });
      }
    }
  }
}
