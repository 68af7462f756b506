/** Uses and returns of leases at a real authority: booked once, forward only; alarms; contradictions freeze (P-58, P-59). @module */

import assert from "node:assert/strict";
import { openLeaseCertificate, SIGNERS } from "../../../../bootloader/ticket/mod.ts";
import { noble } from "../../../../bootloader/suite/mod.ts";
import { writeSetting } from "../../../../authority/store/mod.ts";
import type { UsesReply } from "../../../../authority/api/mod.ts";
import { allow, ask, drawKeys, lent, scene } from "../_vault.ts";
import {
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  openWorld,
  quotaOf,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";
import { parseUid } from "../../../../bootloader/wire/mod.ts";
import type { OrderId } from "../../../../authority/api/mod.ts";

async function counts(world: World, order: OrderId): Promise<string> {
  const { free, leased, reserved, keyed, committed, lost, unaccounted } = await quotaOf(world, order);
  return [free, leased, reserved, keyed, committed, lost, unaccounted].join(" ");
}

function alarmsOf({ alarms }: UsesReply): string[] {
  return alarms.map(({ uid, alarm }) => `${uid.slice(-1)} ${alarm}`);
}

Deno.test("a use goes reserved, keyed, committed; each state once, earlier ones change nothing (P-59)", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 5, 3);
  const lease = await lent(world, appliance, order, 3);
  const uid = uidOf(1);
  assert.equal(await counts(world, order), "2 3 0 0 0 0 0");
  const steps = [
    ["reserved", "2 2 1 0 0 0 0"],
    ["keyed", "2 2 0 1 0 0 0"],
    ["committed", "2 2 0 0 1 0 0"],
    ["committed", "2 2 0 0 1 0 0"],
    ["keyed", "2 2 0 0 1 0 0"],
    ["reserved", "2 2 0 0 1 0 0"],
  ] as const;
  for (const [state, expected] of steps) {
    const reply = granted(await lease.report([lease.use(0, uid, state)]));
    assert.deepEqual([reply.accepted, reply.alarms], [[lease.ticket(0).ticketId], []]);
    assert.equal(await counts(world, order), expected, state);
  }
  // A second ticket jumps to its end at once.
  granted(await lease.report([lease.use(1, uidOf(2), "committed")]));
  assert.equal(await counts(world, order), "2 1 0 0 2 0 0");
  const [listed] = granted(await world.owner.leases()).leases;
  assert.deepEqual([listed?.used, listed?.open, listed?.state], [2, 1, "open"]);
  const { devices } = granted(await world.owner.devices());
  assert.deepEqual(devices.map((d) => [d.uid, d.state, d.serial, d.lease]), [
    [uid, "committed", 1, lease.grant.lease],
    [uidOf(2), "committed", 2, lease.grant.lease],
  ]);
  const record = granted(await world.owner.device({ family: 1, uid }));
  assert.equal(record.receipt, null, "the authority countersigns nothing on the appliance's word");
  assert.equal(record.offline.length, 1);
  assert.equal(record.offline[0]?.receipt?.record.length, 424);
  const certificate = Uint8Array.fromHex(record.certificate ?? "");
  const delegation = Uint8Array.fromHex(record.offline[0]?.delegation ?? "");
  const options = { publicKey: catalogue.certificateKey, uid, primitives: noble };
  assert("opened" in openLeaseCertificate({ certificate, delegation }, options));
  assert.equal(
    refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uid))),
    "uid-committed",
  );
  world.close();
});

Deno.test("message 2 counts of an offline use go up, and beyond the limit they are an alarm", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 5, 3);
  const lease = await lent(world, appliance, order, 1);
  const uid = uidOf(1);
  const report = async (message2Count: number) =>
    granted(await lease.report([lease.use(0, uid, "keyed", { message2Count })]));
  assert.deepEqual(alarmsOf(await report(2)), []);
  await report(1);
  const { devices } = granted(await world.owner.devices());
  assert.equal(devices[0]?.message2Count, 2);
  await report(3);
  assert.equal(granted(await world.owner.devices()).devices[0]?.message2Count, 3);
  // A report that was overtaken: it says less of the count and more of the state.
  granted(await lease.report([lease.use(0, uid, "committed", { message2Count: 1 })]));
  const [device] = granted(await world.owner.devices()).devices;
  assert.deepEqual([device?.state, device?.message2Count], ["committed", 3]);
  const other = await lent(world, appliance, order, 1);
  const beyond = granted(await other.report([other.use(0, uidOf(2), "keyed", { message2Count: 4 })]));
  assert.deepEqual(alarmsOf(beyond), ["2 message2-limit"]);
  world.close();
});

