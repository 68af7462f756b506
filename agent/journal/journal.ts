/**
 * The appliance's own record: deliveries, tickets, receipts, the request sequence. What a method has returned
 * from survives a power cut. Every change appends a record to the hash chain in the same transaction.
 *
 * Order that callers rely on (D§2, P-38): `startErase` before the first erase, `storeMessage2` before message 2
 * goes on the link, `storeReceipt` before ACK.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { assert, Defect } from "../../bootloader/wire/mod.ts";
import { CHAIN_START, type ChainRecord, hashRecord, walkChain } from "./chain.ts";
import { inTransaction, openDatabase } from "./database.ts";
import {
  blob,
  chainRecords,
  type DeliveryRecord,
  integer,
  type Outcome,
  readDelivery,
  readTicket,
  text,
  type TicketRecord,
} from "./rows.ts";

/** The journal of one appliance. One instance may serve several stations; several processes may share a file. */
export class Journal {
  readonly #database: DatabaseSync;
  readonly #nowMs: () => number;

  constructor(path: string, nowMs: () => number) {
    this.#database = openDatabase(path);
    this.#nowMs = nowMs;
  }

  /** Returns the next number of the durable request sequence (from 1); it is never given twice. */
  nextSequence(): number {
    const row = this.#database.prepare("UPDATE requests SET last = last + 1 RETURNING last").get();
    return integer(row, "last");
  }

