/**
 * How the journal's statements run: prepared once, in transactions, and with what fails told as a fault of the disk or of our
 * own order. Knows no table.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Defect, Fault } from "../../bootloader/wire/mod.ts";

/** Runs `act` in one transaction that holds the write lock from its start; all of it stands, or nothing. */
export function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  try {
    database.exec("BEGIN IMMEDIATE");
    const result = act();
    database.exec("COMMIT");
    return result;
  } catch (cause) {
    // The failure may itself have ended the transaction (a full disk does); a second ROLLBACK would hide it.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw diskFaultOf(cause, "write");
  }
}

/** A COMMIT waits until the disk has it: it survives a power cut. */
export const DURABLE = "PRAGMA synchronous = FULL";
/** A COMMIT waits for nothing. The write-ahead log keeps the order: once a later transaction is durable, this one is. */
const IN_ORDER = "PRAGMA synchronous = NORMAL";

/** As {@linkcode inTransaction}, but a power cut may take what was written until a later transaction has returned. */
export function inPassing<T>(database: DatabaseSync, act: () => T): T {
  database.exec(IN_ORDER);
  try {
    return inTransaction(database, act);
  } finally {
    database.exec(DURABLE);
  }
}

/**
 * Prepares each statement once for the life of the database: preparing costs more than most of the journal's statements do. What
 * a damaged file answers a read with becomes a Fault of the disk: whoever reads goes on once the disk is mended.
 */
export function keepStatements(database: DatabaseSync): DatabaseSync {
  const prepare = database.prepare.bind(database);
  // As many as the journal's code spells: no statement has a value in its text.
  const kept = new Map<string, StatementSync>();
  database.prepare = (sql) => {
    const before = kept.get(sql);
    if (before !== undefined) return before;
    const statement = reading(() => prepare(sql));
    const { get, all } = statement;
    const read = (act: typeof get | typeof all) => (...values: unknown[]) =>
      reading(() => Reflect.apply(act, statement, values));
    statement.get = read(get);
    statement.all = read(all);
    kept.set(sql, statement);
    return statement;
  };
  return database;
}

function reading<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw diskFaultOf(cause, "read");
  }
}

/** SQLite's result code for a broken constraint: a row that breaks an invariant is our doing, not the disk's. */
const SQLITE_CONSTRAINT = 19;

function diskFaultOf(cause: unknown, act: "read" | "write"): unknown {
  const isSqlite = cause instanceof Error && "code" in cause && cause.code === "ERR_SQLITE_ERROR";
  if (!isSqlite) return cause;
  const result = "errcode" in cause ? Number(cause.errcode) & 0xff : 0;
  if (result === SQLITE_CONSTRAINT) return new Defect(`journal: ${cause.message}`, { cause });
  const text = `Cannot ${act} the journal: ${cause.message}; check free space and health of the disk`;
  return new Fault(text, { place: "disk", retry: true, cause });
}
