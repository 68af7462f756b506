/** Rework (P-71, P-72): a delivered device made anew with its own unit, by a person's act, at the authority. @module */

import assert from "node:assert/strict";
import { allow, lent, OFFLINE, REGION } from "../_vault.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  quotaOf,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

async function line(more: { readonly message2Limit?: number; readonly allow?: boolean } = {}) {
  const world = createWorld();
  const catalogue = await createCatalogue(world, "Widget", { offline: OFFLINE, personalLength: REGION });
  const order = await createOrder(world, catalogue, 2, more);
  const appliance = await enrolled(world, "Line 1");
  if (more.allow !== false) {
    granted(await world.owner.changeOrder(order, { change: "rework", allowed: true }));
  }
  return { world, catalogue, order, appliance };
}

const UID = uidOf(1);
const REWORK = { decision: "rework" } as const;
const act = (world: World, uid = UID) => world.owner.decideDevice({ family: 1, uid }, REWORK);
const record = async (world: World, uid = UID) => granted(await world.owner.device({ family: 1, uid }));

Deno.test("a delivered device gets a ticket for a rework only where order and person allow it (P-71)", async () => {
  const { world, catalogue, order, appliance } = await line({ allow: false });
  const locked = { ...ticketRequest(catalogue, UID), rework: true };
  assert.equal(refusedCode(await appliance.client.ticket(locked)), "rework-not-allowed", "nobody knows it");
  await delivered(world, appliance, catalogue, UID);
  assert.equal(refusedCode(await appliance.client.ticket(locked)), "rework-not-allowed");
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, UID))), "uid-committed");
  assert.equal(refusedCode(await act(world)), "rework-not-allowed", "the order does not allow it");
  granted(await world.owner.changeOrder(order, { change: "rework", allowed: true }));
  assert.equal(refusedCode(await appliance.client.ticket(locked)), "rework-not-allowed", "no person did");
  assert.equal(refusedCode(await act(world, uidOf(2))), "device-unknown");
  granted(await act(world));
  assert.equal(refusedCode(await act(world)), "unit-state", "it is under way");
  granted(await appliance.client.ticket(locked));
  world.close();
});

Deno.test("a rework takes no unit, has its own ticket, and keeps the certificate byte for byte (P-52, P-71)", async () => {
  const { world, catalogue, order, appliance } = await line();
  const first = await delivered(world, appliance, catalogue, UID);
  granted(await act(world));
  const { granted: all, free, keyed: inHand, committed } = await quotaOf(world, order);
  assert.deepEqual([all, free, inHand, committed], [2, 1, 1, 0]);
  const second = await delivered(world, appliance, catalogue, UID);
  assert.deepEqual(
    [second.ticket.fresh, second.ticket.unit, second.ticket.message2Count, second.reply.number],
    [false, "keyed", 0, 2],
  );
  assert.notEqual(second.ticket.ticketId, first.ticket.ticketId);
  assert.equal(second.receipt.certificate, first.receipt.certificate);
  assert.deepEqual(second.brought.personal, first.brought.personal);
  const after = await quotaOf(world, order);
  assert.deepEqual([after.free, after.keyed, after.committed], [1, 0, 1]);
  const { device, tickets } = await record(world);
  assert.deepEqual(
    [device?.state, device?.reworks, device?.message2Count, device?.message2Before, tickets.length],
    ["committed", 1, 2, 1, 2],
  );
  world.close();
});

Deno.test("messages 2 of a rework are counted anew, and in sight (P-29, P-71)", async () => {
  const { world, catalogue, appliance } = await line({ message2Limit: 1 });
  await delivered(world, appliance, catalogue, UID);
  granted(await act(world));
  await keyed(world, appliance, catalogue, UID);
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, UID))), "message2-limit");
  assert.equal((await record(world)).device?.message2Count, 2);
  world.close();
});

Deno.test("a device is made anew again and again, each time with as many messages 2 as the order gives (P-71)", async () => {
  const { world, catalogue, order, appliance } = await line({ message2Limit: 2 });
  await delivered(world, appliance, catalogue, UID);
  for (const before of [1, 3, 5]) {
    granted(await act(world));
    const first = await keyed(world, appliance, catalogue, UID);
    const second = await delivered(world, appliance, catalogue, UID);
    assert.deepEqual([first.reply.number, second.reply.number], [before + 1, before + 2]);
  }
  assert.equal((await quotaOf(world, order)).committed, 1);
  world.close();
});

