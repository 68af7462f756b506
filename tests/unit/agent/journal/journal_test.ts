import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Journal, ReleaseStore } from "../../../../agent/journal/mod.ts";
import { dropGrowth } from "./_growth.ts";

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

Deno.test("the journal prepares a statement once, however often it is asked", () => {
  const { prepare } = DatabaseSync.prototype;
  const prepared: string[] = [];
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql) {
    prepared.push(sql);
    return prepare.call(this, sql);
  };
  try {
    const journal = memory();
    for (let times = 0; times < 3; times++) {
      const delivery = journal.startDelivery("s", "attach");
      journal.endDelivery(delivery, { outcome: "failed", cause: "no-answer" });
      assert.equal(journal.deliveries(10).length, times + 1);
    }
    journal.close();
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  assert.ok(prepared.length > 3);
  assert.deepEqual(prepared, [...new Set(prepared)]);
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
  name:
    "shown.next(): of two processes on one file, a later number never goes with an earlier end of the chain (P-68)",
  ignore,
  async fn() {
    const path = `${Deno.makeTempDirSync()}/journal.db`;
    new Journal(path, () => 0).close();
    const taken = (await Promise.all(["a", "b", "c"].map((name) => takeHeads(path, name)))).flat();
    assert.equal(taken.length, 3 * HEADS);
    const inOrder = taken.toSorted(([one], [other]) => one - other);
    inOrder.forEach(([sequence, number], index) => {
      assert.equal(sequence, index + 1);
      assert.ok(index === 0 || number >= inOrder[index - 1]![1], `${sequence}: ${number}`);
    });
    const journal = new Journal(path, () => 0);
    journal.shown.skipTo(10_000);
    journal.shown.skipTo(5);
    assert.equal(journal.nextSequence(), 10_001);
    assert.equal(journal.shown.next().sequence, 10_002);
    journal.close();
  },
});

const HEADS = 60;

/** Writes records and takes heads in a process of its own: pairs of sequence and number. */
async function takeHeads(path: string, station: string): Promise<readonly (readonly [number, number])[]> {
  const journal = new URL("../../../../agent/journal/mod.ts", import.meta.url).href;
  const code = `import { Journal } from "${journal}";
    const journal = new Journal(${JSON.stringify(path)}, () => 0);
    for (let i = 0; i < ${HEADS}; i++) {
      journal.startDelivery("${station}", "attach");
      const { sequence, head } = journal.shown.next();
      console.log(JSON.stringify([sequence, head.number]));
    }`;
  const file = `${path}.${station}.ts`;
  await Deno.writeTextFile(file, code);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      `--config=${new URL("../../../../deno.json", import.meta.url).pathname}`,
      file,
    ],
    stderr: "inherit",
  }).output();
  assert.ok(success);
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) =>
    JSON.parse(line) as [number, number]
  );
}

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
    dropGrowth(file);
    file.exec("DROP INDEX records_by_delivery; DROP INDEX records_by_ticket");
    for (const name of ["uid", "station", "outcome", "end"]) file.exec(`DROP INDEX deliveries_by_${name}`);
    file.exec("DROP TABLE lease_copies; ALTER TABLE deliveries DROP COLUMN failure_told");
    file.exec("ALTER TABLE requests DROP COLUMN heard; ALTER TABLE requests DROP COLUMN asked");
    file.exec(
      "DROP TABLE lease_messages2; DROP TABLE lease_tickets; DROP TABLE leases; DROP TABLE vault_keys",
    );
    file.exec(
      "DROP TABLE epoch; DROP TABLE key_records; ALTER TABLE tickets DROP COLUMN told_epoch",
    );
    file.exec(
      "DROP TABLE contact; ALTER TABLE deliveries DROP COLUMN mode; ALTER TABLE tickets DROP COLUMN key_asked",
    );
    file.exec("DROP TABLE acknowledged; DROP TABLE denials; DROP TABLE denial_list");
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
    assert.throws(() => new Journal(path, () => 0), /its version is 99, this program knows up to 9/);
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

Deno.test("epochs: what the authority said goes with its message 2, and a newer epoch is to be told (P-63)", () => {
  const journal = memory();
  const said = { record: new Uint8Array(232), statement: new Uint8Array(144), epoch: 3 };
  const delivery = journal.startDelivery("station 1", "ticket");
  assert.equal(journal.epochs.hear(3), "same", "the first epoch that is heard is no restore");
  journal.storeTicket(delivery, ticket(first));
  assert.deepEqual([journal.epochs.newest(), journal.epochs.untold(9)], [null, []]);
  journal.storeMessage2(first, 1, said);
  assert.deepEqual(journal.epochs.keyRecords(first).map(({ number }) => number), [1]);
  assert.equal(journal.epochs.newest()?.ticketId, first);
  assert.deepEqual(journal.epochs.untold(9), []);
  assert.deepEqual([journal.epochs.hear(3), journal.epochs.hear(2)], ["same", "older"]);
  assert.equal(journal.epochs.highest(), 3);
  assert.equal(journal.epochs.hear(7), "newer");
  assert.deepEqual(journal.epochs.untold(9).map(({ ticketId }) => ticketId), [first]);
  assert.deepEqual(journal.epochs.untoldOf(uid).length, 1);
  journal.epochs.storeTold(first, 7);
  assert.deepEqual([journal.epochs.untold(9), journal.epochs.untoldOf(uid)], [[], []]);
  // A message 2 without a word of the authority (the vault's) is nothing to show.
  journal.storeMessage2(first, 2);
  assert.equal(journal.epochs.keyRecords(first).length, 1);
  assert.ok("head" in journal.checkChain());
});

Deno.test({
  name:
    "a journal whose content is damaged is said to be damaged, and is left as it is; a missing folder is a missing folder",
  ignore,
  fn() {
    const folder = Deno.makeTempDirSync();
    const path = `${folder}/journal.db`;
    const journal = new Journal(path, () => 0);
    journal.nextSequence();
    journal.close();
    const sound = Deno.readFileSync(path);
    const spoilt: readonly (readonly [string, Uint8Array])[] = [
      [
        "no database",
        new TextEncoder().encode("this is no database, but long enough to be taken for one".repeat(20)),
      ],
      ["first page overwritten", sound.slice().fill(0x55, 100, 4096)],
      ["cut in the middle", sound.slice(0, 5000)],
    ];
    for (const [what, bytes] of spoilt) {
      Deno.writeFileSync(path, bytes);
      assert.throws(
        () => new Journal(path, () => 0),
        /Cannot open the journal ".*": its content is damaged; keep the file as it is/,
        what,
      );
      assert.deepEqual(Deno.readFileSync(path), bytes, what);
    }
    assert.throws(
      () => new Journal(`${folder}/none/journal.db`, () => 0),
      /Cannot open the journal ".*": check that the folder exists/,
    );
    Deno.removeSync(folder, { recursive: true });
  },
});
