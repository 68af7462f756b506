/** No question of the journal that is asked again and again reads what is done with: each one is explained. @module */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Journal } from "../../../../agent/journal/mod.ts";
import { offlineStatus } from "../../../../agent/sync/mod.ts";

/** Tables that grow with every device. A scan of an index of these few is none. */
const GROWN = /^SCAN (?:t|tickets|deliveries|records|k|key_records|lease_tickets|lease_messages2)\b/;
/** What each of these holds is open still, or is counted in the index alone. */
const FEW =
  /USING (?:INDEX|COVERING INDEX) (?:deliveries_not_delivered|deliveries_untold|lease_tickets_\w+|one_\w+)/;

/** Asks what a running agent asks: for its pages each second, for its reports and rounds, for each board. */
function askAll(journal: Journal): void {
  const uid = "01".repeat(12);
  journal.unreported();
  journal.untoldFailures(10);
  journal.openTicket(uid);
  journal.isCommitted(uid);
  journal.epochs.untold(10);
  journal.epochs.untoldOf(uid);
  journal.floor.unreported();
  journal.floor.deliveredAfter(0);
  journal.floor.delivered(1);
  journal.floor.ofStation("s", 12);
  journal.floor.ofUid(uid, 12);
  journal.floor.notDelivered(30);
  journal.floor.steps([1]);
  journal.leases.counts("ab".repeat(32));
  journal.leases.unfinished();
  journal.leases.closed();
  journal.leases.untold("ab".repeat(32), 10);
  journal.leases.madeFor(uid);
  journal.leases.useOf({ family: 1, uid });
  offlineStatus(journal, 0);
}

Deno.test("the journal finds what is open, a chip's and a station's without reading what is done with", () => {
  const asked = new Map<string, DatabaseSync>();
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql) {
    asked.set(sql, this);
    return prepare.call(this, sql);
  };
  const journal = new Journal(":memory:", () => 0);
  try {
    asked.clear();
    askAll(journal);
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  assert.ok(asked.size > 20, `${asked.size} questions`);
  for (const [sql, database] of asked) {
    const plan = prepare.call(database, `EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) =>
      String(detail)
    );
    const scans = plan.filter((detail) => GROWN.test(detail) && !FEW.test(detail));
    assert.deepEqual(scans, [], `${sql}\n${plan.join("\n")}`);
  }
  journal.close();
});
