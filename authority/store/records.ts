/**
 * The log's rows and the answers kept for repeated mutations. Knows no meaning of either.
 *
 * @module
 */

import type { LogEntry } from "../api/mod.ts";
import { bytesOf, type Database, integerOf, type Row, textOf } from "./database.ts";

/** Returns the newest entry of the log, or undefined. */
export function lastLogEntry(db: Database): LogEntry | undefined {
  const row = db.first("SELECT * FROM log ORDER BY position DESC LIMIT 1");
  return row === undefined ? undefined : entryOf(row);
}

/** Appends an entry at the position that is next; the table refuses any other. */
export function appendLogEntry(db: Database, entry: LogEntry): void {
  db.run(
    "INSERT INTO log (position, entry, hash) VALUES (?, ?, ?)",
    entry.index,
    entry.entry,
    Uint8Array.fromHex(entry.hash),
  );
}

/** Returns at most `limit` entries from position `from` on. */
export function listLog(db: Database, from: number, limit: number): readonly LogEntry[] {
  return db.all("SELECT * FROM log WHERE position >= ? ORDER BY position LIMIT ?", from, limit).map(entryOf);
}

function entryOf(row: Row): LogEntry {
  return {
    index: integerOf(row, "position"),
    entry: textOf(row, "entry"),
    hash: bytesOf(row, "hash").toHex(),
  };
}

/** An answer that is kept for repetitions of its request. */
export interface KeptAnswer {
  readonly requestHash: Uint8Array;
  readonly sealedAnswer: Uint8Array;
}

/** Returns the answer kept under the hash of an idempotency key and since when, or undefined. */
export function findAnswer(
  db: Database,
  keyHash: Uint8Array,
): KeptAnswer & { readonly atMs: number } | undefined {
  const row = db.first("SELECT * FROM idempotency WHERE key_hash = ?", keyHash);
  return row === undefined ? undefined : {
    requestHash: bytesOf(row, "request_hash"),
    sealedAnswer: bytesOf(row, "sealed_answer"),
    atMs: integerOf(row, "at_ms"),
  };
}

/** Keeps an answer, and forgets those made before `forgetBeforeMs`. */
export function keepAnswer(
  db: Database,
  keyHash: Uint8Array,
  answer: KeptAnswer,
  times: { readonly nowMs: number; readonly forgetBeforeMs: number },
): void {
  db.run("DELETE FROM idempotency WHERE at_ms < ?", times.forgetBeforeMs);
  db.run(
    "INSERT INTO idempotency (key_hash, request_hash, sealed_answer, at_ms) VALUES (?, ?, ?, ?)",
    keyHash,
    answer.requestHash,
    answer.sealedAnswer,
    times.nowMs,
  );
}
