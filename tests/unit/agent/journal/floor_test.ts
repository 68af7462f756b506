import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Journal } from "../../../../agent/journal/mod.ts";
import { dropGrowth } from "./_growth.ts";
import { NOW_MS, PRODUCT, workedJournal } from "../status/_source.ts";

const allowed = (["read", "write"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) console.log("the journal's tests on disk need rights: run `deno task test`");

Deno.test("floor: deliveries are found by number, station, chip and the chip's last digits", () => {
  const { floor } = workedJournal("station-1", 10);
  assert.equal(floor.delivery(3)?.uid, "b6be3b9ca6877bd6a8580002");
  assert.equal(floor.delivery(11), null);
  assert.deepEqual(floor.ofStation("station-1", 3).map(({ id }) => id), [10, 9, 8]);
  assert.deepEqual(floor.ofStation("station-2", 3), []);
  assert.deepEqual(floor.ofUid("b6be3b9ca6877bd6a8580002", 5).map(({ id }) => id), [3]);
  assert.deepEqual(floor.uidsEndingWith("0002", 5), ["b6be3b9ca6877bd6a8580002"]);
  assert.deepEqual(floor.uidsEndingWith("ffff", 5), []);
  assert.deepEqual(floor.notDelivered(5).map(({ id }) => id), [4]);
});

Deno.test("floor: tallies count what ended how; what was delivered is found by its end and by its number", () => {
  const { floor } = workedJournal("station-1", 10);
  assert.deepEqual(floor.tallies(), [
    { station: "station-1", outcome: "delivered", cause: null, count: 9 },
    { station: "station-1", outcome: "failed", cause: "not-blank", count: 1 },
  ]);
  const delivered = floor.deliveredAfter(NOW_MS - 3_600_000);
  assert.deepEqual([delivered[0]?.product, delivered.length], [PRODUCT, 9]);
  assert.deepEqual(floor.delivered(1), delivered[0]);
  assert.equal(floor.delivered(4), null);
  assert.deepEqual(floor.deliveredAfter(NOW_MS), []);
  assert.equal(floor.unreported(), 0);
});

Deno.test("floor: a delivery has its own records and those of its ticket, and the steps of its phases", () => {
  const journal = workedJournal("station-1", 3);
  const second = journal.floor.delivery(2);
  assert.ok(second);
  const kinds = journal.floor.records(second).map(({ kind }) => kind);
  assert.deepEqual(
    kinds.filter((kind) => kind !== "phase"),
    ["delivery", "chip", "ticket", "message2", "receipt", "committed", "end"],
  );
  const phases = journal.floor.steps([2]).map(({ phase }) => phase);
  assert.deepEqual(phases, [
    "attach",
    "identify",
    "ticket",
    "release",
    "install",
    "lock",
    "handshake",
    "transfer",
    "receipt",
    "report",
    null,
  ]);
});

Deno.test("floor: another delivery of the same ticket shows nothing from before it began", () => {
  let nowMs = 0;
  const journal = new Journal(":memory:", () => nowMs++);
  const ticket = {
    ticketId: "aa".repeat(16),
    uid: "01".repeat(12),
    product: PRODUCT,
    release: "22".repeat(16),
    sealed: new Uint8Array(352),
  };
  for (let count = 0; count < 2; count++) {
    const id = journal.startDelivery("s", "attach");
    journal.storeTicket(id, ticket);
    journal.startErase(ticket.ticketId);
    journal.endDelivery(id, { outcome: "failed", cause: "no-answer" });
  }
  const kindsOf = (id: number) => journal.floor.records(journal.floor.delivery(id)!).map(({ kind }) => kind);
  assert.deepEqual(kindsOf(2), ["delivery", "ticket", "erase", "end"]);
});

Deno.test({
  name: "floor: a journal of before gets its indexes, its chain stays what it was, and queries use them",
  ignore: !allowed,
  fn() {
    const path = `${Deno.makeTempDirSync()}/journal.db`;
    const before = new Journal(path, () => 7);
    for (let count = 0; count < 20; count++) {
      before.endDelivery(before.startDelivery("s", "attach"), { outcome: "failed", cause: "x" });
    }
    const chain = before.checkChain();
    before.close();
    const database = new DatabaseSync(path);
    const indexes = database.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND (name LIKE 'records_by%' OR name LIKE 'deliveries_by%')",
    ).all();
    assert.equal(indexes.length, 6);
    for (const { name } of indexes) database.exec(`DROP INDEX ${name}`);
    // The steps after that one are of later, and come again with it.
    dropGrowth(database);
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    database.exec(`PRAGMA user_version = ${version - 2}`);
    database.close();
    const after = new Journal(path, () => 8);
    assert.deepEqual(after.checkChain(), chain);
    assert.equal(after.floor.records(after.floor.delivery(3)!).length, 2);
    after.close();
    const again = new DatabaseSync(path);
    const plan = again.prepare(
      "EXPLAIN QUERY PLAN SELECT * FROM records WHERE CASE WHEN json_valid(body) THEN json_extract(body, '$.delivery') END = 3",
    ).all().map((row) => row["detail"]).join();
    assert.match(plan, /USING INDEX records_by_delivery/);
    // A record that somebody changed to no JSON breaks the chain and nothing else.
    again.exec("UPDATE records SET body = '{' WHERE number = 5");
    again.close();
    const changed = new Journal(path, () => 9);
    assert.ok("broken" in changed.checkChain());
    changed.endDelivery(changed.startDelivery("s", "attach"), { outcome: "failed", cause: "x" });
    changed.close();
  },
});
