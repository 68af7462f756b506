/**
 * The appliance's own record: deliveries, tickets, receipts, the request sequence. What a method has returned
 * from survives a power cut; which chip was found and which phase began, which decide nothing, do so once a later
 * method has returned. Every change appends a record to the hash chain in the same transaction.
 *
 * Order that callers rely on (D§2, P-38): `startErase` before the first erase, `storeMessage2` before message 2
 * goes on the link, `storeReceipt` before ACK.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../bootloader/wire/mod.ts";
import { type ChainHead, Recorder } from "./_recorder.ts";
import { type ChainRecord, walkChain } from "./chain.ts";
import { openDatabase } from "./database.ts";
import { DenialBook } from "./denial_book.ts";
import { EpochBook } from "./epoch_book.ts";
import { FloorBook } from "./floor_book.ts";
import { LeaseBook } from "./lease_book.ts";
import {
  chainRecords,
  type DeliveryRecord,
  integer,
  type Outcome,
  readDelivery,
  readTicket,
  text,
  type TicketRecord,
} from "./rows.ts";
import { ShownRecord } from "./shown_record.ts";
import { inTransaction } from "./statements.ts";

/** The journal of one appliance. One instance may serve several stations; several processes may share a file. */
export class Journal {
  /** Leases and what became of their tickets: the vault's part of the journal, in the same chain. */
  readonly leases: LeaseBook;
  /** The owner's list of denied chips. */
  readonly denials: DenialBook;
  /** What the authority said of each message 2, for the day on which it is restored: in the same chain. */
  readonly epochs: EpochBook;
  /** What the authority is shown of the chain. */
  readonly shown: ShownRecord;
  /** What the status page reads. */
  readonly floor: FloorBook;
  readonly #database: DatabaseSync;
  readonly #nowMs: () => number;
  readonly #recorder: Recorder;

  constructor(path: string, nowMs: () => number) {
    this.#database = openDatabase(path);
    this.#nowMs = nowMs;
    this.#recorder = new Recorder(this.#database, nowMs);
    this.leases = new LeaseBook(this.#recorder);
    this.denials = new DenialBook(this.#recorder);
    this.epochs = new EpochBook(this.#recorder);
    this.shown = new ShownRecord(this.#recorder);
    this.floor = new FloorBook(this.#recorder);
  }

  /** Returns the next number of the durable request sequence (from 1); it is never given twice. */
  nextSequence(): number {
    return inTransaction(this.#database, () => {
      const row = this.#database.prepare("UPDATE requests SET last = last + 1 RETURNING last").get();
      return integer(row, "last");
    });
  }

  /** Records that a delivery began at `station`; returns its number. */
  startDelivery(station: string, phase: string): number {
    return this.#change("delivery", { station }, () => {
      const row = this.#database.prepare(
        "INSERT INTO deliveries (station, started_ms, phase, failure_told) VALUES (?, ?, ?, 0) RETURNING id",
      ).get(station, this.#nowMs(), phase);
      return integer(row, "id");
    }, (delivery) => ({ delivery }));
  }

  /** Records which chip the delivery found; a power cut may take it, see above. */
  identifyDelivery(delivery: number, found: { readonly uid: string; readonly chip: string }): void {
    this.#recorder.note("chip", { delivery, ...found }, () => {
      this.#database.prepare("UPDATE deliveries SET uid = ?, chip = ? WHERE id = ?")
        .run(found.uid, found.chip, delivery);
    });
  }

  /** Records that the delivery entered `phase`; a power cut may take it, see above. */
  enterPhase(delivery: number, phase: string): void {
    this.#recorder.note("phase", { delivery, phase }, () => {
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
    ticket:
      & Pick<TicketRecord, "ticketId" | "uid" | "product" | "release" | "sealed">
      & Partial<Pick<DeliveryRecord, "mode">>,
  ): void {
    const { ticketId, uid, product, release, sealed, mode = "online" } = ticket;
    this.#change("ticket", { delivery, ticketId, uid, product, release, mode }, () => {
      const before = this.openTicket(uid);
      if (before !== null && before.ticketId !== ticketId) {
        this.#database.prepare("UPDATE tickets SET state = 'closed' WHERE ticket_id = ? AND state = 'open'")
          .run(before.ticketId);
      }
      this.#database.prepare(
        `INSERT INTO tickets (ticket_id, uid, product, release, sealed, state, erase_begun)
         VALUES (?, ?, ?, ?, ?, 'open', ?) ON CONFLICT (ticket_id) DO UPDATE SET state = 'open' WHERE state = 'closed'`,
      ).run(ticketId, uid, product, release, sealed, before?.eraseBegun === true ? 1 : 0);
      this.#database.prepare("UPDATE deliveries SET ticket_id = ?, mode = ? WHERE id = ?")
        .run(ticketId, mode, delivery);
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

