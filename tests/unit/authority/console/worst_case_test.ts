/**
 * "Worst case while cut off" is true in both situations in which an appliance holds more than this server thinks is lent:
 * after a restore to before a lease, and after a lease was given up. In both the appliance makes devices afterwards.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type OrderId } from "../../../../authority/api/mod.ts";
import { allow, type Lease, lent, scene } from "../_vault.ts";
import { enrolled, granted, quotaOf, uidOf, type World } from "../_world.ts";
import { cannotRestore, RestorePlace } from "../_epochs.ts";
import { signedIn, type Visitor } from "./_console.ts";

const NONE = /None: nothing is lent/;

async function says(owner: Visitor, path: string, text: RegExp, language = "en"): Promise<void> {
  const page = await owner.page(path, { "accept-language": language });
  assert.match(page, text, path);
  assert.doesNotMatch(page, NONE, path);
}

/** Looks at every place that says what may be made while cut off. */
async function everywhere(
  world: World,
  { order, appliance, units }: {
    readonly order: OrderId;
    readonly appliance: string;
    readonly units: number;
  },
): Promise<void> {
  const owner = await signedIn(world);
  const worst = new RegExp(
    `Up to ${units} devices can be made, or may exist already, without this server knowing: 0 lent, ${units} unaccounted`,
  );
  await says(owner, "/console", worst);
  await says(owner, `/console/orders/${order}`, worst);
  await says(owner, `/console/appliances/${appliance}`, worst);
  const chinese = new RegExp(`最多 ${units} 个器件可在本服务器不知情时制造`);
  await says(owner, `/console/orders/${order}`, chinese, "zh-CN");
  const besides = new RegExp(`and up to ${units} unaccounted for`);
  await says(owner, "/console/appliances", besides);
  const stop = new RegExp(`up to ${units} devices can still be made, or exist already: 0 lent, ${units} una`);
  await says(owner, "/console/stop", stop);
  await says(
    owner,
    "/console/stop",
    new RegExp(`Lent and not stopped: 0; and up to ${units} unaccounted for`),
  );
  await says(owner, "/console/stop", new RegExp(`stopped once it has heard: 0; and up to ${units} unacc`));
  await says(owner, "/console/acts/stop-all", stop);
  await says(owner, `/console/acts/order-freeze?order=${order}`, stop);
  const revoke = `/console/acts/appliance-revoke?appliance=${appliance}`;
  await says(owner, revoke, new RegExp(`up to ${units} units are unaccounted for`));
  world.clock.nowMs += 1_000;
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  const may = new RegExp(`not yet heard; until then it may make up to ${units}<`);
  await says(owner, `/console/orders/${order}`, may);
  granted(await world.owner.changeOrder(order, { change: "thaw" }));
}

/** What the sentence is about: the appliance, away until now, made a device with its ticket. */
async function makesOne(world: World, order: OrderId, lease: Lease): Promise<void> {
  const before = (await quotaOf(world, order)).committed;
  granted(await lease.report([lease.use(0, uidOf(33), "committed")]));
  assert.equal((await quotaOf(world, order)).committed, before + 1);
}

Deno.test(
  "after a restore to before a lease the page says how many devices may be made or exist, and the appliance makes one",
  { ignore: cannotRestore },
  async () => {
    const place = new RestorePlace();
    try {
      const { order, appliance: first } = await scene(place.world, 5, 0);
      const appliance = await place.appliance("line 2");
      const backup = await place.backup();
      granted(await allow(place.world, order, appliance, 5));
      const lease = await lent(place.world, appliance, order, 5);
      await place.restore(backup);
      await place.confirm(order);
      // Nobody has shown the lease yet: each appliance of the product may hold it, one that was enrolled since may not.
      await everywhere(place.world, { order, appliance: appliance.id, units: 5 });
      await everywhere(place.world, { order, appliance: first.id, units: 5 });
      const owner = await signedIn(place.world);
      const later = await enrolled(place.world, "line 3");
      assert.match(await owner.page(`/console/appliances/${later.id}`), NONE);
      // As soon as it is shown, it is the one appliance's.
      const { delegation, tickets } = lease.grant;
      granted(await appliance.client.restoredLease({ order, delegation, tickets }));
      await says(owner, `/console/appliances/${appliance.id}`, /Up to 5 devices.*0 lent, 5 unaccounted/);
      assert.match(await owner.page(`/console/appliances/${first.id}`), NONE);
      await says(owner, "/console/dates", /Unaccounted for since the restore: lease of 5 units to line 2/);
      // Nothing is lent beyond what may be, which is nothing.
      const shown = await owner.page(`/console/orders/${order}`);
      assert.match(shown, /<h2>Offline work<\/h2>/);
      assert.doesNotMatch(shown, /not yet: 0 are still lent/);
      assert.match(shown, /data-head="Allowance effective since"[^>]*><time/);
      await makesOne(place.world, order, lease);
      await says(owner, `/console/appliances/${appliance.id}`, /Up to 4 devices.*0 lent, 4 unaccounted/);
      await says(owner, "/console/dates", /since the restore: lease of 4 units to line 2/);
    } finally {
      place.close();
    }
  },
);

Deno.test(
  "after a lease is given up the page still says so many devices, lists it until its end, and the appliance makes one",
  { ignore: cannotRestore },
  async () => {
    const place = new RestorePlace();
    try {
      const { world } = place;
      const { order, appliance } = await scene(world, 10, 3);
      const other = await enrolled(world, "line 2");
      const lease = await lent(world, appliance, order, 3);
      const owner = await signedIn(world);
      await says(owner, "/console", /Up to 3 devices can be made without asking this server/);
      const giveUp = `/console/acts/lease-give-up?lease=${lease.grant.lease}`;
      assert.equal((await owner.confirm(giveUp)).status, 303);
      await everywhere(world, { order, appliance: appliance.id, units: 3 });
      assert.match(await owner.page(`/console/appliances/${other.id}`), NONE);
      await says(owner, "/console/dates", /Given up: lease of 3 units to line 1/);
      await says(owner, "/console/dates", /已放弃：借给 line 1 的 3 名额/, "zh-CN");
      // A preview that is refused, as in the restored order without a free unit, shows the refusal alone.
      await says(
        owner,
        `/console/acts/order-lower?order=${order}&by=1`,
        /Up to 3 devices.*0 lent, 3 unaccounted/,
      );
      await makesOne(world, order, lease);
      await says(owner, "/console", /Up to 2 devices.*0 lent, 2 unaccounted/);
      world.clock.nowMs = lease.grant.notAfterSeconds * 1000 + 1_000;
      const late = await signedIn(world);
      assert.doesNotMatch(await late.page("/console/dates"), /Given up: lease/);
      // It may have made them until then.
      await says(late, "/console", /Up to 2 devices.*0 lent, 2 unaccounted/);
    } finally {
      place.close();
    }
  },
);
