/**
 * What the appliances hold in their hands, and how a step becomes a request made of it: any ticket, message 1, receipt or lent
 * ticket that was ever answered may be sent again, late, or by the wrong one.
 *
 * @module
 */

import type { LeaseUse, TicketReply } from "../../authority/api/mod.ts";
import type { ApplianceId, TicketId, Uid } from "../../bootloader/wire/mod.ts";
import { type Clock, lockProof, Target, uidOf } from "../unit/authority/_world.ts";
import { drawKeys, type Lease, type LeaseKeys } from "../unit/authority/_vault.ts";
import type { Op } from "./_ops.ts";
import { LIMIT, type Template } from "./_site.ts";
import type { Step } from "./_steps.ts";

/** A ticket in an appliance's hands. */
export interface HeldTicket {
  readonly appliance: number;
  readonly uid: Uid;
  readonly reply: TicketReply;
}

/** A receipt as a target made it. */
export interface HeldReceipt {
  readonly appliance: number;
  readonly ticket: TicketId;
  readonly number: number;
  readonly receipt: string;
}

/** Everything that may be sent. */
export class Hands {
  readonly tickets: HeldTicket[] = [];
  readonly messages: Extract<Op, { act: "message1" }>[] = [];
  readonly receipts: HeldReceipt[] = [];
  readonly leases: { readonly appliance: number; readonly lease: Lease }[] = [];
  /** Requests for leases, answered or not: the same keys may be asked for again. */
  readonly asked: Extract<Op, { act: "lease" }>[] = [];
  /** Requests that were made and are still under way. */
  readonly late: Op[] = [];
  /** Which chip a lent ticket was first reported for. */
  readonly chips = new Map<string, Uid>();
  /** Chips whose receipts were sent or reported, and chips that a rework was asked for. */
  readonly delivered: Uid[] = [];
  readonly reworked: Uid[] = [];
  #number = 0;

  constructor(
    readonly template: Template,
    readonly clock: Clock,
    readonly random: (n: number) => Uint8Array,
  ) {}

  /** Whether there is anything for a step to be made of. */
  has(step: Step): boolean {
    switch (step.act) {
      case "message1":
        return step.how === "replay" ? this.messages.length > 0 : this.tickets.length > 0;
      case "failure":
        return this.tickets.length > 0;
      case "receipt":
        return this.receipts.length > 0;
      case "uses":
      case "returns":
      case "give-up":
        return this.leases.length > 0;
      case "late":
        return this.late.length > 0;
      default:
        return true;
    }
  }

  /** Makes a step's request; undefined for steps that send none. */
  make(step: Step): Op | undefined {
    if (!this.has(step)) return undefined;
    switch (step.act) {
      case "ticket":
        return { ...step, uid: (step.rework ? this.reworked.at(-1) : undefined) ?? uidOf(step.uid) };
      case "message1":
        return this.#message1(step);
      case "receipt":
        return this.#receipt(step);
      case "failure": {
        const { appliance, reply } = pick(this.tickets, step.nth);
        const by = (appliance + Number(step.other)) % this.template.appliances.length;
        return { act: "failure", appliance: by, ticket: reply.ticketId, abandon: step.abandon };
      }
      case "lease":
        return this.#lease(step);
      case "uses":
        return this.#uses(step);
      case "returns":
        return this.#returns(step);
      case "late":
        return this.late.splice(step.nth % this.late.length, 1)[0];
      case "clock":
        return undefined;
      default:
        return this.#ownerOp(step);
    }
  }

