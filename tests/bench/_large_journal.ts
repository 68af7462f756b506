/**
 * An appliance's journal after 100,000 deliveries: the last of them seconds ago, as fast as 24 stations make them, so that the
 * last hour has as many as an hour can have; and 40 leases with 10,000 units. Rows are made as the journal's moves make them,
 * but for the hash chain, which no page reads, and all but the newest deliveries have four records instead of some 24.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { Journal } from "../../agent/journal/mod.ts";
import { phases } from "../../agent/delivery/mod.ts";

/** How many deliveries the journal has. */
export const DELIVERIES = 100_000;
const EVERY_MS = 600;
const WHOLE_RECORDS = 5_000;
const LEASES = 40;
const UNITS = 250;
const PRODUCT = "c3".repeat(8);

/** The UID of a delivery, by its number from 1. */
export function uidOf(delivery: number): string {
  return idOf("b6be3b9c", delivery * 7_919, 24);
}

function idOf(prefix: string, number: number, digits: number): string {
  return prefix + number.toString(16).padStart(digits - prefix.length, "0");
}

/** Fills the journal at `path`; what it has already stays. */
export function fillJournal(path: string, nowMs: number): void {
  new Journal(path, () => nowMs).close();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN");
  fillDeliveries(database, nowMs);
  fillLeases(database, nowMs);
  database.exec("COMMIT; ANALYZE; DROP TABLE sqlite_stat1; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

function fillDeliveries(database: DatabaseSync, nowMs: number): void {
  const delivery = database.prepare(
    `INSERT INTO deliveries (id, station, started_ms, ended_ms, uid, chip, ticket_id, phase, outcome, cause, failure_told)
     VALUES (?, ?, ?, ?, ?, 'stm32g0-8k', ?, 'report', ?, ?, ?)`,
  );
  const ticket = database.prepare(
    `INSERT INTO tickets (ticket_id, uid, product, release, sealed, state, erase_begun, message2, receipt, countersigned,
     key_asked, told_epoch) VALUES (?, ?, '${PRODUCT}', '${
      "d4".repeat(16)
    }', randomblob(352), ?, 1, ?, ?, ?, 1, 1)`,
  );
  const keyRecord = database.prepare(
    "INSERT INTO key_records VALUES (?, 1, randomblob(232), randomblob(144))",
  );
  const record = database.prepare("INSERT INTO records VALUES (?, ?, ?, ?, randomblob(32))");
  const countersigned = JSON.stringify({
    certificate: "ab".repeat(280),
    statement: "cd".repeat(144),
    serial: 1,
  });
  let number = Number(database.prepare("SELECT max(number) AS last FROM records").get()?.["last"] ?? 0);
  const say = (atMs: number, kind: string, facts: object) =>
    record.run(++number, atMs, kind, JSON.stringify(facts));
  for (let id = 1; id <= DELIVERIES; id++) {
    const atMs = nowMs - EVERY_MS * (DELIVERIES - id) - 60_000;
    const [uid, ticketId, isBad] = [uidOf(id), idOf("e5", id, 32), id % 100 === 0];
    const end = { outcome: isBad ? "failed" : "delivered", cause: isBad ? "no-answer" : null };
    const station = `station-${id % 24 + 1}`;
    ticket.run(
      ticketId,
      uid,
      isBad ? "open" : "committed",
      isBad ? 0 : 1,
      isBad ? null : new Uint8Array(100),
      isBad ? null : countersigned,
    );
    if (!isBad) keyRecord.run(ticketId);
    delivery.run(id, station, atMs, atMs + 14_000, uid, ticketId, end.outcome, end.cause, isBad ? 1 : 0);
    say(atMs, "delivery", { station, delivery: id });
    say(atMs, "ticket", { delivery: id, ticketId, uid, product: PRODUCT });
    if (id > DELIVERIES - WHOLE_RECORDS) {
      Object.keys(phases).slice(1).forEach((phase, index) =>
        say(atMs + 1_400 * (index + 1), "phase", { delivery: id, phase })
      );
      for (const kind of ["erase", "message1", "message2", "receipt"]) say(atMs + 9_000, kind, { ticketId });
    }
    say(atMs + 14_000, "committed", { ticketId, word: "authority", countersigned });
    say(atMs + 14_000, "end", { delivery: id, ...end });
  }
}

/** Most units used and reported, some left: as after some weeks with a bad network. */
function fillLeases(database: DatabaseSync, nowMs: number): void {
  const lease = database.prepare(
    `INSERT INTO leases (lease_key, vault, order_id, product, units, sealed_key, state, lease, release, delegation,
     wrapped_key, descriptor, not_after, message2_limit) VALUES (?, 'file', '${
      "0d".repeat(16)
    }', '${PRODUCT}', ${UNITS},
     randomblob(80), 'held', ?, '${"d4".repeat(16)}', randomblob(224), randomblob(112), ?, ?, 1000)`,
  );
  const unit = database.prepare(
    `INSERT INTO lease_tickets (lease_key, lease_index, t_public, t_sealed, ticket_id, sealed, state, family, uid, issued_at,
     certificate, message2, receipt, changed_ms, told_state, told_message2) VALUES (?, ?, randomblob(32), ?, ?, randomblob(352),
     ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const descriptor = JSON.stringify({
    release: "d4".repeat(16),
    product: PRODUCT,
    version: "1.0.0",
    length: 4_608,
    count: 9,
    personalOffset: 0,
    personalLength: 0,
    imageDigest: "00".repeat(32),
    bytes: 4_752,
    sha256: "11".repeat(32),
  });
  for (let number = 0; number < LEASES; number++) {
    const key = idOf("1e", number, 64);
    lease.run(key, idOf("1e", number, 32), descriptor, Math.floor(nowMs / 1000) + 86_400);
    for (let index = 1; index <= UNITS; index++) {
      const id = idOf("1f", number * UNITS + index, 32);
      const [uid, atMs] = [id.slice(8), nowMs - 86_400_000];
      if (index > UNITS - 20) {
        unit.run(key, index, new Uint8Array(80), id, "free", null, null, null, null, 0, null, atMs, null, 0);
      } else {
        const certificate = new Uint8Array(216);
        unit.run(key, index, null, id, "committed", 1, uid, 1, certificate, 1, "{}", atMs, "committed", 1);
      }
    }
  }
}
