/**
 * Sessions of the owner's page: hashes with their API key and their end. Knows no secret and decides nothing.
 *
 * @module
 */

import { type Database, textOf } from "./database.ts";

/** A session as it is begun. Times in milliseconds since 1970. */
export interface NewSession {
  /** 32 bytes: the secret itself is in the browser alone. */
  readonly hash: Uint8Array;
  readonly keyHash: Uint8Array;
  readonly epoch: number;
  readonly begunMs: number;
  readonly endsMs: number;
}

/** Sessions that one API key has at most; a further one ends the oldest. */
export const SESSIONS_MOST = 32;

/** Keeps a new session; those that have ended are forgotten, and so is the oldest one beyond {@linkcode SESSIONS_MOST}. */
export function insertSession(db: Database, session: NewSession): void {
  db.run("DELETE FROM console_sessions WHERE ends_ms <= ? OR epoch <> ?", session.begunMs, session.epoch);
  db.run(
    `DELETE FROM console_sessions WHERE key_hash = ?1 AND hash NOT IN (
      SELECT hash FROM console_sessions WHERE key_hash = ?1 ORDER BY begun_ms DESC LIMIT ?2)`,
    session.keyHash,
    SESSIONS_MOST - 1,
  );
  db.run(
    "INSERT INTO console_sessions (hash, key_hash, epoch, begun_ms, ends_ms) VALUES (?, ?, ?, ?, ?)",
    session.hash,
    session.keyHash,
    session.epoch,
    session.begunMs,
    session.endsMs,
  );
}

/** Returns the name of the API key of a session that goes on: its time, its epoch and its API key are in force. */
export function findSession(
  db: Database,
  hash: Uint8Array,
  now: { readonly nowMs: number; readonly epoch: number },
): { readonly name: string } | undefined {
  const row = db.first(
    `SELECT k.name FROM console_sessions s JOIN api_keys k ON k.hash = s.key_hash
      WHERE s.hash = ? AND s.ends_ms > ? AND s.epoch = ? AND k.revoked_ms IS NULL`,
    hash,
    now.nowMs,
    now.epoch,
  );
  return row === undefined ? undefined : { name: textOf(row, "name") };
}

/** Ends a session. */
export function deleteSession(db: Database, hash: Uint8Array): void {
  db.run("DELETE FROM console_sessions WHERE hash = ?", hash);
}
