/**
 * What the status page needs of the journal: ways to find a delivery's records, a chip's and a station's deliveries, without
 * reading all of it. Indexes only: no table and no record changes, so the hash chain stays what it was.
 *
 * @module
 */

/** SQL of the step. A body that is no JSON (a changed record) is no error here: the chain finds it. */
export const SCHEMA_FLOOR = `
CREATE INDEX records_by_delivery ON records (CASE WHEN json_valid(body) THEN json_extract(body, '$.delivery') END);
CREATE INDEX records_by_ticket ON records (CASE WHEN json_valid(body) THEN json_extract(body, '$.ticketId') END);
CREATE INDEX deliveries_by_uid ON deliveries (uid, id);
CREATE INDEX deliveries_by_station ON deliveries (station, id);
CREATE INDEX deliveries_by_outcome ON deliveries (station, outcome, cause);
CREATE INDEX deliveries_by_end ON deliveries (ended_ms) WHERE outcome = 'delivered';
`;
