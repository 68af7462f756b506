/**
 * The owner's report: every order with its product, release and counts, the sum, and the devices that wait for a
 * person. Knows what to gather; renders nothing.
 *
 * @module
 */
import type { ApplianceReply, DeviceReply, OrderReply, Quota } from "../api/mod.ts";
import { ask } from "./calls.ts";
import { listAppliances } from "./appliances.ts";
import { listDevices } from "./devices.ts";
import { listOrders } from "./orders.ts";
import { listProducts } from "./products.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";

/** One order of the report. */
export interface ReportedOrder extends OrderReply {
  /** The product's name; its id when it is not known any more. */
  readonly productName: string;
}

/** What the owner wants to know at a glance. */
export interface OwnerReport {
  /** Milliseconds since 1970 by the authority's clock. */
  readonly atMs: number;
  readonly orders: readonly ReportedOrder[];
  readonly total: Quota;
  readonly appliances: readonly ApplianceReply[];
  /** The first 1,000 devices whose unit is keyed or lost: a device may exist, and a person may have to decide. */
  readonly open: readonly DeviceReply[];
}

/** Devices that are looked at for {@linkcode OwnerReport.open}. */
const DEVICES_MAX = 100_000;
const OPEN_MAX = 1000;

/** Gathers the report. */
export async function makeReport(session: OwnerSession): Promise<Result<OwnerReport>> {
  const quota = await ask(session, () => session.client.quota());
  if ("refused" in quota) return quota;
  const orders = await listOrders(session);
  if ("refused" in orders) return orders;
  const products = await listProducts(session);
  if ("refused" in products) return products;
  const appliances = await listAppliances(session);
  if ("refused" in appliances) return appliances;
  const devices = await listDevices(session, { limit: DEVICES_MAX });
  if ("refused" in devices) return devices;
  const names = new Map(products.granted.map(({ product, name }) => [product, name]));
  return {
    granted: {
      atMs: quota.granted.atMs,
      orders: orders.granted.map((order) => ({
        ...order,
        productName: names.get(order.product) ?? order.product,
      })),
      total: quota.granted.total,
      appliances: appliances.granted,
      open: devices.granted.devices.filter(({ state }) => state === "keyed" || state === "lost").slice(
        0,
        OPEN_MAX,
      ),
    },
  };
}
