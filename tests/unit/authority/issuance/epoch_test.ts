/** A restored authority at work: what it forgot is unaccounted until it is shown or freed (P-61 to P-64). @module */

import assert from "node:assert/strict";
import type { OrderId } from "../../../../authority/api/mod.ts";
import { cannotRestore, deliveredAndKept, keyedAndKept, RestorePlace } from "../_epochs.ts";
import { allow, lent, OFFLINE, REGION } from "../_vault.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  granted,
  lockProof,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
} from "../_world.ts";

interface Scene {
  readonly place: RestorePlace;
  readonly catalogue: Catalogue;
  readonly order: OrderId;
  readonly appliance: Appliance;
  readonly other: Appliance;
}

function restoring(name: string, units: number, act: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    ignore: cannotRestore,
    async fn() {
      const place = new RestorePlace();
      try {
        const catalogue = await createCatalogue(place.world, "Widget", {
          offline: OFFLINE,
          personalLength: REGION,
        });
        const order = await createOrder(place.world, catalogue, units);
        const appliance = await place.appliance("line 1");
        const other = await place.appliance("line 2");
        await act({ place, catalogue, order, appliance, other });
      } finally {
        place.close();
      }
    },
  });
}

const ask = ({ appliance, catalogue }: Pick<Scene, "appliance" | "catalogue">, n: number) =>
  appliance.client.ticket(ticketRequest(catalogue, uidOf(n)));

restoring(
  "after a restore free units are unaccounted, reserved ones keyed, and the order awaits its owner (P-62)",
  5,
  async (scene) => {
    const { place, order, appliance, catalogue } = scene;
    const early = granted(await ask(scene, 1));
    granted(await allow(place.world, order, appliance, 1));
    await lent(place.world, appliance, order, 1);
    const before = place.world.clock.seconds;
    await place.restore(await place.backup());
    // granted 5 = leased 1 + keyed 1 + unaccounted 3.
    assert.equal(await place.counts(order), "0 1 0 1 0 0 3");
    const state = granted(await appliance.client.state());
    assert(state.epoch >= before, "an epoch below the time could come twice");
    assert.equal(refusedCode(await ask(scene, 2)), "order-awaits-confirmation");
    const target = new Target(early, (await place.world.trust()).keySet.ticketKey, uidOf(1));
    const message1 = { message1: target.message1.toHex(), ...lockProof(appliance, early.ticketId, uidOf(1)) };
    assert.equal(refusedCode(await appliance.client.message1(early.ticketId, message1)), "ticket-epoch");
    await place.confirm(order);
    assert.equal(refusedCode(await ask(scene, 2)), "quota-spent");
    assert.equal(refusedCode(await ask(scene, 1)), "unit-epoch");
    assert.equal(refusedCode(await appliance.client.message1(early.ticketId, message1)), "ticket-epoch");
    granted(await place.world.owner.changeOrder(order, { change: "raise", by: 1 }));
    const late = await keyedAndKept(place, appliance, catalogue, uidOf(2));
    assert.equal(await place.counts(order), "0 1 0 2 0 0 3");
    assert.equal(late.ticket.fresh, true);
    assert.deepEqual(
      place.logged("epoch-begun").map(({ unaccounted, presumed }) => [unaccounted, presumed]),
      [[
        3,
        1,
      ]],
    );
  },
);

