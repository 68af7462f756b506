/**
 * Decides about offline work: what may be lent to an appliance, and what its later reports do (P-58, P-59).
 * Pure; whether certificates hold is found out elsewhere and handed in.
 *
 * @module
 */

import type { ApplianceId, Uid } from "../../bootloader/wire/mod.ts";
import type { Decision, LeaseUse, OfflineTerms } from "../api/mod.ts";
import { orderRefusal, type OrderState, type UnitRecord } from "./ticket.ts";
import { freeOf } from "./units.ts";

/** What is known when an owner sets an allowance. */
export interface AllowanceQuestion {
  /** Undefined: there is no such order. */
  readonly order: OrderState | undefined;
  /** Undefined: there is no such appliance. `barred`: revoked or frozen. */
  readonly appliance: { readonly barred: boolean; readonly allowed: boolean } | undefined;
  readonly offline: OfflineTerms | null;
  readonly units: number;
  /** 16 bytes each. */
  readonly uidValue: Uint8Array;
  readonly uidMask: Uint8Array;
  readonly acknowledged: boolean;
}

const UID_BYTES = 12;

/** Decides about an allowance. Taking one away is always granted. */
export function decideAllowance(question: AllowanceQuestion): Decision<"set"> {
  const { order, appliance, offline, units, uidValue, uidMask } = question;
  if (order === undefined) return { refused: "order-unknown" };
  if (appliance === undefined) return { refused: "appliance-not-found" };
  // A value outside its mask, or in the filling behind the UID, would read like a demand and be none, or fit no chip (P-4).
  const flaw = uidValue.some((byte, index) => (byte & ~uidMask[index]!) !== 0)
    ? "uidValue has bits outside uidMask"
    : uidValue.subarray(UID_BYTES).some((byte) => byte !== 0)
    ? "uidValue has bits behind the 12 bytes of a UID"
    : undefined;
  if (flaw !== undefined) return { refused: "malformed", detail: flaw };
  if (units === 0) return { granted: "set" };
  if (appliance.barred) return { refused: "appliance-revoked" };
  if (!appliance.allowed) return { refused: "product-not-allowed" };
  if (offline === null) return { refused: "offline-not-allowed" };
  if (!question.acknowledged) return { refused: "offline-not-acknowledged" };
  if (units > offline.unitsMax) {
    return { refused: "allowance-too-large", detail: `The product lends ${offline.unitsMax} units at most` };
  }
  return { granted: "set" };
}

/** What is known when an appliance asks for a lease. */
export interface LeaseQuestion {
  readonly order: OrderState | undefined;
  /** Whether the appliance may program the order's product. */
  readonly allowed: boolean;
  readonly offline: OfflineTerms | null;
  /** Whether the release's personal region takes certificate and delegation, or there is none. */
  readonly regionTakesLease: boolean;
  readonly allowance:
    | {
      readonly units: number;
      readonly open: number;
      readonly listed?: number;
      readonly listedOnly?: boolean;
    }
    | undefined;
  readonly units: number;
}

/** The dates of a lease, in seconds; the last one is valid. */
export interface LeaseDates {
  readonly notBefore: number;
  readonly notAfter: number;
}

const DAY_SECONDS = 86_400;

/** Decides whether units are lent at `nowSeconds`: all that was asked for, or none. */
export function decideLease(question: LeaseQuestion, nowSeconds: number): Decision<LeaseDates> {
  const { order, offline, allowance, units } = question;
  if (order === undefined) return { refused: "order-unknown" };
  if (!question.allowed) return { refused: "product-not-allowed" };
  if (offline === null) return { refused: "offline-not-allowed" };
  const closed = orderRefusal(order, nowSeconds);
  if (closed !== undefined) return { refused: closed };
  if (!question.regionTakesLease) return { refused: "lease-region-short" };
  // P-75: a ticket that is for no listed chip is not given where only those are meant.
  const listed = allowance?.listedOnly === true ? allowance.listed ?? 0 : Infinity;
  const room = allowance === undefined
    ? 0
    : Math.min(Math.min(allowance.units, offline.unitsMax) - allowance.open, listed);
  if (units > room) {
    return { refused: "allowance-spent", detail: `${Math.max(0, room)} more units may be lent` };
  }
  const free = freeOf(order.counts);
  if (units > free) return { refused: "quota-spent", detail: `The order has ${free} free units` };
  const notAfter = Math.min(order.notAfterSeconds, nowSeconds + offline.days * DAY_SECONDS);
  return { granted: { notBefore: order.notBeforeSeconds, notAfter } };
}

