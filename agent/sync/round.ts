/**
 * One round with the authority: hear its state, report what was used, return what is not wanted, borrow up to the
 * allowance, and hold the releases that lent units are for. Every message may be repeated: what was not answered is
 * found again in the journal by the next round.
 *
 * @module
 */
import {
  type Answer,
  type ApplianceClient,
  type ApplianceOrder,
  LEASE_REPORTS_MOST,
  refusals,
  type Refused,
  type RequestOf,
  type StateReply,
} from "../../authority/api/mod.ts";
import { Fault, type LeaseId, type TicketId } from "../../bootloader/wire/mod.ts";
import { fetchRelease } from "../delivery/mod.ts";
import type { HeldLease, Journal, LeaseTicket, ReleaseStore } from "../journal/mod.ts";
import { descriptorOf, type Vault } from "../vault/mod.ts";
import { keepDenials } from "./denials.ts";
import { showEarlier, showLease, showTickets } from "./earlier.ts";
import { tellFrozenUses } from "./frozen.ts";
import { awaitsOwner, isPaused, unitsToBorrow, unitsToReturn } from "./plan.ts";
import { askRenewal, OUTDATED } from "./renewal.ts";
import { useOf } from "./use_report.ts";

/** What a round is given. */
export interface RoundPorts {
  readonly client: ApplianceClient;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly releases: ReleaseStore;
  /** Seconds since 1970, never behind the newest signed time. */
  readonly nowSeconds: () => number;
  /** Takes a newer key set over before anything else of a round is done. */
  readonly takeState: (state: StateReply) => Promise<void>;
  /** The log keys of the key set as it is now. */
  readonly logKeys: () => readonly Uint8Array[];
}

/** Something that the owner should look at; the use is booked all the same. */
export interface SyncAlarm {
  readonly ticketId: string;
  readonly uid: string;
  /** E.g. `uid-held`: another unit has this UID. */
  readonly alarm: string;
}

/** What a round did. */
export interface RoundResult {
  /** Uses whose newest step the authority has booked now. */
  readonly reported: number;
  readonly alarms: readonly SyncAlarm[];
  /** Units lent to this appliance now, in new leases. */
  readonly lent: number;
  /** Unused units given back. */
  readonly returned: number;
  /** What the authority refused, and at what. */
  readonly refusals: readonly (Refused & {
    readonly at: "state" | "denials" | "uses" | "returns" | "lease" | "release" | "restored";
  })[];
  /** Tickets of before a restore that the authority has booked now. */
  readonly shown: number;
}

/** How a round goes about it. */
export interface RoundOptions {
  /** Gives every unused unit back and borrows none. */
  readonly giveBack?: boolean;
  /** Shows each lease, to find out whether the authority still knows it: at the start, and after a silence (P-64). */
  readonly check?: boolean;
}

/** Refusals of the appliance itself: the same follows for everything else, and nothing that was lent is used meanwhile. */
const FINAL: ReadonlySet<string> = new Set([
  "appliance-frozen",
  "appliance-revoked",
  "appliance-unknown",
  OUTDATED,
]);

/** A refusal of the request's signature, number or head: what it asked for was not looked at. */
const NOT_HEARD: ReadonlySet<string> = new Set(["replay", "request-not-authentic", "record-asked"]);

/** Runs one round. @throws {Fault} when the authority cannot be reached, or the disk fails; {Malformed} for nonsense. */
export async function syncRound(
  ports: RoundPorts,
  signal: AbortSignal,
  options: RoundOptions = {},
): Promise<RoundResult> {
  const round = new Round(ports, signal);
  try {
    const result = await walk(round, ports, options, signal);
    await askRenewal(ports, result.refusals, signal);
    return result;
  } finally {
    round.noteBar();
  }
}

async function walk(
  round: Round,
  ports: RoundPorts,
  options: RoundOptions,
  signal: AbortSignal,
): Promise<RoundResult> {
  const orders = await round.hearState();
  if (orders === null) {
    if (round.isFrozen) await tellFrozenUses(ports, signal);
    return round.result();
  }
  if (!await round.showEarlier(options.check === true)) return round.result();
  for (const { lease, count } of round.leftovers(options)) ports.vault.closeFree(lease.leaseKey, count);
  const settled = await round.reportUses() && await round.returnClosed();
  if (!settled) return round.result();
  // What was just reported or returned makes room: the authority's own count decides.
  const now = round.hasSettled ? await round.hearState() : orders;
  for (const order of now ?? []) round.closeSurplus(order);
  if (!await round.returnClosed()) return round.result();
  if (await round.borrow(options.giveBack === true ? [] : now ?? [])) await round.holdReleases();
  return round.result();
}

type Order = ApplianceOrder & { readonly product: string };

/** What a round has done so far. */
class Round {
  readonly #ports: RoundPorts;
  readonly #signal: AbortSignal;
  readonly #alarms: SyncAlarm[] = [];
  readonly #refusals: RoundResult["refusals"][number][] = [];
  #reported = 0;
  #heardState = false;
  #lent = 0;
  #returned = 0;
  #shown = 0;
  #isRestored = false;
  #isForgotten = false;

