/**
 * How many tickets of what was lent are in which state, from indexes alone: status asks for it each second, however much was
 * ever lent.
 *
 * @module
 */
import type { Recorder } from "./_recorder.ts";
import { integer, type Row, text } from "./rows.ts";

/** How many tickets of what was lent are in which state. */
export interface LeaseCounts {
  readonly free: number;
  /** Begun and without a receipt. */
  readonly open: number;
  readonly committed: number;
  /** Given back, whether or not the authority has heard of it. */
  readonly closed: number;
  /** Steps that the authority has not heard of. */
  readonly untold: number;
}

/** The plus keeps the index of ticket ids out of it, which has every ticket and none of the states. */
const HELD = "+ticket_id IS NOT NULL";

/** No ticket at all. */
export const NO_TICKETS: LeaseCounts = Object.freeze({
  free: 0,
  open: 0,
  committed: 0,
  closed: 0,
  untold: 0,
});

/** In the words of the index `lease_tickets_untold`. */
const UNTOLD = `(state = 'closed' OR (state IN ('bound', 'keyed', 'committed')
  AND (told_state IS NOT state OR told_message2 < message2)))`;

/** Counts the tickets of one held lease. */
export function countTickets({ database }: Recorder, leaseKey: string): LeaseCounts {
  const states = database.prepare(
    `SELECT state, count(*) AS count FROM lease_tickets WHERE ${HELD} AND lease_key = ? GROUP BY state`,
  ).all(leaseKey);
  const untold = database.prepare(
    `SELECT count(*) AS count FROM lease_tickets WHERE ${UNTOLD} AND lease_key = ?`,
  ).get(leaseKey);
  return countsOf(states, integer(untold, "count"));
}

/** Counts the tickets of each held lease, by the lease's key. */
export function countTicketsByLease({ database }: Recorder): ReadonlyMap<string, LeaseCounts> {
  const states = database.prepare(
    `SELECT lease_key, state, count(*) AS count FROM lease_tickets WHERE ${HELD} GROUP BY lease_key, state`,
  ).all();
  const untold = database.prepare(
    `SELECT lease_key, count(*) AS count FROM lease_tickets WHERE ${UNTOLD} GROUP BY lease_key`,
  ).all();
  const untoldOf = new Map(untold.map((row) => [text(row, "lease_key"), integer(row, "count")]));
  const byLease = Map.groupBy(states, (row) => text(row, "lease_key"));
  return new Map([...byLease].map(([key, rows]) => [key, countsOf(rows, untoldOf.get(key) ?? 0)]));
}

/** Adds counts up. */
export function sumCounts(all: Iterable<LeaseCounts>): LeaseCounts {
  const sum = { ...NO_TICKETS };
  for (const counts of all) {
    for (const name of ["free", "open", "committed", "closed", "untold"] as const) sum[name] += counts[name];
  }
  return sum;
}

function countsOf(states: readonly Row[], untold: number): LeaseCounts {
  const count = (...names: readonly string[]) =>
    states.filter((row) => names.includes(text(row, "state")))
      .reduce((sum, row) => sum + integer(row, "count"), 0);
  return {
    free: count("free"),
    open: count("intent", "certified", "bound", "keyed"),
    committed: count("committed"),
    closed: count("closed", "returned"),
    untold,
  };
}
