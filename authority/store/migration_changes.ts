/**
 * The migration that brings changes by number and which of them each appliance has said that it knows (P-78).
 * Appended to the list in migrations.ts, never edited.
 *
 * @module
 */

/** Schema of changes and of what appliances know of them. */
export const CHANGES = `
-- The number of the newest state that an appliance was told, in milliseconds or above: it rises with each state.
ALTER TABLE appliances ADD COLUMN told_ms INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER appliances_are_told_upwards BEFORE UPDATE OF told_ms ON appliances WHEN NEW.told_ms < OLD.told_ms
BEGIN SELECT RAISE(ABORT, 'the number of a state only rises'); END;
-- Which numbers: the newest of each appliance. After a restore the same number may have stood for another state elsewhere.
CREATE TABLE states_told (
  appliance TEXT NOT NULL REFERENCES appliances (id),
  number INTEGER NOT NULL CHECK (number > 0),
  PRIMARY KEY (appliance, number)
) STRICT, WITHOUT ROWID;

-- A person's act on an order, or on an appliance: what an appliance that works by itself has to hear of.
CREATE TABLE changes (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  order_id TEXT REFERENCES orders (id),
  appliance TEXT REFERENCES appliances (id),
  change TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  CHECK ((order_id IS NULL) <> (appliance IS NULL))
) STRICT;
CREATE INDEX changes_of_orders ON changes (order_id, number) WHERE order_id IS NOT NULL;
CREATE INDEX changes_of_appliances ON changes (appliance, number) WHERE appliance IS NOT NULL;
-- The log has them from the beginning. Each number lies above the time of its change, as those of later changes do.
INSERT INTO changes (number, order_id, change, at_ms)
  SELECT max(at_ms) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) + row_number() OVER (ORDER BY position),
    order_id, change, at_ms
  FROM (SELECT position, json_extract(entry, '$.at') AS at_ms, json_extract(entry, '$.about.order') AS order_id,
      json_extract(entry, '$.about.change') AS change
    FROM log WHERE json_extract(entry, '$.event') = 'order-changed')
  WHERE order_id IN (SELECT id FROM orders);
CREATE TRIGGER changes_rise BEFORE INSERT ON changes
WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM changes)
  OR NEW.number <= (SELECT coalesce(max(told_ms), 0) FROM appliances)
BEGIN SELECT RAISE(ABORT, 'a change has a number above every one before it and every state that was told'); END;
CREATE TRIGGER changes_unchanged BEFORE UPDATE ON changes
BEGIN SELECT RAISE(ABORT, 'a change stays as it was made'); END;

-- When an appliance was first heard to know every change up to a number; 0: it says what it knows, and knows of none.
CREATE TABLE changes_known (
  appliance TEXT NOT NULL REFERENCES appliances (id),
  number INTEGER NOT NULL CHECK (number >= 0),
  heard_ms INTEGER NOT NULL,
  PRIMARY KEY (appliance, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER changes_known_rise BEFORE INSERT ON changes_known
WHEN EXISTS (SELECT 1 FROM changes_known WHERE appliance = NEW.appliance AND number >= NEW.number)
BEGIN SELECT RAISE(ABORT, 'an appliance comes to know more, never less'); END;
CREATE TRIGGER changes_known_unchanged BEFORE UPDATE ON changes_known
BEGIN SELECT RAISE(ABORT, 'what was heard stays as it was heard'); END;

-- A contact proved nothing: what it was kept for is said by appliances themselves now.
DROP TRIGGER appliances_hear_of_changes;
DROP TABLE order_effects;
`;

/** An appliance that the owner has stopped and may let go on (P-79). */
export const STOPPED = "ALTER TABLE appliances ADD COLUMN stopped_ms INTEGER;";
