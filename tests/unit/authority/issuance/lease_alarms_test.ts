/** Uses of leases that meet another unit, a denial, a person or an end; contradictions freeze (P-59). @module */

import assert from "node:assert/strict";
import { writeSetting } from "../../../../authority/store/mod.ts";
import { allow, ask, drawKeys, lent, scene } from "../_vault.ts";
import {
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  openWorld,
  refusedCode,
  ticketRequest,
  uidOf,
} from "../_world.ts";
import { alarmsOf, counts } from "./_lease_counts.ts";

Deno.test("a UID that another unit holds is booked all the same, and told (P-59)", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 9, 9);
  await delivered(world, appliance, catalogue, uidOf(1));
  await keyed(world, appliance, catalogue, uidOf(2));
  const lease = await lent(world, appliance, order, 4);
  const reply = granted(
    await lease.report([
      lease.use(0, uidOf(1), "committed"),
      lease.use(1, uidOf(2), "keyed"),
      lease.use(2, uidOf(3), "committed"),
      lease.use(3, uidOf(3), "reserved"),
    ]),
  );
  assert.equal(reply.accepted.length, 4);
  assert.deepEqual(alarmsOf(reply), ["1 uid-held", "2 uid-held", "3 uid-held"]);
  assert.equal(await counts(world, order), "3 0 1 2 3 0 0");
  granted(await lease.report([lease.use(1, uidOf(2), "committed"), lease.use(3, uidOf(3), "keyed")]));
  assert.equal(await counts(world, order), "3 0 0 2 4 0 0");
  const record = granted(await world.owner.device({ family: 1, uid: uidOf(1) }));
  assert.deepEqual(record.offline.map(({ doubled }) => doubled), [true]);
  assert.notEqual(record.certificate, record.offline[0]?.certificate);
  world.close();
});

Deno.test("begun online without a key, finished offline: the online unit gives way; at another appliance that is an alarm", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 5, 2);
  const other = await enrolled(world, "line 2");
  granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  granted(await other.client.ticket(ticketRequest(catalogue, uidOf(2))));
  const lease = await lent(world, appliance, order, 2);
  assert.equal(await counts(world, order), "1 2 2 0 0 0 0");
  const reply = granted(
    await lease.report([lease.use(0, uidOf(1), "committed"), lease.use(1, uidOf(2), "keyed")]),
  );
  assert.deepEqual(alarmsOf(reply), ["2 uid-elsewhere"]);
  assert.equal(await counts(world, order), "3 0 0 1 1 0 0");
  const { tickets } = granted(await world.owner.device({ family: 1, uid: uidOf(1) }));
  assert.deepEqual(tickets.map(({ closed }) => closed), [true]);
  world.close();
});

Deno.test("a chip whose unit was given back and taken again: a late report leaves the new unit alone", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 5, 2);
  const lease = await lent(world, appliance, order, 1);
  const device = { family: 1, uid: uidOf(1) };
  granted(await lease.report([lease.use(0, uidOf(1), "keyed")]));
  granted(await world.owner.decideDevice(device, { decision: "lost" }));
  granted(await world.owner.decideDevice(device, { decision: "re-credit", deviceMayExist: true }));
  granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(1))));
  assert.equal(await counts(world, order), "4 0 1 0 0 0 0");
  const late = granted(await lease.report([lease.use(0, uidOf(1), "committed")]));
  assert.deepEqual(alarmsOf(late), ["1 unit-given-back"]);
  assert.equal(await counts(world, order), "4 0 1 0 0 0 0");
  world.close();
});

Deno.test("a unit of a lease gets no online ticket, and no person, freeze or revocation gives a bound one back", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 5, 2);
  const lease = await lent(world, appliance, order, 2);
  granted(await lease.report([lease.use(0, uidOf(1), "reserved"), lease.use(1, uidOf(2), "keyed")]));
  for (const uid of [uidOf(1), uidOf(2)]) {
    assert.equal(refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uid))), "uid-leased");
  }
  const before = await counts(world, order);
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(1) }, { decision: "deny" }));
  granted(await world.owner.revokeAppliance(appliance.id));
  assert.equal(await counts(world, order), before);
  world.close();
});

