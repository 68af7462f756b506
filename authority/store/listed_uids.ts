/**
 * Chips that were scanned ahead for an allowance, and the tickets that were bound to them (P-75). Decides nothing.
 *
 * @module
 */

import { type ApplianceId, padUid, type TicketId, type Uid, uidOf } from "../../bootloader/wire/mod.ts";
import type { OrderId } from "../api/mod.ts";
import { bytesOf, type Database, integerOf } from "./database.ts";

/** An allowance as it is named. */
export interface AllowanceKey {
  readonly order: OrderId;
  readonly appliance: ApplianceId;
}

// A chip waits for a ticket while it has none, or gave it back, and no unit has it.
const WAITING = `FROM allowance_uids a JOIN orders o ON o.id = a.order_id JOIN products p ON p.id = o.product
  LEFT JOIN lease_tickets t ON t.id = a.ticket
  WHERE a.order_id = ? AND a.appliance = ? AND (a.ticket IS NULL OR t.state = 'returned')
    AND NOT EXISTS (SELECT 1 FROM units u WHERE u.family = p.family AND u.uid = a.uid)`;

/** Returns up to `limit` chips that wait for a ticket, in the order of their list. */
export function listWaitingUids(db: Database, key: AllowanceKey, limit: number): readonly Uid[] {
  const sql = `SELECT a.uid ${WAITING} ORDER BY a.position LIMIT ?`;
  return db.all(sql, key.order, key.appliance, limit).map((row) => uidOf(bytesOf(row, "uid")));
}

/** Returns how many chips wait for a ticket. */
export function countWaitingUids(db: Database, key: AllowanceKey): number {
  return integerOf(db.one(`SELECT count(*) AS count ${WAITING}`, key.order, key.appliance), "count");
}

/** Puts a list in place of what waits; a chip that has a ticket keeps it. */
export function setListedUids(
  db: Database,
  key: AllowanceKey,
  uids: readonly Uid[],
  listedOnly: boolean,
): void {
  db.run(
    "DELETE FROM allowance_uids WHERE order_id = ? AND appliance = ? AND ticket IS NULL",
    key.order,
    key.appliance,
  );
  for (const [position, uid] of uids.entries()) {
    db.run(
      `INSERT INTO allowance_uids (order_id, appliance, uid, position) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET position = excluded.position`,
      key.order,
      key.appliance,
      padUid(uid),
      position,
    );
  }
  db.run(
    "UPDATE allowances SET listed_only = ? WHERE order_id = ? AND appliance = ?",
    Number(listedOnly),
    key.order,
    key.appliance,
  );
}

/** Notes the ticket that was bound to a listed chip. */
export function bindListedUid(db: Database, key: AllowanceKey, uid: Uid, ticket: TicketId): void {
  db.run(
    "UPDATE allowance_uids SET ticket = ? WHERE order_id = ? AND appliance = ? AND uid = ?",
    ticket,
    key.order,
    key.appliance,
    padUid(uid),
  );
}
