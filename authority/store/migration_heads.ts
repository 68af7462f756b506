/**
 * The migration that brings heads of appliances' records (PROTOCOL P-68, P-69), and lets the list of a frozen appliance's
 * chips grow. Appended to the list in migrations.ts, never edited.
 *
 * @module
 */

/** Schema of kept heads. */
export const HEADS = `
CREATE TABLE record_heads (
  appliance TEXT NOT NULL REFERENCES appliances (id),
  number INTEGER NOT NULL CHECK (number > 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  sequence INTEGER NOT NULL CHECK (sequence >= 0),
  -- Head and signature as received: evidence.
  sealed BLOB NOT NULL CHECK (length(sealed) = 224),
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (appliance, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_heads_by_age ON record_heads (appliance, at_ms);
CREATE TRIGGER record_heads_unchanged BEFORE UPDATE ON record_heads
BEGIN SELECT RAISE(ABORT, 'a kept head stays as it was'); END;
CREATE TRIGGER record_heads_newest_stays BEFORE DELETE ON record_heads
WHEN OLD.number = (SELECT max(number) FROM record_heads WHERE appliance = OLD.appliance)
BEGIN SELECT RAISE(ABORT, 'the newest head of an appliance is never forgotten'); END;

ALTER TABLE appliances ADD COLUMN frozen_because TEXT
  CHECK (frozen_because IS NULL OR frozen_because IN ('put-back', 'forked', 'contradiction'));
-- What it reports afterwards may name further chips; none is taken off the list.
DROP TRIGGER appliances_stay_frozen;
CREATE TRIGGER appliances_stay_frozen BEFORE UPDATE ON appliances
WHEN OLD.frozen_ms IS NOT NULL AND (
  NEW.frozen_ms IS NOT OLD.frozen_ms OR NEW.frozen_because IS NOT OLD.frozen_because
  OR EXISTS (SELECT 1 FROM json_each(OLD.frozen_uids) WHERE value NOT IN (SELECT value FROM json_each(NEW.frozen_uids)))
)
BEGIN SELECT RAISE(ABORT, 'a frozen appliance stays frozen'); END;
`;
