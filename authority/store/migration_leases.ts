/**
 * The migration that brings offline work: allowances, leases, their tickets and uses (D§5, PROTOCOL section
 * 13). Appended to the list in migrations.ts, never edited. CHECKs and triggers repeat the ledger's invariants.
 *
 * @module
 */

/** Schema of offline work. */
export const LEASES = `
ALTER TABLE products ADD COLUMN offline_units INTEGER CHECK (offline_units IS NULL OR offline_units >= 1);
ALTER TABLE products ADD COLUMN offline_days INTEGER CHECK ((offline_days IS NULL) = (offline_units IS NULL));

-- Set once: an appliance whose reports contradict each other gets nothing more.
ALTER TABLE appliances ADD COLUMN frozen_ms INTEGER;
ALTER TABLE appliances ADD COLUMN frozen_uids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(frozen_uids));
CREATE TRIGGER appliances_stay_frozen BEFORE UPDATE ON appliances
WHEN OLD.frozen_ms IS NOT NULL AND (NEW.frozen_ms IS NOT OLD.frozen_ms OR NEW.frozen_uids <> OLD.frozen_uids)
BEGIN SELECT RAISE(ABORT, 'a frozen appliance stays frozen'); END;

-- Up to how many units of an order may be lent to an appliance at a time. open is written by triggers alone.
CREATE TABLE allowances (
  order_id TEXT NOT NULL REFERENCES orders (id),
  appliance TEXT NOT NULL REFERENCES appliances (id),
  units INTEGER NOT NULL CHECK (units >= 0),
  open INTEGER NOT NULL DEFAULT 0 CHECK (open >= 0),
  uid_value BLOB NOT NULL CHECK (length(uid_value) = 16),
  uid_mask BLOB NOT NULL CHECK (length(uid_mask) = 16),
  changed_ms INTEGER NOT NULL,
  PRIMARY KEY (order_id, appliance)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER allowances_stay BEFORE DELETE ON allowances
BEGIN SELECT RAISE(ABORT, 'an allowance is set to 0, not deleted'); END;

CREATE TABLE leases (
  id TEXT PRIMARY KEY CHECK (length(id) = 32),
  order_id TEXT NOT NULL REFERENCES orders (id),
  product TEXT NOT NULL REFERENCES products (id),
  release TEXT NOT NULL REFERENCES releases (id),
  appliance TEXT NOT NULL REFERENCES appliances (id),
  epoch INTEGER NOT NULL,
  units INTEGER NOT NULL CHECK (units BETWEEN 1 AND 256),
  uid_value BLOB NOT NULL CHECK (length(uid_value) = 16),
  uid_mask BLOB NOT NULL CHECK (length(uid_mask) = 16),
  -- One lease for a key, ever: this is what makes a repeated request harmless.
  lease_key BLOB NOT NULL UNIQUE CHECK (length(lease_key) = 32),
  wrap_key BLOB NOT NULL CHECK (length(wrap_key) = 32),
  delegation BLOB NOT NULL CHECK (length(delegation) = 224),
  -- Wrapped to the vault: nothing here opens it.
  wrapped_key BLOB NOT NULL CHECK (length(wrapped_key) = 112),
  not_after INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  FOREIGN KEY (order_id, appliance) REFERENCES allowances (order_id, appliance)
) STRICT;
CREATE TRIGGER leases_stay BEFORE DELETE ON leases BEGIN SELECT RAISE(ABORT, 'a lease is never deleted'); END;
CREATE TRIGGER leases_unchanged BEFORE UPDATE ON leases BEGIN SELECT RAISE(ABORT, 'a lease stays as it was'); END;

CREATE TABLE lease_tickets (
  id TEXT PRIMARY KEY CHECK (length(id) = 32),
  lease TEXT NOT NULL REFERENCES leases (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  t BLOB NOT NULL UNIQUE CHECK (length(t) = 32),
  sealed BLOB NOT NULL CHECK (length(sealed) = 352),
  state TEXT NOT NULL DEFAULT 'leased' CHECK (state IN ('leased', 'used', 'returned', 'unaccounted')),
  changed_ms INTEGER NOT NULL,
  UNIQUE (lease, position)
) STRICT;
CREATE TRIGGER lease_tickets_begin_leased BEFORE INSERT ON lease_tickets
WHEN NEW.state <> 'leased' OR NEW.position > (SELECT units FROM leases WHERE id = NEW.lease)
BEGIN SELECT RAISE(ABORT, 'a ticket of a lease begins as leased, within the lease'); END;
CREATE TRIGGER lease_tickets_within_allowance BEFORE INSERT ON lease_tickets WHEN NOT EXISTS (
  SELECT 1 FROM leases l JOIN allowances a ON a.order_id = l.order_id AND a.appliance = l.appliance
  WHERE l.id = NEW.lease AND a.open < a.units
)
BEGIN SELECT RAISE(ABORT, 'no unit is lent beyond the allowance'); END;
CREATE TRIGGER lease_tickets_stay BEFORE DELETE ON lease_tickets
BEGIN SELECT RAISE(ABORT, 'a ticket of a lease is never deleted'); END;
CREATE TRIGGER lease_tickets_unchanged BEFORE UPDATE ON lease_tickets
WHEN NEW.id <> OLD.id OR NEW.lease <> OLD.lease OR NEW.position <> OLD.position OR NEW.t <> OLD.t OR NEW.sealed <> OLD.sealed
BEGIN SELECT RAISE(ABORT, 'a ticket of a lease changes its state only'); END;
-- At most once out of leased (P-59); a unit that a person gave up may still turn out to be used.
CREATE TRIGGER lease_tickets_move_legally BEFORE UPDATE OF state ON lease_tickets
WHEN (OLD.state || '>' || NEW.state) NOT IN ('leased>used', 'leased>returned', 'leased>unaccounted', 'unaccounted>used')
BEGIN SELECT RAISE(ABORT, 'there is no such move of a lent unit'); END;
CREATE TRIGGER lease_tickets_counted_in AFTER INSERT ON lease_tickets
BEGIN
  UPDATE orders SET leased = leased + 1 WHERE id = (SELECT order_id FROM leases WHERE id = NEW.lease);
  UPDATE allowances SET open = open + 1
    WHERE (order_id, appliance) = (SELECT order_id, appliance FROM leases WHERE id = NEW.lease);
END;
CREATE TRIGGER lease_tickets_counted_on AFTER UPDATE OF state ON lease_tickets
BEGIN
  UPDATE orders SET
    leased = leased - (OLD.state = 'leased'),
    unaccounted = unaccounted - (OLD.state = 'unaccounted') + (NEW.state = 'unaccounted')
  WHERE id = (SELECT order_id FROM leases WHERE id = NEW.lease);
  UPDATE allowances SET open = open - (OLD.state = 'leased')
    WHERE (order_id, appliance) = (SELECT order_id, appliance FROM leases WHERE id = NEW.lease);
END;

-- What a unit of a lease became, on the appliance's word. unit: the row of units that it occupies; NULL: another unit holds
-- the UID, and the use is counted here.
CREATE TABLE lease_uses (
  ticket TEXT PRIMARY KEY REFERENCES lease_tickets (id),
  family INTEGER NOT NULL,
  uid BLOB NOT NULL CHECK (length(uid) = 16),
  unit TEXT,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'keyed', 'committed')),
  message2_count INTEGER NOT NULL CHECK (message2_count >= 0),
  certificate BLOB NOT NULL CHECK (length(certificate) = 216),
  revoked_ms INTEGER,
  -- Receipt record and MAC; nobody but the vault can check the MAC.
  receipt BLOB CHECK (receipt IS NULL OR length(receipt) = 212),
  receipt_number INTEGER,
  receipt_ms INTEGER,
  reported_ms INTEGER NOT NULL,
  CHECK ((state = 'reserved') = (message2_count = 0)),
  CHECK ((state = 'committed') = (receipt IS NOT NULL)),
  CHECK ((receipt IS NULL) = (receipt_number IS NULL) AND (receipt IS NULL) = (receipt_ms IS NULL))
) STRICT;
CREATE INDEX lease_uses_by_uid ON lease_uses (family, uid);
CREATE TRIGGER lease_uses_of_used_tickets BEFORE INSERT ON lease_uses
WHEN (SELECT state FROM lease_tickets WHERE id = NEW.ticket) <> 'used'
BEGIN SELECT RAISE(ABORT, 'no use of a ticket that is not booked as used'); END;
CREATE TRIGGER lease_uses_stay BEFORE DELETE ON lease_uses BEGIN SELECT RAISE(ABORT, 'a use is never deleted'); END;
CREATE TRIGGER lease_uses_go_forward BEFORE UPDATE ON lease_uses
WHEN NEW.ticket <> OLD.ticket OR NEW.family <> OLD.family OR NEW.uid <> OLD.uid OR NEW.unit IS NOT OLD.unit
  OR NEW.certificate <> OLD.certificate OR NEW.message2_count < OLD.message2_count
  OR (OLD.receipt IS NOT NULL AND (NEW.receipt IS NOT OLD.receipt OR NEW.receipt_number IS NOT OLD.receipt_number))
  OR (OLD.revoked_ms IS NOT NULL AND NEW.revoked_ms IS NOT OLD.revoked_ms)
  OR (OLD.state || '>' || NEW.state) NOT IN ('reserved>reserved', 'keyed>keyed', 'committed>committed', 'reserved>keyed',
    'reserved>committed', 'keyed>committed')
BEGIN SELECT RAISE(ABORT, 'a use goes forward only'); END;
CREATE TRIGGER lease_uses_counted_in AFTER INSERT ON lease_uses WHEN NEW.unit IS NULL
BEGIN
  UPDATE orders SET
    reserved = reserved + (NEW.state = 'reserved'),
    keyed = keyed + (NEW.state = 'keyed'),
    committed = committed + (NEW.state = 'committed')
  WHERE id = (SELECT l.order_id FROM lease_tickets t JOIN leases l ON l.id = t.lease WHERE t.id = NEW.ticket);
END;
CREATE TRIGGER lease_uses_counted_on AFTER UPDATE OF state ON lease_uses WHEN NEW.unit IS NULL
BEGIN
  UPDATE orders SET
    reserved = reserved - (OLD.state = 'reserved') + (NEW.state = 'reserved'),
    keyed = keyed - (OLD.state = 'keyed') + (NEW.state = 'keyed'),
    committed = committed - (OLD.state = 'committed') + (NEW.state = 'committed')
  WHERE id = (SELECT l.order_id FROM lease_tickets t JOIN leases l ON l.id = t.lease WHERE t.id = NEW.ticket);
END;

-- The ticket of the lease that a unit was used with; NULL: a unit of this authority's own tickets.
ALTER TABLE units ADD COLUMN lease_ticket TEXT REFERENCES lease_tickets (id);
CREATE TRIGGER units_keep_their_lease BEFORE UPDATE ON units WHEN NEW.lease_ticket IS NOT OLD.lease_ticket
BEGIN SELECT RAISE(ABORT, 'a unit keeps its lease'); END;
-- Whether a key was given is known to the vault alone.
CREATE TRIGGER units_of_leases_stay BEFORE DELETE ON units WHEN OLD.lease_ticket IS NOT NULL AND OLD.state = 'reserved'
BEGIN SELECT RAISE(ABORT, 'a unit that a vault has bound does not go back by itself'); END;

-- The heads of an appliance's journal as it reported them: one number has one hash, or the journal was forked.
CREATE TABLE journal_heads (
  appliance TEXT NOT NULL REFERENCES appliances (id),
  number INTEGER NOT NULL CHECK (number >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (appliance, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER journal_heads_stay BEFORE DELETE ON journal_heads
BEGIN SELECT RAISE(ABORT, 'a reported head is never forgotten'); END;
CREATE TRIGGER journal_heads_unchanged BEFORE UPDATE ON journal_heads
BEGIN SELECT RAISE(ABORT, 'a reported head stays as it was'); END;
`;