  /** Records that a delivery began at `station`; returns its number. */
  startDelivery(station: string, phase: string): number {
    return this.#change("delivery", { station }, () => {
      const row = this.#database.prepare(
        "INSERT INTO deliveries (station, started_ms, phase) VALUES (?, ?, ?) RETURNING id",
      ).get(station, this.#nowMs(), phase);
      return integer(row, "id");
    }, (delivery) => ({ delivery }));
  }

  /** Records which chip the delivery found. */
  identifyDelivery(delivery: number, found: { readonly uid: string; readonly chip: string }): void {
    this.#change("chip", { delivery, ...found }, () => {
      this.#database.prepare("UPDATE deliveries SET uid = ?, chip = ? WHERE id = ?")
        .run(found.uid, found.chip, delivery);
    });
  }

  /** Records that the delivery entered `phase`. */
  enterPhase(delivery: number, phase: string): void {
    this.#change("phase", { delivery, phase }, () => {
      this.#database.prepare("UPDATE deliveries SET phase = ? WHERE id = ?").run(phase, delivery);
    });
  }

  /** Records how the delivery ended. */
  endDelivery(delivery: number, end: { readonly outcome: Outcome; readonly cause: string | null }): void {
    this.#change("end", { delivery, ...end }, () => {
      this.#database.prepare("UPDATE deliveries SET outcome = ?, cause = ?, ended_ms = ? WHERE id = ?")
        .run(end.outcome, end.cause, this.#nowMs(), delivery);
    });
  }

  /** Ends the deliveries that a crash or power cut left without an end; returns how many there were. */
  endInterrupted(cause: string): number {
    const left = this.#database.prepare("SELECT id FROM deliveries WHERE outcome IS NULL").all();
    for (const row of left) this.endDelivery(integer(row, "id"), { outcome: "failed", cause });
    return left.length;
  }

  /**
   * Records the ticket of a delivery. A ticket that is known keeps its state. Another ticket for the same UID
   * closes the one before it and takes over that the chip was begun by this appliance.
   */
  storeTicket(
    delivery: number,
    ticket: Pick<TicketRecord, "ticketId" | "uid" | "product" | "release" | "sealed">,
  ): void {
    const { ticketId, uid, product, release, sealed } = ticket;
    this.#change("ticket", { delivery, ticketId, uid, product, release }, () => {
      const before = this.openTicket(uid);
      if (before !== null && before.ticketId !== ticketId) {
        this.#database.prepare("UPDATE tickets SET state = 'closed' WHERE ticket_id = ? AND state = 'open'")
          .run(before.ticketId);
      }
      this.#database.prepare(
        `INSERT INTO tickets (ticket_id, uid, product, release, sealed, state, erase_begun)
         VALUES (?, ?, ?, ?, ?, 'open', ?) ON CONFLICT (ticket_id) DO UPDATE SET state = 'open' WHERE state = 'closed'`,
      ).run(ticketId, uid, product, release, sealed, before?.eraseBegun === true ? 1 : 0);
      this.#database.prepare("UPDATE deliveries SET ticket_id = ? WHERE id = ?").run(ticketId, delivery);
    });
  }

  /** Records, before the first erase, that the chip of this ticket is about to be changed by this appliance. */
  startErase(ticketId: string): void {
    this.#changeTicket("erase", ticketId, {}, () => {
      return this.#database.prepare(
        "UPDATE tickets SET erase_begun = 1 WHERE ticket_id = ? AND state = 'open'",
      )
        .run(ticketId);
    });
  }

  /** Records, before message 2 goes on the link, that number `message2` of this ticket came here. */
  storeMessage2(ticketId: string, message2: number): void {
    assert(message2 > 0, "message 2 is numbered from 1");
    this.#changeTicket("message2", ticketId, { message2 }, () => {
      return this.#database.prepare("UPDATE tickets SET message2 = ? WHERE ticket_id = ? AND state = 'open'")
        .run(message2, ticketId);
    });
  }

  /** Records the 100 bytes of the receipt; what follows (ACK) may be sent after it has returned (P-38). */
  storeReceipt(ticketId: string, receipt: Uint8Array): void {
    this.#changeTicket("receipt", ticketId, { receipt: receipt.toHex() }, () => {
      return this.#database.prepare(
        "UPDATE tickets SET receipt = ?, state = 'receipted' WHERE ticket_id = ? AND state = 'open'",
      ).run(receipt, ticketId);
    });
  }

  /** Records that the authority committed the unit on the receipt, with its countersigned copy. */
  commit(ticketId: string, countersigned: string): void {
    this.#changeTicket("committed", ticketId, { countersigned }, () => {
      return this.#database.prepare(
        "UPDATE tickets SET state = 'committed', countersigned = ? WHERE ticket_id = ? AND state = 'receipted'",
      ).run(countersigned, ticketId);
    });
  }

  /**
   * Records that the authority refused the receipt of this ticket: the unit stays keyed, nothing is asked again
   * by itself. The receipt is kept as evidence in the chain; the ticket is open again so that the same chip may
   * be tried again.
   */
  rejectReceipt(ticketId: string, refused: string): void {
    this.#changeTicket("receipt refused", ticketId, { refused }, () => {
      return this.#database.prepare(
        "UPDATE tickets SET state = 'open', receipt = NULL WHERE ticket_id = ? AND state = 'receipted'",
      ).run(ticketId);
    });
  }

  /** Returns the ticket of this UID that is not done with (open or receipted), or null. */
  openTicket(uid: string): TicketRecord | null {
    const row = this.#database.prepare(
      "SELECT * FROM tickets WHERE uid = ? AND state IN ('open', 'receipted')",
    )
      .get(uid);
    return row === undefined ? null : readTicket(row);
  }

  /** Tells whether this appliance has delivered this UID: a committed ticket is recorded. */
  isCommitted(uid: string): boolean {
    const row = this.#database.prepare("SELECT 1 AS found FROM tickets WHERE uid = ? AND state = 'committed'")
      .get(uid);
    return row !== undefined;
  }

  /** Returns the tickets whose receipt has not been reported yet, oldest first. */
  unreported(): readonly TicketRecord[] {
    return this.#database.prepare("SELECT * FROM tickets WHERE state = 'receipted' ORDER BY rowid").all()
      .map(readTicket);
  }

  /** Returns the last `limit` deliveries, newest first. */
  deliveries(limit: number): readonly DeliveryRecord[] {
    return this.#database.prepare("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?").all(limit)
      .map(readDelivery);
  }

  /** Returns how many deliveries ended each way, and how many tickets wait for a report. */
  counts(): {
    readonly delivered: number;
    readonly refused: number;
    readonly failed: number;
    readonly unreported: number;
  } {
    const row = this.#database.prepare(
      `SELECT count(*) FILTER (WHERE outcome = 'delivered') AS delivered,
              count(*) FILTER (WHERE outcome = 'refused') AS refused,
              count(*) FILTER (WHERE outcome = 'failed') AS failed,
              (SELECT count(*) FROM tickets WHERE state = 'receipted') AS unreported FROM deliveries`,
    ).get();
    return {
      delivered: integer(row, "delivered"),
      refused: integer(row, "refused"),
      failed: integer(row, "failed"),
      unreported: integer(row, "unreported"),
    };
  }

  /** Returns what is known of a cached release, or null. */
  release(release: string): { readonly sha256: string; readonly bytes: number } | null {
    const row = this.#database.prepare("SELECT sha256, bytes FROM releases WHERE release = ?").get(release);
    return row === undefined ? null : { sha256: text(row, "sha256"), bytes: integer(row, "bytes") };
  }

  /** Records that a release lies complete in the cache. */
  storeRelease(release: string, facts: { readonly sha256: string; readonly bytes: number }): void {
    this.#change("release", { release, ...facts }, () => {
      this.#database.prepare(
        "INSERT INTO releases VALUES (?, ?, ?) ON CONFLICT (release) DO UPDATE SET sha256 = ?2, bytes = ?3",
      ).run(release, facts.sha256, facts.bytes);
    });
  }

  /** Returns every record of the chain in order, as a file for people and tools. */
  records(): readonly ChainRecord[] {
    const rows = this.#database.prepare("SELECT * FROM records ORDER BY number").iterate();
    return [...chainRecords(rows)].map(({ number, atMs, kind, body }) => ({ number, atMs, kind, body }));
  }

  /** Walks the whole chain; returns its head and length, or the first place where it does not hold. */
  checkChain(): ReturnType<typeof walkChain> {
    const rows = this.#database.prepare("SELECT * FROM records ORDER BY number").iterate();
    return walkChain(chainRecords(rows));
  }

  close(): void {
    this.#database.close();
  }

  /** Runs `act` and appends one record, all in one transaction. `more` adds to the record what `act` made. */
  #change<T>(
    kind: string,
    facts: Readonly<Record<string, string | number | null>>,
    act: () => T,
    more: (result: T) => Readonly<Record<string, string | number>> = () => ({}),
  ): T {
    return inTransaction(this.#database, () => {
      const result = act();
      this.#append(kind, JSON.stringify({ ...facts, ...more(result) }));
      return result;
    });
  }

  #changeTicket(
    kind: string,
    ticketId: string,
    facts: Readonly<Record<string, string | number>>,
    act: () => { readonly changes: number | bigint },
  ): void {
    this.#change(kind, { ticketId, ...facts }, () => {
      const { changes } = act();
      // Every caller has read the ticket just before; a ticket in another state is a fault in our own order.
      if (Number(changes) !== 1) throw new Defect(`journal: "${kind}" does not fit the state of its ticket`);
    });
  }

  #append(kind: string, body: string): void {
    const last = this.#database.prepare("SELECT number, hash FROM records ORDER BY number DESC LIMIT 1")
      .get();
    const number = last === undefined ? 1 : integer(last, "number") + 1;
    const previous = last === undefined ? CHAIN_START : blob(last, "hash");
    const atMs = this.#nowMs();
    const hash = hashRecord(previous, { number, atMs, kind, body });
    this.#database.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?)").run(number, atMs, kind, body, hash);
  }
}
