/**
 * One round with the authority over HTTPS: hear its state, report what was used, return what is not wanted, borrow up to
 * the allowance, and hold the releases that lent units are for. What is said and how answers are taken is the same by
 * file (D§5); here each answer is at hand before the next message.
 *
 * @module
 */
import type { ApplianceClient, RequestOf } from "../../authority/api/mod.ts";
import { Fault, type LeaseId } from "../../bootloader/wire/mod.ts";
import { fetchRelease } from "../delivery/mod.ts";
import type { Journal, ReleaseStore } from "../journal/mod.ts";
import type { Vault } from "../vault/mod.ts";
import { type ApplyPorts, isFinal, type RoundResult, type SyncOrder, Taking } from "./apply.ts";
import { leaseMessage, missingReleases, returnsToTell, usesToTell } from "./outbox.ts";
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
export type RoundOptions = PlanOptions;

/** Runs one round. @throws {Fault} when the authority cannot be reached, or the disk fails; {Malformed} for nonsense. */
export async function syncRound(
  ports: RoundPorts,
  signal: AbortSignal,
  options: RoundOptions = {},
): Promise<RoundResult> {
  const round = new Round(ports, signal);
  await walk(round, ports, options);
  return round.taking.result();
}

async function walk(round: Round, ports: RoundPorts, options: RoundOptions): Promise<void> {
  const orders = await round.hearState();
  if (orders === null) return;
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

  constructor(ports: RoundPorts, signal: AbortSignal) {
    this.taking = new Taking(ports);
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Returns the orders that this appliance may work for, or null when it is refused. */
  async hearState(): Promise<readonly SyncOrder[] | null> {
    return await this.taking.state(await this.#ports.client.state({ signal: this.#signal }));
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
        if (refused.code !== "use-not-valid") break;
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
        const answer = await client.leaseReturns(subject as LeaseId, body, { signal: this.#signal });
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