  constructor(ports: RoundPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  get isFrozen(): boolean {
    return this.#refusals.some(({ code }) => code === "appliance-frozen");
  }

  get hasSettled(): boolean {
    return this.#reported + this.#returned > 0;
  }

  result(): RoundResult {
    return {
      reported: this.#reported,
      alarms: this.#alarms,
      lent: this.#lent,
      returned: this.#returned,
      refusals: this.#refusals,
      shown: this.#shown,
    };
  }

  /** Keeps it durable that the authority wants nothing more of this appliance, or that it still lends and books. */
  noteBar(): void {
    const { leases } = this.#ports.journal;
    const final = this.#refusals.find(({ code }) => FINAL.has(code));
    if (final !== undefined) leases.bar(final.code);
    // An outdated appliance hears no state; a frozen one does.
    else if (this.#reported + this.#lent + this.#returned > 0) leases.bar(null);
    else if (this.#heardState && leases.barred() === OUTDATED) leases.bar(null);
  }

  /** Returns the orders that this appliance may work for, or null when it is refused. */
  async hearState(): Promise<readonly Order[] | null> {
    const { client, journal, takeState } = this.#ports;
    const newest = journal.epochs.newest();
    const named = newest === null ? {} : { ticket: newest.ticketId as TicketId };
    const state = this.#take("state", await client.state({ signal: this.#signal, ...named }));
    if (state === null) return null;
    this.#heardState = true;
    const heard = journal.epochs.hear(state.epoch);
    if (heard === "older") {
      // P-61: an older database answers, or a second server; nothing that it says is worked with.
      const detail =
        `It names epoch ${state.epoch}, and this appliance has heard of ${journal.epochs.highest()}`;
      this.#refusals.push({ ...refusals["epoch-needed"], code: "epoch-needed", detail, at: "state" });
      return null;
    }
    if (heard === "newer") this.#isRestored = true;
    this.#isForgotten = state.ticketKnown === false;
    await takeState(state);
    const refused = await keepDenials(this.#ports, state, this.#signal);
    if (refused !== null) this.#refusals.push({ ...refused, at: "denials" });
    const orders = state.products.flatMap(({ product, orders }) =>
      orders.map((order) => ({ ...order, product }))
    );
    for (const order of orders) {
      // A freeze may be newer than the backup: until the owner has spoken, the last word heard counts.
      if (!awaitsOwner(order)) journal.leases.pause(order.order, isPaused(order));
    }
    return orders;
  }

  /** Shows what a restored authority does not know (P-63); false when it wants no more of this appliance now. */
  async showEarlier(check: boolean): Promise<boolean> {
    const { client, journal } = this.#ports;
    const { shown, refused } = await showEarlier({ client, journal }, this.#signal);
    this.#shown += shown.filter(({ booked }) => booked).length;
    for (const { ticketId, uid, alarm } of shown) {
      if (alarm !== null) this.#alarms.push({ ticketId, uid, alarm });
    }
    if (refused !== null) this.#refusals.push({ ...refused, at: "restored" });
    const newest = journal.epochs.newest();
    if (refused === null && this.#isForgotten && newest !== null && shown.length === 0) {
      // P-64: of this very epoch, and not known: the authority has to be told with proof.
      const proof = await showTickets({ client, journal }, [newest], this.#signal);
      if (proof.refused !== null) this.#refusals.push({ ...proof.refused, at: "restored" });
    }
    if (!check && !this.#isRestored) return true;
    for (const lease of journal.leases.leases()) {
      const answer = await showLease({ client, journal }, lease, this.#signal);
      if ("granted" in answer) continue;
      this.#refusals.push({ ...answer.refused, at: "restored" });
      if (FINAL.has(answer.refused.code)) return false;
    }
    return true;
  }

  /** Free units of leases that are over, or of all when everything is to be given back. */
  leftovers(
    { giveBack = false }: RoundOptions,
  ): readonly { readonly lease: HeldLease; readonly count: number }[] {
    const { journal, nowSeconds } = this.#ports;
    return journal.leases.leases()
      .filter((lease) => giveBack || nowSeconds() > lease.notAfterSeconds)
      .map((lease) => ({ lease, count: journal.leases.counts(lease.leaseKey).free }));
  }

  /** The owner allows fewer than are lent: unused ones are closed, those of the lease that ends last first. */
  closeSurplus(order: Order): void {
    const { journal, vault } = this.#ports;
    let surplus = unitsToReturn(order);
    for (const lease of journal.leases.leases().toReversed()) {
      if (lease.order === order.order) surplus -= vault.closeFree(lease.leaseKey, surplus);
    }
  }

  /** Reports in bounded batches; false when the authority wants no more of it. */
  async reportUses(): Promise<boolean> {
    for (const lease of this.#ports.journal.leases.leases()) {
      let size = LEASE_REPORTS_MOST;
      const skipped = new Set<string>();
      // Bound: each turn books at least one use, halves the batch, or skips the one that does not fit.
      for (;;) {
        const waiting = this.#ports.journal.leases.untold(lease.leaseKey, size + skipped.size);
        const batch = waiting.filter(({ ticketId }) => !skipped.has(ticketId)).slice(0, size);
        const [first] = batch;
        if (first === undefined) break;
        const refused = await this.#reportBatch(lease, batch);
        if (refused === null) continue;
        if (refused.code !== "use-not-valid" && refused.code !== "unaccounted-spent") {
          this.#refusals.push({ ...refused, at: "uses" });
          if (FINAL.has(refused.code)) return false;
          break;
        }
        // One use that does not fit must not hold up the others.
        if (batch.length > 1) {
          size = Math.ceil(batch.length / 2);
        } else {
          this.#refusals.push({ ...refused, at: "uses" });
          skipped.add(first.ticketId);
        }
      }
    }
    return true;
  }

  async #reportBatch(lease: HeldLease, batch: readonly LeaseTicket[]): Promise<Refused | null> {
    const { client, journal } = this.#ports;
    const { number, hash } = journal.head();
    const body = { uses: batch.map(useOf), chain: { number, hash: hash.toHex() } };
    const answer = await client.leaseUses(lease.lease as LeaseId, body, { signal: this.#signal });
    if ("refused" in answer) return answer.refused;
    const accepted = new Set<string>(answer.granted.accepted);
    const booked = batch.filter(({ ticketId }) => accepted.has(ticketId));
    if (booked.length === 0) {
      throw new Fault("Cannot report offline work: the owner's server books none of it", {
        place: "authority",
        retry: false,
      });
    }
    for (const told of booked) journal.leases.storeTold(told);
    this.#reported += booked.length;
    this.#alarms.push(...answer.granted.alarms);
    return null;
  }

  /** Gives closed units back; false when the authority wants no more of it. */
  async returnClosed(): Promise<boolean> {
    const { client, journal } = this.#ports;
    const closed = journal.leases.closed();
    for (const lease of journal.leases.leases()) {
      const mine = closed.filter(({ leaseKey }) => leaseKey === lease.leaseKey);
      if (mine.length === 0) continue;
      const ticketIds = mine.map(({ ticketId }) => ticketId);
      const asked = client.leaseReturns(lease.lease as LeaseId, { ticketIds }, { signal: this.#signal });
      const reply = this.#take("returns", await asked);
      if (reply === null) {
        if (FINAL.has(this.#refusals.at(-1)!.code)) return false;
        continue;
      }
      journal.leases.storeReturned(reply.returned);
      this.#returned += reply.returned.length;
    }
    return true;
  }

  /** Borrows: first what was asked for and never answered, then what the allowance leaves. */
  async borrow(orders: readonly Order[]): Promise<boolean> {
    const { vault } = this.#ports;
    const open = vault.openRequests();
    for (const request of open) if (!await this.#ask(request)) return false;
    for (const order of orders) {
      // An answer that comes only now has changed what the state said.
      if (open.some((request) => request.order === order.order)) continue;
      const units = unitsToBorrow(order);
      if (units === 0) continue;
      if (!await this.#ask(vault.createLease({ order: order.order, product: order.product, units }))) {
        return false;
      }
    }
    return true;
  }

  async #ask(request: RequestOf<"lease">): Promise<boolean> {
    const { client, vault } = this.#ports;
    const grant = this.#take("lease", await client.lease(request, { signal: this.#signal }));
    if (grant === null) {
      const { code } = this.#refusals.at(-1)!;
      // An earlier answer may have been lost: the request ends only with a refusal that is about the lease.
      if (!FINAL.has(code) && !NOT_HEARD.has(code)) vault.dropRequest(request.leaseKey, code);
      return !FINAL.has(code);
    }
    const taken = vault.takeLease(request.leaseKey, grant);
    if ("flaw" in taken) {
      throw new Fault(`Cannot use what the owner's server has lent: ${taken.flaw}`, {
        place: "authority",
        retry: false,
      });
    }
    this.#lent += request.units;
    return true;
  }

  /** Without its release a lent unit is of no use once the network is away. */
  async holdReleases(): Promise<void> {
    const { client, journal, releases } = this.#ports;
    for (const lease of journal.leases.leases()) {
      const descriptor = descriptorOf(lease);
      if (journal.leases.counts(lease.leaseKey).free === 0 || await releases.open(descriptor) !== null) {
        continue;
      }
      const ports = { office: client, releases, onPart: () => {} };
      const fetched = await fetchRelease(ports, descriptor, this.#signal);
      if ("refused" in fetched) this.#refusals.push({ ...fetched.refused, at: "release" });
      else if ("unfit" in fetched) {
        const text = `Cannot hold release "${lease.release}": what came does not fit its digest`;
        throw new Fault(text, { place: "authority", retry: true });
      }
    }
  }

  #take<T>(at: RoundResult["refusals"][number]["at"], answer: Answer<T>): T | null {
    if ("granted" in answer) return answer.granted;
    this.#refusals.push({ ...answer.refused, at });
    return null;
  }
}
