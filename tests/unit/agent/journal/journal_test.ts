import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Journal, ReleaseStore } from "../../../../agent/journal/mod.ts";

const writable = Deno.permissions.querySync({ name: "write" }).state === "granted" &&
  Deno.permissions.querySync({ name: "read" }).state === "granted";
const ignore = !writable;
if (ignore) console.log("the journal's tests on disk need rights: run `deno task test`");

const uid = "0123456789abcdef01234567";
const ticket = (ticketId: string) => ({
  ticketId,
  uid,
  product: "11".repeat(8),
  release: "22".repeat(16),
  sealed: new Uint8Array(352).fill(3),
});
const [first, second] = ["aa".repeat(16), "bb".repeat(16)] as const;

function memory() {
  let nowMs = 1000;
  return new Journal(":memory:", () => nowMs++);
}

Deno.test("nextSequence() never gives a number twice", () => {
  const journal = memory();
  assert.deepEqual([journal.nextSequence(), journal.nextSequence(), journal.nextSequence()], [1, 2, 3]);
});

Deno.test({
  name: "nextSequence() goes on after the process ended, also under two processes on one file",
  ignore,
  fn() {
    const path = `${Deno.makeTempDirSync()}/journal.db`;
    const one = new Journal(path, () => 0);
    const other = new Journal(path, () => 0);
    assert.deepEqual([one.nextSequence(), other.nextSequence(), one.nextSequence()], [1, 2, 3]);
    one.close();
    other.close();
    assert.equal(new Journal(path, () => 0).nextSequence(), 4);
  },
});

Deno.test({
  name: "Journal takes over a file of version 1 with everything in it, and refuses one of a later version",
  ignore,
  fn() {
    const path = `${Deno.makeTempDirSync()}/journal.db`;
    const before = new Journal(path, () => 1000);
    const delivery = before.startDelivery("station 1", "attach");
    before.identifyDelivery(delivery, { uid, chip: "stm32g0" });
    before.storeTicket(delivery, ticket(first));
    before.close();
    // Takes away what later versions brought; what is left is a file as version 1 wrote it.
    const file = new DatabaseSync(path);
    file.exec(
      "DROP TABLE lease_messages2; DROP TABLE lease_tickets; DROP TABLE leases; DROP TABLE vault_keys",
    );
    file.exec(
      "DROP TABLE contact; ALTER TABLE deliveries DROP COLUMN mode; ALTER TABLE tickets DROP COLUMN key_asked",
    );
    file.exec("DROP TABLE denial_list; DROP TABLE denials");
    file.exec("PRAGMA user_version = 1");
    file.close();
    const after = new Journal(path, () => 2000);
    assert.deepEqual([after.openTicket(uid)?.ticketId, after.openTicket(uid)?.keyAsked], [first, false]);
    assert.deepEqual(after.deliveries(5).map(({ mode }) => mode), ["online"]);
    assert.deepEqual(after.contact(), { lastMs: null, signedSeconds: 0 });
    assert.ok("head" in after.checkChain());
    after.close();
    const later = new DatabaseSync(path);
    later.exec("PRAGMA user_version = 99");
    later.close();
    assert.throws(() => new Journal(path, () => 0), /its version is 99, this program knows up to 4/);
  },
});

Deno.test("storeContact() keeps the newest signed time, whatever the clock says", () => {
  const journal = memory();
  journal.storeContact({ atMs: 5_000, signedSeconds: 100 });
  journal.storeContact({ atMs: 1_000, signedSeconds: 60 });
  assert.deepEqual(journal.contact(), { lastMs: 1_000, signedSeconds: 100 });
});

