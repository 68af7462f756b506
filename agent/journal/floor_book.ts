/**
 * The journal as the status page reads it: deliveries by number, station and chip, their records, how long their phases
 * took. Reads only, and each answer is bounded.
 *
 * @module
 */
import type { Recorder } from "./_recorder.ts";
import type { ChainRecord } from "./chain.ts";
import {
  chainRecords,
  type DeliveryRecord,
  integer,
  type Outcome,
  readDelivery,
  type Row,
  text,
  textOrNull,
} from "./rows.ts";

/** How many deliveries of one station ended in one way. */
export interface Tally {
  readonly station: string;
  readonly outcome: Outcome;
  readonly cause: string | null;
  readonly count: number;
}

/** A delivery that made a device. */
export interface Delivered {
  readonly product: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** When a delivery entered a phase, or ended. */
export interface Step {
  readonly delivery: number;
  /** A phase's name; null: the delivery's end. */
  readonly phase: string | null;
  /** Milliseconds since 1970 by the appliance's clock. */
  readonly atMs: number;
}

/** How many rows of a kind one answer has at most. */
const RECORDS_MOST = 200;

/** What the index of the journal's step for the floor is made of; a query finds it by the same words. */
const DELIVERY_OF = "CASE WHEN json_valid(body) THEN json_extract(body, '$.delivery') END";
const TICKET_OF = "CASE WHEN json_valid(body) THEN json_extract(body, '$.ticketId') END";

/** The record of the floor, read only. */
export class FloorBook {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Returns how many deliveries ended how, per station and cause. */
  tallies(): readonly Tally[] {
    return this.#all(
      "SELECT station, outcome, cause, count(*) AS count FROM deliveries WHERE outcome IS NOT NULL GROUP BY 1, 2, 3",
    ).map((row) => ({
      station: text(row, "station"),
      outcome: text(row, "outcome") as Outcome,
      cause: textOrNull(row, "cause"),
      count: integer(row, "count"),
    }));
  }

  /** Returns the deliveries that ended after an instant (milliseconds since 1970) with a device. */
  deliveredAfter(fromMs: number): readonly Delivered[] {
    return this.#all(
      `SELECT product, started_ms, ended_ms FROM deliveries JOIN tickets USING (ticket_id)
       WHERE outcome = 'delivered' AND ended_ms > ?`,
      fromMs,
    ).map(readDelivered);
  }

  /** Returns the delivery with this number when it made a device, else null. */
  delivered(id: number): Delivered | null {
    const [row] = this.#all(
      `SELECT product, started_ms, ended_ms FROM deliveries JOIN tickets USING (ticket_id)
       WHERE outcome = 'delivered' AND id = ?`,
      id,
    );
    return row === undefined ? null : readDelivered(row);
  }

  /** Returns how many receipts wait to be reported. */
  unreported(): number {
    const [row] = this.#all("SELECT count(*) AS count FROM tickets WHERE state = 'receipted'");
    return integer(row, "count");
  }

  /** Returns the delivery with this number, or null. */
  delivery(id: number): DeliveryRecord | null {
    const [row] = this.#all("SELECT * FROM deliveries WHERE id = ?", id);
    return row === undefined ? null : readDelivery(row);
  }

  /** Returns the last `limit` deliveries of a station, newest first. */
  ofStation(station: string, limit: number): readonly DeliveryRecord[] {
    return this.#deliveries("station = ?", station, limit);
  }

  /** Returns the last `limit` deliveries of a chip (24 hex digits), newest first. */
  ofUid(uid: string, limit: number): readonly DeliveryRecord[] {
    return this.#deliveries("uid = ?", uid, limit);
  }

  /** Returns chips whose UID ends with these hex digits, those seen last first. */
  uidsEndingWith(tail: string, limit: number): readonly string[] {
    return this.#all(
      "SELECT uid, max(id) AS newest FROM deliveries WHERE substr(uid, ?) = ? GROUP BY uid ORDER BY newest DESC LIMIT ?",
      -tail.length,
      tail,
      limit,
    ).map((row) => text(row, "uid"));
  }

  /** Returns the last `limit` deliveries that did not end in a delivered device, newest first. */
  notDelivered(limit: number): readonly DeliveryRecord[] {
    // Written out, not handed in: only so the index of these few is found.
    return this.#all("SELECT * FROM deliveries WHERE outcome <> 'delivered' ORDER BY id DESC LIMIT ?", limit)
      .map(readDelivery);
  }

  /** Returns the records of the chain about a delivery and, from its beginning on, about its ticket. */
  records(delivery: DeliveryRecord): readonly ChainRecord[] {
    const rows = this.#all(
      `SELECT * FROM records WHERE ${DELIVERY_OF} = ?1 UNION SELECT * FROM records WHERE ${TICKET_OF} = ?2
         AND number >= (SELECT min(number) FROM records WHERE ${DELIVERY_OF} = ?1) ORDER BY number LIMIT ?3`,
      delivery.id,
      delivery.ticketId ?? "",
      RECORDS_MOST,
    );
    return [...chainRecords(rows)].map(({ number, atMs, kind, body }) => ({ number, atMs, kind, body }));
  }

  /** Returns when these deliveries entered their phases and ended, in order. */
  steps(deliveries: readonly number[]): readonly Step[] {
    return deliveries.flatMap((delivery) =>
      this.#all(
        `SELECT at_ms, kind, CASE WHEN json_valid(body) THEN json_extract(body, '$.phase') END AS phase FROM records
         WHERE ${DELIVERY_OF} = ? AND kind IN ('delivery', 'phase', 'end') ORDER BY number LIMIT ?`,
        delivery,
        RECORDS_MOST,
      ).map((row) => ({
        delivery,
        // A delivery's first record stands for its first phase.
        phase: text(row, "kind") === "delivery" ? "attach" : textOrNull(row, "phase"),
        atMs: integer(row, "at_ms"),
      }))
    );
  }

  #deliveries(where: string, value: string, limit: number): readonly DeliveryRecord[] {
    return this.#all(`SELECT * FROM deliveries WHERE ${where} ORDER BY id DESC LIMIT ?`, value, limit)
      .map(readDelivery);
  }

  #all(sql: string, ...values: readonly (string | number)[]) {
    return this.#recorder.database.prepare(sql).all(...values);
  }
}

function readDelivered(row: Row): Delivered {
  return {
    product: text(row, "product"),
    startedMs: integer(row, "started_ms"),
    endedMs: integer(row, "ended_ms"),
  };
}
