/**
 * The migration that keeps what the owner's page asks for fast: leases with units that are unaccounted, and chips by the end of
 * their UID, which is what an operator's tile shows. Appended to the list in migrations.ts, never edited.
 *
 * @module
 */

/** Indexes of what the owner's page asks for. */
export const SEARCH = `
CREATE INDEX lease_tickets_unaccounted ON lease_tickets (lease) WHERE state = 'unaccounted';
CREATE INDEX leases_restored ON leases (id) WHERE restored = 1;
-- The last 4 hexadecimal digits of the 12 bytes that a UID has; the 4 bytes behind them are zero.
CREATE INDEX units_by_end ON units (family, substr(uid, 11, 2));
CREATE INDEX tickets_by_end ON tickets (family, substr(uid, 11, 2));
`;
