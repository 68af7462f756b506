/** P-79 at a real authority: what a stopped appliance is refused, what is still taken from it, and that it goes on as before. @module */
import assert from "node:assert/strict";
import { allow, ask, drawKeys, lent, scene } from "../_vault.ts";
import {
  createWorld,
  granted,
  keyed,
  lockProof,
  quotaOf,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
} from "../_world.ts";

/** An appliance with three of five units lent, and whoever stops it. */
async function stoppable() {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 9, 3);
  granted(await allow(world, order, appliance, 5));
  const lease = await lent(world, appliance, order, 3);
  const set = async (stopped: boolean) => granted(await world.owner.stopAppliance(appliance.id, { stopped }));
  return { world, catalogue, order, appliance, lease, set };
}

Deno.test("a stopped appliance gets no ticket, no key and no new lease, and all of them once it is resumed (P-79)", async () => {
  const { world, catalogue, order, appliance, set } = await stoppable();
  const { client } = appliance;
  const reply = granted(await client.ticket(ticketRequest(catalogue, uidOf(1))));
  const { keySet } = await world.trust();
  const target = new Target(reply, keySet.ticketKey, uidOf(1));
  const message1 = { message1: target.message1.toHex(), ...lockProof(appliance, reply.ticketId, uidOf(1)) };
  const tries = async () => [
    refusedCode(await client.ticket(ticketRequest(catalogue, uidOf(2)))),
    refusedCode(await client.ticket(ticketRequest(catalogue, uidOf(1)))),
    refusedCode(await client.message1(reply.ticketId, message1)),
    refusedCode(await ask(appliance, order, drawKeys(1))),
  ];
  const before = await quotaOf(world, order);
  await set(true);
  assert.deepEqual(await tries(), Array(4).fill("appliance-stopped"));
  assert.deepEqual(await quotaOf(world, order), before, "no unit moves");
  await set(false);
  assert.deepEqual(await tries(), Array(4).fill("granted"));
  world.close();
});

Deno.test("what a stopped appliance has made and gives back is taken; a lease whose answer was lost is given again (P-79)", async () => {
  const { world, catalogue, order, appliance, lease, set } = await stoppable();
  const { client } = appliance;
  const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uidOf(1));
  const keys = drawKeys(2);
  const grant = granted(await ask(appliance, order, keys));
  await set(true);
  assert.deepEqual(granted(await ask(appliance, order, keys)), grant);
  const { number } = reply;
  granted(await client.receipt(ticket.ticketId, { number, receipt: brought.receipt.toHex() }));
  assert.equal(granted(await lease.report([lease.use(0, uidOf(20), "committed")])).accepted.length, 1);
  const { ticketId } = lease.ticket(2);
  granted(await client.leaseReturns(lease.grant.lease, { ticketIds: [ticketId] }));
  granted(await client.denials());
  const { committed, leased } = await quotaOf(world, order);
  assert.deepEqual([committed, leased], [2, 3]);
  world.close();
});

Deno.test("the state of a stopped appliance shows every order frozen, and resuming takes back nothing else (P-79)", async () => {
  const { world, order, appliance, set } = await stoppable();
  const shown = async () => {
    const [one] = granted(await appliance.client.state()).products[0]!.orders;
    return [one?.frozen, one?.refusal];
  };
  assert.deepEqual(await shown(), [false, null]);
  await set(true);
  assert.deepEqual(await shown(), [true, "order-frozen"]);
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  await set(false);
  assert.deepEqual(await shown(), [true, "order-frozen"], "the order's own freeze stands");
  granted(await world.owner.changeOrder(order, { change: "thaw" }));
  assert.deepEqual(await shown(), [false, null]);
  world.close();
});

Deno.test("stopping twice is stopping once, in the log too; a revoked appliance is not stopped, nor an unknown one", async () => {
  const { world, appliance, set } = await stoppable();
  const first = await set(true);
  world.clock.nowMs += 1000;
  assert.equal((await set(true)).stoppedAtMs, first.stoppedAtMs);
  assert.equal((await set(false)).stoppedAtMs, null);
  await set(false);
  const events = granted(await world.owner.log({ limit: 100 })).entries
    .map(({ entry }) => (JSON.parse(entry) as { readonly event: string }).event)
    .filter((event) => event.startsWith("appliance-") && event !== "appliance-enrolled");
  assert.deepEqual(events, ["appliance-stopped", "appliance-resumed"]);
  granted(await world.owner.revokeAppliance(appliance.id));
  const stop = (id: string) => world.owner.stopAppliance(id as typeof appliance.id, { stopped: true });
  assert.equal(refusedCode(await stop(appliance.id)), "appliance-revoked");
  assert.equal(refusedCode(await stop("00".repeat(8))), "appliance-not-found");
  world.close();
});
