/**
 * Leases in the journal: what was lent, and each step of each ticket's use, durable and in the hash chain before the
 * method returns (P-57, P-58). The tables themselves refuse a second certificate in hand and a second unit for a chip.
 * Knows no key and decides nothing.
 *
 * @module
 */
import { assert } from "../../bootloader/wire/mod.ts";
import type { Facts, Recorder } from "./_recorder.ts";
import { LeaseCopies } from "./lease_copies.ts";
import { countTickets, countTicketsByLease, type LeaseCounts, sumCounts } from "./lease_counts.ts";
import {
  type HeldLease,
  type LeaseDraft,
  type LeaseGrant,
  type LeaseReceipt,
  type LeaseTicket,
  readLease,
  readLeaseTicket,
} from "./lease_rows.ts";
import { blob, integer, type Row, text, textOrNull } from "./rows.ts";

/** The leases of one appliance. */
export class LeaseBook {
  /** Copies of requests that are on their way by file. */
  readonly copies: LeaseCopies;
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.copies = new LeaseCopies(recorder);
  }

  /** Returns a key of the vault as it was sealed, or null. */
  vaultKey(name: string): Uint8Array | null {
    const row = this.#one("SELECT sealed FROM vault_keys WHERE name = ?", name);
    return row === undefined ? null : blob(row, "sealed");
  }

  /** Keeps a key of the vault, sealed; a name is given once. */
  storeVaultKey(name: string, sealed: Uint8Array): void {
    this.#changeOne("vault key", { name }, "INSERT INTO vault_keys VALUES (?, ?)", name, sealed);
  }

  /** Keeps the keys of a lease before it is asked for: the same request can be repeated until it is answered. */
  draft(draft: LeaseDraft): void {
    const { leaseKey, order, product, sealedKey, tickets } = draft;
    const units = tickets.length;
    this.#recorder.change("lease asked", { leaseKey, order, product, units }, () => {
      this.#run(
        `INSERT INTO leases (lease_key, vault, order_id, product, units, sealed_key, state)
         VALUES (?, 'file', ?, ?, ?, ?, 'draft')`,
        ...[leaseKey, order, product, units, sealedKey],
      );
      tickets.forEach(({ publicT, sealedT }, index) => {
        this.#run(
          `INSERT INTO lease_tickets (lease_key, lease_index, t_public, t_sealed, state, changed_ms)
           VALUES (?, ?, ?, ?, 'free', ?)`,
          ...[leaseKey, index + 1, publicT, sealedT, this.#recorder.nowMs()],
        );
      });
    });
  }

  /** Returns the requests that have had no answer yet, oldest first. */
  drafts(): readonly LeaseDraft[] {
    const rows = this.#all("SELECT * FROM leases WHERE state = 'draft' ORDER BY rowid");
    return rows.map((row) => {
      const leaseKey = text(row, "lease_key");
      const tickets = this.#all(
        "SELECT t_public, t_sealed FROM lease_tickets WHERE lease_key = ? ORDER BY lease_index",
        leaseKey,
      );
      return {
        leaseKey,
        order: text(row, "order_id"),
        product: text(row, "product"),
        sealedKey: blob(row, "sealed_key"),
        tickets: tickets.map((ticket) => ({
          publicT: blob(ticket, "t_public"),
          sealedT: blob(ticket, "t_sealed"),
        })),
      };
    });
  }

  /**
   * Ends a request that the authority refused; its keys go. Returns false, and changes nothing, while a copy of it is on
   * its way by file: that one may be granted yet, and what is lent then needs its keys (P-67).
   */
  dropDraft(leaseKey: string, cause: string): boolean {
    return this.#recorder.changeIf("lease refused", { leaseKey, cause }, () => {
      // Within the transaction: another process may be writing such a file just now.
      const { changes } = this.#run(
        `UPDATE leases SET state = 'dropped', sealed_key = x'' WHERE lease_key = ?1 AND state = 'draft'
         AND NOT EXISTS (SELECT 1 FROM lease_copies WHERE lease_key = ?1)`,
        leaseKey,
      );
      if (Number(changes) === 0) return false;
      this.#run("DELETE FROM lease_tickets WHERE lease_key = ? AND ticket_id IS NULL", leaseKey);
      return true;
    });
  }

  /** Keeps what the authority granted for a draft: from here on its tickets can be used. */
  hold(leaseKey: string, grant: LeaseGrant): void {
    const { lease, release, notAfterSeconds, message2Limit, tickets } = grant;
    const facts = { leaseKey, lease, release, units: tickets.length, notAfterSeconds };
    this.#recorder.change("lease", facts, () => {
      const { changes } = this.#run(
        `UPDATE leases SET state = 'held', lease = ?, release = ?, delegation = ?, wrapped_key = ?, descriptor = ?,
         not_after = ?, message2_limit = ? WHERE lease_key = ? AND state = 'draft' AND units = ?`,
        ...[lease, release, grant.delegation, grant.wrappedKey, grant.descriptor],
        ...[notAfterSeconds, message2Limit, leaseKey, tickets.length],
      );
      assert(Number(changes) === 1, "journal: a lease is held that was not asked for");
      this.#run("DELETE FROM lease_copies WHERE lease_key = ?", leaseKey);
      tickets.forEach(({ ticketId, sealed, forUid }, index) => {
        this.#run(
          "UPDATE lease_tickets SET ticket_id = ?, sealed = ?, for_uid = ? WHERE lease_key = ? AND lease_index = ?",
          ...[ticketId, sealed, forUid, leaseKey, index + 1],
        );
      });
    });
  }

  /** Returns the leases that are held, the one that ends first first. */
  leases(): readonly HeldLease[] {
    return this.#all("SELECT * FROM leases WHERE state = 'held' ORDER BY not_after, rowid").map(readLease);
  }

  /** Returns a held lease. */
  lease(leaseKey: string): HeldLease {
    const row = this.#one("SELECT * FROM leases WHERE lease_key = ? AND state = 'held'", leaseKey);
    assert(row !== undefined, "journal: there is no such lease");
    return readLease(row);
  }

  /**
   * Records that the owner has frozen or thawed the order of leases; does nothing when that is known. Of those too that are
   * asked for: the authority may have granted one before it froze the order, and the answer comes yet (P-78).
   */
  pause(order: string, paused: boolean): void {
    const flag = paused ? 1 : 0;
    const concerned = "order_id = ?1 AND paused <> ?2 AND state IN ('draft', 'held')";
    if (this.#one(`SELECT 1 FROM leases WHERE ${concerned}`, order, flag) === undefined) return;
    this.#recorder.change(paused ? "lease paused" : "lease resumed", { order }, () => {
      this.#run(`UPDATE leases SET paused = ?2 WHERE ${concerned}`, order, flag);
    });
  }

  /**
   * Records that the authority has frozen or revoked this appliance, or (null) that it has not; does nothing when known.
   * `signedSeconds`: the authority's time of saying so; what is not newer than the time of the bar does not lift it.
   */
  bar(code: string | null, signedSeconds: number): void {
    if (this.barred() === code) return;
    const since = integer(this.#one("SELECT barred_seconds FROM contact"), "barred_seconds");
    if (code === null && signedSeconds <= since) return;
    this.#recorder.change("barred", { code }, () => {
      this.#run(
        "UPDATE contact SET barred = ?, barred_seconds = ?",
        code,
        code === null ? since : signedSeconds,
      );
    });
  }

  /** Returns why nothing that was lent may be used, or null. */
  barred(): string | null {
    return textOrNull(this.#one("SELECT barred FROM contact") ?? {}, "barred");
  }

  /** Returns one of the tickets of a held lease that are for more than one chip, whatever its state, or null. */
  first(leaseKey: string): LeaseTicket | null {
    return this.#tickets("lease_key = ? AND for_uid IS NULL ORDER BY lease_index LIMIT 1", leaseKey)[0] ??
      null;
  }

  /** Returns the free tickets of a held lease that are for more than one chip, in order of their index. */
  freeForAny(leaseKey: string): readonly LeaseTicket[] {
    return this.#tickets("lease_key = ? AND state = 'free' AND for_uid IS NULL", leaseKey);
  }

  /** Returns the tickets of held leases that were made for one chip and that none has used. */
  madeFor(uid: string): readonly LeaseTicket[] {
    return this.#tickets("state = 'free' AND for_uid = ?", uid);
  }

  /** Tells whether free tickets of a product are there that were made for one chip each. */
  hasListed(product: string): boolean {
    const sql = `SELECT 1 AS found FROM lease_tickets t JOIN leases l USING (lease_key)
      WHERE l.product = ? AND l.state = 'held' AND t.state = 'free' AND t.for_uid IS NOT NULL LIMIT 1`;
    return this.#one(sql, product) !== undefined;
  }

  /** Returns the free tickets of a held lease in order of their index. */
  free(leaseKey: string): readonly LeaseTicket[] {
    return this.#tickets("lease_key = ? AND state = 'free'", leaseKey);
  }

  /** Returns every sealed ticket of a held lease in order of their index: 352 bytes each. */
  sealedTickets(leaseKey: string): readonly Uint8Array[] {
    return this.#tickets("lease_key = ?", leaseKey).map(({ sealed }) => sealed);
  }

  /** Returns the use of a chip, whatever its state, or null. */
  useOf(chip: { readonly family: number; readonly uid: string }): LeaseTicket | null {
    return this.#tickets("family = ? AND uid = ?", chip.family, chip.uid)[0] ?? null;
  }

  /** Returns a ticket of a held lease, or null. */
  ticket(ticketId: string): LeaseTicket | null {
    return this.#tickets("ticket_id = ?", ticketId)[0] ?? null;
  }

  /** Returns the uses that a crash left before their ticket was bound: at most one per lease (P-57). */
  unfinished(): readonly LeaseTicket[] {
    return this.#tickets("state IN ('intent', 'certified')");
  }

  /** P-57, first: the intent to use a ticket for a chip, and the time that its certificate will say. */
  intend(
    ticketId: string,
    chip: { readonly family: number; readonly uid: string; readonly issuedAtSeconds: number },
  ): void {
    const { family, uid, issuedAtSeconds } = chip;
    this.#step(
      ["lease intent", { ticketId, uid, issuedAtSeconds }],
      "state = 'intent', family = ?, uid = ?, issued_at = ?",
      "state = 'free'",
      ...[family, uid, issuedAtSeconds, ticketId],
    );
  }

  /** P-57, second: the certificate. */
  certify(ticketId: string, certificate: Uint8Array): void {
    this.#step(
      ["lease certificate", { ticketId, certificate: certificate.toHex() }],
      "state = 'certified', certificate = ?",
      "state = 'intent'",
      ...[certificate, ticketId],
    );
  }

  /** P-57, third: the ticket belongs to its chip for ever. `afterRestart`: a crash had left it unfinished. */
  bind(ticketId: string, options: { readonly afterRestart: boolean }): void {
    this.#step(
      ["lease ticket", { ticketId, afterRestart: options.afterRestart ? 1 : 0 }],
      "state = 'bound'",
      "state = 'certified'",
      ticketId,
    );
  }

  /** P-57, fourth: MESSAGE2(ticket, n). Message 2 may leave the vault when this has returned. */
  storeMessage2(
    ticketId: string,
    message2: { readonly number: number; readonly hh: Uint8Array; readonly h2: Uint8Array },
  ): void {
    const { number, hh, h2 } = message2;
    this.#recorder.change("lease message2", { ticketId, number }, () => {
      const { changes } = this.#run(
        `UPDATE lease_tickets SET state = 'keyed', message2 = ?, changed_ms = ?
         WHERE ticket_id = ? AND state IN ('bound', 'keyed') AND message2 = ?`,
        ...[number, this.#recorder.nowMs(), ticketId, number - 1],
      );
      assert(Number(changes) === 1, "journal: message 2 does not follow the one before it");
      this.#run(
        "INSERT INTO lease_messages2 VALUES (?, ?, ?, ?, ?)",
        ...[ticketId, number, hh, h2, this.#recorder.nowMs()],
      );
    });
  }

  /** Returns the hashes of MESSAGE2(ticket, n), or null. */
  message2(ticketId: string, number: number): { readonly hh: Uint8Array; readonly h2: Uint8Array } | null {
    const row = this.#one(
      "SELECT hh, h2 FROM lease_messages2 WHERE ticket_id = ? AND number = ?",
      ...[ticketId, number],
    );
    return row === undefined ? null : { hh: blob(row, "hh"), h2: blob(row, "h2") };
  }

  /** Keeps a receipt that the vault has checked; T is not needed any more and goes. */
  commit(ticketId: string, receipt: LeaseReceipt): void {
    this.#step(
      ["lease committed", { ticketId, word: "appliance", record: receipt.record }],
      "state = 'committed', receipt = ?, t_sealed = NULL",
      "state = 'keyed'",
      ...[JSON.stringify(receipt), ticketId],
    );
  }

  /** P-58: closes free tickets durably before the authority hears of it; their T go. */
  close(ticketIds: readonly string[]): void {
    this.#recorder.change("lease closed", { tickets: ticketIds.join(" ") }, () => {
      for (const ticketId of ticketIds) {
        const { changes } = this.#run(
          "UPDATE lease_tickets SET state = 'closed', t_sealed = NULL, changed_ms = ? WHERE ticket_id = ? AND state = 'free'",
          ...[this.#recorder.nowMs(), ticketId],
        );
        assert(Number(changes) === 1, "journal: a ticket that is not free is closed");
      }
    });
  }

  /** Returns the closed tickets that the authority has not taken back yet. */
  closed(): readonly LeaseTicket[] {
    return this.#tickets("state = 'closed'");
  }

  /** Records that the authority has taken closed tickets back; returns how many of them that is news of. */
  storeReturned(ticketIds: readonly string[]): number {
    const news = this.closed().map(({ ticketId }) => ticketId).filter((ticketId) =>
      ticketIds.includes(ticketId)
    );
    if (news.length === 0) return 0;
    this.#recorder.change("lease returned", { tickets: news.join(" ") }, () => {
      for (const ticketId of news) {
        this.#run(
          "UPDATE lease_tickets SET state = 'returned' WHERE ticket_id = ? AND state = 'closed'",
          ticketId,
        );
      }
    });
    return news.length;
  }

  /** Returns uses of which the authority does not know the newest step, oldest first, at most `limit` of one lease. */
  untold(leaseKey: string, limit: number): readonly LeaseTicket[] {
    return this.#tickets(
      `lease_key = ? AND state IN ('bound', 'keyed', 'committed')
       AND (told_state IS NOT state OR told_message2 < message2) ORDER BY changed_ms, lease_index LIMIT ?`,
      ...[leaseKey, limit],
    );
  }

  /**
   * Records that the authority has booked a use as it was reported. A step taken meanwhile stays untold; a reply that says
   * less than one before it, or more than this journal knows of the use, changes nothing. Returns whether it was news.
   */
  storeTold(told: Pick<LeaseTicket, "ticketId" | "state" | "message2">): boolean {
    const { ticketId, state, message2 } = told;
    const known = this.#one(
      "SELECT state, message2, told_state, told_message2 FROM lease_tickets WHERE ticket_id = ?",
      ticketId,
    );
    if (known === undefined) return false;
    const [now, before] = [
      USED.indexOf(text(known, "state")),
      USED.indexOf(textOrNull(known, "told_state") ?? ""),
    ];
    const reported = USED.indexOf(state);
    const isNews = reported > before || message2 > integer(known, "told_message2");
    const isKnown = reported <= now && message2 <= integer(known, "message2") && reported >= before &&
      message2 >= integer(known, "told_message2");
    if (!isNews || !isKnown) return false;
    this.#changeOne(
      "lease use reported",
      { ticketId, state, message2 },
      "UPDATE lease_tickets SET told_state = ?, told_message2 = ?, tell_alone = 0 WHERE ticket_id = ?",
      ...[state, message2, ticketId],
    );
    return true;
  }

  /** Keeps that these uses are reported one by one: a report with all of them was refused. */
  tellAlone(ticketIds: readonly string[]): void {
    this.#recorder.change("lease uses apart", { tickets: ticketIds.join(" ") }, () => {
      for (const ticketId of ticketIds) {
        this.#run("UPDATE lease_tickets SET tell_alone = 1 WHERE ticket_id = ?", ticketId);
      }
    });
  }

  /**
   * Counts the units of an order that leave its leases as soon as the authority hears what waits here to be said. A use that
   * is reported by itself is not counted on: it may be the one that is refused.
   */
  leaving(order: string): number {
    const row = this.#one(
      `SELECT count(*) AS leaving FROM lease_tickets JOIN leases USING (lease_key)
       WHERE order_id = ? AND (lease_tickets.state = 'closed'
         OR (lease_tickets.state IN ('bound', 'keyed', 'committed') AND told_state IS NULL AND tell_alone = 0))`,
      order,
    );
    return integer(row, "leaving");
  }

  /** Counts the tickets of one held lease, or of all. */
  counts(leaseKey: string | null = null): LeaseCounts {
    return leaseKey === null
      ? sumCounts(this.countsByLease().values())
      : countTickets(this.#recorder, leaseKey);
  }

  /** Counts the tickets of each held lease, by the lease's key. */
  countsByLease(): ReadonlyMap<string, LeaseCounts> {
    return countTicketsByLease(this.#recorder);
  }

  #tickets(where: string, ...values: readonly Value[]): readonly LeaseTicket[] {
    const order = where.includes("ORDER BY") ? "" : " ORDER BY lease_key, lease_index";
    return this.#all(
      `SELECT * FROM lease_tickets WHERE ticket_id IS NOT NULL AND ${where}${order}`,
      ...values,
    )
      .map(readLeaseTicket);
  }

  /** One step of one ticket; the last value is the ticket's id. */
  #step(
    [kind, facts]: readonly [string, Facts],
    set: string,
    before: string,
    ...values: readonly Value[]
  ): void {
    const named = [...values.slice(0, -1), this.#recorder.nowMs(), ...values.slice(-1)];
    this.#changeOne(
      kind,
      facts,
      `UPDATE lease_tickets SET ${set}, changed_ms = ? WHERE ticket_id = ? AND ${before}`,
      ...named,
    );
  }

  #changeOne(kind: string, facts: Facts, sql: string, ...values: readonly Value[]): void {
    this.#recorder.changeOne(kind, facts, () => this.#run(sql, ...values));
  }

  #run(sql: string, ...values: readonly Value[]): { readonly changes: number | bigint } {
    return this.#recorder.database.prepare(sql).run(...values);
  }

  #all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#recorder.database.prepare(sql).all(...values);
  }

  #one(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#recorder.database.prepare(sql).get(...values);
  }
}

/** The states of a use in their order. */
const USED: readonly string[] = ["bound", "keyed", "committed"];

/** What a statement takes. */
type Value = string | number | null | Uint8Array;
