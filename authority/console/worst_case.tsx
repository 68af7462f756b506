/**
 * What may be made, or may exist already, without this server knowing: what is lent, and what is unaccounted since a restore
 * or a lease that was given up. Whoever is away may hold usable tickets for both, so both are the worst case, wherever it is
 * said.
 *
 * @module
 */

import { type ApplianceReply, fill, type OrderReply, type Quota } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import {
  epochBegun,
  listAllowancesOf,
  listUnaccountedLeases,
  listUnaccountedOrders,
  type StoredOrder,
} from "../store/mod.ts";
import type { Tell } from "./plan.ts";
import { count, type View } from "./view.tsx";

/** Units out of this server's sight. */
export interface Outside {
  readonly lent: number;
  readonly unaccounted: number;
}

/** Returns what is out of sight of one order, or of a sum. */
export function outsideOf({ leased, unaccounted }: Pick<Quota, "leased" | "unaccounted">): Outside {
  return { lent: leased, unaccounted };
}

/** Returns what is out of sight of several orders. */
export function outsideOfOrders(orders: readonly StoredOrder[]): Outside {
  return {
    lent: orders.reduce((sum, { counts }) => sum + counts.leased, 0),
    unaccounted: orders.reduce((sum, { counts }) => sum + counts.unaccounted, 0),
  };
}

/** Returns how many devices that may come to. */
export function unitsOutside({ lent, unaccounted }: Outside): number {
  return lent + unaccounted;
}

/**
 * Returns what may be with an appliance, of one order where `only` is given. A lease that a restored database does not know may
 * be with any appliance of the product that was enrolled before the restore, until it shows what it has.
 */
export function outsideOfAppliance(
  office: Office,
  { appliance, products, enrolledAtMs }: ApplianceReply,
  only?: OrderReply["order"],
): Outside {
  const isAsked = ({ order }: { readonly order: OrderReply["order"] }) =>
    only === undefined || order === only;
  const leases = listUnaccountedLeases(office.db).filter(isAsked);
  const orders = listUnaccountedOrders(office.db).filter(isAsked);
  const wasThere = enrolledAtMs <= (epochBegun(office.db)?.atMs ?? -1);
  const ofOrder = (order: OrderReply["order"], isOwn: boolean) =>
    leases.filter((lease) => lease.order === order && (lease.appliance === appliance) === isOwn)
      .reduce((sum, { unaccounted }) => sum + unaccounted, 0);
  // By order: what a person freed of an order is still with whoever holds it.
  const may = new Map(leases.map(({ order }) => [order, ofOrder(order, true)]));
  for (const { order, product, unaccounted } of orders) {
    const isProgrammed = products.length === 0 || products.includes(product);
    if (!wasThere || !isProgrammed) continue;
    may.set(order, Math.max(may.get(order) ?? 0, unaccounted - ofOrder(order, false)));
  }
  return {
    lent: listAllowancesOf(office.db, appliance).filter(isAsked).reduce((sum, { open }) => sum + open, 0),
    unaccounted: [...may.values()].reduce((sum, units) => sum + units, 0),
  };
}

/** Returns the sentence of the worst case. */
export function worstTell(outside: Outside): Tell {
  const parts = { units: unitsOutside(outside), ...outside };
  if (parts.units === 0) return { text: "worstCaseNone" };
  return { text: outside.unaccounted === 0 ? "worstCaseSays" : "worstCaseUnaccounted", parts };
}

/** Returns what STOP cannot stop, with the devices whose key was given. */
export function stopCannotTell(outside: Outside, keyed: number): Tell {
  const parts = { units: unitsOutside(outside), ...outside, keyed };
  return { text: outside.unaccounted === 0 ? "stopCannotSays" : "stopCannotUnaccounted", parts };
}

/** What is unaccounted besides what is lent, where anything is. */
export function unaccountedTells({ unaccounted }: Outside): readonly Tell[] {
  return unaccounted === 0 ? [] : [{ text: "unaccountedBesides", parts: { units: unaccounted } }];
}

/** Returns a sentence in the page's language. */
export function tellText({ t }: View, { text, parts = {} }: Tell): string {
  const counts = Object.entries(parts).map(([name, part]) =>
    [name, typeof part === "number" ? count(part) : part] as const
  );
  return fill(t[text], Object.fromEntries(counts));
}

/** The worst case while cut off. */
export function WorstCase({ view, outside }: { readonly view: View; readonly outside: Outside }) {
  return (
    <p>
      <strong>{view.t.worstCase}</strong> {tellText(view, worstTell(outside))}
    </p>
  );
}

/** What is lent to an appliance, and what besides may be with it. */
export function LentHere(
  { view, open, unaccounted }: {
    readonly view: View;
    readonly open: number;
    readonly unaccounted: number;
  },
) {
  if (unaccounted === 0) return <>{count(open)}</>;
  return (
    <>
      {count(open)} <strong>{fill(view.t.besidesUnaccounted, { units: count(unaccounted) })}</strong>
    </>
  );
}
