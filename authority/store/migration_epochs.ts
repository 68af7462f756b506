/**
 * The migration that brings epochs: what a restored authority does not know (D§6, PROTOCOL section 16).
 * Appended to the list in migrations.ts, never edited. Triggers of earlier migrations that speak of units, messages 2 and
 * lent tickets are written anew where a restore needs a further way.
 *
 * @module
 */

/** Schema of epochs. */
export const EPOCHS = `
CREATE TABLE epochs (
  epoch INTEGER PRIMARY KEY,
  before INTEGER NOT NULL CHECK (before < epoch),
  begun_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER epochs_stay BEFORE DELETE ON epochs BEGIN SELECT RAISE(ABORT, 'an epoch is never deleted'); END;
CREATE TRIGGER epochs_unchanged BEFORE UPDATE ON epochs BEGIN SELECT RAISE(ABORT, 'an epoch stays as it was'); END;
CREATE TRIGGER epochs_rise BEFORE UPDATE ON settings
WHEN OLD.name = 'epoch' AND CAST(NEW.value AS INTEGER) < CAST(OLD.value AS INTEGER)
BEGIN SELECT RAISE(ABORT, 'the epoch rises'); END;

-- The owner's last word on the order is asked for again.
ALTER TABLE orders ADD COLUMN awaiting INTEGER NOT NULL DEFAULT 0 CHECK (awaiting IN (0, 1));
-- Serials up to here may have been given in a history that this database does not know.
ALTER TABLE products ADD COLUMN serial_floor INTEGER NOT NULL DEFAULT 0 CHECK (serial_floor >= 0);
-- The epoch in which the unit may get a message 2.
ALTER TABLE units ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;
-- Counted as keyed because it was reserved in a backup: no message 2 is recorded, and its serial is of no certificate yet.
ALTER TABLE units ADD COLUMN presumed INTEGER NOT NULL DEFAULT 0 CHECK (presumed IN (0, 1));
-- A lease that a restored authority learnt of from its appliance.
ALTER TABLE leases ADD COLUMN restored INTEGER NOT NULL DEFAULT 0 CHECK (restored IN (0, 1));

-- Every change of orders.unaccounted but for that of a lent ticket, with its cause; the count is written by the trigger alone.
CREATE TABLE unaccounted_moves (
  position INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES orders (id),
  units INTEGER NOT NULL CHECK (units <> 0),
  cause TEXT NOT NULL CHECK (cause IN ('epoch', 'reported', 'late', 'renewed', 'freed')),
  at_ms INTEGER NOT NULL,
  CHECK ((units < 0) = (cause IN ('reported', 'freed')))
) STRICT;
CREATE TRIGGER unaccounted_moves_stay BEFORE DELETE ON unaccounted_moves
BEGIN SELECT RAISE(ABORT, 'a move is never deleted'); END;
CREATE TRIGGER unaccounted_moves_unchanged BEFORE UPDATE ON unaccounted_moves
BEGIN SELECT RAISE(ABORT, 'a move stays as it was'); END;
CREATE TRIGGER unaccounted_counted AFTER INSERT ON unaccounted_moves
BEGIN UPDATE orders SET unaccounted = unaccounted + NEW.units WHERE id = NEW.order_id; END;

DROP TRIGGER units_keep_their_certificate;
CREATE TRIGGER units_keep_their_certificate BEFORE UPDATE ON units
WHEN OLD.serial IS NOT NULL AND OLD.presumed = 0 AND NEW.serial IS NOT OLD.serial
BEGIN SELECT RAISE(ABORT, 'a unit keeps its certificate'); END;
CREATE TRIGGER units_presumed_once BEFORE UPDATE OF presumed ON units
WHEN NEW.presumed > OLD.presumed AND NOT (OLD.state = 'reserved' AND NEW.state = 'keyed' AND OLD.lease_ticket IS NULL)
BEGIN SELECT RAISE(ABORT, 'only a reserved unit is presumed to be keyed'); END;
CREATE TRIGGER units_epoch_rises BEFORE UPDATE OF epoch ON units WHEN NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'a unit does not go back to an earlier epoch'); END;

DROP TRIGGER messages2_within_law;
CREATE TRIGGER messages2_within_law BEFORE INSERT ON messages2 WHEN NOT EXISTS (
  SELECT 1 FROM tickets t
  JOIN units u ON u.id = t.unit
  JOIN orders o ON o.id = u.order_id
  WHERE t.id = NEW.ticket AND u.state = 'keyed' AND (
    (t.closed = 0 AND u.message2_count = NEW.number AND u.epoch = t.epoch
      AND NEW.number > u.message2_before AND NEW.number - u.message2_before <= o.message2_limit
      AND t.epoch = (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'epoch'))
    -- Booked again, never given again: what an earlier epoch gave. Its number may be that of a rework, whose act is forgotten.
    OR (NEW.number <= u.message2_count AND u.presumed = 0
      AND t.epoch < (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'epoch'))
  )
)
BEGIN SELECT RAISE(ABORT, 'no message 2 without an open ticket of this epoch, a keyed unit and a number within the limit'); END;

-- A ticket of a restored lease stands for a unit that is unaccounted already.
DROP TRIGGER lease_tickets_begin_leased;
CREATE TRIGGER lease_tickets_begin_leased BEFORE INSERT ON lease_tickets
WHEN NEW.state <> (SELECT CASE restored WHEN 1 THEN 'unaccounted' ELSE 'leased' END FROM leases WHERE id = NEW.lease)
  OR NEW.position > (SELECT units FROM leases WHERE id = NEW.lease)
BEGIN SELECT RAISE(ABORT, 'a ticket of a lease begins as leased, within the lease'); END;
DROP TRIGGER lease_tickets_within_allowance;
CREATE TRIGGER lease_tickets_within_allowance BEFORE INSERT ON lease_tickets WHEN NEW.state = 'leased' AND NOT EXISTS (
  SELECT 1 FROM leases l JOIN allowances a ON a.order_id = l.order_id AND a.appliance = l.appliance
  WHERE l.id = NEW.lease AND a.open < a.units
)
BEGIN SELECT RAISE(ABORT, 'no unit is lent beyond the allowance'); END;
DROP TRIGGER lease_tickets_counted_in;
CREATE TRIGGER lease_tickets_counted_in AFTER INSERT ON lease_tickets WHEN NEW.state = 'leased'
BEGIN
  UPDATE orders SET leased = leased + 1 WHERE id = (SELECT order_id FROM leases WHERE id = NEW.lease);
  UPDATE allowances SET open = open + 1
    WHERE (order_id, appliance) = (SELECT order_id, appliance FROM leases WHERE id = NEW.lease);
END;
`;
