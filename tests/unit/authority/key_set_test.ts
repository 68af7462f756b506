/**
 * Key sets that change while the authority works (P-70): tickets, receipts and the seal of keys across next and switch; what
 * is refused; what a failure in the middle leaves.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readRootKey } from "../../../authority/change_keys.ts";
import { announceNextKeys, keySetsOf, showKeySets, switchKeys } from "../../../authority/key_set.ts";
import { openStatement, statementSubjects } from "../../../authority/api/mod.ts";
import { keyIdOf, makeSigningKeyPair, Secret, signingKeyPairOf } from "../../../bootloader/suite/mod.ts";
import { openTicket } from "../../../bootloader/ticket/mod.ts";
import { sign } from "../../../bootloader/suite/mod.ts";
import { createApplianceClient } from "../../../authority/api/mod.ts";
import {
  type Appliance,
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  keyed,
  openWorld,
  ORIGIN,
  quotaOf,
  random,
  ticketRequest,
  uidOf,
  type World,
} from "./_world.ts";

function parts(world: World, rootSeed = world.rootSeed) {
  return {
    db: world.db,
    sealKey: new Secret(world.sealKey.slice()),
    root: signingKeyPairOf(new Secret(rootSeed.slice())),
    random,
    nowMs: world.clock.nowMs,
  };
}

function changeBoth(world: World): void {
  const announced = announceNextKeys(parts(world));
  assert.ok("keySet" in announced && announced.keySet.serial === 2);
  const switched = switchKeys(parts(world));
  assert.ok("keySet" in switched && switched.keySet.serial === 3);
}

/** The appliance's client as an agent has it: it learns keys that the root has signed. */
function learning(world: World, { id, identity }: Appliance, from: Uint8Array) {
  let keys = [from];
  let sequence = 10_000;
  return createApplianceClient({
    origin: ORIGIN,
    fetch: world.fetch,
    appliance: id,
    sign: (message) => sign(identity.seed, message),
    get logKeys() {
      return keys;
    },
    learnKeys: async () => {
      keys = [(await world.trust()).keySet.logKey];
    },
    nextSequence: () => sequence += 1,
    nowSeconds: () => world.clock.seconds,
  });
}

Deno.test("announceNextKeys() and switchKeys() refuse another root, and each other's order; nothing changes then", () => {
  const world = createWorld();
  const other = makeSigningKeyPair(random).seed.use((seed) => seed.slice());
  assert.deepEqual(announceNextKeys(parts(world, other)), { refused: "root-key-wrong" });
  assert.deepEqual(switchKeys(parts(world, other)), { refused: "root-key-wrong" });
  assert.deepEqual(switchKeys(parts(world)), { refused: "next-keys-missing" });
  assert.equal(keySetsOf(world.db).length, 1);
  assert.ok("keySet" in announceNextKeys(parts(world)));
  assert.deepEqual(announceNextKeys(parts(world)), { refused: "next-keys-announced" });
  assert.deepEqual(switchKeys(parts(world, other)), { refused: "root-key-wrong" });
  assert.equal(keySetsOf(world.db).length, 2);
  world.close();
});

Deno.test("an open authority works with the keys in force from its next request on; so does one that is opened later", async () => {
  const world = createWorld();
  const first = await world.trust();
  announceNextKeys(parts(world));
  const second = await world.trust();
  assert.equal(second.keySet.logKey.toHex(), first.keySet.logKey.toHex());
  switchKeys(parts(world));
  const third = await world.trust();
  assert.equal(third.keySet.serial, 3);
  assert.equal(third.keySet.logKey.toHex(), second.keySet.nextLogKey.toHex());
  assert.equal(third.keySet.ticketKey.toHex(), second.keySet.nextTicketKey.toHex());
  assert.ok(third.keySet.nextTicketKey.every((byte) => byte === 0));
  const names = world.db.all("SELECT name FROM sealed_keys ORDER BY name").map(({ name }) => name);
  assert.deepEqual(
    names,
    ["T-master", "log", "receipt-master", "ticket", "unwrap"],
    "no earlier key is kept",
  );
  const again = openWorld(world.db, world.clock, world);
  assert.equal((await again.trust()).keySet.serial, 3);
  const shown = showKeySets(world.db);
  assert.deepEqual(shown.keySets.map(({ serial }) => serial), [3, 2, 1]);
  assert.equal(shown.keySets[1]?.nextTicketKeyId, keyIdOf(third.keySet.ticketKey));
  world.close();
});

