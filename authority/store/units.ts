/**
 * Units in use, one row for each UID. Every move is a conditional update: it says from which state, and fails loudly when
 * the unit is elsewhere; triggers keep the orders' counts.
 *
 * @module
 */

import {
  type ApplianceId,
  assert,
  type LeaseId,
  padUid,
  type ProductId,
  type ReleaseId,
  type TicketId,
  type Uid,
  uidOf,
} from "../../bootloader/wire/mod.ts";
import type { DeviceReply, OrderId } from "../api/mod.ts";
import type { UnitRecord } from "../ledger/mod.ts";
import {
  bytesOf,
  type Database,
  integerOf,
  integerOrNull,
  type Row,
  textOf,
  textOrNull,
} from "./database.ts";

/** What names a unit in use. */
export interface UnitKey {
  readonly family: number;
  readonly uid: Uid;
}

/** A unit as it is kept. */
export interface StoredUnit extends UnitRecord, UnitKey {
  /** Random, 32 digits: tells this unit from an earlier one of the same UID that went back. */
  readonly unit: string;
  readonly station: string;
  readonly serial: number | null;
  readonly changedAtMs: number;
  /** The ticket of the lease that it was used with; null: online. */
  readonly leaseTicket: TicketId | null;
}

/** Returns the unit that a UID occupies, or undefined. */
export function findUnit(db: Database, key: UnitKey): StoredUnit | undefined {
  const row = db.first("SELECT * FROM units WHERE family = ? AND uid = ?", key.family, padUid(key.uid));
  return row === undefined ? undefined : unitOf(row);
}

/** Reserves a unit of an order for a UID that occupies none; the table refuses it when the order has none free. */
export function reserveUnit(
  db: Database,
  unit: UnitKey & {
    readonly unit: string;
    readonly order: OrderId;
    readonly product: ProductId;
    readonly release: ReleaseId;
    readonly appliance: ApplianceId;
    readonly station: string;
    readonly epoch: number;
  },
  nowMs: number,
): void {
  db.run(
    `INSERT INTO units (id, family, uid, order_id, product, release, appliance, station, epoch, state, changed_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'reserved', ?)`,
    unit.unit,
    unit.family,
    padUid(unit.uid),
    unit.order,
    unit.product,
    unit.release,
    unit.appliance,
    unit.station,
    unit.epoch,
    nowMs,
  );
}

/** Gives a UID that occupies no unit one that left a lease; the table refuses it when the order has none free. */
export function insertLeasedUnit(
  db: Database,
  unit: UnitKey & {
    readonly unit: string;
    readonly order: OrderId;
    readonly product: ProductId;
    readonly release: ReleaseId;
    readonly appliance: ApplianceId;
    readonly leaseTicket: TicketId;
  },
  nowMs: number,
): void {
  db.run(
    `INSERT INTO units (id, family, uid, order_id, product, release, appliance, station, state, changed_ms, lease_ticket)
      VALUES (?, ?, ?, ?, ?, ?, ?, 'offline', 'reserved', ?, ?)`,
    unit.unit,
    unit.family,
    padUid(unit.uid),
    unit.order,
    unit.product,
    unit.release,
    unit.appliance,
    nowMs,
    unit.leaseTicket,
  );
}

/** Makes a unit of a lease keyed, or counts its further messages 2. `serial` is the place within the lease. */
export function keyLeasedUnit(
  db: Database,
  unit: string,
  facts: { readonly message2Count: number; readonly serial: number; readonly nowMs: number },
): void {
  const changed = db.run(
    `UPDATE units SET state = 'keyed', serial = ?, message2_count = ?, changed_ms = ?
      WHERE id = ? AND lease_ticket IS NOT NULL AND state IN ('reserved', 'keyed')`,
    facts.serial,
    facts.message2Count,
    facts.nowMs,
    unit,
  );
  assert(changed === 1, "Cannot key a unit of a lease: it is in another state");
}

/** Notes who delivers a unit now; it belongs to `epoch` from here on. */
export function assignUnit(
  db: Database,
  key: UnitKey,
  to: { readonly appliance: ApplianceId; readonly station: string; readonly epoch: number },
): void {
  const changed = db.run(
    "UPDATE units SET appliance = ?, station = ?, epoch = ? WHERE family = ? AND uid = ?",
    to.appliance,
    to.station,
    to.epoch,
    key.family,
    padUid(key.uid),
  );
  assert(changed === 1, "Cannot assign a unit: it is not there");
}

/** Counts a message 2 of a unit and makes it keyed under its certificate's serial. */
export function keyUnit(
  db: Database,
  key: UnitKey,
  facts: { readonly number: number; readonly serial: number; readonly nowMs: number },
): void {
  const changed = db.run(
    `UPDATE units SET state = 'keyed', presumed = 0, serial = ?, message2_count = ?, changed_ms = ?
      WHERE family = ? AND uid = ? AND state IN ('reserved', 'keyed') AND message2_count = ?`,
    facts.serial,
    facts.number,
    facts.nowMs,
    key.family,
    padUid(key.uid),
    facts.number - 1,
  );
  assert(changed === 1, "Cannot key a unit: it is in another state");
}