Deno.test("a receipt of the delivery before does not commit a rework (P-72)", async () => {
  const { world, catalogue, order, appliance } = await line();
  // Two messages 2 went out before the first receipt came: the other one's receipt is authentic too.
  const other = await keyed(world, appliance, catalogue, UID);
  const first = await delivered(world, appliance, catalogue, UID);
  granted(await act(world));
  const { ticketId } = first.ticket;
  const again = { number: first.reply.number, receipt: first.brought.receipt.toHex() };
  const known = granted(await appliance.client.receipt(ticketId, again));
  assert.equal(known.record, first.receipt.record);
  const old = { number: other.reply.number, receipt: other.brought.receipt.toHex() };
  assert.equal(refusedCode(await appliance.client.receipt(ticketId, old)), "receipt-other");
  assert.equal((await quotaOf(world, order)).keyed, 1);
  await delivered(world, appliance, catalogue, UID);
  assert.equal((await quotaOf(world, order)).committed, 1);
  world.close();
});

Deno.test("any appliance may do a rework until its first key, then that one only (P-71)", async () => {
  const { world, catalogue, appliance } = await line();
  const other = await enrolled(world, "Line 2");
  await delivered(world, appliance, catalogue, UID);
  granted(await act(world));
  const locked = { ...ticketRequest(catalogue, UID), rework: true };
  const { ticketId } = granted(await appliance.client.ticket(locked));
  await keyed(world, other, catalogue, UID);
  assert.equal(refusedCode(await appliance.client.ticket(locked)), "uid-elsewhere");
  const { tickets } = await record(world);
  assert.equal(tickets.find((ticket) => ticket.ticketId === ticketId)?.closed, true);
  world.close();
});

Deno.test("what the owner said last holds for a rework: denied, frozen, lost", async () => {
  const { world, catalogue, order, appliance } = await line();
  const key = { family: 1, uid: UID };
  await delivered(world, appliance, catalogue, UID);
  granted(await act(world));
  const locked = { ...ticketRequest(catalogue, UID), rework: true };
  granted(await world.owner.decideDevice(key, { decision: "deny" }));
  assert.equal(refusedCode(await appliance.client.ticket(locked)), "uid-denied");
  granted(await world.owner.decideDevice(key, { decision: "allow" }));
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  assert.equal(refusedCode(await appliance.client.ticket(locked)), "order-frozen");
  granted(await world.owner.decideDevice(key, { decision: "lost" }));
  assert.equal((await quotaOf(world, order)).lost, 1);
  granted(await world.owner.decideDevice(key, { decision: "re-credit", deviceMayExist: true }));
  assert.deepEqual([(await quotaOf(world, order)).free, (await record(world)).certificateRevoked], [2, true]);
  world.close();
});

Deno.test("a device that a vault delivered is made anew with the certificate of its lease (P-71)", async () => {
  const { world, catalogue, order, appliance } = await line();
  granted(await allow(world, order, appliance, 1));
  const lease = await lent(world, appliance, order, 1);
  const use = lease.use(0, UID, "committed");
  granted(await lease.report([use]));
  assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, UID))), "uid-committed");
  granted(await act(world));
  const { receipt, brought } = await delivered(world, appliance, catalogue, UID);
  assert.equal(receipt.certificate, use.certificate);
  assert.equal(brought.personal.slice(0, 440).toHex(), use.certificate + lease.grant.delegation);
  // The vault's newest report again changes nothing.
  granted(await lease.report([use]));
  const { committed, keyed: inHand, free } = await quotaOf(world, order);
  assert.deepEqual([committed, inHand, free], [1, 0, 1]);
  world.close();
});

const KEY = "UPDATE units SET state = 'keyed', reworks = reworks + 1, message2_before = message2_count";
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ["committed to keyed without a rework", "UPDATE units SET state = 'keyed'"],
  [
    "a rework that does not count from here",
    "UPDATE units SET state = 'keyed', reworks = reworks + 1, message2_before = 0",
  ],
  ["a rework that is counted and not begun", "UPDATE units SET reworks = reworks + 1"],
  ["a limit that is moved", "UPDATE units SET message2_before = message2_count"],
];

for (const [name, statement] of FORBIDDEN) {
  Deno.test(`the tables refuse ${name} (P-71)`, async () => {
    const { world, catalogue, appliance } = await line();
    await delivered(world, appliance, catalogue, UID);
    assert.throws(() => world.db.run(statement), /rework|no such move/);
    world.close();
  });
}

Deno.test("the tables refuse a rework that the order does not allow, and an old receipt for it (P-71, P-72)", async () => {
  const { world, catalogue, order, appliance } = await line({ allow: false });
  await delivered(world, appliance, catalogue, UID);
  assert.throws(() => world.db.run(KEY), /no such move/);
  granted(await world.owner.changeOrder(order, { change: "rework", allowed: true }));
  world.db.run(KEY);
  world.db.run("UPDATE units SET state = 'committed'");
  world.db.run("DROP TRIGGER receipts_stay");
  const [kept] = world.db.all("SELECT * FROM receipts");
  world.db.run("DELETE FROM receipts");
  assert.throws(
    () =>
      world.db.run(
        "INSERT INTO receipts SELECT id, 1, zeroblob(212), zeroblob(144), 1 FROM tickets WHERE id = ?",
        String(kept!["ticket"]),
      ),
    /earlier delivery/,
  );
  world.close();
});