Deno.test("Journal holds the order erase, message 2, receipt, commit and refuses another", () => {
  const journal = memory();
  const delivery = journal.startDelivery("station 1", "attach");
  journal.identifyDelivery(delivery, { uid, chip: "stm32g0" });
  journal.storeTicket(delivery, ticket(first));
  assert.equal(journal.openTicket(uid)?.eraseBegun, false);
  assert.throws(() => journal.storeReceipt(first, new Uint8Array(100)), /CHECK/);
  journal.startErase(first);
  assert.equal(journal.openTicket(uid)?.eraseBegun, true);
  assert.throws(() => journal.commit(first, "{}"), /does not fit the state/);
  journal.storeMessage2(first, 1);
  journal.storeReceipt(first, new Uint8Array(100).fill(9));
  assert.equal(journal.unreported().length, 1);
  assert.throws(() => journal.startErase(first), /does not fit the state/);
  journal.commit(first, "{}");
  assert.equal(journal.openTicket(uid), null);
  assert.equal(journal.isCommitted(uid), true);
  assert.deepEqual(journal.unreported(), []);
});

Deno.test("storeTicket() lets another ticket for the same chip take over that it was begun", () => {
  const journal = memory();
  const delivery = journal.startDelivery("station 1", "attach");
  journal.storeTicket(delivery, ticket(first));
  journal.startErase(first);
  journal.storeTicket(delivery, ticket(second));
  const open = journal.openTicket(uid);
  assert.deepEqual([open?.ticketId, open?.eraseBegun], [second, true]);
});

Deno.test("storeTicket() keeps the state of a ticket that is known", () => {
  const journal = memory();
  const delivery = journal.startDelivery("station 1", "attach");
  journal.storeTicket(delivery, ticket(first));
  journal.startErase(first);
  journal.storeMessage2(first, 2);
  journal.storeTicket(delivery, ticket(first));
  const open = journal.openTicket(uid);
  assert.deepEqual([open?.eraseBegun, open?.message2], [true, 2]);
});

Deno.test("endInterrupted() ends what a crash left open, and nothing else", () => {
  const journal = memory();
  const done = journal.startDelivery("station 1", "attach");
  journal.endDelivery(done, { outcome: "delivered", cause: null });
  journal.startDelivery("station 1", "attach");
  assert.equal(journal.endInterrupted("interrupted"), 1);
  assert.deepEqual(journal.deliveries(5).map(({ outcome, cause }) => [outcome, cause]), [
    ["failed", "interrupted"],
    ["delivered", null],
  ]);
  assert.deepEqual(journal.counts(), { delivered: 1, refused: 0, failed: 1, unreported: 0 });
});

Deno.test({
  name: "checkChain() finds a changed, a removed and a moved record",
  ignore,
  fn() {
    const breaks: readonly (readonly [string, string, number])[] = [
      ["UPDATE records SET body = replace(body, 'station 1', 'station 2') WHERE number = 2", "changed", 2],
      ["UPDATE records SET at_ms = at_ms + 1 WHERE number = 3", "changed", 3],
      ["DELETE FROM records WHERE number = 2", "missing", 2],
    ];
    for (const [sql, problem, number] of breaks) {
      const path = `${Deno.makeTempDirSync()}/journal.db`;
      const journal = new Journal(path, () => 5);
      for (let count = 0; count < 4; count++) journal.startDelivery("station 1", "attach");
      const whole = journal.checkChain();
      assert.ok("head" in whole && whole.count === 4);
      journal.close();
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
      const checked = new Journal(path, () => 5).checkChain();
      assert.ok("broken" in checked, sql);
      assert.equal(checked.broken.number, number);
      assert.match(checked.broken.problem, new RegExp(problem));
    }
  },
});

Deno.test({
  name: "ReleaseStore keeps what fits its digest, and gives nothing back that was damaged",
  ignore,
  async fn() {
    const folder = Deno.makeTempDirSync();
    const store = new ReleaseStore(folder, memory());
    const content = new Uint8Array(528 * 3).map((_, index) => index);
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
    const facts = { release: "cd".repeat(16), bytes: content.length, sha256 };
    assert.equal(await store.open(facts), null);
    assert.equal(await store.keep(facts, content.with(5, 99)), false);
    assert.equal(await store.keep(facts, content), true);
    assert.deepEqual(await store.open(facts), content);
    Deno.writeFileSync(`${folder}/${facts.release}.bin`, content.with(5, 99));
    assert.equal(await store.open(facts), null);
    assert.deepEqual([...Deno.readDirSync(folder)].map((entry) => entry.name), [`${facts.release}.bin`]);
  },
});
