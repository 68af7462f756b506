/**
 * What follows here from a state that was heard, whichever carrier brought it: which unused units are closed for their
 * return, and which leases are asked for. Changes the journal; says nothing to anybody.
 *
 * @module
 */
import type { Journal } from "../journal/mod.ts";
import type { Vault } from "../vault/mod.ts";
import type { SyncOrder } from "./apply.ts";
import { unitsToBorrow, unitsToReturn } from "./plan.ts";

/** What is settled with. */
export interface SettlePorts {
  readonly vault: Vault;
  readonly journal: Journal;
  /** Seconds since 1970, never behind the newest signed time. */
  readonly nowSeconds: () => number;
}

/** How it is gone about. */
export interface PlanOptions {
  /** Gives every unused unit back and borrows none. */
  readonly giveBack?: boolean;
}

/**
 * Tells how many units of an order the authority still counts as open and will have heard of before it decides about
 * the next request. Over HTTPS none: each answer is at hand before the next message. By file what waits here, since it
 * stands before the request in the same file.
 */
export type Leaving = (order: string) => number;

/** Closes the free units of leases that are over, or of all when everything is to be given back. */
export function closeLeftovers(
  { vault, journal, nowSeconds }: SettlePorts,
  { giveBack = false }: PlanOptions,
): void {
  for (const lease of journal.leases.leases()) {
    if (!giveBack && nowSeconds() <= lease.notAfterSeconds) continue;
    vault.closeFree(lease.leaseKey, journal.leases.counts(lease.leaseKey).free);
  }
}

/** Where the owner allows fewer than are lent, unused ones are closed, those of the lease that ends last first. */
export function closeSurplus(
  { vault, journal }: SettlePorts,
  orders: readonly SyncOrder[],
  leaving: Leaving,
): void {
  for (const order of orders) {
    let surplus = unitsToReturn(without(order, leaving));
    for (const lease of journal.leases.leases().toReversed()) {
      if (lease.order === order.order) surplus -= vault.closeFree(lease.leaseKey, Math.max(0, surplus));
    }
  }
}

/** Makes a request for what the allowance leaves of each order, unless one waits already that fits. */
export function draftLeases({ vault }: SettlePorts, orders: readonly SyncOrder[], leaving: Leaving): void {
  const open = vault.openRequests();
  for (const order of orders) {
    const units = unitsToBorrow(without(order, leaving));
    // A larger one that was refused and waits for its other copies (P-67) must not keep the line from borrowing.
    const isAsked = open.some((request) => request.order === order.order && request.units <= units);
    if (units > 0 && !isAsked) vault.createLease({ order: order.order, product: order.product, units });
  }
}

function without(order: SyncOrder, leaving: Leaving): SyncOrder {
  const { allowance } = order;
  if (allowance === null) return order;
  return { ...order, allowance: { ...allowance, open: Math.max(0, allowance.open - leaving(order.order)) } };
}