  #message1({ nth, how }: Extract<Step, { act: "message1" }>): Op {
    if (how === "replay") return { ...pick(this.messages, nth), target: null };
    const { appliance, uid, reply } = pick(this.tickets, nth);
    const target = new Target(reply, this.template.ticketKey, uid);
    const message1 = target.message1.slice();
    if (how === "bent") message1[message1.length - 1]! ^= 1;
    const known = this.#known(appliance);
    const proof = lockProof({ ...known, client: never, clientWith: never }, reply.ticketId, uid, {
      plainAttach: Number(how === "unlocked"),
    });
    const flaws: Record<string, string | undefined> = {
      bent: "message1-not-authentic",
      unlocked: "lock-not-proven",
    };
    const by = how === "other appliance" ? (appliance + 1) % this.template.appliances.length : appliance;
    const op = {
      act: "message1" as const,
      appliance: by,
      ticket: reply.ticketId,
      uid,
      message1: message1.toHex(),
      ...proof,
      flaw: flaws[how] ?? null,
      target,
    };
    if (how === "good") this.messages.push(op);
    return op;
  }

  #known(appliance: number) {
    return this.template.appliances[appliance] ?? fail();
  }

  #receipt({ nth, how }: Extract<Step, { act: "receipt" }>): Op {
    const held = pick(this.receipts, nth);
    const { appliance, ticket, number } = held;
    const by = how === "other appliance" ? (appliance + 1) % this.template.appliances.length : appliance;
    const bytes = Uint8Array.fromHex(held.receipt);
    if (how === "forged") bytes[bytes.length - 1]! ^= 1;
    const chip = this.tickets.find(({ reply }) => reply.ticketId === ticket)?.uid;
    if (how === "own" && chip !== undefined) this.delivered.push(chip);
    const otherNumber = 1 + (number % LIMIT);
    return {
      act: "receipt",
      appliance: by,
      ticket,
      number: how === "other number" ? otherNumber : number,
      receipt: bytes.toHex(),
      genuine: how !== "forged" && how !== "other number",
    };
  }

  #lease({ appliance, order, units, how, nth }: Extract<Step, { act: "lease" }>): Op {
    const known = this.asked.length === 0 || how === "new" ? undefined : pick(this.asked, nth);
    if (known !== undefined && how === "again") return known;
    let keys: LeaseKeys = drawKeys(units);
    if (known !== undefined) {
      // The lease key of another request, or one of its T: what must never serve twice.
      keys = how === "same key"
        ? { ...keys, leaseKey: known.keys.leaseKey }
        : { ...keys, T: [known.keys.T[0] ?? fail(), ...keys.T.slice(1)] };
    }
    const op = { act: "lease" as const, appliance, order, keys };
    this.asked.push(op);
    return op;
  }

  #uses({ nth, uses, other, twisted }: Extract<Step, { act: "uses" }>): Op {
    const { appliance, lease } = pick(this.leases, nth);
    const reported = new Map<string, LeaseUse>();
    for (const { index, uid, state, count, stick, otherReceipt } of uses) {
      const place = index % lease.tickets.length;
      const { ticketId } = lease.ticket(place);
      const chip = (stick ? this.chips.get(ticketId) : undefined) ?? uidOf(uid);
      if (!this.chips.has(ticketId)) this.chips.set(ticketId, chip);
      if (state === "committed") this.delivered.push(chip);
      const use = lease.use(place, chip, state, { atMs: this.clock.nowMs });
      const message2Count = state === "reserved" ? 0 : otherReceipt ? count + 1 : count;
      const receipt = use.receipt === null ? null : { ...use.receipt, number: otherReceipt ? 2 : 1 };
      reported.set(ticketId, { ...use, message2Count, receipt });
    }
    if (!twisted) this.#number += 1;
    const hash = (twisted ? this.random(32) : new Uint8Array(32).fill(this.#number)).toHex();
    return {
      act: "uses",
      appliance: other ? (appliance + 1) % this.template.appliances.length : appliance,
      lease: lease.grant.lease,
      uses: [...reported.values()],
      head: { number: this.#number, hash },
    };
  }

  #returns({ nth, indexes, careless }: Extract<Step, { act: "returns" }>): Op | undefined {
    const { appliance, lease } = pick(this.leases, nth);
    const places = indexes.map((index) => lease.ticket(index % lease.tickets.length).ticketId);
    // A vault returns what it closed unused; a careless one returns anything.
    const tickets = careless ? places : places.filter((ticket) => !this.chips.has(ticket));
    if (tickets.length === 0) return undefined;
    return { act: "returns", appliance, lease: lease.grant.lease, tickets };
  }

  #ownerOp(step: Extract<Step, { act: "order" | "allowance" | "device" | "give-up" | "revoke" }>): Op {
    const key = this.random(16).toHex();
    switch (step.act) {
      case "order": {
        const { notBefore } = this.template.orders[step.order] ?? fail();
        if (step.change === "dates") {
          const notAfterSeconds = this.clock.seconds + (step.by ** 2 - 1) * 100_000;
          const change = { change: step.change, notBeforeSeconds: notBefore, notAfterSeconds } as const;
          return { act: "order", order: step.order, change, key };
        }
        if (step.change === "rework") {
          const change = { change: step.change, allowed: step.by > 1 };
          return { act: "order", order: step.order, change, key };
        }
        const change = step.change === "raise" || step.change === "lower"
          ? { change: step.change, by: step.by }
          : { change: step.change };
        return { act: "order", order: step.order, change, key };
      }
      case "device": {
        const { decision } = step;
        const isDelivered = decision === "rework" && this.delivered.length > 0 && step.uid > 1;
        const uid = isDelivered ? pick(this.delivered, step.uid - 2) : uidOf(step.uid);
        if (decision === "rework") this.reworked.push(uid);
        if (decision !== "re-credit") return { act: "device", uid, decision: { decision }, key };
        return { act: "device", uid, decision: { decision, deviceMayExist: step.knows }, key };
      }
      case "give-up":
        return { act: "give-up", lease: pick(this.leases, step.nth).lease.grant.lease, key };
      default:
        return { ...step, key };
    }
  }
}

function pick<T>(values: readonly T[], nth: number): T {
  // The newest first: what has just happened is what races are about.
  return values[values.length - 1 - (nth % values.length)] ?? fail();
}

function fail(): never {
  throw new RangeError("there is nothing of the kind");
}

/** An appliance as `Lease` and `lockProof` want it; nothing is sent through it. */
export function silent(
  known: { readonly id: ApplianceId; readonly identity: Template["appliances"][number]["identity"] },
) {
  return { ...known, client: never, clientWith: never };
}

const never = new Proxy(() => {}, {
  get() {
    throw new RangeError("requests of a race go through its desks");
  },
}) as never;