restoring(
  "a delivery that was forgotten is booked from its key record, with the same certificate (P-63, P-52)",
  4,
  async (scene) => {
    const { place, order, appliance, catalogue } = scene;
    await deliveredAndKept(place, appliance, catalogue, uidOf(1));
    const backup = await place.backup();
    const lost = await deliveredAndKept(place, appliance, catalogue, uidOf(2));
    await place.restore(backup);
    assert.equal(await place.counts(order), "0 0 0 0 1 0 3");
    const report = lost.receipt;
    assert.equal(
      refusedCode(await appliance.client.receipt(lost.ticket.ticketId, lost.kept.receipt)),
      "ticket-unknown",
    );
    for (const _ of [1, 2]) {
      const { tickets } = granted(await appliance.client.restored({ tickets: [lost.kept] }));
      assert.deepEqual(tickets, [{
        ticketId: lost.ticket.ticketId,
        booked: true,
        committed: true,
        alarm: null,
      }]);
      assert.equal(await place.counts(order), "0 0 0 0 2 0 2");
    }
    const again = granted(await appliance.client.receipt(lost.ticket.ticketId, lost.kept.receipt));
    assert.deepEqual([again.certificate, again.record, again.serial], [
      report.certificate,
      report.record,
      report.serial,
    ]);
    // New certificates get serials that no forgotten one can have.
    await place.confirm(order);
    granted(await place.world.owner.changeOrder(order, { change: "raise", by: 1 }));
    const next = await deliveredAndKept(place, appliance, catalogue, uidOf(3));
    assert(next.receipt.serial > 1_000_000, String(next.receipt.serial));
  },
);

restoring(
  "a chip whose key was forgotten goes on with the same unit; one that was only reserved needs a free one (P-62)",
  3,
  async (scene) => {
    const { place, order, appliance, catalogue } = scene;
    const reserved = granted(await ask(scene, 3));
    const backup = await place.backup();
    // 1: ticket and key after the backup. 3: ticket before, key after.
    const first = await keyedAndKept(place, appliance, catalogue, uidOf(1));
    const third = await keyedAndKept(place, appliance, catalogue, uidOf(3));
    assert.equal(third.ticket.ticketId, reserved.ticketId);
    await place.restore(backup);
    await place.confirm(order);
    assert.equal(await place.counts(order), "0 0 0 1 0 0 2");
    assert.equal(refusedCode(await ask(scene, 3)), "unit-epoch");
    const { tickets } = granted(await appliance.client.restored({ tickets: [first.kept, third.kept] }));
    assert.deepEqual(tickets.map(({ booked, committed, alarm }) => [booked, committed, alarm]), [
      [true, false, null],
      [true, false, null],
    ]);
    assert.equal(await place.counts(order), "0 0 0 2 0 0 1");
    for (const [n, earlier] of [[1, first], [3, third]] as const) {
      const again = await deliveredAndKept(place, appliance, catalogue, uidOf(n));
      assert.notEqual(again.ticket.ticketId, earlier.ticket.ticketId);
      assert.deepEqual([again.reply.number, again.ticket.fresh], [2, false]);
      // P-52: byte-identical in each message 2 of the unit, also across the restore.
      assert.deepEqual(again.brought.personal, earlier.brought.personal);
    }
    assert.equal(await place.counts(order), "0 0 0 0 2 0 1");
  },
);

restoring(
  "a presumed unit that nobody can prove goes on for a free unit, which becomes unaccounted in its stead (P-62)",
  2,
  async (scene) => {
    const { place, order, appliance, catalogue } = scene;
    granted(await ask(scene, 1));
    await place.restore(await place.backup());
    await place.confirm(order);
    assert.equal(await place.counts(order), "0 0 0 1 0 0 1");
    assert.equal(refusedCode(await ask(scene, 1)), "unit-epoch");
    const free = { change: "free-unaccounted", units: 1 } as const;
    const asked = place.world.owner.changeOrder(order, { ...free, deviceMayExist: false });
    assert.equal(refusedCode(await asked), "unaccounted-not-acknowledged");
    assert.equal(
      refusedCode(
        await place.world.owner.changeOrder(order, { ...free, units: 2, deviceMayExist: true }),
      ),
      "order-below-use",
    );
    granted(await place.world.owner.changeOrder(order, { ...free, deviceMayExist: true }));
    assert.equal(await place.counts(order), "1 0 0 1 0 0 0");
    const done = await deliveredAndKept(place, appliance, catalogue, uidOf(1));
    assert.equal(done.ticket.fresh, false);
    assert.equal(await place.counts(order), "0 0 0 0 1 0 1");
    const { device } = granted(await place.world.owner.device({ family: 1, uid: uidOf(1) }));
    assert.equal(device?.serial, done.receipt.serial);
  },
);

