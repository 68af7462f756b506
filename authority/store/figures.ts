/**
 * What the figures for Prometheus are read from: a bounded number of rows, however large the database is. Decides nothing.
 *
 * @module
 */

import type { Quota } from "../api/mod.ts";
import { type Database, integerOf, type Row, textOf } from "./database.ts";
import { readSetting, writeSetting } from "./identity.ts";

/** The counts of one order. */
export interface OrderFigures extends Quota {
  readonly name: string;
}

/** Everything that is read at one scrape. */
export interface Figures {
  /** Over all orders. */
  readonly total: Quota;
  /** The newest orders that have not ended. */
  readonly orders: readonly OrderFigures[];
  /** Orders that await their owner's word after a restore. */
  readonly awaiting: number;
  /** Leases that have not ended and still have units lent. */
  readonly leasesOpen: number;
  readonly appliances: Readonly<Record<"good" | "stopped" | "outdated" | "frozen" | "revoked", number>>;
  readonly logEntries: number;
  /** Of the database file, without what waits in its write-ahead log. */
  readonly databaseBytes: number;
  readonly epoch: number;
  /** Milliseconds since 1970; null: no backup was made of this database. */
  readonly lastBackupMs: number | null;
}

const COUNTS = "granted, leased, reserved, keyed, committed, lost, unaccounted";
const SUMS = COUNTS.split(", ").map((column) => `coalesce(sum(${column}), 0) AS ${column}`).join(", ");
const LAST_BACKUP = "last-backup-ms";

/** Reads the figures as of `nowMs`; at most `ordersMost` orders by name. */
export function readFigures(
  db: Database,
  at: { readonly nowMs: number; readonly outdatedAfterMs: number; readonly ordersMost: number },
): Figures {
  const nowSeconds = Math.floor(at.nowMs / 1000);
  const live = `SELECT name, ${COUNTS} FROM orders WHERE not_after >= ? ORDER BY created_ms DESC, id LIMIT ?`;
  const open = `SELECT count(*) AS n FROM leases l WHERE not_after >= ?
    AND EXISTS (SELECT 1 FROM lease_tickets t WHERE t.lease = l.id AND t.state = 'leased')`;
  const bytes = "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()";
  const backup = readSetting(db, LAST_BACKUP);
  return {
    total: countsOf(db.one(`SELECT ${SUMS} FROM orders`)),
    orders: db.all(live, nowSeconds, at.ordersMost).map((row) => ({
      name: textOf(row, "name"),
      ...countsOf(row),
    })),
    awaiting: numberOf(db.one("SELECT coalesce(sum(awaiting), 0) AS n FROM orders")),
    leasesOpen: numberOf(db.one(open, nowSeconds)),
    appliances: standings(db, at.nowMs - at.outdatedAfterMs),
    logEntries: numberOf(db.one("SELECT coalesce(max(position) + 1, 0) AS n FROM log")),
    databaseBytes: numberOf(db.one(bytes)),
    epoch: Number(readSetting(db, "epoch") ?? 0),
    lastBackupMs: backup === undefined ? null : Number(backup),
  };
}

/** Keeps when a backup of this database was made. */
export function noteBackup(db: Database, nowMs: number): void {
  writeSetting(db, LAST_BACKUP, String(nowMs));
}

function standings(db: Database, outdatedBeforeMs: number): Figures["appliances"] {
  const row = db.one(
    `SELECT coalesce(sum(standing = 'good'), 0) AS good, coalesce(sum(standing = 'stopped'), 0) AS stopped, coalesce(sum(standing = 'outdated'), 0) AS outdated,
      coalesce(sum(standing = 'frozen'), 0) AS frozen, coalesce(sum(standing = 'revoked'), 0) AS revoked
      FROM (SELECT CASE WHEN revoked_ms IS NOT NULL THEN 'revoked' WHEN frozen_ms IS NOT NULL THEN 'frozen'
        WHEN stopped_ms IS NOT NULL THEN 'stopped' WHEN heard_ms < ? THEN 'outdated' ELSE 'good' END AS standing FROM appliances)`,
    outdatedBeforeMs,
  );
  return {
    good: integerOf(row, "good"),
    stopped: integerOf(row, "stopped"),
    outdated: integerOf(row, "outdated"),
    frozen: integerOf(row, "frozen"),
    revoked: integerOf(row, "revoked"),
  };
}

function countsOf(row: Row): Quota {
  const [granted, leased, reserved, keyed, committed, lost, unaccounted] = COUNTS.split(", ").map((column) =>
    integerOf(row, column)
  ) as [number, number, number, number, number, number, number];
  const free = granted - leased - reserved - keyed - committed - lost - unaccounted;
  return { granted, free, leased, reserved, keyed, committed, lost, unaccounted };
}

function numberOf(row: Row): number {
  return integerOf(row, "n");
}
