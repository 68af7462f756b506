/**
 * The database's schema as numbered migrations: appended to, never edited. CHECKs and triggers repeat the ledger's
 * invariants (D§6), so that no program, wherever it errs, can write what must not be.
 *
 * @module
 */

import { CHANGES, STOPPED } from "./migration_changes.ts";
import { CONSOLE } from "./migration_console.ts";
import { EPOCHS } from "./migration_epochs.ts";
import { HEADS } from "./migration_heads.ts";
import { LEASES } from "./migration_leases.ts";
import { DENIALS, EFFECTIVE, LISTED_UIDS, RENEWAL, REWORK } from "./migration_people.ts";
import { SEARCH } from "./migration_search.ts";

const FIRST = `
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Private keys and masters, sealed under a key that is not in this file.
CREATE TABLE sealed_keys (
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL CHECK (length(sealed) > 28)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_sets (
  serial INTEGER PRIMARY KEY,
  signed BLOB NOT NULL CHECK (length(signed) = 268)
) STRICT;

CREATE TABLE api_keys (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner')),
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE appliances (
  id TEXT PRIMARY KEY CHECK (length(id) = 16),
  name TEXT NOT NULL UNIQUE,
  public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
  products TEXT NOT NULL CHECK (json_valid(products)),
  enrolled_ms INTEGER NOT NULL,
  revoked_ms INTEGER,
  seen_ms INTEGER,
  sequence_highest INTEGER NOT NULL DEFAULT -1,
  sequence_seen BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolments (
  id TEXT PRIMARY KEY CHECK (length(id) = 32),
  name TEXT NOT NULL,
  products TEXT NOT NULL CHECK (json_valid(products)),
  sealed_secret BLOB NOT NULL,
  expires_ms INTEGER NOT NULL,
  mac BLOB CHECK (mac IS NULL OR length(mac) = 32),
  appliance TEXT REFERENCES appliances (id),
  CHECK ((mac IS NULL) = (appliance IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
  id TEXT PRIMARY KEY CHECK (length(id) = 16),
  name TEXT NOT NULL UNIQUE,
  family INTEGER NOT NULL,
  chip_id INTEGER,
  flash_kb INTEGER NOT NULL CHECK (flash_kb > 0),
  lock_level INTEGER NOT NULL CHECK (lock_level IN (1, 2)),
  option_value TEXT NOT NULL CHECK (json_array_length(option_value) = 4),
  option_mask TEXT NOT NULL CHECK (json_array_length(option_mask) = 4),
  personal TEXT NOT NULL CHECK (personal IN ('required', 'optional', 'none')),
  class_c INTEGER NOT NULL CHECK (class_c IN (0, 1)),
  lock_class INTEGER NOT NULL CHECK (lock_class IN (0, 1)),
  certificate_key BLOB NOT NULL CHECK (length(certificate_key) = 32),
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE releases (
  id TEXT PRIMARY KEY CHECK (length(id) = 32),
  product TEXT NOT NULL REFERENCES products (id),
  version TEXT NOT NULL,
  length INTEGER NOT NULL CHECK (length > 0 AND length % 512 = 0),
  personal_offset INTEGER NOT NULL,
  personal_length INTEGER NOT NULL,
  image_digest BLOB NOT NULL CHECK (length(image_digest) = 32),
  wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) = 112),
  bytes INTEGER NOT NULL CHECK (bytes = length / 512 * 528),
  received_bytes INTEGER NOT NULL DEFAULT 0 CHECK (received_bytes BETWEEN 0 AND bytes),
  sha256 BLOB CHECK (sha256 IS NULL OR (length(sha256) = 32 AND received_bytes = bytes)),
  created_ms INTEGER NOT NULL,
  UNIQUE (product, version)
) STRICT;

CREATE TABLE release_parts (
  release TEXT NOT NULL REFERENCES releases (id),
  offset INTEGER NOT NULL,
  content BLOB NOT NULL CHECK (length(content) > 0),
  PRIMARY KEY (release, offset)
) STRICT;

CREATE TABLE orders (
  id TEXT PRIMARY KEY CHECK (length(id) = 32),
  name TEXT NOT NULL UNIQUE,
  product TEXT NOT NULL REFERENCES products (id),
  release TEXT NOT NULL REFERENCES releases (id),
  frozen INTEGER NOT NULL DEFAULT 0 CHECK (frozen IN (0, 1)),
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL CHECK (not_after >= not_before),
  message2_limit INTEGER NOT NULL CHECK (message2_limit BETWEEN 1 AND 16),
  ticket_seconds INTEGER NOT NULL CHECK (ticket_seconds >= 60),
  granted INTEGER NOT NULL CHECK (granted BETWEEN 0 AND 1000000000),
  leased INTEGER NOT NULL DEFAULT 0 CHECK (leased >= 0),
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  keyed INTEGER NOT NULL DEFAULT 0 CHECK (keyed >= 0),
  committed INTEGER NOT NULL DEFAULT 0 CHECK (committed >= 0),
  lost INTEGER NOT NULL DEFAULT 0 CHECK (lost >= 0),
  unaccounted INTEGER NOT NULL DEFAULT 0 CHECK (unaccounted >= 0),
  created_ms INTEGER NOT NULL,
  -- free >= 0: never more units in use than were granted.
  CHECK (granted >= leased + reserved + keyed + committed + lost + unaccounted)
) STRICT;
CREATE INDEX orders_by_product ON orders (product, created_ms);

-- One row for each UID that occupies a unit; a unit that goes back to its order has no row.
CREATE TABLE units (
  id TEXT NOT NULL UNIQUE CHECK (length(id) = 32),
  family INTEGER NOT NULL,
  uid BLOB NOT NULL CHECK (length(uid) = 16),
  order_id TEXT NOT NULL REFERENCES orders (id),
  product TEXT NOT NULL REFERENCES products (id),
  release TEXT NOT NULL REFERENCES releases (id),
  appliance TEXT NOT NULL REFERENCES appliances (id),
  station TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'keyed', 'committed', 'lost')),
  serial INTEGER,
  message2_count INTEGER NOT NULL DEFAULT 0 CHECK (message2_count >= 0),
  changed_ms INTEGER NOT NULL,
  PRIMARY KEY (family, uid),
  CHECK ((state = 'reserved') = (message2_count = 0)),
  CHECK ((state = 'reserved') = (serial IS NULL))
) STRICT;
CREATE INDEX units_by_order ON units (order_id, state);

CREATE TRIGGER units_begin_reserved BEFORE INSERT ON units WHEN NEW.state <> 'reserved'
BEGIN SELECT RAISE(ABORT, 'a unit begins as reserved'); END;
CREATE TRIGGER units_keep_their_order BEFORE UPDATE ON units
WHEN NEW.id <> OLD.id OR NEW.order_id <> OLD.order_id OR NEW.family <> OLD.family OR NEW.uid <> OLD.uid OR NEW.product <> OLD.product
  OR NEW.release <> OLD.release
BEGIN SELECT RAISE(ABORT, 'a unit keeps its order, release and UID'); END;
CREATE TRIGGER units_move_legally BEFORE UPDATE OF state ON units
WHEN NEW.state <> OLD.state
  AND (OLD.state || '>' || NEW.state) NOT IN ('reserved>keyed', 'keyed>committed', 'keyed>lost')
BEGIN SELECT RAISE(ABORT, 'there is no such move of a unit'); END;
CREATE TRIGGER units_return_legally BEFORE DELETE ON units WHEN OLD.state NOT IN ('reserved', 'lost')
BEGIN SELECT RAISE(ABORT, 'a unit with a key does not go back'); END;
CREATE TRIGGER units_counted_in AFTER INSERT ON units
BEGIN UPDATE orders SET reserved = reserved + 1 WHERE id = NEW.order_id; END;
CREATE TRIGGER units_counted_on AFTER UPDATE OF state ON units
BEGIN
  UPDATE orders SET
    reserved = reserved - (OLD.state = 'reserved') + (NEW.state = 'reserved'),
    keyed = keyed - (OLD.state = 'keyed') + (NEW.state = 'keyed'),
    committed = committed - (OLD.state = 'committed') + (NEW.state = 'committed'),
    lost = lost - (OLD.state = 'lost') + (NEW.state = 'lost')
  WHERE id = NEW.order_id;
END;
CREATE TRIGGER units_counted_out AFTER DELETE ON units
BEGIN
  UPDATE orders SET reserved = reserved - (OLD.state = 'reserved'), lost = lost - (OLD.state = 'lost')
  WHERE id = OLD.order_id;
END;

CREATE TABLE tickets (
  id TEXT PRIMARY KEY CHECK (length(id) = 32),
  -- The unit it was made for: a unit that went back and was taken again by the same UID is another one.
  unit TEXT NOT NULL CHECK (length(unit) = 32),
  family INTEGER NOT NULL,
  uid BLOB NOT NULL CHECK (length(uid) = 16),
  order_id TEXT NOT NULL REFERENCES orders (id),
  product TEXT NOT NULL REFERENCES products (id),
  release TEXT NOT NULL REFERENCES releases (id),
  appliance TEXT NOT NULL REFERENCES appliances (id),
  epoch INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  sealed BLOB NOT NULL CHECK (length(sealed) = 352),
  closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
  created_ms INTEGER NOT NULL
) STRICT;
-- At most one open ticket for a UID.
CREATE UNIQUE INDEX tickets_open ON tickets (family, uid) WHERE closed = 0;
CREATE INDEX tickets_by_uid ON tickets (family, uid);
CREATE INDEX tickets_expiring ON tickets (order_id, not_after) WHERE closed = 0;
CREATE TRIGGER tickets_stay BEFORE DELETE ON tickets BEGIN SELECT RAISE(ABORT, 'a ticket is never deleted'); END;
CREATE TRIGGER tickets_stay_closed BEFORE UPDATE ON tickets WHEN OLD.closed = 1 OR NEW.sealed <> OLD.sealed
BEGIN SELECT RAISE(ABORT, 'a closed ticket stays closed, a sealed one unchanged'); END;

CREATE TABLE certificates (
  product TEXT NOT NULL REFERENCES products (id),
  serial INTEGER NOT NULL CHECK (serial >= 1),
  family INTEGER NOT NULL,
  uid BLOB NOT NULL CHECK (length(uid) = 16),
  ticket TEXT NOT NULL REFERENCES tickets (id),
  sealed BLOB NOT NULL CHECK (length(sealed) = 216),
  issued_ms INTEGER NOT NULL,
  revoked_ms INTEGER,
  PRIMARY KEY (product, serial)
) STRICT;
CREATE INDEX certificates_by_uid ON certificates (family, uid);
CREATE TRIGGER certificates_stay BEFORE DELETE ON certificates
BEGIN SELECT RAISE(ABORT, 'a certificate is never deleted'); END;
CREATE TRIGGER certificates_unchanged BEFORE UPDATE ON certificates WHEN NEW.sealed <> OLD.sealed
BEGIN SELECT RAISE(ABORT, 'a certificate stays as it is'); END;

-- MESSAGE2(ticket, n): durable before the message leaves. What is here opens nothing without the sealed masters.
CREATE TABLE messages2 (
  ticket TEXT NOT NULL REFERENCES tickets (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  hh BLOB NOT NULL CHECK (length(hh) = 64),
  h2 BLOB NOT NULL CHECK (length(h2) = 64),
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (ticket, number)
) STRICT;
CREATE TRIGGER messages2_within_law BEFORE INSERT ON messages2 WHEN NOT EXISTS (
  SELECT 1 FROM tickets t
  JOIN units u ON u.id = t.unit
  JOIN orders o ON o.id = u.order_id
  WHERE t.id = NEW.ticket AND t.closed = 0 AND u.state = 'keyed' AND u.message2_count = NEW.number
    AND NEW.number <= o.message2_limit
)
BEGIN SELECT RAISE(ABORT, 'no message 2 without an open ticket, a keyed unit and a number within the limit'); END;
CREATE TRIGGER messages2_stay BEFORE DELETE ON messages2
BEGIN SELECT RAISE(ABORT, 'a message 2 is never forgotten'); END;
CREATE TRIGGER messages2_unchanged BEFORE UPDATE ON messages2
BEGIN SELECT RAISE(ABORT, 'a message 2 stays as it was'); END;

CREATE TABLE receipts (
  ticket TEXT PRIMARY KEY REFERENCES tickets (id),
  number INTEGER NOT NULL,
  record BLOB NOT NULL CHECK (length(record) = 212),
  statement BLOB NOT NULL CHECK (length(statement) = 144),
  at_ms INTEGER NOT NULL,
  FOREIGN KEY (ticket, number) REFERENCES messages2 (ticket, number)
) STRICT;
CREATE TRIGGER receipts_stay BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'a receipt is never deleted'); END;
CREATE TRIGGER receipts_unchanged BEFORE UPDATE ON receipts
BEGIN SELECT RAISE(ABORT, 'a receipt stays as it was'); END;

CREATE TABLE denials (
  family INTEGER NOT NULL,
  uid BLOB NOT NULL CHECK (length(uid) = 16),
  PRIMARY KEY (family, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 32),
  request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
  -- The answer, sealed: an enrolment's answer holds a secret.
  sealed_answer BLOB NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (at_ms);

CREATE TABLE log (
  position INTEGER PRIMARY KEY CHECK (position >= 0),
  entry TEXT NOT NULL CHECK (json_valid(entry)),
  hash BLOB NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE TRIGGER log_appends BEFORE INSERT ON log
WHEN NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM log)
BEGIN SELECT RAISE(ABORT, 'the log is appended to and nothing else'); END;
CREATE TRIGGER log_stays BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is never shortened'); END;
CREATE TRIGGER log_unchanged BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
`;

