/**
 * The journal's tables for epochs: what the authority said of each message 2, which epoch it was told in, and the highest one
 * heard (PROTOCOL section 16). A step of its own in database.ts, never edited.
 *
 * @module
 */

/** Tables of epochs. */
export const EPOCH_SCHEMA = `
CREATE TABLE key_records (
  ticket_id TEXT NOT NULL REFERENCES tickets (ticket_id),
  number    INTEGER NOT NULL CHECK (number > 0),
  record    BLOB NOT NULL CHECK (length(record) = 232),
  statement BLOB NOT NULL CHECK (length(statement) = 144),
  PRIMARY KEY (ticket_id, number)
) STRICT;

-- The epoch of the authority that knows what this ticket was given; a later one is to be told.
ALTER TABLE tickets ADD COLUMN told_epoch INTEGER NOT NULL DEFAULT 0;

CREATE TABLE epoch (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  -- The highest that a signed reply has named; 0: none yet.
  highest  INTEGER NOT NULL CHECK (highest >= 0)
) STRICT;
INSERT INTO epoch VALUES (1, 0);
CREATE TRIGGER epoch_rises BEFORE UPDATE ON epoch WHEN NEW.highest < OLD.highest
BEGIN SELECT RAISE(ABORT, 'the epoch rises'); END;
`;
