/**
 * Heads of appliances' records as they were reported, and which chips are known from after one of them.
 *
 * @module
 */

import { type ApplianceId, type Uid, uidOf } from "../../bootloader/wire/mod.ts";
import { bytesOf, type Database, integerOf } from "./database.ts";

/** A kept head. */
export interface StoredHead {
  readonly number: number;
  /** In hex. */
  readonly hash: string;
  readonly sequence: number;
  /** Head and signature: 224 bytes. */
  readonly sealed: Uint8Array;
}

/** Returns the kept head of an appliance with the highest number, or undefined. */
export function newestHead(
  db: Database,
  appliance: ApplianceId,
): (StoredHead & { readonly atMs: number }) | undefined {
  const row = db.first(
    "SELECT * FROM record_heads WHERE appliance = ? ORDER BY number DESC LIMIT 1",
    appliance,
  );
  return row === undefined ? undefined : {
    number: integerOf(row, "number"),
    hash: bytesOf(row, "hash").toHex(),
    sequence: integerOf(row, "sequence"),
    sealed: bytesOf(row, "sealed"),
    atMs: integerOf(row, "at_ms"),
  };
}

/** Returns the hash that an appliance reported for a number of its record, in hex, or undefined. */
export function hashOfRecord(db: Database, appliance: ApplianceId, number: number): string | undefined {
  const row = db.first(
    `SELECT hash FROM record_heads WHERE appliance = ?1 AND number = ?2
      UNION ALL SELECT hash FROM journal_heads WHERE appliance = ?1 AND number = ?2 LIMIT 1`,
    appliance,
    number,
  );
  return row === undefined ? undefined : bytesOf(row, "hash").toHex();
}

const ALL_KEPT_MS = 48 * 3_600_000;

/** Keeps a head whose number is new. Of those that are older than two days the first of each hour is kept. */
export function insertHead(db: Database, appliance: ApplianceId, head: StoredHead, nowMs: number): void {
  db.run(
    "INSERT INTO record_heads (appliance, number, hash, sequence, sealed, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    appliance,
    head.number,
    Uint8Array.fromHex(head.hash),
    head.sequence,
    head.sealed,
    nowMs,
  );
  db.run(
    `DELETE FROM record_heads WHERE appliance = ?1 AND at_ms < ?2 AND number < ?3 AND EXISTS (
      SELECT 1 FROM record_heads earlier WHERE earlier.appliance = ?1 AND earlier.number < record_heads.number
        AND earlier.at_ms / 3600000 = record_heads.at_ms / 3600000)`,
    appliance,
    nowMs - ALL_KEPT_MS,
    head.number,
  );
}

/**
 * Returns the chips that this database knows of an appliance from after the newest kept head whose number is `number` or
 * lower, in order: each unit that moved since, each ticket since, each reported use. One that moved with that head's own request is among them.
 */
export function uidsAfterHead(db: Database, appliance: ApplianceId, number: number): readonly Uid[] {
  const row = db.one(
    "SELECT coalesce(max(at_ms), 0) AS since FROM record_heads WHERE appliance = ? AND number <= ?",
    appliance,
    number,
  );
  return db.all(
    `SELECT uid FROM units WHERE appliance = ?1 AND changed_ms >= ?2
      UNION SELECT uid FROM tickets WHERE appliance = ?1 AND created_ms >= ?2
      UNION SELECT u.uid FROM lease_uses u JOIN lease_tickets t ON t.id = u.ticket JOIN leases l ON l.id = t.lease
        WHERE l.appliance = ?1 AND max(u.reported_ms, coalesce(u.receipt_ms, 0)) >= ?2
      ORDER BY uid`,
    appliance,
    integerOf(row, "since"),
  ).map((found) => uidOf(bytesOf(found, "uid")));
}
