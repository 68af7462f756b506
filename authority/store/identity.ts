/**
 * The authority's own rows: settings, sealed keys, key sets, API keys. Holds ciphertext and hashes only.
 *
 * @module
 */

import { assert } from "../../bootloader/wire/mod.ts";
import { bytesOf, type Database, textOf } from "./database.ts";

/** Returns a setting, or undefined. */
export function readSetting(db: Database, name: string): string | undefined {
  const row = db.first("SELECT value FROM settings WHERE name = ?", name);
  return row === undefined ? undefined : textOf(row, "value");
}

/** Writes a setting. */
export function writeSetting(db: Database, name: string, value: string): void {
  db.run(
    "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    name,
    value,
  );
}

/** Returns a sealed key, or undefined. */
export function readSealedKey(db: Database, name: string): Uint8Array | undefined {
  const row = db.first("SELECT sealed FROM sealed_keys WHERE name = ?", name);
  return row === undefined ? undefined : bytesOf(row, "sealed");
}

/** Keeps a sealed key under a name that is new. */
export function insertSealedKey(db: Database, name: string, sealed: Uint8Array): void {
  db.run("INSERT INTO sealed_keys (name, sealed) VALUES (?, ?)", name, sealed);
}

/** Puts a sealed key in the place of the one that is kept under its name. */
export function replaceSealedKey(db: Database, name: string, sealed: Uint8Array): void {
  const changed = db.run("UPDATE sealed_keys SET sealed = ? WHERE name = ?", sealed, name);
  assert(changed === 1, "Cannot replace a sealed key: there is none of this name");
}

/** Deletes a sealed key that has another name now. */
export function deleteSealedKey(db: Database, name: string): void {
  db.run("DELETE FROM sealed_keys WHERE name = ?", name);
}

/** Returns the newest signed key set: 268 bytes. */
export function newestKeySet(db: Database): Uint8Array | undefined {
  const row = db.first("SELECT signed FROM key_sets ORDER BY serial DESC LIMIT 1");
  return row === undefined ? undefined : bytesOf(row, "signed");
}

/** Returns every signed key set, newest first: a ticket of an earlier one is still to be recognised. */
export function listKeySets(db: Database): readonly Uint8Array[] {
  return db.all("SELECT signed FROM key_sets ORDER BY serial DESC").map((row) => bytesOf(row, "signed"));
}

/** Keeps a signed key set under its serial, which is new. */
export function insertKeySet(db: Database, serial: number, signed: Uint8Array): void {
  db.run("INSERT INTO key_sets (serial, signed) VALUES (?, ?)", serial, signed);
}

/** Keeps the hash of an API key. */
export function insertApiKey(
  db: Database,
  key: {
    readonly hash: Uint8Array;
    readonly name: string;
    readonly role: "owner";
    readonly createdMs: number;
  },
): void {
  db.run(
    "INSERT INTO api_keys (hash, name, role, created_ms) VALUES (?, ?, ?, ?)",
    key.hash,
    key.name,
    key.role,
    key.createdMs,
  );
}

/** Returns the name and role of an API key that is in force, found by its hash. */
export function findApiKey(
  db: Database,
  hash: Uint8Array,
): { readonly name: string; readonly role: "owner" } | undefined {
  const row = db.first("SELECT name, role FROM api_keys WHERE hash = ? AND revoked_ms IS NULL", hash);
  return row === undefined ? undefined : { name: textOf(row, "name"), role: "owner" };
}
