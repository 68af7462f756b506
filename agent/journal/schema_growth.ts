/**
 * What a journal needs that has grown: ways to the few rows that are still open, to a chip's tickets and to a lease's counts,
 * without reading what is done with. Indexes only: no table and no record changes, so the hash chain stays what it was.
 *
 * @module
 */

/** SQL of the step. A query finds a partial index by the same words. */
export const SCHEMA_GROWTH = `
CREATE INDEX tickets_receipted ON tickets (state) WHERE state = 'receipted';
CREATE INDEX tickets_by_uid ON tickets (uid, state);
CREATE INDEX tickets_by_epoch ON tickets (told_epoch);
CREATE INDEX deliveries_not_delivered ON deliveries (id) WHERE outcome <> 'delivered';
CREATE INDEX deliveries_untold ON deliveries (id) WHERE failure_told = 0 AND outcome IN ('failed', 'refused')
  AND ticket_id IS NOT NULL AND cause IS NOT NULL AND mode = 'online';
CREATE INDEX lease_tickets_by_state ON lease_tickets (lease_key, state, ticket_id);
CREATE INDEX lease_tickets_closed ON lease_tickets (lease_key, lease_index) WHERE state = 'closed';
CREATE INDEX lease_tickets_listed ON lease_tickets (for_uid) WHERE for_uid IS NOT NULL;
CREATE INDEX lease_tickets_untold ON lease_tickets (lease_key) WHERE state = 'closed'
  OR (state IN ('bound', 'keyed', 'committed') AND (told_state IS NOT state OR told_message2 < message2));
`;