Deno.test("a keyed unit of a lease that a person calls lost and gives back: certificate revoked; a later receipt is an alarm", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 5, 2);
  const lease = await lent(world, appliance, order, 2);
  const device = { family: 1, uid: uidOf(1) };
  granted(await lease.report([lease.use(0, uidOf(1), "keyed"), lease.use(1, uidOf(2), "keyed")]));
  granted(await world.owner.decideDevice(device, { decision: "lost" }));
  assert.equal(await counts(world, order), "3 0 0 1 0 1 0");
  const late = granted(await lease.report([lease.use(0, uidOf(1), "committed")]));
  assert.deepEqual(alarmsOf(late), ["1 uid-lost"]);
  assert.equal(await counts(world, order), "3 0 0 1 0 1 0");
  const record = granted(
    await world.owner.decideDevice(device, { decision: "re-credit", deviceMayExist: true }),
  );
  assert.equal(record.certificateRevoked, true);
  assert.equal(await counts(world, order), "4 0 0 1 0 0 0");
  const other = { family: 1, uid: uidOf(2) };
  granted(await world.owner.decideDevice(other, { decision: "lost" }));
  granted(await world.owner.decideDevice(other, { decision: "re-credit", deviceMayExist: true }));
  const gone = granted(await lease.report([lease.use(1, uidOf(2), "committed")]));
  assert.deepEqual(alarmsOf(gone), ["2 unit-given-back"]);
  assert.equal(await counts(world, order), "5 0 0 0 0 0 0");
  world.close();
});

Deno.test("denied chips and uses after the lease's last day are booked and told", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 5, 2);
  const lease = await lent(world, appliance, order, 2);
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(1) }, { decision: "deny" }));
  const atMs = (lease.grant.notAfterSeconds + 1) * 1000;
  const reply = granted(
    await lease.report([lease.use(0, uidOf(1), "keyed"), lease.use(1, uidOf(2), "keyed", { atMs })]),
  );
  assert.deepEqual(alarmsOf(reply), ["1 uid-denied", "2 lease-expired"]);
  world.close();
});

const forks: Readonly<Record<string, (lease: Awaited<ReturnType<typeof lent>>) => Promise<unknown>>> = {
  "the same ticket for another chip": (lease) => lease.report([lease.use(0, uidOf(2), "keyed")]),
  "the same ticket with another certificate": (lease) => {
    const certificate = lease.certificate(0, uidOf(1), { issuedAt: 1_800_000_001 }).toHex();
    return lease.report([lease.use(0, uidOf(1), "keyed", { certificate })]);
  },
  "the same ticket with another receipt": (lease) => {
    const use = lease.use(0, uidOf(1), "committed");
    assert(use.receipt !== null);
    return lease.report([{ ...use, receipt: { ...use.receipt, hh: "77".repeat(64) } }]);
  },
  "the same receipt for another message 2": (lease) => {
    const use = lease.use(0, uidOf(1), "committed", { message2Count: 2 });
    assert(use.receipt !== null);
    return lease.report([{ ...use, receipt: { ...use.receipt, number: 2 } }]);
  },
  "a returned ticket used": (lease) => lease.report([lease.use(1, uidOf(1), "keyed")]),
  "a used ticket returned": (lease) => lease.giveBack(0),
  "another hash for a number of the journal": (lease) =>
    lease.report([lease.use(0, uidOf(1), "committed")], { number: 1, hash: "55".repeat(32) }),
};

