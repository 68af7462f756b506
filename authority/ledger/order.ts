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
        ? { refused: "order-below-use", detail: `The order has ${freeOf(order.counts)} free units` }
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
export type PersonPlan = "book lost" | "give back" | "deny" | "allow";

/** Decides what a person may do about a device. */
export function decidePerson(unit: UnitRecord | undefined, decision: DeviceDecision): Decision<PersonPlan> {
  switch (decision.decision) {
    case "deny":
    case "allow":
      return { granted: decision.decision };
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

function stateText(unit: UnitRecord): string {
  return `The unit is ${unit.state}`;
}
