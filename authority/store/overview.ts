/**
 * What the owner's page reads besides the rows that others read: made per day, contact marks, open leases, parts of the log.
 * Each query goes by an index; none reads a whole table of units, tickets or log entries.
 *
 * @module
 */

import {
  type ApplianceId,
  type LeaseId,
  padUid,
  type TicketId,
  type Uid,
  uidOf,
} from "../../bootloader/wire/mod.ts";
import type { LogEntry, OrderId } from "../api/mod.ts";
import { bytesOf, type Database, integerOf, integerOrNull, type Row, textOf } from "./database.ts";
import type { UnitKey } from "./units.ts";

/** Returns how many of an order's devices were made in [fromMs, toMs), and are made still. */
export function countMade(db: Database, order: OrderId, fromMs: number, toMs: number): number {
  return integerOf(
    db.one(
      `SELECT count(*) AS made FROM units WHERE order_id = ? AND state = 'committed' AND changed_ms >= ? AND changed_ms < ?`,
      order,
      fromMs,
      toMs,
    ),
    "made",
  );
}

/** Returns the hours since 1970 in which an appliance was heard of, from `fromHour` on. */
export function listContactHours(db: Database, appliance: ApplianceId, fromHour: number): readonly number[] {
  return db.all(
    "SELECT hour FROM contact_hours WHERE appliance = ? AND hour >= ? ORDER BY hour",
    appliance,
    fromHour,
  ).map((row) => integerOf(row, "hour"));
}

/** What is lent to one appliance for one order, and what may be. */
export interface LentHere {
  readonly order: OrderId;
  readonly units: number;
  readonly open: number;
}

/** Returns the allowances of an appliance. */
export function listAllowancesOf(db: Database, appliance: ApplianceId): readonly LentHere[] {
  return db.all(
    "SELECT order_id, units, open FROM allowances WHERE appliance = ? ORDER BY order_id",
    appliance,
  )
    .map((row) => ({
      order: textOf(row, "order_id") as OrderId,
      units: integerOf(row, "units"),
      open: integerOf(row, "open"),
    }));
}

/** A lease of which units are open. */
export interface OpenLease {
  readonly lease: LeaseId;
  readonly order: OrderId;
  readonly appliance: ApplianceId;
  readonly open: number;
  readonly createdMs: number;
  readonly notAfterSeconds: number;
}

/** Returns up to `limit` leases with open units, those that end first first. */
export function listOpenLeases(db: Database, limit: number): readonly OpenLease[] {
  return db.all(
    `SELECT l.id, l.order_id, l.appliance, l.created_ms, l.not_after, lent.open FROM
      (SELECT lease, count(*) AS open FROM lease_tickets WHERE state = 'leased' GROUP BY lease) lent
      JOIN leases l ON l.id = lent.lease ORDER BY l.not_after, l.id LIMIT ?`,
    limit,
  ).map((row) => ({
    lease: textOf(row, "id") as LeaseId,
    order: textOf(row, "order_id") as OrderId,
    appliance: textOf(row, "appliance") as ApplianceId,
    open: integerOf(row, "open"),
    createdMs: integerOf(row, "created_ms"),
    notAfterSeconds: integerOf(row, "not_after"),
  }));
}

/** An API key without anything of it but its name. */
export interface ApiKeyName {
  readonly name: string;
  readonly createdMs: number;
  readonly revokedMs: number | null;
}

/** Returns the API keys' names, oldest first. */
export function listApiKeys(db: Database): readonly ApiKeyName[] {
  return db.all("SELECT name, created_ms, revoked_ms FROM api_keys ORDER BY created_ms, name").map((row) => ({
    name: textOf(row, "name"),
    createdMs: integerOf(row, "created_ms"),
    revokedMs: integerOrNull(row, "revoked_ms"),
  }));
}

/** Returns up to `limit` units of an order that are in a state, in the order of family and UID. */
export function listUnitsIn(
  db: Database,
  order: OrderId,
  state: "keyed" | "lost",
  limit: number,
): readonly UnitKey[] {
  return db.all("SELECT family, uid FROM units WHERE order_id = ? AND state = ? LIMIT ?", order, state, limit)
    .map(keyOf);
}

