/**
 * The migration that brings the owner's page: its sessions, hourly contact marks, when an appliance was first heard of after an
 * order was changed, and the indexes that keep each page from reading a whole table. Appended to the list in migrations.ts,
 * never edited.
 *
 * @module
 */

/** Schema of the owner's page. */
export const CONSOLE = `
-- A session's secret is in the browser alone; it ends with its API key, with the epoch, or at its time.
CREATE TABLE console_sessions (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  key_hash BLOB NOT NULL REFERENCES api_keys (hash),
  epoch INTEGER NOT NULL,
  begun_ms INTEGER NOT NULL,
  ends_ms INTEGER NOT NULL CHECK (ends_ms > begun_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX console_sessions_by_key ON console_sessions (key_hash, begun_ms);
CREATE INDEX console_sessions_by_end ON console_sessions (ends_ms);
CREATE TRIGGER console_sessions_unchanged BEFORE UPDATE ON console_sessions
BEGIN SELECT RAISE(ABORT, 'a session stays as it was begun'); END;

-- The hours (milliseconds since 1970 / 3,600,000) in which an appliance was heard of: two days of them, written once an hour.
CREATE TABLE contact_hours (
  appliance TEXT NOT NULL REFERENCES appliances (id),
  hour INTEGER NOT NULL,
  PRIMARY KEY (appliance, hour)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER appliances_mark_their_hour AFTER UPDATE OF seen_ms ON appliances
WHEN NEW.seen_ms IS NOT NULL AND (OLD.seen_ms IS NULL OR NEW.seen_ms / 3600000 <> OLD.seen_ms / 3600000)
BEGIN
  INSERT INTO contact_hours (appliance, hour) VALUES (NEW.id, NEW.seen_ms / 3600000) ON CONFLICT DO NOTHING;
  DELETE FROM contact_hours WHERE appliance = NEW.id AND hour < NEW.seen_ms / 3600000 - 47;
END;

-- When an appliance was first heard of after the newest change of an order: no proof that it knows the change, since a request
-- may have been carried in a file from before it, and the reply may still be on its way.
CREATE TABLE order_effects (
  order_id TEXT NOT NULL REFERENCES orders (id),
  appliance TEXT NOT NULL REFERENCES appliances (id),
  changed_ms INTEGER NOT NULL,
  effective_ms INTEGER,
  PRIMARY KEY (order_id, appliance)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_effects_awaited ON order_effects (appliance) WHERE effective_ms IS NULL;
CREATE TRIGGER appliances_hear_of_changes AFTER UPDATE OF seen_ms ON appliances WHEN NEW.seen_ms IS NOT NULL
BEGIN UPDATE order_effects SET effective_ms = NEW.seen_ms WHERE appliance = NEW.id AND effective_ms IS NULL; END;

CREATE INDEX units_made ON units (order_id, changed_ms) WHERE state = 'committed';
CREATE INDEX lease_tickets_open ON lease_tickets (lease) WHERE state = 'leased';
CREATE INDEX allowances_of_appliance ON allowances (appliance);
CREATE INDEX log_by_uid ON log (json_extract(entry, '$.about.uid'))
  WHERE json_extract(entry, '$.about.uid') IS NOT NULL;
CREATE INDEX log_of_orders ON log (json_extract(entry, '$.about.order'))
  WHERE json_extract(entry, '$.event') IN ('order-created', 'order-changed', 'allowance-set', 'uids-listed');
`;
