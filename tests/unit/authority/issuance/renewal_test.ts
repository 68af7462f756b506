/** Appliances that were away for long: outdated, asked for, renewed or declined by a person (P-73). @module */

import assert from "node:assert/strict";
import {
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

const DAY_MS = 86_400_000;
const HOLDS = { lent: 0, unreported: 0 };

async function line(world: World = createWorld()) {
  const catalogue = await createCatalogue(world);
  const order = await createOrder(world, catalogue, 3);
  const appliance = await enrolled(world, "Line 1");
  await delivered(world, appliance, catalogue, uidOf(1));
  const { notBeforeSeconds } = granted(await world.owner.order(order));
  const dates = { change: "dates", notBeforeSeconds, notAfterSeconds: world.clock.seconds + 1e9 } as const;
  granted(await world.owner.changeOrder(order, dates));
  return { world, catalogue, appliance, pass: (days: number) => world.clock.nowMs += days * DAY_MS };
}

const standing = async (world: World) => granted(await world.owner.appliances()).appliances[0]!;

Deno.test("an appliance away for 366 days gets nothing until a person approves, then works on (P-73)", async () => {
  const { world, catalogue, appliance, pass } = await line();
  const { client, id } = appliance;
  pass(366);
  assert.equal(refusedCode(await client.state()), "appliance-outdated");
  assert.equal(refusedCode(await client.ticket(ticketRequest(catalogue, uidOf(2)))), "appliance-outdated");
  assert.equal((await standing(world)).renewalAskedAtMs, null, "nobody has asked yet");
  assert.equal(
    refusedCode(await world.owner.decideRenewal(id, { decision: "approve" })),
    "renewal-not-asked",
  );
  for (const _ of [1, 2]) assert.equal(granted(await client.renewal(HOLDS)).standing, "asked");
  assert.equal((await standing(world)).renewalAskedAtMs, world.clock.nowMs);
  const { entries } = granted(await world.owner.log());
  assert.equal(entries.filter(({ entry }) => entry.includes("renewal-asked")).length, 1);
  assert.equal(refusedCode(await client.state()), "appliance-outdated", "asking alone changes nothing");
  granted(await world.owner.decideRenewal(id, { decision: "approve" }));
  granted(await client.state());
  await delivered(world, appliance, catalogue, uidOf(2));
  const after = await standing(world);
  assert.deepEqual([after.renewalAskedAtMs, after.renewalDeclinedAtMs], [null, null]);
  assert.equal(granted(await client.renewal(HOLDS)).standing, "good");
  world.close();
});

Deno.test("an appliance away for 364 days works on as if nothing was (P-73)", async () => {
  const { world, catalogue, appliance, pass } = await line();
  pass(364);
  await delivered(world, appliance, catalogue, uidOf(2));
  pass(364);
  granted(await appliance.client.state());
  world.close();
});

Deno.test("a declined appliance gets nothing and asks nobody again; the decision can be taken back (P-73)", async () => {
  const { world, appliance, pass } = await line();
  const { client, id } = appliance;
  pass(400);
  granted(await client.renewal(HOLDS));
  granted(await world.owner.decideRenewal(id, { decision: "decline" }));
  assert.equal(granted(await client.renewal(HOLDS)).standing, "declined");
  const state = await client.state();
  assert.ok("refused" in state);
  assert.deepEqual([state.refused.code, state.refused.detail], [
    "appliance-outdated",
    "The owner has declined",
  ]);
  const { renewalAskedAtMs, renewalDeclinedAtMs } = await standing(world);
  assert.deepEqual([renewalAskedAtMs, renewalDeclinedAtMs], [null, world.clock.nowMs]);
  granted(await world.owner.decideRenewal(id, { decision: "approve" }));
  granted(await client.state());
  world.close();
});

Deno.test("a revoked appliance is not renewed, an outdated one still brings its receipts (P-73)", async () => {
  const { world, catalogue, appliance, pass } = await line();
  const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uidOf(2));
  pass(400);
  const receipt = { number: reply.number, receipt: brought.receipt.toHex() };
  granted(await appliance.client.receipt(ticket.ticketId, receipt));
  granted(await appliance.client.renewal(HOLDS));
  granted(await world.owner.revokeAppliance(appliance.id));
  const word = await world.owner.decideRenewal(appliance.id, { decision: "approve" });
  assert.equal(refusedCode(word), "appliance-revoked");
  world.close();
});

Deno.test("when it was the authority's clock that was wrong, nobody has to approve anything (P-73)", async () => {
  const { world, catalogue, appliance, pass } = await line();
  pass(3650);
  assert.equal(refusedCode(await appliance.client.state()), "appliance-outdated");
  granted(await appliance.client.renewal(HOLDS));
  pass(-3650);
  granted(await appliance.client.state());
  // Ten years behind, and right again: what was heard does not go back.
  pass(-3650);
  granted(await appliance.client.state());
  pass(3650);
  await delivered(world, appliance, catalogue, uidOf(2));
  assert.equal((await standing(world)).renewalAskedAtMs, null);
  world.close();
});