restoring(
  "a device that turns up after a person freed its unit takes a free one, or waits for a raise, named (P-63)",
  1,
  async (scene) => {
    const { place, order, appliance, catalogue } = scene;
    const backup = await place.backup();
    const lost = await deliveredAndKept(place, appliance, catalogue, uidOf(1));
    await place.restore(backup);
    await place.confirm(order);
    granted(
      await place.world.owner.changeOrder(order, {
        change: "free-unaccounted",
        units: 1,
        deviceMayExist: true,
      }),
    );
    await deliveredAndKept(place, appliance, catalogue, uidOf(2));
    const show = async () => granted(await appliance.client.restored({ tickets: [lost.kept] })).tickets[0];
    const { booked, committed, alarm } = (await show())!;
    assert.deepEqual([booked, committed, alarm], [false, false, "unaccounted-spent"]);
    assert.equal(place.logged("restored-ticket").at(-1)?.["uid"], uidOf(1));
    granted(await place.world.owner.changeOrder(order, { change: "raise", by: 1 }));
    const then = (await show())!;
    assert.deepEqual([then.booked, then.committed, then.alarm], [true, true, "unit-from-free"]);
    assert.equal(await place.counts(order), "0 0 0 0 2 0 0");
  },
);

restoring(
  "what is shown is believed on this authority's signatures only, and from its own appliance",
  3,
  async (scene) => {
    const { place, appliance, other, catalogue, order } = scene;
    const backup = await place.backup();
    const lost = await deliveredAndKept(place, appliance, catalogue, uidOf(1));
    const second = await keyedAndKept(place, appliance, catalogue, uidOf(2));
    await place.restore(backup);
    const flip = (hex: string, at: number) =>
      hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1);
    const [record] = lost.kept.keyRecords;
    assert(record);
    const bad = [
      { ...lost.kept, ticket: flip(lost.kept.ticket, 100) },
      { ...lost.kept, keyRecords: [{ ...record, record: flip(record.record, 240) }] },
      { ...lost.kept, keyRecords: [{ ...record, statement: flip(record.statement, 5) }] },
      { ...lost.kept, keyRecords: second.kept.keyRecords },
      { ...lost.kept, keyRecords: [record, ...second.kept.keyRecords] },
    ];
    for (const shown of bad) {
      assert.equal(
        refusedCode(await appliance.client.restored({ tickets: [shown] })),
        "restored-not-authentic",
      );
    }
    assert.equal(
      refusedCode(await other.client.restored({ tickets: [lost.kept] })),
      "restored-not-authentic",
    );
    assert.equal(await place.counts(order), "0 0 0 0 0 0 3");
    // A receipt that is not the target's word books the key and no more.
    const forged = { ...lost.kept, receipt: { number: 1, receipt: flip(lost.kept.receipt.receipt, 150) } };
    const [booked] = granted(await appliance.client.restored({ tickets: [forged] })).tickets;
    assert.deepEqual([booked?.booked, booked?.committed], [true, false]);
    assert.equal(await place.counts(order), "0 0 0 1 0 0 2");
  },
);

