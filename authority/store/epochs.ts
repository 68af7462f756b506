/**
 * What a new epoch writes: units presumed keyed, serials set aside, orders that await their owner; and every change of what is
 * unaccounted, with its cause. Decides nothing.
 *
 * @module
 */

import { type ApplianceId, assert, padUid, type ProductId } from "../../bootloader/wire/mod.ts";
import type { OrderId } from "../api/mod.ts";
import { type Database, integerOf, textOf } from "./database.ts";
import { nextSerial } from "./tickets.ts";
import type { UnitKey } from "./units.ts";

/** Why the number of unaccounted units of an order changes. */
export type UnaccountedCause = "epoch" | "reported" | "late" | "renewed" | "freed";

/** Books `units` of an order into unaccounted, or out of it where the number is negative; the tables keep the sum. */
export function moveUnaccounted(
  db: Database,
  order: OrderId,
  move: { readonly units: number; readonly cause: UnaccountedCause; readonly nowMs: number },
): void {
  db.run(
    "INSERT INTO unaccounted_moves (order_id, units, cause, at_ms) VALUES (?, ?, ?, ?)",
    order,
    move.units,
    move.cause,
    move.nowMs,
  );
}

/** Keeps an epoch that has begun. */
export function insertEpoch(
  db: Database,
  epoch: { readonly epoch: number; readonly before: number; readonly nowMs: number },
): void {
  db.run(
    "INSERT INTO epochs (epoch, before, begun_ms) VALUES (?, ?, ?)",
    epoch.epoch,
    epoch.before,
    epoch.nowMs,
  );
}

/** Lets the serials of every product go on above `floor`: what lies below may have been given in a history that is not known. */
export function setSerialFloors(db: Database, floor: number): void {
  db.run(
    `UPDATE products SET serial_floor = max(?, serial_floor,
      (SELECT coalesce(max(serial), 0) FROM certificates WHERE product = products.id))`,
    floor,
  );
}

/** Makes every order await its owner's word. */
export function awaitOwner(db: Database): void {
  db.run("UPDATE orders SET awaiting = 1");
}

/** Counts every reserved unit of this authority's own tickets as keyed; returns how many there were. */
export function presumeKeyed(db: Database, nowMs: number): number {
  const rows = db.all("SELECT id, product FROM units WHERE state = 'reserved' AND lease_ticket IS NULL");
  for (const row of rows) {
    const changed = db.run(
      `UPDATE units SET state = 'keyed', presumed = 1, message2_count = 1, serial = ?, changed_ms = ?
        WHERE id = ? AND state = 'reserved'`,
      nextSerial(db, textOf(row, "product") as ProductId),
      nowMs,
      textOf(row, "id"),
    );
    assert(changed === 1, "Cannot presume a unit to be keyed: it is in another state");
  }
  return rows.length;
}

/** Books that messages 2 of a unit are proven: its certificate is known, and so is how many there were at least. */
export function proveKeyed(
  db: Database,
  key: UnitKey,
  facts: {
    readonly serial: number;
    readonly message2Count: number;
    /** Who was given them. */
    readonly appliance: ApplianceId;
    readonly nowMs: number;
  },
): void {
  const changed = db.run(
    `UPDATE units SET state = 'keyed', presumed = 0, serial = ?, message2_count = max(message2_count, ?), appliance = ?,
      changed_ms = ?
      WHERE family = ? AND uid = ? AND state IN ('reserved', 'keyed') AND lease_ticket IS NULL`,
    facts.serial,
    facts.message2Count,
    facts.appliance,
    facts.nowMs,
    key.family,
    padUid(key.uid),
  );
  assert(changed === 1, "Cannot book a message 2: its unit is in another state");
}

/** Makes sure that there is an allowance for a lease to name; one that was there stays as it is. */
export function keepAllowanceOf(db: Database, order: OrderId, appliance: ApplianceId, nowMs: number): void {
  db.run(
    `INSERT INTO allowances (order_id, appliance, units, uid_value, uid_mask, changed_ms, effective_ms)
      VALUES (?1, ?2, 0, zeroblob(16), zeroblob(16), ?3, ?3) ON CONFLICT DO NOTHING`,
    order,
    appliance,
    nowMs,
  );
}

/** Returns when the present epoch began, in milliseconds since 1970; null: it is that of the founding. */
export function epochBegun(db: Database): { readonly epoch: number; readonly atMs: number } | null {
  const row = db.first("SELECT epoch, begun_ms FROM epochs ORDER BY epoch DESC LIMIT 1");
  return row === undefined ? null : { epoch: integerOf(row, "epoch"), atMs: integerOf(row, "begun_ms") };
}
