/**
 * Decides what owners and other people may change: orders raised and lowered, units booked lost and given back.
 * Pure.
 *
 * @module
 */

import type { Decision, DeviceDecision, OrderChange } from "../api/mod.ts";
import type { OrderState, UnitRecord } from "./ticket.ts";
import { freeOf } from "./units.ts";

/** The parts of an order that a change may set. */
export interface OrderTerms {
  readonly granted: number;
  readonly frozen: boolean;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly rework: boolean;
  /** Whether a restored authority still awaits the owner's word on it. */
  readonly awaiting: boolean;
  /** Units that a person frees out of unaccounted with this change. */
  readonly freed: number;
}

/** The largest grant: sums of counts stay exact. */
export const GRANTED_MOST = 1_000_000_000;

/** Decides about one change of an order. */
export function decideChange(order: OrderState, change: OrderChange): Decision<OrderTerms> {
  const terms: OrderTerms = {
    granted: order.counts.granted,
    frozen: order.frozen,
    notBeforeSeconds: order.notBeforeSeconds,
    notAfterSeconds: order.notAfterSeconds,
    rework: order.rework ?? false,
    awaiting: order.awaiting,
    freed: 0,
  };
  switch (change.change) {
    case "raise":
      return terms.granted + change.by > GRANTED_MOST
        ? { refused: "malformed", detail: `An order may have at most ${GRANTED_MOST} units` }
        : { granted: { ...terms, granted: terms.granted + change.by } };
    case "lower":
      // Never below what is used or lent: that would make the ledger a lie.
      return change.by > freeOf(order.counts)
        ? { refused: "order-below-use", detail: freeText(order) }
        : { granted: { ...terms, granted: terms.granted - change.by } };
    case "confirm":
      return decideConfirmation(terms, change);
    case "free-unaccounted":
      if (change.units > order.counts.unaccounted) {
        const detail = `The order has ${order.counts.unaccounted} unaccounted units`;
        return { refused: "order-below-use", detail };
      }
      return change.deviceMayExist
        ? { granted: { ...terms, freed: change.units } }
        : { refused: "unaccounted-not-acknowledged", detail: `${change.units} devices may exist` };
    case "freeze":
      return { granted: { ...terms, frozen: true } };
    case "thaw":
      return { granted: { ...terms, frozen: false } };
    case "rework":
      return { granted: { ...terms, rework: change.allowed } };
    case "dates":
      return change.notBeforeSeconds > change.notAfterSeconds
        ? { refused: "malformed", detail: "The order would end before it begins" }
        : {
          granted: {
            ...terms,
            notBeforeSeconds: change.notBeforeSeconds,
            notAfterSeconds: change.notAfterSeconds,
          },
        };
  }
}

/** The owner confirms what was shown and nothing else: another owner may have changed the order meanwhile. */
function decideConfirmation(
  terms: OrderTerms,
  shown: Extract<OrderChange, { readonly change: "confirm" }>,
): Decision<OrderTerms> {
  const same = shown.granted === terms.granted && shown.frozen === terms.frozen &&
    shown.notBeforeSeconds === terms.notBeforeSeconds && shown.notAfterSeconds === terms.notAfterSeconds;
  return same ? { granted: { ...terms, awaiting: false } } : { refused: "order-not-as-shown" };
}

/** What a person's decision about a device does. */
export type PersonPlan = "book lost" | "give back" | "deny" | "allow" | "rework";

/** Messages 2 of one unit are numbered in one byte, over all its deliveries. */
const MESSAGES2_MOST = 255;

/** Decides what a person may do about a device; `order` is its unit's. */
export function decidePerson(
  unit: UnitRecord | undefined,
  decision: DeviceDecision,
  order?: OrderState,
): Decision<PersonPlan> {
  switch (decision.decision) {
    case "deny":
    case "allow":
      return { granted: decision.decision };
    case "rework":
      if (unit === undefined || order === undefined) return { refused: "device-unknown" };
      if (unit.state !== "committed") return { refused: "unit-state", detail: stateText(unit) };
      if (order.rework !== true) {
        return { refused: "rework-not-allowed", detail: "The unit's order does not allow it" };
      }
      return unit.message2Count + order.message2Limit > MESSAGES2_MOST
        ? { refused: "message2-limit", detail: `The unit has had ${unit.message2Count} of at most 255` }
        : { granted: "rework" };
    case "lost":
      if (unit === undefined) return { refused: "device-unknown" };
      return unit.state === "keyed"
        ? { granted: "book lost" }
        : { refused: "unit-state", detail: stateText(unit) };
    case "re-credit":
      if (unit === undefined) return { refused: "device-unknown" };
      if (unit.state !== "lost") return { refused: "unit-state", detail: stateText(unit) };
      return decision.deviceMayExist ? { granted: "give back" } : { refused: "acknowledge-missing" };
  }
}

function freeText({ counts }: OrderState): string {
  const free = `The order has ${freeOf(counts)} free units`;
  return counts.leased === 0
    ? free
    : `${free} and ${counts.leased} lent ones: lower what may be lent first, unused ones come back at the next sync`;
}

function stateText(unit: UnitRecord): string {
  return `The unit is ${unit.state}`;
}