restoring(
  "what was signed in the present epoch and is not known stops everything until a new epoch (P-64)",
  5,
  async (scene) => {
    const { place, appliance, catalogue, order } = scene;
    granted(await allow(place.world, order, appliance, 2));
    const first = await keyedAndKept(place, appliance, catalogue, uidOf(1));
    const backup = await place.backup();
    const second = await deliveredAndKept(place, appliance, catalogue, uidOf(2));
    await place.restore(backup, { epoch: false });
    assert.deepEqual(
      [
        granted(await appliance.client.state({ ticket: first.ticket.ticketId })).ticketKnown,
        granted(await appliance.client.state({ ticket: second.ticket.ticketId })).ticketKnown,
        granted(await appliance.client.state()).ticketKnown,
      ],
      [true, false, null],
    );
    // What is known proves nothing.
    granted(await appliance.client.restored({ tickets: [first.kept] }));
    assert.equal(granted(await place.world.owner.quota()).outdated, false);
    const early = granted(await ask(scene, 3));
    const shown = await appliance.client.restored({ tickets: [second.kept] });
    assert.equal(refusedCode(shown), "epoch-needed");
    assert.equal(refusedCode(await ask(scene, 4)), "epoch-needed");
    const target = new Target(early, (await place.world.trust()).keySet.ticketKey, uidOf(3));
    const message1 = { message1: target.message1.toHex(), ...lockProof(appliance, early.ticketId, uidOf(3)) };
    assert.equal(refusedCode(await appliance.client.message1(early.ticketId, message1)), "epoch-needed");
    await assert.rejects(lent(place.world, appliance, order, 1), /epoch-needed/);
    assert.equal(granted(await place.world.owner.quota()).outdated, true);
    assert.deepEqual(place.logged("database-outdated").map(({ ticket }) => ticket), [second.ticket.ticketId]);
    place.newEpoch();
    assert.equal(granted(await place.world.owner.quota()).outdated, false);
    const [booked] = granted(await appliance.client.restored({ tickets: [second.kept] })).tickets;
    assert.deepEqual([booked?.booked, booked?.committed], [true, true]);
  },
);

restoring(
  "a forgotten lease is proven by its delegation: uses leave unaccounted, returns stay there, nobody is frozen (P-63)",
  6,
  async (scene) => {
    const { place, appliance, other, order } = scene;
    granted(await allow(place.world, order, appliance, 4));
    const known = await lent(place.world, appliance, order, 1);
    granted(await known.report([known.use(0, uidOf(9), "keyed")]));
    const backup = await place.backup();
    granted(await known.report([known.use(0, uidOf(9), "committed")]));
    const lease = await lent(place.world, appliance, order, 3);
    const uses = [lease.use(0, uidOf(1), "committed"), lease.use(1, uidOf(2), "keyed")];
    granted(await lease.report(uses));
    await place.restore(backup);
    assert.equal(await place.counts(order), "0 0 0 1 0 0 5");
    assert.equal(refusedCode(await lease.report(uses)), "lease-unknown");
    const shown = { order, delegation: lease.grant.delegation, tickets: lease.grant.tickets };
    const forged = { ...shown, tickets: [...lease.grant.tickets.slice(1), known.grant.tickets[0]!] };
    assert.equal(refusedCode(await appliance.client.restoredLease(forged)), "restored-not-authentic");
    assert.equal(refusedCode(await other.client.restoredLease(shown)), "restored-not-authentic");
    for (const _ of [1, 2]) granted(await appliance.client.restoredLease(shown));
    granted(await appliance.client.restoredLease({ ...shown, delegation: known.grant.delegation }));
    assert.equal(await place.counts(order), "0 0 0 1 0 0 5");
    for (const _ of [1, 2]) {
      granted(await lease.report(uses));
      granted(await known.report([known.use(0, uidOf(9), "committed")]));
      granted(await lease.giveBack(2));
      assert.equal(await place.counts(order), "0 0 0 1 2 0 3");
    }
    const listed = granted(await place.world.owner.leases()).leases.find(({ units }) => units === 3);
    assert.deepEqual([listed?.used, listed?.unaccounted, listed?.open], [2, 1, 0]);
    // Its keys are never lent to again.
    assert.equal(granted(await place.world.owner.appliances()).appliances[0]?.frozenAtMs, null);
    await place.confirm(order);
    await assert.rejects(lent(place.world, appliance, order, 1), /quota-spent/);
  },
);

