/**
 * Takes the authority's answers into the journal: the same for an answer that came over HTTPS just now and for one that
 * came by file, late, twice, or in another order (P-67). Decides nothing about what is said next.
 *
 * @module
 */
import {
  type Answer,
  type ApplianceOrder,
  type MessageTo,
  refusals,
  type Refused,
  type ReplyOf,
  type StateReply,
} from "../../authority/api/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { isPassing } from "../delivery/mod.ts";
import type { Journal } from "../journal/mod.ts";
import type { Vault } from "../vault/mod.ts";
import type { ShownTicket } from "./earlier.ts";
import { failuresToTell } from "./outbox.ts";
import { awaitsOwner, isPaused } from "./plan.ts";
import { OUTDATED } from "./renewal.ts";
import { statesTold } from "./use_report.ts";

/** What answers are taken with. */
export interface ApplyPorts {
  readonly vault: Vault;
  readonly journal: Journal;
  /** Takes a newer key set over before anything else of a state is used. */
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

/** At what a refusal came. */
export type RefusedAt =
  | "state"
  | "denials"
  | "uses"
  | "returns"
  | "lease"
  | "release"
  | "restored"
  | "receipt"
  | "failure";

/** What answers have changed. */
export interface RoundResult {
  /** Uses whose newest step the authority has booked now. */
  readonly reported: number;
  readonly alarms: readonly SyncAlarm[];
  /** Units lent to this appliance now, in new leases. */
  readonly lent: number;
  /** Unused units given back. */
  readonly returned: number;
  /** What the authority refused, and at what. */
  readonly refusals: readonly (Refused & { readonly at: RefusedAt })[];
  /** Tickets of before a restore that the authority has booked now. */
  readonly shown: number;
}

/** An order that this appliance may work for. */
export type SyncOrder = ApplianceOrder & { readonly product: string };

/** A state that was taken. */
export interface HeardState {
  readonly orders: readonly SyncOrder[];
  /** The authority was restored since the one before: what was given is to be shown again (P-63). */
  readonly isRestored: boolean;
  /** The authority does not know the ticket that was named (P-64). */
  readonly isForgotten: boolean;
}

/** When an answer was given. HTTPS: just now, to a question just asked. By file: at some time, perhaps long ago. */
export type When = { readonly now: true } | { readonly sequence: number; readonly atSeconds: number };

const NOW: When = Object.freeze({ now: true });

/** Refusals of the appliance itself: the same follows for everything else, and nothing that was lent is used meanwhile. */
const FINAL: ReadonlySet<string> = new Set([
  "appliance-frozen",
  "appliance-revoked",
  "appliance-unknown",
  OUTDATED,
]);

/** A refusal of the request's signature, number or head: what it asked for was not looked at. */
const NOT_HEARD: ReadonlySet<string> = new Set(["replay", "request-not-authentic", "record-asked"]);

/** A refusal of one use that must not hold up those that were reported with it. */
const ABOUT_ONE_USE: ReadonlySet<string> = new Set(["use-not-valid", "unaccounted-spent"]);

/** Tells whether a refusal is about the appliance itself. */
export function isFinal(refused: Refused): boolean {
  return FINAL.has(refused.code);
}

/** Tells whether a report of uses was refused for one that is in it. */
export function isAboutOneUse(refused: Refused): boolean {
  return ABOUT_ONE_USE.has(refused.code);
}

/** Takes answers one after another and keeps what they changed. */
export class Taking {
  readonly #ports: ApplyPorts;
  readonly #alarms: SyncAlarm[] = [];
  readonly #refusals: RoundResult["refusals"][number][] = [];
  #reported = 0;
  #lent = 0;
  #returned = 0;
  #shown = 0;

  constructor(ports: ApplyPorts) {
    this.#ports = ports;
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

  /** Keeps a refusal for the result, and durably that the authority wants nothing more of this appliance. */
  refuse(at: RefusedAt, refused: Refused, atSeconds?: number): void {
    const { journal } = this.#ports;
    const isTold = this.#refusals.some((told) =>
      told.at === at && told.code === refused.code && told.detail === refused.detail
    );
    if (!isTold) this.#refusals.push({ ...refused, at });
    if (!isFinal(refused)) return;
    // P-67: a refusal that comes late does not bar an appliance that the authority has told its state since.
    const isLate = atSeconds !== undefined && (atSeconds + 1) * 1000 <= journal.newestStateMs();
    if (!isLate) journal.leases.bar(refused.code, atSeconds ?? journal.contact().signedSeconds);
  }

  /** Takes a state; null when it is refused, older than one that was taken (P-67), or from before a restore (P-61). */
  async state(answer: Answer<StateReply>, when: When = NOW): Promise<HeardState | null> {
    const { journal, takeState } = this.#ports;
    if ("refused" in answer) {
      this.refuse("state", answer.refused, answer.atSeconds);
      return null;
    }
    const state = answer.granted;
    const highest = journal.epochs.highest();
    // P-67: an older word of the owner does not undo a newer one. What was asked just now is the newest there is, and a
    // restored authority's clock may be behind that of the one before it.
    const isLate = "sequence" in when && state.epoch <= highest && state.atMs <= journal.newestStateMs();
    if (isLate) return null;
    const heard = journal.epochs.hear(state.epoch);
    if (heard === "older") {
      // P-61: an older database answers, or a second server; nothing that it says is worked with.
      const detail = `It names epoch ${state.epoch}, and this appliance has heard of ${highest}`;
      this.refuse("state", { ...refusals["epoch-needed"], code: "epoch-needed", detail }, answer.atSeconds);
      return null;
    }
    await takeState(state);
    // An outdated appliance hears no state; a frozen one does.
    if (journal.leases.barred() === OUTDATED) this.#unbar(1, when);
    const orders = state.products.flatMap(({ product, orders }) =>
      orders.map((order) => ({ ...order, product }))
    );
    for (const order of orders) {
      // A freeze may be newer than the backup: until the owner has spoken, no older word undoes it. A new one counts at once.
      if (isPaused(order) || !awaitsOwner(order)) journal.leases.pause(order.order, isPaused(order));
    }
    journal.storeStateTaken(state.atMs);
    return { orders, isRestored: heard === "newer", isForgotten: state.ticketKnown === false };
  }