Deno.test("tickets across a switch: one that is under way is finished, one that is asked for again is renewed on the same unit", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "Line 1");
  const { logKey } = (await world.trust()).keySet;
  const waiting = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  const underWay = await keyed(world, appliance, catalogue, uidOf(2));
  changeBoth(world);
  const client = learning(world, appliance, logKey);
  const { keySet } = await world.trust();
  const renewed = granted(await client.ticket(ticketRequest(catalogue, uidOf(1))));
  assert.notEqual(renewed.ticketId, waiting.ticketId);
  assert.equal(renewed.fresh, false);
  assert.ok("opened" in openTicket(Uint8Array.fromHex(renewed.ticket), { publicKey: keySet.ticketKey }));
  const receipt = { number: underWay.reply.number, receipt: underWay.brought.receipt.toHex() };
  granted(await client.receipt(underWay.ticket.ticketId, receipt));
  const quota = await quotaOf(world, order);
  assert.deepEqual([quota.committed, quota.reserved, quota.free], [1, 1, 3]);
  world.close();
});

Deno.test("a message 1 that comes after the switch is answered under the ticket that the target has", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "Line 1");
  const { logKey } = (await world.trust()).keySet;
  const client = learning(world, appliance, logKey);
  // `keyed` asks for the ticket before, and for message 2 after the switch.
  const between = {
    ...appliance,
    client: {
      ...client,
      message1: (...asked: Parameters<typeof client.message1>) => {
        changeBoth(world);
        return client.message1(...asked);
      },
    },
  };
  const { reply } = await keyed(world, between, catalogue, uidOf(3));
  assert.equal(reply.number, 1);
  world.close();
});

Deno.test("a receipt that is reported again after the switch is countersigned by the log key in force", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world);
  await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "Line 1");
  const before = (await world.trust()).keySet;
  const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uidOf(4));
  const body = { number: reply.number, receipt: brought.receipt.toHex() };
  const first = granted(await appliance.client.receipt(ticket.ticketId, body));
  changeBoth(world);
  const again = granted(await learning(world, appliance, before.logKey).receipt(ticket.ticketId, body));
  assert.deepEqual({ ...again, statement: "" }, { ...first, statement: "" });
  const after = (await world.trust()).keySet;
  for (const [statement, { logKey }] of [[first.statement, before], [again.statement, after]] as const) {
    const content = Uint8Array.fromHex(again.record);
    openStatement(Uint8Array.fromHex(statement), {
      logKeys: [logKey],
      subject: statementSubjects.receipt,
      content,
    });
  }
  world.close();
});

Deno.test("a switch that fails in the middle leaves the earlier key set with its keys", async () => {
  const world = createWorld();
  announceNextKeys(parts(world));
  const before = world.db.all("SELECT * FROM sealed_keys ORDER BY name");
  // The last thing of a switch is its log entry.
  world.db.run(
    "CREATE TEMP TRIGGER fails BEFORE INSERT ON main.log BEGIN SELECT RAISE(ABORT, 'the power went'); END",
  );
  assert.throws(() => switchKeys(parts(world)), /the power went/);
  world.db.run("DROP TRIGGER fails");
  assert.deepEqual(world.db.all("SELECT * FROM sealed_keys ORDER BY name"), before);
  assert.equal((await openWorld(world.db, world.clock, world).trust()).keySet.serial, 2);
  assert.ok("keySet" in switchKeys(parts(world)));
  assert.equal((await world.trust()).keySet.serial, 3);
  world.close();
});

Deno.test("readRootKey() takes the PEM file that init makes and nothing else, and repeats nothing of it", () => {
  const seed = random(32);
  const body = `302e020100300506032b657004220420${seed.toHex()}`;
  const pem = (hex: string) =>
    `-----BEGIN PRIVATE KEY-----\n${Uint8Array.fromHex(hex).toBase64()}\n-----END PRIVATE KEY-----\n`;
  const { publicKey } = readRootKey(pem(body), "root.pem");
  assert.deepEqual(publicKey, signingKeyPairOf(new Secret(seed.slice())).publicKey);
  for (
    const bad of ["", "hello", pem(body.replace("6570", "656e")), pem(body).replace("PRIVATE", "PUBLIC")]
  ) {
    assert.throws(() => readRootKey(bad, "root.pem"), (error) => {
      assert.ok(error instanceof Error && error.name === "Malformed");
      assert.match(error.message, /Cannot read the root key "root.pem"/);
      assert.ok(!error.message.includes(seed.toBase64()));
      return true;
    });
  }
});
