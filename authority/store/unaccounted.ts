/**
 * Leases with units that nobody can tell the whereabouts of: given up by a person, or learnt of after a restore. Their
 * appliances may hold usable tickets all the same. Decides nothing.
 *
 * @module
 */

import type { ApplianceId, LeaseId, ProductId } from "../../bootloader/wire/mod.ts";
import type { OrderId } from "../api/mod.ts";
import { type Database, integerOf, textOf } from "./database.ts";

/** A lease of which units are unaccounted. */
export interface UnaccountedLease {
  readonly lease: LeaseId;
  readonly order: OrderId;
  readonly appliance: ApplianceId;
  readonly unaccounted: number;
  /** A restored authority learnt of it from its appliance; otherwise a person gave it up. */
  readonly restored: boolean;
  readonly notAfterSeconds: number;
}

/** Returns the leases with unaccounted units, those that end first first. Reads those alone, however many leases there are. */
export function listUnaccountedLeases(db: Database): readonly UnaccountedLease[] {
  return db.all(
    `SELECT l.id, l.order_id, l.appliance, l.restored, l.not_after, gone.units FROM (
        SELECT lease, count(*) AS units FROM lease_tickets WHERE state = 'unaccounted' GROUP BY lease
      ) gone JOIN leases l ON l.id = gone.lease WHERE l.restored = 0
      UNION ALL
      -- Only what was reported of a restored lease has a row: the rest of it is unaccounted.
      SELECT id, order_id, appliance, restored, not_after, units - used FROM (
        SELECT l.*, (SELECT count(*) FROM lease_tickets t WHERE t.lease = l.id AND t.state = 'used') AS used
        FROM leases l WHERE l.restored = 1
      ) WHERE units > used
      ORDER BY 5, 1`,
  ).map((row) => ({
    lease: textOf(row, "id") as LeaseId,
    order: textOf(row, "order_id") as OrderId,
    appliance: textOf(row, "appliance") as ApplianceId,
    unaccounted: integerOf(row, "units"),
    restored: integerOf(row, "restored") === 1,
    notAfterSeconds: integerOf(row, "not_after"),
  }));
}

/** An order of which units are unaccounted. */
export interface UnaccountedOrder {
  readonly order: OrderId;
  readonly product: ProductId;
  readonly unaccounted: number;
}

/** Returns the orders with unaccounted units. */
export function listUnaccountedOrders(db: Database): readonly UnaccountedOrder[] {
  return db.all("SELECT id, product, unaccounted FROM orders WHERE unaccounted > 0").map((row) => ({
    order: textOf(row, "id") as OrderId,
    product: textOf(row, "product") as ProductId,
    unaccounted: integerOf(row, "unaccounted"),
  }));
}
