/**
 * Opens the journal's SQLite file: WAL, synchronous=FULL (a returned commit survives a power cut), STRICT
 * tables whose CHECK constraints repeat the invariants. Knows the tables, not what a delivery is.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Defect, Fault } from "../../bootloader/wire/mod.ts";

/** Tables of version 1. A later version adds a numbered step, it never edits this one. */
const SCHEMA_1 = `
CREATE TABLE records (
  number   INTEGER PRIMARY KEY CHECK (number > 0),
  at_ms    INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  body     TEXT NOT NULL,
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE requests (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  last     INTEGER NOT NULL CHECK (last >= 0)
) STRICT;
INSERT INTO requests VALUES (1, 0);

CREATE TABLE tickets (
  ticket_id    TEXT PRIMARY KEY CHECK (length(ticket_id) = 32),
  uid          TEXT NOT NULL CHECK (length(uid) = 24),
  product      TEXT NOT NULL,
  release      TEXT NOT NULL,
  sealed       BLOB NOT NULL CHECK (length(sealed) = 352),
  state        TEXT NOT NULL CHECK (state IN ('open', 'receipted', 'committed', 'closed')),
  erase_begun  INTEGER NOT NULL DEFAULT 0 CHECK (erase_begun IN (0, 1)),
  message2     INTEGER NOT NULL DEFAULT 0 CHECK (message2 >= 0),
  receipt      BLOB CHECK (receipt IS NULL OR length(receipt) = 100),
  countersigned TEXT,
  CHECK ((state IN ('receipted', 'committed')) = (receipt IS NOT NULL)),
  CHECK (receipt IS NULL OR message2 > 0)
) STRICT;
CREATE UNIQUE INDEX one_open_ticket_per_uid ON tickets (uid) WHERE state IN ('open', 'receipted');

CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY,
  station    TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms   INTEGER,
  uid        TEXT CHECK (uid IS NULL OR length(uid) = 24),
  chip       TEXT,
  ticket_id  TEXT REFERENCES tickets (ticket_id),
  phase      TEXT NOT NULL,
  outcome    TEXT CHECK (outcome IS NULL OR outcome IN ('delivered', 'refused', 'failed')),
  cause      TEXT,
  CHECK ((outcome IS NULL) = (ended_ms IS NULL))
) STRICT;

CREATE TABLE releases (
  release TEXT PRIMARY KEY CHECK (length(release) = 32),
  sha256  TEXT NOT NULL CHECK (length(sha256) = 64),
  bytes   INTEGER NOT NULL CHECK (bytes > 0)
) STRICT;
`;

/** How long a statement waits for another process on the same file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** Opens (or makes) the journal at `path`; `:memory:` gives one that no test has to clean up. @throws Fault */
export function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
    migrate(database, path);
    return database;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(`Cannot open the journal "${path}": check that the folder exists and can be written`, {
      place: "disk",
      retry: false,
      cause,
    });
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const version = inTransaction(database, () => {
    const row = database.prepare("PRAGMA user_version").get();
    const found = Number(row?.["user_version"] ?? 0);
    if (found === 0) {
      database.exec(SCHEMA_1);
      database.exec("PRAGMA user_version = 1");
      return 1;
    }
    return found;
  });
  if (version === 1) return;
  throw new Fault(`Cannot open the journal "${path}": its version is ${version}, this program knows 1`, {
    place: "disk",
    retry: false,
  });
}

/** Runs `act` in one transaction that holds the write lock from its start; all of it stands, or nothing. */
export function inTransaction<T>(database: DatabaseSync, act: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = act();
    database.exec("COMMIT");
    return result;
  } catch (cause) {
    // The failure may itself have ended the transaction (a full disk does); a second ROLLBACK would hide it.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw diskFaultOf(cause);
  }
}

/** SQLite's result code for a broken constraint: a row that breaks an invariant is our doing, not the disk's. */
const SQLITE_CONSTRAINT = 19;

function diskFaultOf(cause: unknown): unknown {
  const isSqlite = cause instanceof Error && "code" in cause && cause.code === "ERR_SQLITE_ERROR";
  if (!isSqlite) return cause;
  const result = "errcode" in cause ? Number(cause.errcode) & 0xff : 0;
  if (result === SQLITE_CONSTRAINT) return new Defect(`journal: ${cause.message}`, { cause });
  const text = `Cannot write the journal: ${cause.message}; check free space and health of the disk`;
  return new Fault(text, { place: "disk", retry: true, cause });
}
