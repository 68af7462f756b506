/**
 * Migrations for what people decide about units in use. Appended to the list in migrations.ts, never edited. CHECKs and
 * triggers repeat the ledger's invariants.
 *
 * @module
 */

/** A delivered device is made anew with its own unit (P-71): committed goes back to keyed, by a person's act alone. */
export const REWORK = `
ALTER TABLE orders ADD COLUMN rework INTEGER NOT NULL DEFAULT 0 CHECK (rework IN (0, 1));
ALTER TABLE units ADD COLUMN reworks INTEGER NOT NULL DEFAULT 0 CHECK (reworks >= 0);
-- Messages 2 of earlier deliveries of the unit: the limit counts from here.
ALTER TABLE units ADD COLUMN message2_before INTEGER NOT NULL DEFAULT 0
  CHECK (message2_before BETWEEN 0 AND message2_count);

DROP TRIGGER units_move_legally;
CREATE TRIGGER units_move_legally BEFORE UPDATE OF state ON units
WHEN NEW.state <> OLD.state
  AND (OLD.state || '>' || NEW.state) NOT IN ('reserved>keyed', 'keyed>committed', 'keyed>lost')
  AND NOT (OLD.state = 'committed' AND NEW.state = 'keyed' AND NEW.reworks = OLD.reworks + 1
    AND (SELECT rework FROM orders WHERE id = NEW.order_id) = 1)
BEGIN SELECT RAISE(ABORT, 'there is no such move of a unit'); END;
CREATE TRIGGER units_count_reworks BEFORE UPDATE ON units
WHEN (NEW.reworks <> OLD.reworks OR NEW.message2_before <> OLD.message2_before)
  AND NOT (OLD.state = 'committed' AND NEW.state = 'keyed' AND NEW.reworks = OLD.reworks + 1
    AND NEW.message2_before = OLD.message2_count AND NEW.message2_count = OLD.message2_count)
BEGIN SELECT RAISE(ABORT, 'a rework begins with a committed unit and counts its messages 2 from there'); END;

DROP TRIGGER messages2_within_law;
CREATE TRIGGER messages2_within_law BEFORE INSERT ON messages2 WHEN NOT EXISTS (
  SELECT 1 FROM tickets t
  JOIN units u ON u.id = t.unit
  JOIN orders o ON o.id = u.order_id
  WHERE t.id = NEW.ticket AND t.closed = 0 AND u.state = 'keyed' AND u.message2_count = NEW.number
    AND NEW.number > u.message2_before AND NEW.number - u.message2_before <= o.message2_limit
)
BEGIN SELECT RAISE(ABORT, 'no message 2 without an open ticket, a keyed unit and a number within the limit'); END;

CREATE TRIGGER receipts_of_this_delivery BEFORE INSERT ON receipts WHEN EXISTS (
  SELECT 1 FROM tickets t JOIN units u ON u.id = t.unit WHERE t.id = NEW.ticket AND NEW.number <= u.message2_before
)
BEGIN SELECT RAISE(ABORT, 'a receipt of an earlier delivery does not commit a rework'); END;
`;

/** An appliance that was away for long is renewed by a person (P-73). */
export const RENEWAL = `
-- When it was last heard of in good standing: while it is outdated this stays as it is.
ALTER TABLE appliances ADD COLUMN heard_ms INTEGER;
ALTER TABLE appliances ADD COLUMN renewal_ms INTEGER;
ALTER TABLE appliances ADD COLUMN declined_ms INTEGER CHECK (declined_ms IS NULL OR renewal_ms IS NULL);
UPDATE appliances SET heard_ms = coalesce(seen_ms, enrolled_ms);
`;

/** The list of denied chips goes to appliances under a number (P-74). */
export const DENIALS = `
CREATE TABLE denial_changes (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  changes INTEGER NOT NULL CHECK (changes BETWEEN 1 AND 4294967295)
) STRICT;
INSERT INTO denial_changes VALUES (1, 1);
CREATE TRIGGER denial_changes_rise BEFORE UPDATE ON denial_changes WHEN NEW.changes <= OLD.changes
BEGIN SELECT RAISE(ABORT, 'the number of the list of denied chips rises'); END;
CREATE TRIGGER denial_changes_stay BEFORE DELETE ON denial_changes
BEGIN SELECT RAISE(ABORT, 'the number of the list of denied chips stays'); END;
CREATE TRIGGER denials_added AFTER INSERT ON denials BEGIN UPDATE denial_changes SET changes = changes + 1; END;
CREATE TRIGGER denials_taken AFTER DELETE ON denials BEGIN UPDATE denial_changes SET changes = changes + 1; END;
CREATE TRIGGER denials_bounded BEFORE INSERT ON denials WHEN (SELECT count(*) FROM denials) >= 10000
BEGIN SELECT RAISE(ABORT, 'more chips are denied than an appliance holds'); END;
CREATE TRIGGER denials_unchanged BEFORE UPDATE ON denials
BEGIN SELECT RAISE(ABORT, 'a denial is made or taken back'); END;
`;

/** Chips scanned ahead get tickets of their own for offline work (P-75). */
export const LISTED_UIDS = `
-- Whether chips that are not listed get nothing.
ALTER TABLE allowances ADD COLUMN listed_only INTEGER NOT NULL DEFAULT 0 CHECK (listed_only IN (0, 1));
-- The one chip that a ticket was made for; NULL: all that its lease names.
ALTER TABLE lease_tickets ADD COLUMN bound_uid BLOB CHECK (bound_uid IS NULL OR length(bound_uid) = 16);
CREATE TRIGGER lease_tickets_stay_bound BEFORE UPDATE ON lease_tickets WHEN NEW.bound_uid IS NOT OLD.bound_uid
BEGIN SELECT RAISE(ABORT, 'a ticket of a lease keeps its chip'); END;
CREATE TABLE allowance_uids (
  order_id TEXT NOT NULL,
  appliance TEXT NOT NULL,
  uid BLOB NOT NULL CHECK (length(uid) = 16),
  position INTEGER NOT NULL CHECK (position >= 0),
  ticket TEXT REFERENCES lease_tickets (id),
  PRIMARY KEY (order_id, appliance, uid),
  FOREIGN KEY (order_id, appliance) REFERENCES allowances (order_id, appliance)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER allowance_uids_get_their_own BEFORE UPDATE OF ticket ON allowance_uids
WHEN NOT EXISTS (SELECT 1 FROM lease_tickets WHERE id = NEW.ticket AND bound_uid = NEW.uid)
  OR EXISTS (SELECT 1 FROM lease_tickets WHERE id = OLD.ticket AND state <> 'returned')
BEGIN SELECT RAISE(ABORT, 'a listed chip gets one ticket, made for it'); END;
`;

/** When a lowered allowance came into effect: as soon as no more units are lent than it says (D§6). */
export const EFFECTIVE = `
ALTER TABLE allowances ADD COLUMN effective_ms INTEGER;
UPDATE allowances SET effective_ms = changed_ms WHERE open <= units;
`;
