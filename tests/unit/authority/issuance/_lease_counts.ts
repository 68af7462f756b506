/**
 * What is compared of a lease's report.
 *
 * @module
 */
import type { UsesReply } from "../../../../authority/api/mod.ts";
import { quotaOf, type World } from "../_world.ts";
import type { OrderId } from "../../../../authority/api/mod.ts";

export async function counts(world: World, order: OrderId): Promise<string> {
  const { free, leased, reserved, keyed, committed, lost, unaccounted } = await quotaOf(world, order);
  return [free, leased, reserved, keyed, committed, lost, unaccounted].join(" ");
}

export function alarmsOf({ alarms }: UsesReply): string[] {
  return alarms.map(({ uid, alarm }) => `${uid.slice(-1)} ${alarm}`);
}
