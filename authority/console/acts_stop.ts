/**
 * STOP: freezes every order of a product or of all, by the acts that there are for it.
 *
 * @module
 */

import { type Decision, productId, readWith } from "../api/mod.ts";
import type { ProductId } from "../../bootloader/wire/mod.ts";
import { changeOrder, type Office } from "../issuance/mod.ts";
import { findProduct, listOrders, type StoredOrder } from "../store/mod.ts";
import { type Plan, type ReadPlan } from "./plan.ts";
import { outsideOfOrders, stopCannotTell } from "./worst_case.tsx";

/** Returns the orders that a stop would freeze. */
export function runningOrders(office: Office, product?: ProductId): readonly StoredOrder[] {
  return listOrders(office.db, product).filter(({ frozen }) => !frozen);
}

/** Freezes every order. */
export const stopAll: ReadPlan = (office) => stopPlan(office, { subject: office.ownerName, fields: {} });

/** Freezes every order of a product. */
export const stopProduct: ReadPlan = (office, fields) => {
  const product = readWith(productId, fields.hex("product", 8), "the product's id");
  const found = findProduct(office.db, product);
  if (found === undefined) return { refused: "product-unknown" };
  return stopPlan(office, { subject: found.name, fields: { product }, product });
};

function stopPlan(
  office: Office,
  { subject, fields, product }: {
    readonly subject: string;
    readonly fields: Plan["fields"];
    readonly product?: ProductId;
  },
): Plan {
  const orders = listOrders(office.db, product);
  const keyed = orders.reduce((total, { counts }) => total + counts.keyed, 0);
  return {
    subject,
    back: "/console/stop",
    fields,
    tells: [
      { text: "orderFreezeTells" },
      stopCannotTell(outsideOfOrders(orders), keyed),
    ],
    rows: () => [{
      name: { text: "frozenOrders" },
      value: listOrders(office.db, product).filter((o) => o.frozen).length,
    }],
    // Whoever stops means whatever there is by now.
    terms: () => null,
    run: (who) => freezeAll(office, who, product),
  };
}

function freezeAll(office: Office, who: string, product: ProductId | undefined): Decision<unknown> {
  const running = runningOrders(office, product);
  for (const { order } of running) {
    const decision = changeOrder(office, who, order, { change: "freeze" });
    if ("refused" in decision) return decision;
  }
  return { granted: { frozen: running.length } };
}