restoring(
  "a forgotten rework of a lent unit gets no certificate of the product's: its unit comes with the use (P-56, P-63)",
  4,
  async (scene) => {
    const { place, appliance, catalogue, order } = scene;
    const { owner } = place.world;
    granted(await allow(place.world, order, appliance, 1));
    granted(await owner.changeOrder(order, { change: "rework", allowed: true }));
    const backup = await place.backup();
    const lease = await lent(place.world, appliance, order, 1);
    const use = lease.use(0, uidOf(1), "committed");
    granted(await lease.report([use]));
    granted(await owner.decideDevice({ family: 1, uid: uidOf(1) }, { decision: "rework" }));
    const rework = await keyedAndKept(place, appliance, catalogue, uidOf(1));
    await place.restore(backup);
    assert.equal(await place.counts(order), "0 0 0 0 0 0 4");
    const show = async () => {
      const [shown] = granted(await appliance.client.restored({ tickets: [rework.kept] })).tickets;
      assert.deepEqual([shown?.committed, shown?.alarm], [false, null]);
    };
    await show();
    assert.equal(await place.counts(order), "0 0 0 0 0 0 4");
    // The vault's own record brings the unit, with the certificate that it signed.
    const forgotten = { order, delegation: lease.grant.delegation, tickets: lease.grant.tickets };
    granted(await appliance.client.restoredLease(forgotten));
    granted(await lease.report([use]));
    await show();
    assert.equal(await place.counts(order), "0 0 0 0 1 0 3");
  },
);

restoring(
  "what comes back of a lease of before the restore is unaccounted, not free (P-62)",
  2,
  async (scene) => {
    const { place, appliance, order } = scene;
    granted(await allow(place.world, order, appliance, 2));
    const lease = await lent(place.world, appliance, order, 2);
    await place.restore(await place.backup());
    assert.equal(await place.counts(order), "0 2 0 0 0 0 0");
    granted(await lease.giveBack(0));
    assert.equal(await place.counts(order), "0 1 0 0 0 0 1");
  },
);

restoring(
  "a lease of the present epoch that is not known proves an older database (P-64)",
  2,
  async (scene) => {
    const { place, appliance, order } = scene;
    granted(await allow(place.world, order, appliance, 2));
    const backup = await place.backup();
    const lease = await lent(place.world, appliance, order, 1);
    await place.restore(backup, { epoch: false });
    const shown = { order, delegation: lease.grant.delegation, tickets: lease.grant.tickets };
    assert.equal(refusedCode(await appliance.client.restoredLease(shown)), "epoch-needed");
    assert.deepEqual(place.logged("database-outdated").map(({ lease }) => lease), [lease.grant.lease]);
  },
);

restoring(
  "one backup that is restored twice begins two epochs, and a report of either is booked once (P-61)",
  4,
  async (scene) => {
    const { place, appliance, catalogue, order } = scene;
    const backup = await place.backup();
    const epochs: number[] = [];
    const kept = [];
    for (const n of [1, 2]) {
      await place.restore(backup);
      epochs.push(granted(await appliance.client.state()).epoch);
      await place.confirm(order);
      granted(await place.world.owner.changeOrder(order, { change: "raise", by: 1 }));
      kept.push((await deliveredAndKept(place, appliance, catalogue, uidOf(n))).kept);
    }
    assert(epochs[1]! > epochs[0]!, epochs.join());
    // The first device is of an epoch that this database never had: it is booked all the same, once.
    for (const _ of [1, 2]) {
      granted(await appliance.client.restored({ tickets: kept }));
      assert.equal(await place.counts(order), "0 0 0 0 2 0 3");
    }
  },
);

restoring("the owner confirms what was shown and nothing else", 2, async (scene) => {
  const { place, order } = scene;
  await place.restore(await place.backup());
  const shown = granted(await place.world.owner.order(order));
  const terms = {
    change: "confirm" as const,
    granted: shown.quota.granted,
    frozen: shown.frozen,
    notBeforeSeconds: shown.notBeforeSeconds,
    notAfterSeconds: shown.notAfterSeconds,
  };
  assert.equal(shown.awaiting, true);
  granted(await place.world.owner.changeOrder(order, { change: "freeze" }));
  assert.equal(refusedCode(await place.world.owner.changeOrder(order, terms)), "order-not-as-shown");
  const confirmed = granted(await place.world.owner.changeOrder(order, { ...terms, frozen: true }));
  assert.deepEqual([confirmed.awaiting, confirmed.frozen], [false, true]);
});
