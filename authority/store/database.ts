/**
 * The database file: opening, migrating, transactions, and the only place that touches `node:sqlite`. Right under several
 * processes on one file: WAL, synchronous=FULL, BEGIN IMMEDIATE, a busy timeout. Knows SQL; knows no table.
 *
 * @module
 */

import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { assert, Defect, Fault } from "../../bootloader/wire/mod.ts";
import { migrations } from "./migrations.ts";

/** One row; columns are read with {@linkcode textOf}, {@linkcode integerOf} and {@linkcode bytesOf}. */
export type Row = Readonly<Record<string, unknown>>;

/** Values that a statement takes. Binary ones are copied. */
export type Value = string | number | null | Uint8Array;

const BUSY_TIMEOUT_MS = 15_000;
// SQLite's primary result codes for a world that failed: BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN,
// NOTADB.
const WORLD_CODES = new Map([
  [5, "it is busy"],
  [6, "it is locked"],
  [7, "memory is short"],
  [8, "it is read-only"],
  [10, "the disk failed"],
  [11, "it is damaged"],
  [13, "the disk is full"],
  [14, "it cannot be opened"],
  [26, "it is not a database"],
]);
const RETRY_CODES: readonly number[] = [5, 6, 7, 10, 13];

/** An open database file. Every method is synchronous; a write is durable when `transact` returns. */
export class Database {
  readonly #file: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;

  /** Opens `path` (`:memory:` for tests) and brings its schema up to date. @throws {Fault} when the disk fails. */
  constructor(path: string) {
    this.#file = openFile(path);
    // Prepared statements, not exec: only their errors carry SQLite's result code.
    this.first("PRAGMA journal_mode = WAL");
    // An acknowledged ticket must survive a power cut: FULL syncs the log at each commit.
    this.first("PRAGMA synchronous = FULL");
    this.first("PRAGMA trusted_schema = OFF");
    // Without it INSERT OR REPLACE deletes rows past the triggers that forbid it.
    this.first("PRAGMA recursive_triggers = ON");
    this.#migrate();
  }

  #migrate(): void {
    this.transact(() => {
      const version = integerOf(this.one("PRAGMA user_version"), "user_version");
      if (version > migrations.length) {
        throw new Fault("Cannot open the database: it was written by a newer version of this program", {
          place: "database",
          retry: false,
        });
      }
      for (const [index, sql] of migrations.entries()) {
        if (index < version) continue;
        shielded(() => this.#file.exec(sql));
        shielded(() => this.#file.exec(`PRAGMA user_version = ${index + 1}`));
      }
    });
  }

  /** Runs `act` in one transaction that holds the write lock from its start; whatever is thrown undoes all of it. */
  transact<T>(act: () => T): T {
    assert(!this.#inTransaction, "Cannot begin a transaction: there is one already");
    this.run("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = act();
      this.run("COMMIT");
      return result;
    } catch (error) {
      // After some failures SQLite has rolled back already.
      if (this.#file.isTransaction) this.#file.exec("ROLLBACK");
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  /** Returns the first row of a query, or undefined. */
  first(sql: string, ...values: readonly Value[]): Row | undefined {
    return shielded(() => this.#prepare(sql).get(...inputs(values))) as Row | undefined;
  }

  /** Returns the row of a query that has one. @throws {Defect} when it has none. */
  one(sql: string, ...values: readonly Value[]): Row {
    const row = this.first(sql, ...values);
    assert(row !== undefined, "Cannot read the database: a row is missing that must be there");
    return row;
  }

  /** Returns all rows of a query. */
  all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return shielded(() => this.#prepare(sql).all(...inputs(values))) as Row[];
  }

  /** Runs a statement and returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return Number(shielded(() => this.#prepare(sql).run(...inputs(values))).changes);
  }

  /** Copies the database as of one instant into the file `path`, while others write on. @throws {Fault} when the disk fails. */
  async backupTo(path: string): Promise<void> {
    try {
      // All pages in one step: a writer cannot make it begin again and again.
      await backup(this.#file, path, { rate: -1 });
    } catch (cause) {
      throw worldFault(cause);
    }
  }

  /** Returns what is wrong with the file's pages and rows, or null: SQLite's own check. */
  damage(): string | null {
    const found = this.all("PRAGMA integrity_check(1)").map((row) => textOf(row, "integrity_check"));
    const orphans = this.first("PRAGMA foreign_key_check");
    if (found.length === 1 && found[0] === "ok") {
      return orphans === undefined ? null : "a row names another one that is not there";
    }
    return found[0] ?? "it cannot be checked";
  }

  /** Brings everything into the one file and closes it: no file beside it is needed any more. */
  closeWhole(): void {
    this.first("PRAGMA wal_checkpoint(TRUNCATE)");
    this.first("PRAGMA journal_mode = DELETE");
    this.close();
  }

  /** Closes the file; safe to call once, when nothing runs. */
  close(): void {
    this.#statements.clear();
    this.#file.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#file.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function openFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  } catch (cause) {
    // Opening fails for the world's reasons only; its error carries no result code.
    throw new Fault(`Cannot open the database "${path}": check the folder and its rights`, {
      place: "database",
      retry: false,
      cause,
    });
  }
}

function inputs(values: readonly Value[]): SQLInputValue[] {
  return values.map((value) => value instanceof Uint8Array ? new Uint8Array(value) : value);
}

/** Translates what SQLite throws: the world's failures into Fault, everything else into Defect; SQL text stays inside. */
function shielded<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof Fault || cause instanceof Defect) throw cause;
    const code = codeOf(cause);
    const says = WORLD_CODES.get(code);
    if (says !== undefined) {
      throw new Fault(`Cannot use the database: ${says}`, {
        place: "database",
        retry: RETRY_CODES.includes(code),
        cause,
      });
    }
    throw new Defect(`Cannot use the database: ${cause instanceof Error ? cause.message : "it failed"}`, {
      cause,
    });
  }
}

function worldFault(cause: unknown): Error {
  try {
    return shielded(() => {
      throw cause;
    });
  } catch (error) {
    return error as Error;
  }
}

function codeOf(cause: unknown): number {
  if (typeof cause !== "object" || cause === null || !("errcode" in cause)) return 0;
  // The low byte is the primary code; the rest refines it.
  return typeof cause.errcode === "number" ? cause.errcode & 0xff : 0;
}

/** Returns a text column. @throws {Defect} when it holds something else. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === "string", `Cannot read column "${column}": it holds no text`);
  return value;
}

/** Returns a text column that may be NULL. @throws {Defect} when it holds something else. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

/** Returns an integer column. @throws {Defect} when it holds something else. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  assert(typeof value === "number", `Cannot read column "${column}": it holds no integer`);
  return value;
}

/** Returns an integer column that may be NULL. @throws {Defect} when it holds something else. */
export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integerOf(row, column);
}

/** Returns a binary column. @throws {Defect} when it holds something else. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  assert(value instanceof Uint8Array, `Cannot read column "${column}": it holds no bytes`);
  return value;
}

/** Returns a binary column that may be NULL. @throws {Defect} when it holds something else. */
export function bytesOrNull(row: Row, column: string): Uint8Array | null {
  return row[column] === null ? null : bytesOf(row, column);
}
