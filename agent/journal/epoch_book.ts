/**
 * Epochs in the journal: what the authority said of each message 2 (P-63), and what a restored one is still to be shown.
 * Part of the journal's chain. Knows no key and decides nothing.
 *
 * @module
 */
import type { Recorder } from "./_recorder.ts";
import { blob, integer, readTicket, type TicketRecord } from "./rows.ts";

/** What the authority said of one message 2. */
export interface StoredKeyRecord {
  readonly number: number;
  /** 232 bytes. */
  readonly record: Uint8Array;
  /** 144 bytes. */
  readonly statement: Uint8Array;
}

/** How an epoch that was heard stands to those before it. */
export type HeardEpoch = "same" | "newer" | "older";

/** The epochs of one appliance. */
export class EpochBook {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Returns the highest epoch that a signed reply has named; 0: none yet. */
  highest(): number {
    return integer(this.#recorder.database.prepare("SELECT highest FROM epoch").get(), "highest");
  }

  /**
   * Takes an epoch that a signed reply names. A newer one than before means that the authority was restored: every use and
   * return of a lease is to be told again.
   */
  hear(epoch: number): HeardEpoch {
    const highest = this.highest();
    if (epoch === highest) return "same";
    if (epoch < highest) return "older";
    const { database } = this.#recorder;
    this.#recorder.change("epoch", { epoch, before: highest }, () => {
      database.prepare("UPDATE epoch SET highest = ?").run(epoch);
      // The first that is heard at all is no restore.
      if (highest === 0) return;
      database.prepare("UPDATE lease_tickets SET told_state = NULL, told_message2 = 0").run();
      database.prepare("UPDATE lease_tickets SET state = 'closed' WHERE state = 'returned'").run();
    });
    return highest === 0 ? "same" : "newer";
  }

  /** Keeps what the authority said of a message 2, within the change that records that message. */
  keep(ticketId: string, { number, record, statement }: StoredKeyRecord, epoch: number): void {
    const { database } = this.#recorder;
    database.prepare("INSERT INTO key_records VALUES (?, ?, ?, ?)").run(ticketId, number, record, statement);
    database.prepare("UPDATE tickets SET told_epoch = max(told_epoch, ?) WHERE ticket_id = ?").run(
      epoch,
      ticketId,
    );
  }

  /** Returns what was said of the messages 2 of a ticket, by number. */
  keyRecords(ticketId: string): readonly StoredKeyRecord[] {
    const rows = this.#recorder.database.prepare(
      "SELECT * FROM key_records WHERE ticket_id = ? ORDER BY number",
    ).all(ticketId);
    return rows.map((row) => ({
      number: integer(row, "number"),
      record: blob(row, "record"),
      statement: blob(row, "statement"),
    }));
  }

  /** Returns tickets with messages 2 that the authority of the highest epoch is to be shown, oldest first. */
  untold(limit: number): readonly TicketRecord[] {
    return this.#tickets(
      "t.told_epoch < (SELECT highest FROM epoch) ORDER BY t.told_epoch, t.rowid LIMIT ?",
      limit,
    );
  }

  /** Returns those of one chip. */
  untoldOf(uid: string): readonly TicketRecord[] {
    return this.#tickets("t.told_epoch < (SELECT highest FROM epoch) AND t.uid = ? ORDER BY t.rowid", uid);
  }

  /** Returns a ticket under which the authority gave a message 2, or null. */
  shown(ticketId: string): TicketRecord | null {
    return this.#tickets("t.ticket_id = ?", ticketId)[0] ?? null;
  }

  /** Records that the authority does not know a ticket that it has given (P-64): it is shown again until it is booked. */
  forget(ticketId: string): void {
    if (this.shown(ticketId) === null) return;
    this.#recorder.changeOne(
      "ticket unknown",
      { ticketId },
      () =>
        this.#recorder.database.prepare("UPDATE tickets SET told_epoch = 0 WHERE ticket_id = ?").run(
          ticketId,
        ),
    );
  }

  /** Returns the newest ticket under which the authority gave a message 2, or null: it must know that one (P-64). */
  newest(): TicketRecord | null {
    return this.#tickets("1 ORDER BY t.rowid DESC LIMIT 1")[0] ?? null;
  }

  /** Records that the authority of an epoch knows what was given under a ticket. */
  storeTold(ticketId: string, epoch: number): void {
    this.#recorder.changeOne(
      "ticket shown",
      { ticketId, epoch },
      () =>
        this.#recorder.database.prepare(
          "UPDATE tickets SET told_epoch = max(told_epoch, ?) WHERE ticket_id = ?",
        )
          .run(epoch, ticketId),
    );
  }

  #tickets(where: string, ...values: readonly (string | number)[]): readonly TicketRecord[] {
    return this.#recorder.database.prepare(
      `SELECT t.* FROM tickets t WHERE EXISTS (SELECT 1 FROM key_records k WHERE k.ticket_id = t.ticket_id) AND ${where}`,
    ).all(...values).map(readTicket);
  }
}
