/** Uses and returns of leases at a real authority: booked once, forward only (P-58, P-59). @module */

import assert from "node:assert/strict";
import { openLeaseCertificate, SIGNERS } from "../../../../bootloader/ticket/mod.ts";
import { noble } from "../../../../bootloader/suite/mod.ts";
import { allow, ask, drawKeys, lent, scene } from "../_vault.ts";
import {
  createOrder,
  createWorld,
  enrolled,
  granted,
  keyed,
  quotaOf,
  refusedCode,
  ticketRequest,
  uidOf,
} from "../_world.ts";
import { parseUid } from "../../../../bootloader/wire/mod.ts";
import { alarmsOf, counts } from "./_lease_counts.ts";

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
