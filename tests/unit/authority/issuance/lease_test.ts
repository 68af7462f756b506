/** Allowances and leases at a real authority: what is lent, to whom, under which keys, and what is refused. @module */

import assert from "node:assert/strict";
import { noble } from "../../../../bootloader/suite/mod.ts";
import { openDelegation, POLICY, unwrapReleaseKey } from "../../../../bootloader/ticket/mod.ts";
import { openTicket } from "../../../../bootloader/ticket/mod.ts";
import { allow, ask, drawKeys, leaseRequest, lent, OFFLINE, REGION, scene } from "../_vault.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  PRODUCT,
  quotaOf,
  refusedCode,
  ticketRequest,
  uidOf,
} from "../_world.ts";

Deno.test("a lease: tickets, delegation and release key that its vault can use; the units are lent (P-55, P-51)", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 10, 4);
  const keys = drawKeys(3);
  const grant = granted(await ask(appliance, order, keys));
  const { keySet } = await world.trust();
  const { owner } = granted(await world.owner.owner());
  const opened = openDelegation(Uint8Array.fromHex(grant.delegation), {
    publicKey: catalogue.certificateKey,
    primitives: noble,
  });
  assert("opened" in opened);
  const notAfter = world.clock.seconds + 1_000_000;
  assert.deepEqual(opened.opened, {
    vault: 1,
    units: 3,
    owner,
    product: catalogue.product,
    release: catalogue.release,
    lease: grant.lease,
    epoch: keySet.epoch,
    appliance: appliance.id,
    notAfter,
    leaseKey: new Uint8Array([...keys.leaseKey.publicKey, ...new Uint8Array(32)]),
  });
  assert.equal(grant.notAfterSeconds, notAfter);
  grant.tickets.forEach((sealed, index) => {
    const result = openTicket(Uint8Array.fromHex(sealed), { publicKey: keySet.ticketKey, primitives: noble });
    assert("opened" in result);
    const { ticket } = result.opened;
    assert.equal(ticket.policy, POLICY.offline);
    assert.deepEqual([ticket.lease, ticket.leaseIndex], [grant.lease, index + 1]);
    assert.deepEqual(ticket.T, keys.T[index]?.publicKey);
    assert.deepEqual([ticket.appliance, ticket.release], [appliance.id, catalogue.release]);
    assert.deepEqual([ticket.uidValue, ticket.uidMask], [new Uint8Array(16), new Uint8Array(16)]);
    assert.equal(ticket.notAfter, notAfter);
  });
  const { product, release } = catalogue;
  const context = { owner, product, release, lease: grant.lease };
  const secrets = unwrapReleaseKey(Uint8Array.fromHex(grant.wrappedKey), context, keys.wrap);
  assert("opened" in secrets);
  assert.deepEqual(secrets.opened.releaseKey.use((key) => key.slice()), catalogue.releaseKey);
  assert.deepEqual(secrets.opened.salt.use((salt) => salt.slice()), catalogue.salt);
  const quota = await quotaOf(world, order);
  assert.deepEqual([quota.leased, quota.free], [3, 7]);
  const state = granted(await appliance.client.state());
  assert.deepEqual(state.products[0]?.orders[0]?.allowance, { units: 4, open: 3, listed: null });
  const [listed] = granted(await world.owner.leases()).leases;
  assert.deepEqual([listed?.open, listed?.used, listed?.returned, listed?.state], [3, 0, 0, "open"]);
  world.close();
});

Deno.test("a lease ends with the product's days when the order lasts longer", async () => {
  const world = createWorld();
  const offline = { ...OFFLINE, days: 2 };
  const catalogue = await createCatalogue(world, "Widget", { offline, personalLength: REGION });
  const order = await createOrder(world, catalogue, 5);
  const appliance = await enrolled(world, "line 1");
  granted(await allow(world, order, appliance, 5));
  const lease = await lent(world, appliance, order, 1);
  assert.equal(lease.grant.notAfterSeconds, world.clock.seconds + 2 * 86_400);
  world.clock.nowMs += 2 * 86_400_000 + 1000;
  assert.equal(granted(await world.owner.leases()).leases[0]?.state, "expired");
  assert.equal((await quotaOf(world, order)).leased, 1);
  world.close();
});

Deno.test("the same lease key again gives the same lease and lends nothing anew, also when nothing is free any more", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 3, 3);
  const keys = drawKeys(3);
  const first = granted(await ask(appliance, order, keys));
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  assert.deepEqual(granted(await ask(appliance, order, keys)), first);
  assert.equal((await quotaOf(world, order)).leased, 3);
  const more = leaseRequest(order, drawKeys(1)).ticketKeys;
  const others = [
    {
      ...leaseRequest(order, keys),
      units: 4,
      ticketKeys: [...leaseRequest(order, keys).ticketKeys, ...more],
    },
    { ...leaseRequest(order, keys), ticketKeys: leaseRequest(order, drawKeys(3)).ticketKeys },
    { ...leaseRequest(order, keys), wrapKey: leaseRequest(order, drawKeys(1)).wrapKey },
    { ...leaseRequest(order, keys), units: 2, ticketKeys: leaseRequest(order, keys).ticketKeys.slice(0, 2) },
    { ...leaseRequest(order, drawKeys(3)), ticketKeys: leaseRequest(order, keys).ticketKeys },
  ];
  for (const other of others) {
    assert.equal(refusedCode(await appliance.client.lease(other)), "lease-key-used");
  }
  const second = await enrolled(world, "line 2");
  assert.equal(refusedCode(await ask(second, order, keys)), "lease-key-used");
  world.close();
});