/** Where a unit of a lease is, as far as the authority knows. */
export type LentState = "leased" | "used" | "returned" | "unaccounted";

/** A use as it is compared; bytes as hexadecimal. */
export interface UseFacts {
  readonly uid: Uid;
  readonly family: number;
  readonly certificate: string;
  readonly state: LeaseUse["state"];
  readonly message2Count: number;
  /** Receipt record and MAC with the number of its message 2; null: none. */
  readonly receipt: { readonly number: number; readonly record: string } | null;
}

/** What a report of a use does. `fork`: it contradicts what was reported before. */
export type UsePlan = "book" | "advance" | "nothing" | "fork";

const RANKS = Object.freeze({ reserved: 0, keyed: 1, committed: 2 } as const);

/** Decides about one reported use of a ticket that is in `lent`, of which `kept` was reported before (P-58, P-59). */
export function decideUse(lent: LentState, kept: UseFacts | undefined, reported: UseFacts): UsePlan {
  // A vault closes a ticket before it says that it is returned.
  if (lent === "returned") return "fork";
  if (kept === undefined) return "book";
  const sameDevice = kept.uid === reported.uid && kept.family === reported.family &&
    kept.certificate === reported.certificate;
  if (!sameDevice) return "fork";
  const { receipt } = reported;
  if (kept.receipt !== null && receipt !== null) {
    const same = kept.receipt.number === receipt.number && kept.receipt.record === receipt.record;
    return same ? "nothing" : "fork";
  }
  const further = RANKS[reported.state] - RANKS[kept.state];
  if (further > 0) return "advance";
  // Messages may overtake each other: what says less than is known changes nothing.
  return further === 0 && reported.message2Count > kept.message2Count ? "advance" : "nothing";
}

/** Returns what is wrong with a reported use by itself, or undefined. */
export function useFlaw(use: Pick<LeaseUse, "state" | "message2Count" | "receipt">): string | undefined {
  const { state, message2Count, receipt } = use;
  if ((state === "reserved") !== (message2Count === 0)) {
    return "its state and its count of messages 2 do not agree";
  }
  if ((state === "committed") !== (receipt !== null)) return "its state and its receipt do not agree";
  if (receipt !== null && receipt.number > message2Count) {
    return "its receipt is of a message 2 that was not made";
  }
  return undefined;
}

/** What a report of a returned ticket does. */
export type ReturnPlan = "return" | "nothing" | "fork";

/** Decides about a ticket that a vault says it closed unused. */
export function decideReturn(lent: LentState): ReturnPlan {
  switch (lent) {
    case "leased":
      return "return";
    case "used":
      return "fork";
    case "returned":
    case "unaccounted":
      return "nothing";
  }
}

/** How a use finds its UID: `free`; `held`: by another unit; `reserved`: by one that never got a key and gives way. */
export type HolderPlan = "free" | "reserved" | "held";

/** Decides what the unit that holds a UID means for a use of a lease. */
export function decideHolder(unit: UnitRecord | undefined): HolderPlan {
  if (unit === undefined) return "free";
  return unit.state === "reserved" && !unit.leased ? "reserved" : "held";
}

/** Things about a booked use that the owner should look at. */
export type UseAlarm =
  | "uid-held"
  | "uid-elsewhere"
  | "uid-denied"
  | "message2-limit"
  | "lease-expired"
  | "uid-lost"
  | "unit-given-back";

/** What is known when a use is booked or goes forward. */
export interface AlarmFacts {
  readonly appliance: ApplianceId;
  /** The unit that held the UID before the use was booked. */
  readonly holder: UnitRecord | undefined;
  readonly denied: boolean;
  readonly message2Count: number;
  readonly message2Limit: number;
  readonly atSeconds: number;
  readonly notAfterSeconds: number;
}

/** Returns the alarms of a use that is booked. */
export function alarmsOfBooking(facts: AlarmFacts): readonly UseAlarm[] {
  const { holder } = facts;
  const plan = decideHolder(holder);
  const rules: readonly (readonly [UseAlarm, boolean])[] = [
    ["uid-held", plan === "held"],
    ["uid-elsewhere", plan === "reserved" && holder?.appliance !== facts.appliance],
    ["uid-denied", facts.denied],
    ["message2-limit", facts.message2Count > facts.message2Limit],
    ["lease-expired", facts.atSeconds > facts.notAfterSeconds],
  ];
  return rules.filter(([, holds]) => holds).map(([alarm]) => alarm);
}
