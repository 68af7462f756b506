/** The database refuses what must not be, by itself; and is right under several processes and sudden ends. @module */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  Database,
  insertOrder,
  insertProduct,
  insertRelease,
  type StoredProduct,
} from "../../../../authority/store/mod.ts";
import { readSetting, writeSetting } from "../../../../authority/store/mod.ts";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import { Defect, Fault, parseProductId, parseReleaseId } from "../../../../bootloader/wire/mod.ts";
import type { OrderId } from "../../../../authority/api/mod.ts";
import {
  Clock,
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  openWorld,
  PRODUCT,
  quotaOf,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";
import type { ProcessOrders } from "./_process.ts";

const allowed = (["read", "write", "run"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) {
  console.log("the database's file tests need --allow-read --allow-write --allow-run: deno task test");
}

const ORDER = "06".repeat(16);

/** A database with an order of two units and nothing else, without the acts of the authority. */
function bare(): Database {
  const db = new Database(":memory:");
  writeSetting(db, "epoch", "1");
  const product = parseProductId("01".repeat(8));
  const release = parseReleaseId("03".repeat(16));
  const stored: StoredProduct = {
    ...PRODUCT,
    name: "a",
    product,
    certificatePublicKey: "00".repeat(32),
    createdAtMs: 1,
  };
  insertProduct(db, stored);
  const facts = { product, release, version: "1", length: 512, personalOffset: 0, personalLength: 0 };
  insertRelease(db, { ...facts, imageDigest: "00".repeat(32), wrappedKey: "00".repeat(112) }, {
    bytes: 528,
    createdMs: 1,
  });
  const dates = { notBeforeSeconds: 0, notAfterSeconds: 9, message2Limit: 2, ticketSeconds: 60 };
  insertOrder(db, ORDER as OrderId, { name: "o", product, release, granted: 2, rework: true, ...dates }, 1);
  db.run(
    "INSERT INTO appliances (id, name, public_key, products, enrolled_ms, sequence_seen) VALUES (?, 'a', ?, '[]', 1, x'00')",
    "04".repeat(8),
    new Uint8Array(32),
  );
  return db;
}

function unit(db: Database, n: number): void {
  const id = n.toString(16).padStart(32, "0");
  const uid = new Uint8Array(16).fill(n);
  db.run(
    `INSERT INTO units (id, family, uid, order_id, product, release, appliance, station, state, changed_ms)
      VALUES (?, 1, ?, ?, ?, ?, ?, 's', 'reserved', 1)`,
    id,
    uid,
    ORDER,
    "01".repeat(8),
    "03".repeat(16),
    "04".repeat(8),
  );
  db.run(
    `INSERT INTO tickets (id, unit, family, uid, order_id, product, release, appliance, epoch, not_before, not_after, sealed, created_ms)
      VALUES (?, ?, 1, ?, ?, ?, ?, ?, 1, 0, 9, ?, 1)`,
    id,
    id,
    uid,
    ORDER,
    "01".repeat(8),
    "03".repeat(16),
    "04".repeat(8),
    new Uint8Array(352),
  );
}

const KEY =
  "UPDATE units SET state = 'keyed', serial = 1, message2_count = message2_count + 1 WHERE id LIKE '%1'";
const MESSAGE2 =
  "INSERT INTO messages2 (ticket, number, hh, h2, at_ms) SELECT id, 1, zeroblob(64), zeroblob(64), 1 FROM tickets WHERE id LIKE '%1'";

const COMMIT = "UPDATE units SET state = 'committed' WHERE state = 'keyed'";
const CERTIFICATE =
  "INSERT INTO certificates SELECT product, 1, family, uid, id, zeroblob(216), 1, NULL FROM tickets WHERE id LIKE '%1'";
const RECEIPT =
  "INSERT INTO receipts SELECT id, 1, zeroblob(212), zeroblob(144), 1 FROM tickets WHERE id LIKE '%1'";
const PART = "INSERT INTO release_parts SELECT id, 0, randomblob(528) FROM releases";
const COMPLETE = "UPDATE releases SET received_bytes = bytes, sha256 = zeroblob(32)";

const FORBIDDEN: readonly (readonly [name: string, before: readonly string[], statement: string])[] = [
  [
    "a third unit of two",
    [],
    "INSERT INTO units SELECT '00000000000000000000000000000009', family, zeroblob(16), order_id, product, release, appliance, station, state, serial, message2_count, changed_ms FROM units LIMIT 1",
  ],
  [
    "a unit that begins keyed",
    ["DELETE FROM units WHERE id LIKE '%2'"],
    "INSERT INTO units SELECT '00000000000000000000000000000009', family, zeroblob(16), order_id, product, release, appliance, station, 'keyed', 1, 1, changed_ms FROM units LIMIT 1",
  ],
  ["a grant below use", [], "UPDATE orders SET granted = 1"],
  ["counts that no unit stands for", [], "UPDATE orders SET keyed = keyed - 1"],
  ["reserved to committed", [], "UPDATE units SET state = 'committed', serial = 1, message2_count = 1"],
  [
    "keyed back to reserved",
    [KEY],
    "UPDATE units SET state = 'reserved', serial = NULL, message2_count = 0 WHERE state = 'keyed'",
  ],
  ["a keyed unit that goes back", [KEY], "DELETE FROM units WHERE state = 'keyed'"],
  [
    "a committed unit that goes back",
    [KEY, "UPDATE units SET state = 'committed' WHERE state = 'keyed'"],
    "DELETE FROM units WHERE state = 'committed'",
  ],
  [
    "a committed unit that is lost",
    [KEY, "UPDATE units SET state = 'committed' WHERE state = 'keyed'"],
    "UPDATE units SET state = 'lost' WHERE state = 'committed'",
  ],
  ["a unit that changes its UID", [], "UPDATE units SET uid = zeroblob(16) WHERE id LIKE '%1'"],
  [
    "two units of one UID",
    ["UPDATE orders SET granted = 9"],
    "INSERT INTO units SELECT '00000000000000000000000000000009', family, uid, order_id, product, release, appliance, station, state, serial, message2_count, changed_ms FROM units LIMIT 1",
  ],
  [
    "a second open ticket of one UID",
    [],
    "INSERT INTO tickets SELECT '00000000000000000000000000000009', unit, family, uid, order_id, product, release, appliance, epoch, not_before, not_after, sealed, closed, created_ms FROM tickets LIMIT 1",
  ],
  ["a closed ticket that opens", ["UPDATE tickets SET closed = 1"], "UPDATE tickets SET closed = 0"],
  ["a deleted ticket", [], "DELETE FROM tickets"],
  ["message 2 for a reserved unit", [], MESSAGE2],
  ["message 2 on a closed ticket", [KEY, "UPDATE tickets SET closed = 1"], MESSAGE2],
  [
    "message 2 beyond the limit",
    [KEY, "UPDATE units SET message2_count = 3 WHERE state = 'keyed'"],
    MESSAGE2.replace("id, 1,", "id, 3,"),
  ],
  ["a forgotten message 2", [KEY, MESSAGE2], "DELETE FROM messages2"],
  ["a changed message 2", [KEY, MESSAGE2], "UPDATE messages2 SET number = 2"],
  ["a log entry out of place", [], "INSERT INTO log VALUES (5, '{}', zeroblob(64))"],
  ["a changed log entry", ["INSERT INTO log VALUES (0, '{}', zeroblob(64))"], "UPDATE log SET entry = '[]'"],
  ["a removed log entry", ["INSERT INTO log VALUES (0, '{}', zeroblob(64))"], "DELETE FROM log"],
  ["a unit that changes its certificate", [KEY], "UPDATE units SET serial = 2 WHERE state = 'keyed'"],
  [
    "messages 2 counted down",
    [KEY, "UPDATE units SET message2_count = 3 WHERE state = 'keyed'"],
    "UPDATE units SET message2_count = 1 WHERE state = 'keyed'",
  ],
  ["a ticket that lasts longer", [], "UPDATE tickets SET not_after = not_after + 1"],
  [
    "a ticket of another unit",
    [],
    "UPDATE tickets SET unit = 'ffffffffffffffffffffffffffffffff' WHERE id LIKE '%1'",
  ],
  ["two certificates of one ticket", [CERTIFICATE], CERTIFICATE.replace("1, family", "2, family")],
  ["a certificate of another UID", [CERTIFICATE], "UPDATE certificates SET uid = zeroblob(16)"],
  [
    "a revoked certificate that holds again",
    [CERTIFICATE, "UPDATE certificates SET revoked_ms = 5"],
    "UPDATE certificates SET revoked_ms = NULL",
  ],
  ["a receipt of a keyed unit", [KEY, MESSAGE2], RECEIPT],
  ["a release with another key", [], "UPDATE releases SET wrapped_key = randomblob(112)"],
  [
    "a release with another digest",
    [],
    "UPDATE releases SET image_digest = randomblob(32)",
  ],
  [
    "a part of a complete release that goes",
    [PART, COMPLETE],
    "DELETE FROM release_parts",
  ],
  ["a part that changes", [PART], "UPDATE release_parts SET content = zeroblob(528)"],
  ["a complete release that is open again", [PART, COMPLETE], "UPDATE releases SET sha256 = NULL"],
  ["a receipt replaced", [KEY, MESSAGE2, COMMIT, RECEIPT], RECEIPT.replace("INSERT", "INSERT OR REPLACE")],
  ["a message 2 replaced", [KEY, MESSAGE2], MESSAGE2.replace("INSERT", "INSERT OR REPLACE")],
  [
    "a committed unit replaced by a reserved one",
    [KEY, COMMIT, "UPDATE orders SET granted = 9"],
    "INSERT OR REPLACE INTO units SELECT id, family, uid, order_id, product, release, appliance, station, 'reserved', NULL, 0, changed_ms FROM units WHERE state = 'committed'",
  ],
  ["a text where bytes belong", [], "INSERT INTO settings VALUES (1, x'00')"],
];

for (const [name, before, statement] of FORBIDDEN) {
  Deno.test(`the database refuses ${name}`, () => {
    const db = bare();
    unit(db, 1);
    unit(db, 2);
    for (const sql of before) assert(db.run(sql) > 0, sql);
    assert.throws(
      () => db.run(statement),
      // Refused by the schema, not for a slip in the statement.
      (error) => error instanceof Defect && !/syntax|no such (?!move)|values for/.test(error.message),
    );
    db.close();
  });
}

Deno.test("the forbidden statements fail for their reason: the lawful path goes through", () => {
  const db = bare();
  unit(db, 1);
  unit(db, 2);
  for (const statement of [KEY, CERTIFICATE, MESSAGE2, COMMIT, RECEIPT, PART, COMPLETE]) {
    assert(db.run(statement) > 0, statement);
  }
  assert(db.run("UPDATE certificates SET revoked_ms = 5") > 0);
  db.run("DELETE FROM units WHERE state = 'reserved'");
  const order = db.one("SELECT reserved, keyed, committed FROM orders");
  assert.deepEqual({ ...order }, { reserved: 0, keyed: 0, committed: 1 });
  db.close();
});

Deno.test("transact() undoes everything when anything in it throws", () => {
  const db = new Database(":memory:");
  assert.throws(() =>
    db.transact(() => {
      writeSetting(db, "a", "1");
      throw new Fault("stop", { place: "database", retry: false });
    }), Fault);
  assert.equal(readSetting(db, "a"), undefined);
  db.transact(() => writeSetting(db, "a", "2"));
  assert.equal(readSetting(db, "a"), "2");
  assert.throws(() => db.transact(() => db.transact(() => {})), Defect);
  db.close();
});

Deno.test("a database of a newer program is refused, not touched", { ignore: !allowed }, async () => {
  const folder = await Deno.makeTempDir();
  const db = new Database(`${folder}/a.sqlite`);
  db.run("PRAGMA user_version = 99");
  db.close();
  assert.throws(() => new Database(`${folder}/a.sqlite`), /newer version/);
  await Deno.writeTextFile(
    `${folder}/b.sqlite`,
    "this is not a database at all, whatever its name may say".repeat(50),
  );
  assert.throws(
    () => new Database(`${folder}/b.sqlite`),
    (error) => error instanceof Fault && /not a database/.test(error.message),
  );
  assert.throws(() => new Database(`${folder}/none/c.sqlite`), Fault);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("8 clients at once on one process: exactly 5 of 5 units, whatever they ask for", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "line 1");
  const answers = await Promise.all(Array.from({ length: 8 }, async (_, client) => {
    const codes: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      codes.push(
        refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uidOf(client * 10 + n)))),
      );
    }
    return codes;
  }));
  const codes = answers.flat();
  assert.equal(codes.filter((code) => code === "granted").length, 5);
  assert.equal(codes.filter((code) => code === "quota-spent").length, 27);
  assert.equal((await quotaOf(world, order)).free, 0);
  world.close();
});