Deno.test("no lease without allowance, beyond it, beyond the order, or from an order that gives nothing", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 5, 0);
  const tryFor = async (units: number) => refusedCode(await ask(appliance, order, drawKeys(units)));
  assert.equal(await tryFor(1), "allowance-spent");
  granted(await allow(world, order, appliance, 2));
  assert.equal(await tryFor(3), "allowance-spent");
  assert.equal(await tryFor(2), "granted");
  assert.equal(await tryFor(1), "allowance-spent");
  granted(await allow(world, order, appliance, 50));
  assert.equal(await tryFor(4), "quota-spent");
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  assert.equal(await tryFor(1), "order-frozen");
  granted(await world.owner.changeOrder(order, { change: "thaw" }));
  granted(await allow(world, order, appliance, 0));
  assert.equal(await tryFor(1), "allowance-spent");
  const notBeforeSeconds = world.clock.seconds - 10;
  granted(
    await world.owner.changeOrder(order, {
      change: "dates",
      notBeforeSeconds,
      notAfterSeconds: notBeforeSeconds + 1,
    }),
  );
  assert.equal(await tryFor(1), "order-expired");
  const unknown = { ...leaseRequest(order, drawKeys(1)), order: "00".repeat(16) };
  assert.equal(refusedCode(await appliance.client.lease(unknown)), "order-unknown");
  // Units that are lent cannot be taken away by lowering.
  const lower = await world.owner.changeOrder(order, { change: "lower", by: 4 });
  assert.equal(refusedCode(lower), "order-below-use");
  assert.equal(
    refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1)))),
    "order-expired",
  );
  world.close();
});

Deno.test("a lease request with keys that cannot be right is refused", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world);
  const good = leaseRequest(order, drawKeys(2));
  const [first = ""] = good.ticketKeys;
  const wrong = [
    { ...good, units: 1 },
    { ...good, units: 3 },
    { ...good, ticketKeys: [first, first] },
    // The neutral point and a point of order 8: anybody can sign under them.
    { ...good, leaseKey: `01${"00".repeat(31)}` },
    { ...good, leaseKey: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" },
    { ...good, wrapKey: "00".repeat(32) },
  ];
  for (const request of wrong) assert.equal(refusedCode(await appliance.client.lease(request)), "malformed");
  assert.equal((await quotaOf(world, order)).leased, 0);
  world.close();
});

Deno.test("offline needs the product's word: not for online products, other appliances, too short regions, or unacknowledged", async () => {
  const world = createWorld();
  const online = await createCatalogue(world, "Online");
  const order = await createOrder(world, online, 5);
  const appliance = await enrolled(world, "line 1");
  assert.equal(refusedCode(await allow(world, order, appliance, 1)), "offline-not-allowed");
  assert.equal(refusedCode(await ask(appliance, order, drawKeys(1))), "offline-not-allowed");
  const unacknowledged = { ...PRODUCT, name: "Bold", offline: OFFLINE };
  assert.equal(refusedCode(await world.owner.createProduct(unacknowledged)), "offline-not-acknowledged");
  const short = await createCatalogue(world, "Short", { offline: OFFLINE, personalLength: 432 });
  const shortOrder = await createOrder(world, short, 5, { name: "short" });
  granted(await allow(world, shortOrder, appliance, 1));
  assert.equal(refusedCode(await ask(appliance, shortOrder, drawKeys(1))), "lease-region-short");
  const elsewhere = await enrolled(world, "line 2", [online.product]);
  assert.equal(refusedCode(await allow(world, shortOrder, elsewhere, 1)), "product-not-allowed");
  assert.equal(refusedCode(await ask(elsewhere, shortOrder, drawKeys(1))), "product-not-allowed");
  world.close();
});

Deno.test("an allowance: acknowledged, within the product's units, a UID value within its mask; 0 takes it away", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 10, 0);
  const set = async (changes: object) =>
    await world.owner.setAllowance(order, {
      appliance: appliance.id,
      units: 2,
      acknowledgesOffline: true,
      ...changes,
    });
  assert.equal(refusedCode(await set({ acknowledgesOffline: false })), "offline-not-acknowledged");
  assert.equal(refusedCode(await set({ units: 101 })), "allowance-too-large");
  assert.equal(refusedCode(await set({ appliance: "00".repeat(8) })), "appliance-not-found");
  assert.equal(refusedCode(await set({ uidValue: `01${"00".repeat(15)}` })), "malformed");
  const behind = { uidValue: `${"00".repeat(12)}01000000`, uidMask: `${"00".repeat(12)}ff000000` };
  assert.equal(refusedCode(await set(behind)), "malformed");
  const lot = { uidValue: `aabb${"00".repeat(14)}`, uidMask: `ffff${"00".repeat(14)}` };
  const { allowance } = granted(await set(lot));
  assert.deepEqual([allowance.units, allowance.open, allowance.uidValue], [2, 0, lot.uidValue]);
  const lease = await lent(world, appliance, order, 2);
  assert.equal(lease.ticket(0).uidMask.toHex(), lot.uidMask);
  granted(await set({ units: 0, acknowledgesOffline: false }));
  const { allowances } = granted(await world.owner.allowances(order));
  assert.deepEqual(allowances.map(({ units, open }) => [units, open]), [[0, 2]]);
  world.close();
});

Deno.test("a revoked appliance is lent nothing and allowed nothing", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world);
  granted(await world.owner.revokeAppliance(appliance.id));
  assert.equal(refusedCode(await ask(appliance, order, drawKeys(1))), "appliance-revoked");
  assert.equal(refusedCode(await allow(world, order, appliance, 1)), "appliance-revoked");
  assert.equal(refusedCode(await allow(world, order, appliance, 0)), "granted");
  world.close();
});
