/**
 * Tables of the journal for messages that go by file: what is remembered so that replies may come late, twice or in
 * another order (P-67). A step of its own, run after those before it.
 *
 * @module
 */

/** SQL of the step. */
export const SCHEMA_CARRIER = `
-- Time of the newest state that was taken, in the authority's milliseconds: an older one undoes nothing.
ALTER TABLE contact ADD COLUMN state_ms INTEGER NOT NULL DEFAULT 0 CHECK (state_ms >= 0);
-- Signed time of the refusal that barred this appliance: only what is newer lifts it.
ALTER TABLE contact ADD COLUMN barred_seconds INTEGER NOT NULL DEFAULT 0 CHECK (barred_seconds >= 0);

-- Number of the newest place in the chain that the authority has seen, or sees when a file arrives; and of the one that it
-- asked for when a file arrived: the next file proves it (P-69).
ALTER TABLE requests ADD COLUMN heard INTEGER NOT NULL DEFAULT 0 CHECK (heard >= 0);
ALTER TABLE requests ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0);

-- A report with this use in it was refused as a whole: from then on the use is reported by itself.
ALTER TABLE lease_tickets ADD COLUMN tell_alone INTEGER NOT NULL DEFAULT 0 CHECK (tell_alone IN (0, 1));

-- Failures of deliveries from before this step are not told any more.
ALTER TABLE deliveries ADD COLUMN failure_told INTEGER NOT NULL DEFAULT 1 CHECK (failure_told IN (0, 1));

-- Copies of a request for a lease that went out by file and have had no answer: each may still be granted.
CREATE TABLE lease_copies (
  lease_key TEXT NOT NULL REFERENCES leases (lease_key),
  sequence  INTEGER NOT NULL CHECK (sequence > 0),
  PRIMARY KEY (lease_key, sequence)
) STRICT;
`;