for (const [what, contradict] of Object.entries(forks)) {
  Deno.test(`a contradiction freezes the appliance for good and names the chips: ${what} (P-59)`, async () => {
    const world = createWorld();
    const { catalogue, order, appliance } = await scene(world, 9, 5);
    const lease = await lent(world, appliance, order, 3);
    const open = granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(9))));
    granted(await lease.report([lease.use(0, uidOf(1), "committed")], { number: 1, hash: "44".repeat(32) }));
    granted(await lease.giveBack(1));
    const before = await counts(world, order);
    const answer = await contradict(lease) as Awaited<ReturnType<typeof lease.report>>;
    assert.equal(refusedCode(answer), "appliance-frozen");
    assert.equal(await counts(world, order), before, "a contradicting report books nothing");
    const [listed] = granted(await world.owner.appliances()).appliances;
    assert.equal(listed?.frozenAtMs, world.clock.nowMs);
    const expected = what.includes("another chip") ? [uidOf(1), uidOf(2)] : [uidOf(1)];
    assert.deepEqual(listed?.frozenUids, expected);
    const { entries } = granted(await world.owner.log());
    const logged = entries.map(({ entry }) => JSON.parse(entry)).filter(({ event }) =>
      event === "appliance-frozen"
    );
    assert.deepEqual(logged.map(({ about }) => about.uids), [expected.join(" ")]);
    // Nothing more is given; what was reported before does not heal it.
    const after = [
      await lease.report([lease.use(2, uidOf(3), "keyed")]),
      await lease.giveBack(2),
      await ask(appliance, order, drawKeys(1)),
      await appliance.client.ticket(ticketRequest(catalogue, uidOf(4))),
      await appliance.client.message1(open.ticketId, {
        message1: "00".repeat(80),
        lockRecord: "00".repeat(72),
        lockSignature: "00".repeat(64),
      }),
      await allow(world, order, appliance, 1),
    ];
    assert.deepEqual(after.map(refusedCode).slice(0, 5), Array(5).fill("appliance-frozen"));
    assert.equal(refusedCode(after[5]!), "appliance-revoked");
    const state = await appliance.client.state();
    assert.equal(refusedCode(state), "appliance-frozen");
    assert.ok("refused" in state && expected.every((uid) => state.refused.detail?.includes(uid)));
    world.close();
  });
}

Deno.test("a person gives up an expired lease's open units; a late report still finds its unit (D§6)", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 5, 3);
  const lease = await lent(world, appliance, order, 3);
  granted(await lease.report([lease.use(0, uidOf(1), "committed")]));
  const booked = granted(await world.owner.decideLease(lease.grant.lease, { decision: "unaccounted" }));
  assert.deepEqual([booked.used, booked.open, booked.unaccounted, booked.state], [1, 0, 2, "done"]);
  assert.equal(await counts(world, order), "2 0 0 0 1 0 2");
  granted(await lease.report([lease.use(1, uidOf(2), "committed")]));
  assert.equal(await counts(world, order), "2 0 0 0 2 0 1");
  // What a person gave up comes back by a person only.
  granted(await lease.giveBack(2));
  assert.equal(await counts(world, order), "2 0 0 0 2 0 1");
  const again = await world.owner.decideLease(lease.grant.lease, { decision: "unaccounted" });
  assert.equal(refusedCode(again), "unit-state");
  assert.equal(
    refusedCode(await world.owner.decideLease("00".repeat(16) as never, { decision: "unaccounted" })),
    "lease-unknown",
  );
  world.close();
});

Deno.test("units that come back to a restored authority are not free by themselves (D§6)", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 5, 3);
  const lease = await lent(world, appliance, order, 3);
  granted(await lease.giveBack(0));
  // A later epoch, as a restored authority begins one.
  writeSetting(world.db, "epoch", "9");
  const restored = openWorld(world.db, world.clock, world);
  let sequence = 5000;
  const client = appliance.clientWith(restored.fetch, () => sequence += 1);
  const ticketIds = [lease.ticket(1).ticketId];
  granted(await client.leaseReturns(lease.grant.lease, { ticketIds }));
  assert.equal(await counts(world, order), "3 1 0 0 0 0 1");
  restored.close();
});
