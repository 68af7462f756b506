/**
 * Opens the journal's SQLite file: WAL, synchronous=FULL (a returned commit survives a power cut), STRICT
 * tables whose CHECK constraints repeat the invariants. Knows the tables, not what a delivery is.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Fault } from "../../bootloader/wire/mod.ts";
import { EPOCH_SCHEMA } from "./epoch_schema.ts";
import { SCHEMA_CARRIER } from "./schema_carrier.ts";
import { SCHEMA_FLOOR } from "./schema_floor.ts";
import { SCHEMA_GROWTH } from "./schema_growth.ts";
import { DURABLE, inTransaction, keepStatements } from "./statements.ts";

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

/** Tables of version 2: leases and their tickets, the vault's keys, contact with the authority. */
const SCHEMA_2 = `
ALTER TABLE deliveries ADD COLUMN mode TEXT NOT NULL DEFAULT 'online' CHECK (mode IN ('online', 'offline'));

-- Whether a message 1 of this ticket may have reached the authority: a lost answer may have keyed the unit.
ALTER TABLE tickets ADD COLUMN key_asked INTEGER NOT NULL DEFAULT 0 CHECK (key_asked IN (0, 1));

CREATE TABLE contact (
  only_row       INTEGER PRIMARY KEY CHECK (only_row = 1),
  last_ms        INTEGER NOT NULL CHECK (last_ms >= 0),
  signed_seconds INTEGER NOT NULL CHECK (signed_seconds >= 0),
  -- Why the authority wants nothing more of this appliance; nothing that was lent is used meanwhile.
  barred         TEXT
) STRICT;
INSERT INTO contact VALUES (1, 0, 0, NULL);

CREATE TABLE vault_keys (
  name   TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE leases (
  lease_key      TEXT PRIMARY KEY CHECK (length(lease_key) = 64),
  vault          TEXT NOT NULL CHECK (vault = 'file'),
  order_id       TEXT NOT NULL CHECK (length(order_id) = 32),
  product        TEXT NOT NULL CHECK (length(product) = 16),
  units          INTEGER NOT NULL CHECK (units BETWEEN 1 AND 256),
  sealed_key     BLOB NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('draft', 'held', 'dropped')),
  lease          TEXT UNIQUE CHECK (lease IS NULL OR length(lease) = 32),
  release        TEXT CHECK (release IS NULL OR length(release) = 32),
  delegation     BLOB CHECK (delegation IS NULL OR length(delegation) = 224),
  wrapped_key    BLOB CHECK (wrapped_key IS NULL OR length(wrapped_key) = 112),
  descriptor     TEXT,
  not_after      INTEGER,
  message2_limit INTEGER CHECK (message2_limit IS NULL OR message2_limit > 0),
  paused         INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  CHECK ((state = 'held') = (lease IS NOT NULL)),
  CHECK ((lease IS NULL) = (release IS NULL) AND (lease IS NULL) = (delegation IS NULL)
     AND (lease IS NULL) = (wrapped_key IS NULL) AND (lease IS NULL) = (descriptor IS NULL)
     AND (lease IS NULL) = (not_after IS NULL) AND (lease IS NULL) = (message2_limit IS NULL))
) STRICT;

CREATE TABLE lease_tickets (
  lease_key    TEXT NOT NULL REFERENCES leases (lease_key),
  lease_index  INTEGER NOT NULL CHECK (lease_index BETWEEN 1 AND 256),
  t_public     BLOB NOT NULL CHECK (length(t_public) = 32),
  t_sealed     BLOB,
  ticket_id    TEXT UNIQUE CHECK (ticket_id IS NULL OR length(ticket_id) = 32),
  sealed       BLOB CHECK (sealed IS NULL OR length(sealed) = 352),
  state        TEXT NOT NULL CHECK (state IN
                 ('free', 'intent', 'certified', 'bound', 'keyed', 'committed', 'closed', 'returned')),
  family       INTEGER,
  uid          TEXT CHECK (uid IS NULL OR length(uid) = 24),
  issued_at    INTEGER,
  certificate  BLOB CHECK (certificate IS NULL OR length(certificate) = 216),
  message2     INTEGER NOT NULL DEFAULT 0 CHECK (message2 >= 0),
  receipt      TEXT,
  changed_ms   INTEGER NOT NULL,
  told_state   TEXT CHECK (told_state IS NULL OR told_state IN ('bound', 'keyed', 'committed')),
  told_message2 INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (lease_key, lease_index),
  CHECK ((ticket_id IS NULL) = (sealed IS NULL)),
  CHECK (state = 'free' OR ticket_id IS NOT NULL),
  CHECK ((state IN ('free', 'closed', 'returned')) = (uid IS NULL)),
  CHECK ((uid IS NULL) = (family IS NULL) AND (uid IS NULL) = (issued_at IS NULL)),
  CHECK ((state IN ('certified', 'bound', 'keyed', 'committed')) = (certificate IS NOT NULL)),
  CHECK ((state IN ('keyed', 'committed')) = (message2 > 0)),
  CHECK ((state = 'committed') = (receipt IS NOT NULL)),
  CHECK (t_sealed IS NOT NULL OR state IN ('committed', 'closed', 'returned')),
  CHECK (told_message2 <= message2)
) STRICT;
-- P-57: at most one certificate in hand per lease whose ticket is not yet bound.
CREATE UNIQUE INDEX one_certificate_in_hand ON lease_tickets (lease_key) WHERE state IN ('intent', 'certified');
-- P-58 the other way round: one chip never takes a second unit of what was lent.
CREATE UNIQUE INDEX one_use_per_chip ON lease_tickets (family, uid) WHERE uid IS NOT NULL;

CREATE TABLE lease_messages2 (
  ticket_id TEXT NOT NULL REFERENCES lease_tickets (ticket_id),
  number    INTEGER NOT NULL CHECK (number > 0),
  hh        BLOB NOT NULL CHECK (length(hh) = 64),
  h2        BLOB NOT NULL CHECK (length(h2) = 64),
  at_ms     INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, number)
) STRICT;
`;