/** Returns up to `limit` units and tickets' chips of a family whose UID begins with `prefix` (hexadecimal digits). */
export function findByPrefix(
  db: Database,
  family: number,
  prefix: string,
  limit: number,
): readonly UnitKey[] {
  const from = padUid(prefix.padEnd(24, "0") as Uid);
  const to = padUid(prefix.padEnd(24, "f") as Uid).map((byte, index) => index < 12 ? byte : 0xff);
  return db.all(
    `SELECT family, uid FROM (SELECT family, uid FROM units WHERE family = ?1 AND uid >= ?2 AND uid <= ?3 ORDER BY uid LIMIT ?4)
      UNION SELECT family, uid FROM (SELECT family, uid FROM tickets WHERE family = ?1 AND uid >= ?2 AND uid <= ?3 ORDER BY uid LIMIT ?4)
      UNION SELECT family, uid FROM (SELECT family, uid FROM denials WHERE family = ?1 AND uid >= ?2 AND uid <= ?3 ORDER BY uid LIMIT ?4)
      ORDER BY uid LIMIT ?4`,
    family,
    from,
    to,
    limit,
  ).map(keyOf);
}

/** Chips by the end of their UID: the last 2 of its 12 bytes by an index, the digits before them among what that leaves. */
export const BY_END = ["units", "tickets"].map((table) =>
  `SELECT * FROM (SELECT family, uid FROM ${table} INDEXED BY ${table}_by_end WHERE family = ?1 AND substr(uid, 11, 2) = ?2
    AND substr(hex(substr(uid, 1, 12)), ?3) = ?4 LIMIT ?5)`
).join(" UNION ");

/** Returns up to `limit` units and tickets' chips of a family whose UID ends with `end` (4 hexadecimal digits at least). */
export function findByEnd(db: Database, family: number, end: string, limit: number): readonly UnitKey[] {
  const last = Uint8Array.fromHex(end.slice(-4));
  const denied = db.all(
    "SELECT family, uid FROM denials WHERE family = ?1 AND substr(hex(substr(uid, 1, 12)), ?2) = ?3 LIMIT ?4",
    family,
    -end.length,
    end.toUpperCase(),
    limit,
  );
  return [...db.all(BY_END, family, last, -end.length, end.toUpperCase(), limit), ...denied].map(keyOf);
}

/** Returns up to `limit` log entries about a UID, newest first. */
export function listLogOfUid(db: Database, uid: Uid, limit: number): readonly LogEntry[] {
  return db.all(
    `SELECT * FROM log WHERE json_extract(entry, '$.about.uid') = ? AND json_extract(entry, '$.about.uid') IS NOT NULL
      ORDER BY position DESC LIMIT ?`,
    uid,
    limit,
  ).map(entryOf);
}

/** Returns up to `limit` log entries about the terms of an order, newest first. */
export function listLogOfOrder(db: Database, order: OrderId, limit: number): readonly LogEntry[] {
  return db.all(
    `SELECT * FROM log WHERE json_extract(entry, '$.about.order') = ?
      AND json_extract(entry, '$.event') IN ('order-created', 'order-changed', 'allowance-set', 'uids-listed')
      ORDER BY position DESC LIMIT ?`,
    order,
    limit,
  ).map(entryOf);
}

/** A receipt of any ticket of a UID. */
export interface ReceiptOfTicket {
  readonly ticketId: TicketId;
  readonly number: number;
  readonly atMs: number;
}

/** Returns the receipts of a UID's own tickets, oldest first: one for each delivery and rework. */
export function listReceiptsOf(db: Database, key: UnitKey): readonly ReceiptOfTicket[] {
  return db.all(
    `SELECT r.ticket, r.number, r.at_ms FROM tickets t JOIN receipts r ON r.ticket = t.id
      WHERE t.family = ? AND t.uid = ? ORDER BY r.at_ms`,
    key.family,
    padUid(key.uid),
  ).map((row) => ({
    ticketId: textOf(row, "ticket") as TicketId,
    number: integerOf(row, "number"),
    atMs: integerOf(row, "at_ms"),
  }));
}

function keyOf(row: Row): UnitKey {
  return { family: integerOf(row, "family"), uid: uidOf(bytesOf(row, "uid")) };
}

function entryOf(row: Row): LogEntry {
  return {
    index: integerOf(row, "position"),
    entry: textOf(row, "entry"),
    hash: bytesOf(row, "hash").toHex(),
  };
}
