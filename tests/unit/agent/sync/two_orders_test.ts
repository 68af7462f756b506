/**
 * Two orders of one product, the real authority and the real vault: an appliance that reaches its authority may finish a spent
 * order with the units that it was lent, and never one that the owner has frozen, ended or taken away meanwhile (P-77).
 */
import assert from "node:assert/strict";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import { createOffice } from "../../../../agent/sync/mod.ts";
import { OfflineOffice } from "../../../../agent/vault/mod.ts";
import type { OrderChange, OrderId, RequestOf } from "../../../../authority/api/mod.ts";
import { createOrder, granted, ticketRequest, uidOf } from "../../authority/_world.ts";
import { lentByFile, type Stick, stickTest } from "./_stick.ts";

/** Grants a second order of `units`, and lends every unit of both orders to the appliance. */
async function twoLentOrders(stick: Stick, units: number): Promise<readonly [OrderId, OrderId]> {
  const second = await createOrder(stick.world, stick.catalogue, units);
  const { appliance } = granted(await stick.world.owner.appliances()).appliances[0]!;
  for (const order of [stick.order, second]) {
    granted(await stick.world.owner.setAllowance(order, { appliance, units, acknowledgesOffline: true }));
  }
  const { quota } = granted(await stick.world.owner.order(stick.order));
  if (quota.granted > units) {
    granted(
      await stick.world.owner.changeOrder(stick.order, { change: "lower", by: quota.granted - units }),
    );
  }
  await stick.https();
  return [stick.order, second];
}

/** Asks as a station does; returns the order whose lent unit the chip got, or the code of the refusal. */
async function ask(stick: Stick, n: number): Promise<string> {
  const appliance = await openAppliance(stick.folder, stick.ports);
  try {
    const { client, vault, journal } = appliance;
    const offline = new OfflineOffice(vault, () => stick.world.clock.seconds);
    const request: RequestOf<"ticket"> = { ...ticketRequest(stick.catalogue, uidOf(n)), rework: false };
    const answer = await createOffice({ client, vault, journal, offline }).ticket(request);
    if ("refused" in answer) return answer.refused.code;
    assert.ok("granted" in answer, JSON.stringify(answer));
    const use = journal.leases.useOf({ family: 1, uid: request.uid });
    assert.ok(use !== null, "a ticket of the vault, and not of the authority");
    return journal.leases.lease(use.leaseKey).order;
  } finally {
    appliance.close();
  }
}

for (const frozen of [0, 1] as const) {
  const which = frozen === 0 ? "older" : "newer";
  stickTest(
    `an online appliance uses the lent unit of the spent order, not of the ${which} one that was frozen (P-77)`,
    async (stick) => {
      const orders = await twoLentOrders(stick, 1);
      granted(await stick.world.owner.changeOrder(orders[frozen]!, { change: "freeze" }));
      assert.equal(await ask(stick, 1), orders[1 - frozen], "the first chip: the spent order's unit");
      assert.equal(await ask(stick, 2), "quota-spent", "the second chip: nothing, no sync since the freeze");
      assert.equal(await ask(stick, 1), orders[1 - frozen], "the first chip goes on (P-58)");
      granted(await stick.world.owner.changeOrder(orders[frozen]!, { change: "thaw" }));
      assert.equal(await ask(stick, 2), orders[frozen], "thawed, the other order is merely spent");
    },
  );

  stickTest(
    `nor of the ${which} one whose days the owner has ended since the last sync (P-77)`,
    async (stick) => {
      const orders = await twoLentOrders(stick, 1);
      const now = stick.world.clock.seconds;
      const ended: OrderChange = { change: "dates", notBeforeSeconds: now - 9, notAfterSeconds: now - 1 };
      granted(await stick.world.owner.changeOrder(orders[frozen]!, ended));
      assert.equal(await ask(stick, 1), orders[1 - frozen]);
      assert.equal(await ask(stick, 2), "quota-spent");
    },
  );
}

stickTest(
  "with both orders frozen the authority's word is the operator's, and nothing lent is used",
  async (stick) => {
    for (const order of await twoLentOrders(stick, 1)) {
      granted(await stick.world.owner.changeOrder(order, { change: "freeze" }));
    }
    assert.equal(await ask(stick, 1), "order-frozen");
    assert.equal((await stick.state()).left, 2);
  },
);

stickTest(
  "a restored authority names the order of a lease that it does not know, too (P-63, P-77)",
  async (stick) => {
    const backup = await stick.backup();
    await lentByFile(stick, 1);
    await stick.restore(backup);
    await stick.confirm();
    stick.online = true;
    const appliance = await openAppliance(stick.folder, stick.ports);
    try {
      const answer = await appliance.client.ticket(ticketRequest(stick.catalogue, uidOf(1)));
      assert.ok("refused" in answer, JSON.stringify(answer));
      assert.deepEqual([answer.refused.code, answer.refused.spentOrders], ["quota-spent", [stick.order]]);
    } finally {
      appliance.close();
    }
  },
);

stickTest(
  "an authority that does not say which order is spent gets no lent unit used online (P-77)",
  async (stick) => {
    await twoLentOrders(stick, 1);
    const appliance = await openAppliance(stick.folder, stick.ports);
    try {
      const { client, vault, journal } = appliance;
      const offline = new OfflineOffice(vault, () => stick.world.clock.seconds);
      const silent: typeof client = {
        ...client,
        async ticket(...asked) {
          const answer = await client.ticket(...asked);
          assert.ok("refused" in answer);
          const { spentOrders: _, ...refused } = answer.refused;
          return { ...answer, refused };
        },
      };
      const office = createOffice({ client: silent, vault, journal, offline });
      const request = { ...ticketRequest(stick.catalogue, uidOf(1)), rework: false };
      const answer = await office.ticket(request);
      assert.equal("refused" in answer && answer.refused.code, "quota-spent");
      assert.equal(vault.left().get(stick.catalogue.product), 2);
    } finally {
      appliance.close();
    }
  },
);