Deno.test("a report that does not fit the lease books nothing, and says which ticket", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 9, 9);
  const lease = await lent(world, appliance, order, 2);
  const other = await lent(world, appliance, order, 1);
  const uid = uidOf(1);
  const good = lease.use(0, uid, "committed");
  const begun = lease.use(0, uid, "keyed");
  assert(good.receipt !== null);
  const bend = (hex: string, at: number) => {
    const bytes = Uint8Array.fromHex(hex);
    bytes[at]! ^= 1;
    return bytes.toHex();
  };
  const certificateOf = (changes: object) => lease.certificate(0, uid, changes).toHex();
  const wrong = {
    "another lease's ticket": { ...good, ticketId: other.ticket(0).ticketId },
    "another lease's ticket in a certificate of this one": {
      ...lease.use(0, uid, "keyed"),
      ticketId: other.ticket(0).ticketId,
      certificate: certificateOf({ ticketId: other.ticket(0).ticketId }),
    },
    "a count without a key": { ...good, state: "reserved" as const, receipt: null },
    "no count with a key": { ...good, state: "keyed" as const, receipt: null, message2Count: 0 },
    "no receipt": { ...good, receipt: null },
    "a receipt too early": { ...good, state: "keyed" as const },
    "a receipt of a later message 2": { ...good, receipt: { ...good.receipt, number: 2 } },
    "a blank chip": lease.use(0, parseUid("00".repeat(12)), "keyed"),
    "another family": { ...begun, family: 2 },
    "another family that its certificate says too": {
      ...begun,
      family: 2,
      certificate: certificateOf({ family: 2 }),
    },
    "another family in its certificate": { ...begun, certificate: certificateOf({ family: 2 }) },
    "a bent signature": { ...begun, certificate: bend(good.certificate, 200) },
    "the product's signer": { ...begun, certificate: bend(good.certificate, 17) },
    "the product's signer, signed": {
      ...begun,
      certificate: certificateOf({ signer: SIGNERS.product }),
    },
    "another serial": { ...begun, certificate: certificateOf({ serial: 2 }) },
    "another ticket": { ...begun, certificate: certificateOf({ ticketId: lease.ticket(1).ticketId }) },
    "another lease": { ...begun, certificate: certificateOf({ lease: other.grant.lease }) },
    "another release": { ...begun, certificate: certificateOf({ release: "00".repeat(16) }) },
    "another owner": { ...begun, certificate: certificateOf({ owner: "00".repeat(8) }) },
    "another product": { ...begun, certificate: certificateOf({ product: "00".repeat(8) }) },
    "another chip": { ...begun, uid: uidOf(2) },
    "another digest": { ...good, receipt: { ...good.receipt, report: bend(good.receipt.report, 0) } },
    "another region": { ...good, receipt: { ...good.receipt, report: bend(good.receipt.report, 32) } },
    "another lock": { ...good, receipt: { ...good.receipt, report: bend(good.receipt.report, 64) } },
    "another outcome": { ...good, receipt: { ...good.receipt, report: bend(good.receipt.report, 66) } },
    "a reserved byte": { ...good, receipt: { ...good.receipt, report: bend(good.receipt.report, 67) } },
  };
  for (const [what, use] of Object.entries(wrong)) {
    const answer = await lease.report([lease.use(1, uidOf(7), "keyed"), use]);
    assert.equal(refusedCode(answer), "use-not-valid", what);
    assert("refused" in answer);
    assert.match(answer.refused.detail ?? "", new RegExp(use.ticketId), what);
  }
  assert.equal(refusedCode(await lease.report([good, good])), "use-not-valid");
  assert.equal(await counts(world, order), "6 3 0 0 0 0 0");
  granted(await lease.report([good]));
  world.close();
});

