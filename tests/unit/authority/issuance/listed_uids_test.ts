/** Chips scanned ahead at a real authority: one ticket each, made for them, within the allowance (P-75). @module */

import assert from "node:assert/strict";
import { allow, ask, drawKeys, lent, scene } from "../_vault.ts";
import { createWorld, delivered, granted, refusedCode, uidOf, type World } from "../_world.ts";
import { padUid, type Uid } from "../../../../bootloader/wire/mod.ts";
import { wholeUidMask } from "../../../../bootloader/ticket/mod.ts";

const ANY = "0".repeat(32);
const uids = (...numbers: number[]): Uid[] => numbers.map(uidOf);

async function stage(allowance = 5) {
  const world = createWorld();
  const { order, appliance, catalogue } = await scene(world, 10, allowance);
  const list = (chips: Uid[], others = false) =>
    world.owner.setListedUids(order, { appliance: appliance.id, uids: chips, others });
  return { world, order, appliance, catalogue, list };
}

const masks = (lease: Awaited<ReturnType<typeof lent>>) =>
  lease.tickets.map(({ uidValue, uidMask }) =>
    uidMask.toHex() === wholeUidMask().toHex() ? uidValue.toHex() : uidMask.toHex()
  );

const allowanceOf = async (world: World, order: Parameters<World["owner"]["allowances"]>[0]) =>
  granted(await world.owner.allowances(order)).allowances[0]!;

Deno.test("listed chips get one ticket each, made for them alone, and no more are lent than are listed (P-75)", async () => {
  const { world, order, appliance, list } = await stage();
  const { allowance } = granted(await list(uids(3, 1)));
  assert.deepEqual([allowance.listed, allowance.listedOnly], [2, true]);
  const state = granted(await appliance.client.state());
  assert.deepEqual(state.products[0]!.orders[0]!.allowance, { units: 5, open: 0, listed: 2 });
  assert.equal(refusedCode(await ask(appliance, order, drawKeys(3))), "allowance-spent");
  const lease = await lent(world, appliance, order, 2);
  assert.deepEqual(masks(lease), uids(3, 1).map((uid) => padUid(uid).toHex()));
  assert.equal((await allowanceOf(world, order)).listed, 0);
  assert.equal(refusedCode(await ask(appliance, order, drawKeys(1))), "allowance-spent");
  assert.deepEqual(granted(await world.owner.leases()).leases.map(({ listed }) => listed), [2]);
  world.close();
});

Deno.test("with others, listed chips go first and the rest are as the allowance names them (P-75)", async () => {
  const { world, order, appliance, list } = await stage();
  granted(await list(uids(1, 2), true));
  assert.equal(granted(await appliance.client.state()).products[0]!.orders[0]!.allowance?.listed, null);
  const lease = await lent(world, appliance, order, 4);
  assert.deepEqual(masks(lease), [...uids(1, 2).map((uid) => padUid(uid).toHex()), ANY, ANY]);
  world.close();
});

Deno.test("a use of a bound ticket for another chip is not one of the lease's (P-75)", async () => {
  const { world, order, appliance, list } = await stage();
  granted(await list(uids(1), true));
  const lease = await lent(world, appliance, order, 2);
  assert.equal(refusedCode(await lease.report([lease.use(0, uidOf(2), "committed")])), "use-not-valid");
  granted(await lease.report([lease.use(0, uidOf(1), "committed"), lease.use(1, uidOf(2), "committed")]));
  world.close();
});

Deno.test("a list takes the place of what waits; what is lent stays, what came back waits again (P-75)", async () => {
  const { world, order, appliance, list } = await stage();
  granted(await list(uids(1, 2)));
  const lease = await lent(world, appliance, order, 1);
  const { allowance } = granted(await list(uids(1, 3, 4)));
  assert.equal(allowance.listed, 2, "chip 1 has its ticket, chip 2 is listed no more");
  granted(await lease.giveBack(0));
  assert.equal((await allowanceOf(world, order)).listed, 3);
  const next = await lent(world, appliance, order, 3);
  assert.deepEqual(masks(next), uids(1, 3, 4).map((uid) => padUid(uid).toHex()));
  const { allowance: none } = granted(await list([]));
  assert.deepEqual([none.listed, none.listedOnly], [0, false]);
  world.close();
});

Deno.test("a listed chip that was delivered online meanwhile gets no offline ticket (P-75)", async () => {
  const { world, order, appliance, catalogue, list } = await stage();
  granted(await list(uids(1, 2)));
  await delivered(world, appliance, catalogue, uidOf(1));
  assert.equal((await allowanceOf(world, order)).listed, 1);
  assert.deepEqual(masks(await lent(world, appliance, order, 1)), [padUid(uidOf(2)).toHex()]);
  world.close();
});

Deno.test("a list needs an allowance and chips, and is taken as a whole (P-75)", async () => {
  const { world, order, appliance, list } = await stage(0);
  assert.equal(refusedCode(await list(uids(1))), "allowance-missing");
  granted(await allow(world, order, appliance, 2));
  assert.equal(refusedCode(await list(uids(1, 2, 1))), "malformed");
  assert.equal(refusedCode(await list(["f".repeat(24) as Uid])), "malformed");
  assert.equal((await allowanceOf(world, order)).listed, 0);
  const full = Array.from({ length: 2_000 }, (_, n) => uidOf(0x10_0000 + n));
  assert.equal(granted(await list(full)).allowance.listed, 2_000);
  world.close();
});

Deno.test("the tables give a listed chip no ticket that was made for another (P-75)", async () => {
  const { world, order, appliance, list } = await stage();
  granted(await list(uids(1, 2, 3)));
  const lease = await lent(world, appliance, order, 2);
  const bind = "UPDATE allowance_uids SET ticket = ? WHERE uid = ?";
  const first = lease.ticket(0).ticketId;
  assert.throws(() => world.db.run(bind, first, padUid(uidOf(3))), /made for it/);
  assert.throws(() => world.db.run(bind, first, padUid(uidOf(1))), /one ticket/);
  assert.throws(() => world.db.run("UPDATE lease_tickets SET bound_uid = NULL"), /keeps its chip/);
  world.close();
});
