/**
 * Decides what to borrow and what to give back, from what the authority says of an order and what lies here. Pure.
 *
 * @module
 */
import { type ApplianceOrder, LEASE_UNITS_MOST } from "../../authority/api/mod.ts";

/** Returns how many units to borrow of an order now; 0: none. */
export function unitsToBorrow(order: ApplianceOrder): number {
  const { allowance, refusal, free } = order;
  // An order that gives no ticket lends nothing either; asking would only be refused.
  if (allowance === null || refusal !== null) return 0;
  const listed = allowance.listed ?? LEASE_UNITS_MOST;
  return Math.max(0, Math.min(allowance.units - allowance.open, LEASE_UNITS_MOST, free, listed));
}

/** Returns how many unused units to give back, since the owner allows fewer than are lent. */
export function unitsToReturn(order: ApplianceOrder): number {
  const { allowance } = order;
  // A restored server may remember an older allowance; until the owner has spoken, what is lent stays.
  if (awaitsOwner(order)) return 0;
  return allowance === null ? 0 : Math.max(0, allowance.open - allowance.units);
}

/** Tells whether a restored server awaits the owner's word on an order: what it says of it may be older than what is known here. */
export function awaitsOwner(order: ApplianceOrder): boolean {
  return order.refusal === "order-awaits-confirmation";
}

/** Tells whether what was lent of an order may be used: not while its owner has frozen it, as far as is known here. */
export function isPaused(order: ApplianceOrder): boolean {
  return order.frozen;
}
