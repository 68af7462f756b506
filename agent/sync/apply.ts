/**
 * Takes the authority's answers into the journal: the same for an answer that came over HTTPS just now and for one that
 * came by file, late, twice, or in another order (P-67). Decides nothing about what is said next.
 *
 * @module
 */
import type {
  Answer,
  ApplianceOrder,
  MessageTo,
  Opened,
  Refused,
  ReplyOf,
  StateReply,
} from "../../authority/api/mod.ts";
import { Fault, type Keyset } from "../../bootloader/wire/mod.ts";
import { isPassing, takeReceiptAnswer } from "../delivery/mod.ts";
import type { Journal } from "../journal/mod.ts";
import type { Vault } from "../vault/mod.ts";
import { failuresToTell, statesTold } from "./outbox.ts";
import { isPaused } from "./plan.ts";

/** What answers are taken with. */
export interface ApplyPorts {
  readonly vault: Vault;
  readonly journal: Journal;
  /** Takes a newer key set over before anything else of a state is used. */
  readonly takeState: (state: StateReply) => Promise<void>;
}

/** Something that the owner should look at; the use is booked all the same. */
export interface SyncAlarm {
  readonly ticketId: string;
  readonly uid: string;
  /** E.g. `uid-held`: another unit has this UID. */
  readonly alarm: string;
}

/** At what a refusal came. */
export type RefusedAt = "state" | "uses" | "returns" | "lease" | "release" | "receipt" | "failure";

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
}

/** An order that this appliance may work for. */
export type SyncOrder = ApplianceOrder & { readonly product: string };

/** When an answer was given. HTTPS: just now, to a question just asked. By file: at some time, perhaps long ago. */
export type When = { readonly now: true } | { readonly sequence: number; readonly atSeconds: number };

const NOW: When = Object.freeze({ now: true });

/** Refusals of the appliance itself: the same follows for everything else, and nothing that was lent is used meanwhile. */
const FINAL: ReadonlySet<string> = new Set(["appliance-frozen", "appliance-revoked", "appliance-unknown"]);

/** A refusal of the request's signature or number: what it asked for was not looked at. */
const NOT_HEARD: ReadonlySet<string> = new Set(["replay", "request-not-authentic"]);

/** Tells whether a refusal is about the appliance itself. */
export function isFinal(refused: Refused): boolean {
  return FINAL.has(refused.code);
}

/** Takes answers one after another and keeps what they changed. */
export class Taking {
  readonly #ports: ApplyPorts;
  readonly #alarms: SyncAlarm[] = [];
  readonly #refusals: RoundResult["refusals"][number][] = [];
  #reported = 0;
  #lent = 0;
  #returned = 0;

  constructor(ports: ApplyPorts) {
    this.#ports = ports;
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
    };
  }

  /** Keeps a refusal for the result, and durably that the authority wants nothing more of this appliance. */
  refuse(at: RefusedAt, refused: Refused, atSeconds = this.#ports.journal.contact().signedSeconds): void {
    this.#refusals.push({ ...refused, at });
    if (isFinal(refused)) this.#ports.journal.leases.bar(refused.code, atSeconds);
  }

  /** Returns the orders of a state, or null when it is refused or older than one that was taken (P-67). */
  async state(answer: Answer<StateReply>, when: When = NOW): Promise<readonly SyncOrder[] | null> {
    const { journal, takeState } = this.#ports;
    if ("refused" in answer) {
      this.refuse("state", answer.refused, answer.atSeconds);
      return null;
    }
    const state = answer.granted;
    // P-67: an older word of the owner does not undo a newer one. What was asked just now is the newest there is.
    if (!("now" in when) && state.atMs <= journal.newestStateMs()) return null;
    await takeState(state);
    const orders = state.products.flatMap(({ product, orders }) =>
      orders.map((order) => ({ ...order, product }))
    );
    for (const order of orders) journal.leases.pause(order.order, isPaused(order));
    journal.storeStateTaken(state.atMs);
    return orders;
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
      if (answer.refused.code === "use-not-valid" && apart.length > 1) journal.leases.tellAlone(apart);
      else this.refuse("uses", answer.refused, answer.atSeconds);
      return answer.refused;
    }
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

  /** An authority that books or lends again, later than it refused, wants this appliance again. */
  #unbar(news: number, when: When): void {
    if (news > 0) this.#ports.journal.leases.bar(null, "now" in when ? Infinity : when.atSeconds);
  }
}

/** What an opened file is taken with besides. */
export interface FilePorts extends ApplyPorts {
  readonly keySet: () => Keyset;
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
  switch (opened.message.route) {
    case "state": {
      const orders = await taking.state(answer as Answer<ReplyOf<"state">>, when);
      return orders === null ? {} : { orders };
    }
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

function takeReceipt(
  taking: Taking,
  ports: FilePorts,
  ticketId: string,
  answer: Answer<ReplyOf<"receipt">>,
): { readonly receipt?: LateReceipt } {
  const waiting = ports.journal.unreported().find((ticket) => ticket.ticketId === ticketId);
  if (waiting === undefined) return {};
  const report = takeReceiptAnswer({ journal: ports.journal, keySet: ports.keySet() }, ticketId, answer);
  if ("refused" in answer) taking.refuse("receipt", answer.refused, answer.atSeconds);
  if ("pending" in report) return {};
  return {
    receipt: { ticketId, uid: waiting.uid, refused: "refused" in report ? report.refused.code : null },
  };
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
