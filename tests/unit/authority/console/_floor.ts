/**
 * An authority with something to see: products, orders, appliances, devices in every state, a denied chip, a lease.
 *
 * @module
 */
import type { OrderId } from "../../../../authority/api/mod.ts";
import { type Lease, lent, OFFLINE, REGION } from "../_vault.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  createWorld,
  delivered,
  enrolled,
  granted,
  keyed,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

/** What there is to see. */
export interface Floor {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly order: OrderId;
  readonly other: OrderId;
  readonly appliance: Appliance;
  readonly lease: Lease;
}

/** Sets the floor up. */
export async function createFloor(path?: string): Promise<Floor> {
  const world = createWorld(path);
  const catalogue = await createCatalogue(world, "Thermostat", {
    offline: OFFLINE,
    personalLength: REGION,
  });
  const order = await createOrder(world, catalogue, 100, { name: "spring" });
  const other = await createOrder(world, catalogue, 10, { name: "pilot" });
  const appliance = await enrolled(world, "line 1");
  granted(await world.owner.changeOrder(order, { change: "rework", allowed: true }));
  for (const n of [1, 2, 3]) await delivered(world, appliance, catalogue, uidOf(n));
  await keyed(world, appliance, catalogue, uidOf(4));
  await keyed(world, appliance, catalogue, uidOf(5));
  granted(await appliance.client.ticket(ticketRequest(catalogue, uidOf(6))));
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(5) }, { decision: "lost" }));
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(9) }, { decision: "deny" }));
  granted(await world.owner.decideDevice({ family: 1, uid: uidOf(1) }, { decision: "rework" }));
  granted(
    await world.owner.setAllowance(order, { appliance: appliance.id, units: 8, acknowledgesOffline: true }),
  );
  const lease = await lent(world, appliance, order, 5);
  granted(await lease.report([lease.use(0, uidOf(20), "committed")]));
  return { world, catalogue, order, other, appliance, lease };
}