  /** Keeps for the result what became of tickets that were shown. */
  noteShown(shown: readonly ShownTicket[]): void {
    this.#shown += shown.filter(({ booked }) => booked).length;
    for (const { ticketId, uid, alarm } of shown) {
      if (alarm !== null) this.#alarms.push({ ticketId, uid, alarm });
    }
  }

  /** Takes the answer to a report of uses; returns why it was refused, or null. */
  uses(
    message: MessageTo<"leaseUses">,
    answer: Answer<ReplyOf<"leaseUses">>,
    when: When = NOW,
  ): Refused | null {
    const { journal } = this.#ports;
    if ("refused" in answer) {
      const apart = message.body.uses.map(({ ticketId }) => ticketId);
      // One use that does not fit must not hold up the others: from now on each is reported by itself.
      if (isAboutOneUse(answer.refused) && apart.length > 1) journal.leases.tellAlone(apart);
      else this.refuse("uses", answer.refused, answer.atSeconds);
      return answer.refused;
    }
    if (this.#isForgotten(answer.granted.epoch, when)) return null;
    const accepted = new Set<string>(answer.granted.accepted);
    const booked = message.body.uses.filter(({ ticketId }) => accepted.has(ticketId));
    if (booked.length === 0) {
      const text = "Cannot report offline work: the owner's server books none of it";
      throw new Fault(text, { place: "authority", retry: false });
    }
    const news = booked.filter(({ ticketId, state, message2Count }) =>
      journal.leases.storeTold({ ticketId, state: statesTold[state], message2: message2Count })
    );
    this.#reported += news.length;
    if (news.length > 0) this.#alarms.push(...answer.granted.alarms);
    this.#unbar(news.length, when);
    return null;
  }

  /** Takes the answer to a return; returns why it was refused, or null. */
  returns(answer: Answer<ReplyOf<"leaseReturns">>, when: When = NOW): Refused | null {
    if ("refused" in answer) {
      this.refuse("returns", answer.refused, answer.atSeconds);
      return answer.refused;
    }
    if (this.#isForgotten(answer.granted.epoch, when)) return null;
    const news = this.#ports.journal.leases.storeReturned(answer.granted.returned);
    this.#returned += news;
    this.#unbar(news, when);
    return null;
  }

  /** Takes the answer to a request for a lease; returns why it was refused, or null. */
  lease(message: MessageTo<"lease">, answer: Answer<ReplyOf<"lease">>, when: When = NOW): Refused | null {
    const { vault, journal } = this.#ports;
    const { leaseKey, units } = message.body;
    const isOpen = vault.openRequests().some((request) => request.leaseKey === leaseKey);
    if ("refused" in answer) {
      const { refused } = answer;
      this.refuse("lease", refused, answer.atSeconds);
      // An earlier answer may have been lost: the request ends only with a refusal that is about the lease.
      if (isFinal(refused) || NOT_HEARD.has(refused.code)) return refused;
      if ("sequence" in when) journal.leases.copies.forget(leaseKey, when.sequence);
      if (isOpen) vault.dropRequest(leaseKey, refused.code);
      return refused;
    }
    // The same lease again, by whichever carrier.
    if (!isOpen) return null;
    const taken = vault.takeLease(leaseKey, answer.granted);
    if ("flaw" in taken) {
      const text = `Cannot use what the owner's server has lent: ${taken.flaw}`;
      throw new Fault(text, { place: "authority", retry: false });
    }
    this.#lent += units;
    this.#unbar(units, when);
    return null;
  }

  /**
   * Tells whether what was booked in an epoch is forgotten: the authority has been restored since, and has to hear it again.
   * @throws {Fault} over HTTPS, where it means that an older database answers
   */
  #isForgotten(epoch: number, when: When): boolean {
    const highest = this.#ports.journal.epochs.highest();
    if (epoch >= highest) return false;
    if ("sequence" in when) return true;
    const text = `The owner's server answers in epoch ${epoch}, and this appliance has heard of ${highest}`;
    throw new Fault(text, { place: "authority", retry: true });
  }

  /** An authority that books or lends again, later than it refused, wants this appliance again. */
  #unbar(news: number, when: When): void {
    if (news > 0) this.#ports.journal.leases.bar(null, "now" in when ? Infinity : when.atSeconds);
  }
}

/** Marks a failure as told; a refusal that is about it is an answer too. Returns false when it has to be told again. */
export function takeFailure(
  journal: Journal,
  { subject, body }: MessageTo<"failure">,
  answer: Answer<ReplyOf<"failure">>,
): boolean {
  if ("refused" in answer && isPassing(answer.refused)) return false;
  const told = failuresToTell(journal).find(({ ticketId, endedMs }) =>
    ticketId === subject && endedMs === body.atMs
  );
  if (told !== undefined) journal.storeFailureTold(told.id);
  return true;
}