/** A world on disk, with what a process needs to join it. */
async function onDisk(units: number) {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/authority.sqlite`;
  const world = createWorld(path);
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, units);
  const appliance = await enrolled(world, "line 1");
  const orders: Omit<ProcessOrders, "uids" | "firstSequence" | "act"> = {
    path,
    sealKey: world.sealKey.toHex(),
    rootSeed: world.rootSeed.toHex(),
    apiKey: world.apiKey,
    appliance: appliance.id,
    identitySeed: appliance.identity.seed.use((seed) => seed.toHex()),
    product: catalogue.product,
  };
  return { folder, path, world, catalogue, order, appliance, orders };
}

function startProcess(orders: ProcessOrders): Deno.ChildProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      new URL("./_process.ts", import.meta.url).pathname,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  new Blob([JSON.stringify(orders)]).stream().pipeTo(child.stdin).catch(() => {
    // The child was killed before it read its orders: the test that killed it knows.
  });
  return child;
}

function linesOf(
  output: Uint8Array,
): { readonly uid: string; readonly code: string; readonly ticket?: string; readonly serial?: number }[] {
  // A last line that a kill cut off was not acknowledged.
  return new TextDecoder().decode(output).split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

Deno.test("20 processes on one file: never over-granted, exactly 5 of 5 committed, serials 1 to 5", {
  ignore: !allowed,
}, async () => {
  const { folder, world, order, orders } = await onDisk(5);
  const children = Array.from({ length: 20 }, (_, n) =>
    startProcess({
      ...orders,
      act: "delivery",
      firstSequence: 1_000 + n * 40,
      uids: [0, 1, 2].map((k) => uidOf(n * 3 + k)),
    }));
  const outputs = await Promise.all(children.map((child) => child.output()));
  for (const { code, stderr } of outputs) assert.equal(code, 0, new TextDecoder().decode(stderr));
  const lines = outputs.flatMap(({ stdout }) => linesOf(stdout));
  assert.equal(lines.filter(({ code }) => code === "granted").length, 5);
  assert.equal(lines.filter(({ code }) => code === "quota-spent").length, 55);
  assert.deepEqual(lines.flatMap(({ serial }) => serial ?? []).sort(), [1, 2, 3, 4, 5]);
  const { free, committed, granted: total } = await quotaOf(world, order);
  assert.deepEqual({ free, committed, total }, { free: 0, committed: 5, total: 5 });
  const { entries } = granted(await world.owner.log());
  checkChain(entries, LOG_START);
  world.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test(
  "a process killed at any moment: what was acknowledged is there, counts hold, and its board goes on",
  { ignore: !allowed },
  async () => {
    const { folder, path, world, catalogue, order, appliance, orders } = await onDisk(1_000);
    const acknowledged: { readonly uid: string; readonly ticket?: string; readonly code: string }[] = [];
    const rounds = 6;
    for (let round = 0; round < rounds; round += 1) {
      const uids = Array.from({ length: 120 }, (_, n) => uidOf(round * 200 + n));
      const child = startProcess({ ...orders, act: "delivery", firstSequence: 1_000 + round * 1_000, uids });
      acknowledged.push(...linesOf(await readUntilKilled(child, 3 + round * 8)));
    }
    assert(acknowledged.length > 0, "no process got far enough to be killed at work");
    world.close();
    const again = openWorld(new Database(path), new Clock(), world);
    assert.equal(again.db.one("PRAGMA integrity_check")["integrity_check"], "ok");
    for (const { uid, ticket, code } of acknowledged) {
      const row = again.db.first(
        "SELECT state FROM units WHERE uid = ?",
        Uint8Array.fromHex(uid + "00000000"),
      );
      assert(row !== undefined, `UID ${uid} was acknowledged and is gone`);
      if (code === "committed") assert.equal(row["state"], "committed");
      if (ticket !== undefined) {
        assert(
          again.db.first("SELECT 1 FROM tickets WHERE id = ?", ticket) !== undefined,
        );
      }
    }
    await countsHold(again, order);
    // Boards that were cut off go on with their unit: no further one is used.
    const before = (await quotaOf(again, order)).free;
    const cut = again.db.first("SELECT uid FROM units WHERE state IN ('reserved', 'keyed') LIMIT 1");
    let sequence = 100_000;
    const client = appliance.clientWith(again.fetch, () => sequence += 1);
    if (cut !== undefined) {
      const uid = (cut["uid"] as Uint8Array).subarray(0, 12).toHex() as ReturnType<typeof uidOf>;
      await delivered(again, { ...appliance, client }, catalogue, uid);
      assert.equal((await quotaOf(again, order)).free, before);
    }
    again.close();
    await Deno.remove(folder, { recursive: true });
  },
);

/** Kills a process once it has written `lines` lines, in the middle of what it does next; returns all it wrote. */
async function readUntilKilled(child: Deno.ChildProcess, lines: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let seen = 0;
  let killed = false;
  for await (const part of child.stdout) {
    parts.push(part);
    seen += part.filter((byte) => byte === 10).length;
    if (seen >= lines && !killed) {
      killed = true;
      child.kill("SIGKILL");
    }
  }
  await child.stderr.cancel();
  await child.status;
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** The counts of the order are those of its rows. */
async function countsHold(world: World, order: OrderId): Promise<void> {
  const quota = await quotaOf(world, order);
  for (const state of ["reserved", "keyed", "committed", "lost"] as const) {
    const rows = world.db.one(
      "SELECT count(*) AS n FROM units WHERE order_id = ? AND state = ?",
      order,
      state,
    );
    assert.equal(rows["n"], quota[state], state);
  }
  const without = world.db.one(
    "SELECT count(*) AS n FROM units u WHERE u.state <> 'reserved' AND NOT EXISTS (SELECT 1 FROM messages2 m JOIN tickets t ON t.id = m.ticket WHERE t.unit = u.id)",
  );
  assert.equal(without["n"], 0, "a unit is keyed and no message 2 is recorded");
}

Deno.test("a database keeps what it acknowledged over a power cut, and its triggers see every deletion", () => {
  const db = new Database(":memory:");
  assert.equal(db.one("PRAGMA synchronous")["synchronous"], 2);
  assert.equal(db.one("PRAGMA foreign_keys")["foreign_keys"], 1);
  assert.equal(db.one("PRAGMA recursive_triggers")["recursive_triggers"], 1);
  db.close();
});

Deno.test("transact() holds the write lock from its start: what it reads is still so when it writes", {
  ignore: !allowed,
}, async () => {
  const folder = await Deno.makeTempDir();
  const db = new Database(`${folder}/a.sqlite`);
  const other = new DatabaseSync(`${folder}/a.sqlite`, { timeout: 0 });
  db.transact(() => {
    assert.equal(readSetting(db, "a"), undefined);
    assert.throws(() => other.exec("INSERT INTO settings VALUES ('a', '1')"), /locked/);
  });
  other.exec("INSERT INTO settings VALUES ('a', '1')");
  other.close();
  db.close();
  await Deno.remove(folder, { recursive: true });
});