const SECOND = `
CREATE INDEX units_reserved ON units (appliance) WHERE state = 'reserved';

CREATE TRIGGER units_keep_their_certificate BEFORE UPDATE ON units WHEN OLD.serial IS NOT NULL AND NEW.serial IS NOT OLD.serial
BEGIN SELECT RAISE(ABORT, 'a unit keeps its certificate'); END;
CREATE TRIGGER units_count_upwards BEFORE UPDATE OF message2_count ON units WHEN NEW.message2_count < OLD.message2_count
BEGIN SELECT RAISE(ABORT, 'messages 2 are counted upwards'); END;

CREATE TRIGGER tickets_change_by_closing BEFORE UPDATE ON tickets
WHEN NEW.id <> OLD.id OR NEW.unit <> OLD.unit OR NEW.family <> OLD.family OR NEW.uid <> OLD.uid OR NEW.order_id <> OLD.order_id
  OR NEW.product <> OLD.product OR NEW.release <> OLD.release OR NEW.appliance <> OLD.appliance OR NEW.epoch <> OLD.epoch
  OR NEW.not_before <> OLD.not_before OR NEW.not_after <> OLD.not_after OR NEW.created_ms <> OLD.created_ms
BEGIN SELECT RAISE(ABORT, 'a ticket changes by closing only'); END;

CREATE UNIQUE INDEX certificates_by_ticket ON certificates (ticket);
CREATE TRIGGER certificates_change_by_revoking BEFORE UPDATE ON certificates
WHEN OLD.revoked_ms IS NOT NULL OR NEW.product <> OLD.product OR NEW.serial <> OLD.serial OR NEW.family <> OLD.family
  OR NEW.uid <> OLD.uid OR NEW.ticket <> OLD.ticket OR NEW.issued_ms <> OLD.issued_ms
BEGIN SELECT RAISE(ABORT, 'a certificate changes by being revoked only, once'); END;

CREATE TRIGGER receipts_of_committed_units BEFORE INSERT ON receipts WHEN NOT EXISTS (
  SELECT 1 FROM tickets t JOIN units u ON u.id = t.unit WHERE t.id = NEW.ticket AND u.state = 'committed'
)
BEGIN SELECT RAISE(ABORT, 'no receipt without a committed unit'); END;

-- Tickets name digest, length and region of a release, and its key is wrapped for it alone.
CREATE TRIGGER releases_keep_their_description BEFORE UPDATE ON releases
WHEN NEW.id <> OLD.id OR NEW.product <> OLD.product OR NEW.version <> OLD.version OR NEW.length <> OLD.length
  OR NEW.personal_offset <> OLD.personal_offset OR NEW.personal_length <> OLD.personal_length
  OR NEW.image_digest <> OLD.image_digest OR NEW.wrapped_key <> OLD.wrapped_key OR NEW.bytes <> OLD.bytes
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'a release stays as it was described'); END;
CREATE TRIGGER release_parts_stay BEFORE DELETE ON release_parts
WHEN (SELECT sha256 FROM releases WHERE id = OLD.release) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'the content of a complete release stays'); END;
CREATE TRIGGER release_parts_unchanged BEFORE UPDATE ON release_parts
BEGIN SELECT RAISE(ABORT, 'a part of a release stays as it came'); END;
`;

/** The migrations in their order; number n stands at index n − 1. */
export const migrations: readonly string[] = Object.freeze([
  FIRST,
  SECOND,
  LEASES,
  REWORK,
  RENEWAL,
  DENIALS,
  EPOCHS,
  HEADS,
  LISTED_UIDS,
  EFFECTIVE,
  CONSOLE,
  CHANGES,
  STOPPED,
  SEARCH,
]);