  /** Records, before message 1 leaves for the key-holder, that its answer may key the unit even if it never comes. */
  startKeying(ticketId: string): void {
    this.#changeTicket("message1", ticketId, {}, () => {
      return this.#database.prepare("UPDATE tickets SET key_asked = 1 WHERE ticket_id = ? AND state = 'open'")
        .run(ticketId);
    });
  }

  /**
   * Records, before message 2 goes on the link, that number `message2` of this ticket came here, with what the authority said
   * of it (P-63); none where this appliance's own vault answered.
   */
  storeMessage2(
    ticketId: string,
    message2: number,
    said?: { readonly record: Uint8Array; readonly statement: Uint8Array; readonly epoch: number },
  ): void {
    assert(message2 > 0, "message 2 is numbered from 1");
    this.#changeTicket("message2", ticketId, { message2 }, () => {
      if (said !== undefined) this.epochs.keep(ticketId, { number: message2, ...said }, said.epoch);
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

  /**
   * Records that the key-holder committed the unit on the receipt. `word`: the authority's, with its countersigned
   * copy, or this appliance's own, whose vault has checked the receipt and nobody else (D§4).
   */
  commit(ticketId: string, countersigned: string, word: "authority" | "appliance" = "authority"): void {
    this.#changeTicket("committed", ticketId, { word, countersigned }, () => {
      return this.#database.prepare(
        "UPDATE tickets SET state = 'committed', countersigned = ? WHERE ticket_id = ? AND state = 'receipted'",
      ).run(countersigned, ticketId);
    });
  }

  /** Returns the countersigned answer that a committed ticket was recorded with, or null when it is not committed. */
  countersigned(ticketId: string): string | null {
    const row = this.#database.prepare(
      "SELECT countersigned FROM tickets WHERE ticket_id = ? AND state = 'committed'",
    ).get(ticketId);
    return row === undefined ? null : text(row, "countersigned");
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

  /** Returns failures under tickets of the authority that it has not heard of, oldest first. */
  untoldFailures(limit: number): readonly DeliveryRecord[] {
    return this.#database.prepare(
      `SELECT * FROM deliveries WHERE failure_told = 0 AND outcome IN ('failed', 'refused') AND ticket_id IS NOT NULL
       AND cause IS NOT NULL AND mode = 'online' ORDER BY id LIMIT ?`,
    ).all(limit).map(readDelivery);
  }

  /** Records that the authority has heard how a delivery failed. */
  storeFailureTold(delivery: number): void {
    // No record: it is information for the owner and decides nothing.
    inTransaction(this.#database, () => {
      this.#database.prepare("UPDATE deliveries SET failure_told = 1 WHERE id = ?").run(delivery);
    });
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

  /** Returns the end of the chain: what a report to the authority commits to. */
  head(): ChainHead {
    return this.#recorder.head();
  }

  /** Keeps when the authority answered last, and its signed time then; the wall clock never goes behind that. */
  storeContact(contact: { readonly atMs: number; readonly signedSeconds: number }): void {
    // No record: it is told for status, decides nothing about units, and would fill the chain.
    inTransaction(this.#database, () => {
      this.#database.prepare("UPDATE contact SET last_ms = ?, signed_seconds = max(signed_seconds, ?)")
        .run(contact.atMs, contact.signedSeconds);
    });
  }

  /** Returns the authority's time (milliseconds) of the newest state that was taken; 0: none. */
  newestStateMs(): number {
    return integer(this.#database.prepare("SELECT state_ms FROM contact").get(), "state_ms");
  }

  /** Keeps the authority's time (milliseconds) of the state that was taken last. */
  storeStateTaken(atMs: number): void {
    inTransaction(this.#database, () => {
      this.#database.prepare("UPDATE contact SET state_ms = ?").run(atMs);
    });
  }

  /** Returns when the authority answered last (milliseconds by this clock; null: never) and its newest signed time. */
  contact(): { readonly lastMs: number | null; readonly signedSeconds: number } {
    const row = this.#database.prepare("SELECT * FROM contact").get();
    const lastMs = integer(row, "last_ms");
    return { lastMs: lastMs === 0 ? null : lastMs, signedSeconds: integer(row, "signed_seconds") };
  }

  #change<T>(
    ...change: Parameters<typeof Recorder.prototype.change<T>>
  ): T {
    return this.#recorder.change(...change);
  }

  #changeTicket(
    kind: string,
    ticketId: string,
    facts: Readonly<Record<string, string | number>>,
    act: () => { readonly changes: number | bigint },
  ): void {
    this.#recorder.changeOne(kind, { ticketId, ...facts }, act);
  }
}