Deno.test("a lease is its appliance's: another one neither reports nor returns", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world);
  const lease = await lent(world, appliance, order, 1);
  const other = await enrolled(world, "line 2");
  const chain = lease.nextHead();
  const uses = { uses: [lease.use(0, uidOf(1), "keyed")], chain };
  assert.equal(refusedCode(await other.client.leaseUses(lease.grant.lease, uses)), "lease-unknown");
  const ticketIds = [lease.ticket(0).ticketId];
  assert.equal(
    refusedCode(await other.client.leaseReturns(lease.grant.lease, { ticketIds })),
    "lease-unknown",
  );
  // Nor does a lease take back the ticket of another one.
  const second = await lent(world, appliance, order, 1);
  assert.equal(
    refusedCode(await appliance.client.leaseReturns(second.grant.lease, { ticketIds })),
    "use-not-valid",
  );
  assert.equal((await quotaOf(world, order)).leased, 2);
  world.close();
});

Deno.test("a UID outside the lease's mask cannot be booked (P-15)", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 5, 0);
  const uidMask = `${"00".repeat(11)}ff${"00".repeat(4)}`;
  const uidValue = `${"00".repeat(11)}a7${"00".repeat(4)}`;
  granted(
    await world.owner.setAllowance(order, {
      appliance: appliance.id,
      units: 2,
      uidMask,
      uidValue,
      acknowledgesOffline: true,
    }),
  );
  const lease = await lent(world, appliance, order, 2);
  assert.equal(refusedCode(await lease.report([lease.use(0, uidOf(8), "keyed")])), "use-not-valid");
  assert.equal(refusedCode(await lease.report([lease.use(0, uidOf(7), "keyed")])), "granted");
  world.close();
});

Deno.test("tickets come back unused, once, whatever the order's state; the units are free again (P-58)", async () => {
  const world = createWorld();
  const { order, appliance } = await scene(world, 3, 3);
  const lease = await lent(world, appliance, order, 3);
  granted(await lease.report([lease.use(2, uidOf(1), "committed")]));
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  world.clock.nowMs += 10_000_000_000;
  for (let times = 0; times < 2; times += 1) {
    const { returned } = granted(await lease.giveBack(0, 1));
    assert.deepEqual(returned, [lease.ticket(0).ticketId, lease.ticket(1).ticketId]);
    assert.equal(await counts(world, order), "2 0 0 0 1 0 0");
  }
  const [listed] = granted(await world.owner.leases()).leases;
  assert.deepEqual([listed?.returned, listed?.used, listed?.state], [2, 1, "done"]);
  const foreign = { ticketIds: [lease.ticket(0).ticketId, "00".repeat(16)] };
  assert.equal(
    refusedCode(await appliance.client.leaseReturns(lease.grant.lease, foreign)),
    "use-not-valid",
  );
  world.close();
});

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

Deno.test("a receipt of a frozen appliance's online unit is still taken", async () => {
  const world = createWorld();
  const { catalogue, order, appliance } = await scene(world, 9, 5);
  const lease = await lent(world, appliance, order, 1);
  const { ticket, reply, brought } = await keyed(world, appliance, catalogue, uidOf(5));
  granted(await lease.report([lease.use(0, uidOf(1), "keyed")]));
  assert.equal(refusedCode(await lease.report([lease.use(0, uidOf(2), "keyed")])), "appliance-frozen");
  granted(
    await appliance.client.receipt(ticket.ticketId, {
      number: reply.number,
      receipt: brought.receipt.toHex(),
    }),
  );
  world.close();
});

Deno.test("a person gives up an expired lease's open units; a late report still finds its unit (DESIGN section 6)", async () => {
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

Deno.test("units that come back to a restored authority are not free by themselves (DESIGN section 6)", async () => {
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

Deno.test("a message about a lease may have its 256 keys or 32 uses, and no more", async () => {
  const world = createWorld();
  const { catalogue, appliance } = await scene(world, 1, 0);
  const order = await createOrder(world, catalogue, 400, { name: "large" });
  granted(await allow(world, order, appliance, 100));
  const lease = await lent(world, appliance, order, 64);
  const uses = Array.from({ length: 33 }, (_, index) => lease.use(index, uidOf(index + 1), "committed"));
  assert.equal(granted(await lease.report(uses.slice(0, 32))).accepted.length, 32);
  assert.equal(refusedCode(await lease.report(uses)), "malformed");
  assert.equal(refusedCode(await ask(appliance, order, drawKeys(256))), "allowance-spent");
  assert.equal(refusedCode(await ask(appliance, order, drawKeys(257))), "malformed");
  world.close();
});