/** Moves a keyed unit on. */
export function settleUnit(db: Database, key: UnitKey, to: "committed" | "lost", nowMs: number): void {
  const changed = db.run(
    "UPDATE units SET state = ?, changed_ms = ? WHERE family = ? AND uid = ? AND state = 'keyed'",
    to,
    nowMs,
    key.family,
    padUid(key.uid),
  );
  assert(changed === 1, "Cannot settle a unit: it is not keyed");
}

/** Makes a committed unit keyed again, for a rework (P-71): its messages 2 are counted anew from here. */
export function reworkUnit(db: Database, key: UnitKey, nowMs: number): void {
  const changed = db.run(
    `UPDATE units SET state = 'keyed', reworks = reworks + 1, message2_before = message2_count, changed_ms = ?
      WHERE family = ? AND uid = ? AND state = 'committed'`,
    nowMs,
    key.family,
    padUid(key.uid),
  );
  assert(changed === 1, "Cannot begin a rework: the unit is not committed");
}

/** Gives a unit back to its order, which needs it to be `from`. */
export function returnUnit(db: Database, key: UnitKey, from: "reserved" | "lost"): void {
  const changed = db.run(
    "DELETE FROM units WHERE family = ? AND uid = ? AND state = ?",
    key.family,
    padUid(key.uid),
    from,
  );
  assert(changed === 1, "Cannot give a unit back: it is in another state");
}

/** Returns the units whose only open ticket ended before `nowSeconds` and which never got a key. */
export function listExpiredReservations(
  db: Database,
  product: ProductId,
  nowSeconds: number,
): readonly UnitKey[] {
  return db.all(
    `SELECT u.family, u.uid FROM tickets t JOIN units u ON u.id = t.unit
      WHERE t.closed = 0 AND t.not_after < ? AND u.state = 'reserved'
        AND t.order_id IN (SELECT id FROM orders WHERE product = ?)`,
    nowSeconds,
    product,
  ).map((row) => ({ family: integerOf(row, "family"), uid: uidOf(bytesOf(row, "uid")) }));
}

/** Returns a page of units in the order of family and UID, beginning after `after`. */
export function listDevices(
  db: Database,
  page: { readonly after: UnitKey | undefined; readonly limit: number },
): readonly DeviceReply[] {
  const { after, limit } = page;
  const rows = after === undefined ? db.all(`${DEVICES} ORDER BY u.family, u.uid LIMIT ?`, limit) : db.all(
    `${DEVICES} WHERE (u.family, u.uid) > (?, ?) ORDER BY u.family, u.uid LIMIT ?`,
    after.family,
    padUid(after.uid),
    limit,
  );
  return rows.map(deviceOf);
}

/** Returns one unit as owners see it, or undefined. */
export function findDevice(db: Database, key: UnitKey): DeviceReply | undefined {
  const row = db.first(`${DEVICES} WHERE u.family = ? AND u.uid = ?`, key.family, padUid(key.uid));
  return row === undefined ? undefined : deviceOf(row);
}

const DEVICES = `SELECT u.*, r.version, t.lease FROM units u JOIN releases r ON r.id = u.release
  LEFT JOIN lease_tickets t ON t.id = u.lease_ticket`;

function deviceOf(row: Row): DeviceReply {
  const { unit: _unit, leaseTicket, leased: _leased, epoch: _epoch, presumed, rework, ...device } = unitOf(
    row,
  );
  const lease = leaseTicket === null ? null : textOf(row, "lease") as LeaseId;
  // The serial of a presumed unit is set aside for it, and no certificate has it yet.
  const serial = presumed ? null : device.serial;
  const { times: reworks, message2Before } = rework ?? { times: 0, message2Before: 0 };
  return { ...device, serial, version: textOf(row, "version"), lease, reworks, message2Before };
}

function unitOf(row: Row): StoredUnit {
  return {
    unit: textOf(row, "id"),
    family: integerOf(row, "family"),
    uid: uidOf(bytesOf(row, "uid")),
    order: textOf(row, "order_id") as OrderId,
    product: textOf(row, "product") as ProductId,
    release: textOf(row, "release") as ReleaseId,
    appliance: textOf(row, "appliance") as ApplianceId,
    station: textOf(row, "station"),
    state: textOf(row, "state") as StoredUnit["state"],
    serial: integerOrNull(row, "serial"),
    message2Count: integerOf(row, "message2_count"),
    changedAtMs: integerOf(row, "changed_ms"),
    leaseTicket: textOrNull(row, "lease_ticket") as TicketId | null,
    leased: row["lease_ticket"] !== null,
    ...reworkOf(row),
    epoch: integerOf(row, "epoch"),
    presumed: integerOf(row, "presumed") === 1,
  };
}

function reworkOf(row: Row): Pick<StoredUnit, "rework"> {
  const times = integerOf(row, "reworks");
  return times === 0 ? {} : { rework: { times, message2Before: integerOf(row, "message2_before") } };
}

/** Returns the reserved units that an appliance has. */
export function listReservationsOf(db: Database, appliance: ApplianceId): readonly UnitKey[] {
  return db.all(
    "SELECT family, uid FROM units WHERE appliance = ? AND state = 'reserved' AND lease_ticket IS NULL",
    appliance,
  )
    .map((row) => ({ family: integerOf(row, "family"), uid: uidOf(bytesOf(row, "uid")) }));
}