/** Tables of version 3: the owner's list of denied chips. */
const SCHEMA_3 = `
CREATE TABLE denial_list (
  only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
  number    INTEGER NOT NULL CHECK (number >= 0),
  statement BLOB CHECK (statement IS NULL OR length(statement) = 144)
) STRICT;
INSERT INTO denial_list VALUES (1, 0, NULL);
CREATE TRIGGER denial_list_rises BEFORE UPDATE ON denial_list WHEN NEW.number <= OLD.number
BEGIN SELECT RAISE(ABORT, 'an older list of denied chips does not take the place of a newer one'); END;

CREATE TABLE denials (
  family INTEGER NOT NULL,
  uid    TEXT NOT NULL CHECK (length(uid) = 24),
  PRIMARY KEY (family, uid)
) STRICT, WITHOUT ROWID;
`;

/** Tables of version 5: which record the authority has acknowledged. */
const SCHEMA_5 = `
CREATE TABLE acknowledged (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  number   INTEGER NOT NULL CHECK (number > 0),
  hash     BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
`;

/** Tables of version 6: tickets of leases that are for one chip, scanned ahead. */
const SCHEMA_6 = `
ALTER TABLE lease_tickets ADD COLUMN for_uid TEXT CHECK (for_uid IS NULL OR length(for_uid) = 24);
CREATE TRIGGER lease_tickets_for_their_chip BEFORE UPDATE OF uid ON lease_tickets
WHEN NEW.uid IS NOT NULL AND NEW.for_uid IS NOT NULL AND NEW.uid <> NEW.for_uid
BEGIN SELECT RAISE(ABORT, 'a ticket that is for one chip is used for another'); END;
`;

/** Each step takes the tables from one version to the next. */
const STEPS: readonly string[] = [
  SCHEMA_1,
  SCHEMA_2,
  SCHEMA_3,
  EPOCH_SCHEMA,
  SCHEMA_5,
  SCHEMA_6,
  SCHEMA_CARRIER,
  SCHEMA_FLOOR,
  SCHEMA_GROWTH,
];

/** How long a statement waits for another process on the same file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/** Opens (or makes) the journal at `path`; `:memory:` gives one that no test has to clean up. @throws Fault */
export function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(DURABLE);
    database.exec("PRAGMA foreign_keys = ON");
    // What is deleted is overwritten: the private half of a ticket that is done with does not stay on the disk.
    database.exec("PRAGMA secure_delete = ON");
    migrate(database, path);
    return keepStatements(database);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(`Cannot open the journal "${path}": ${remedyFor(cause)}`, {
      place: "disk",
      retry: false,
      cause,
    });
  }
}

/** SQLite's result codes (sqlite.org/rescode.html) for malformed content and for no database at all, and its words for them. */
const DAMAGED_CODES: readonly unknown[] = [11, 26];
const DAMAGED_WORDS = /file is not a database|disk image is malformed|malformed database schema/;

function remedyFor(cause: unknown): string {
  // Deno gives the code with some calls only; SQLite's own words come with all of them.
  const { errcode, message } = cause as { readonly errcode?: unknown; readonly message?: unknown };
  const isDamaged = DAMAGED_CODES.includes(Number(errcode) & 0xff) || DAMAGED_WORDS.test(String(message));
  return isDamaged
    ? "its content is damaged; keep the file as it is, put a sound disk in, and enrol this appliance anew in another " +
      "folder: its owner then decides about what it had under way"
    : "check that the folder exists and can be written, and that the disk has room";
}

function migrate(database: DatabaseSync, path: string): void {
  const found = inTransaction(database, () => {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (version >= STEPS.length) return version;
    for (const step of STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${STEPS.length}`);
    return STEPS.length;
  });
  if (found === STEPS.length) return;
  const text =
    `Cannot open the journal "${path}": its version is ${found}, this program knows up to ${STEPS.length}`;
  throw new Fault(text, { place: "disk", retry: false });
}
