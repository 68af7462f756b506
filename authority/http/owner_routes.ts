/**
 * The routes of the owner. Every mutation runs once for each idempotency key, in one transaction.
 *
 * @module
 */

import type { Hono } from "hono";
import { hash32 } from "../../bootloader/suite/mod.ts";
import {
  concat,
  Malformed,
  parseApplianceId,
  parseLeaseId,
  parseProductId,
  parseReleaseId,
  parseUid,
} from "../../bootloader/wire/mod.ts";
import { type Decision, limits, orderId, readWith, type RouteName } from "../api/mod.ts";
import {
  changeOrder,
  createEnrolment,
  createOrder,
  createProduct,
  createRelease,
  decideDevice,
  decideLeaseByPerson,
  decideRenewalByPerson,
  devicePage,
  deviceRecord,
  logPage,
  type Office,
  once,
  orderReply,
  productReply,
  revokeAppliance,
  setAllowance,
  setListedUids,
  setStopped,
  wholeQuota,
} from "../issuance/mod.ts";
import { finishRelease, storePart } from "../release/mod.ts";
import {
  findOrder,
  findProduct,
  findRelease,
  listAllowances,
  listAppliances,
  listLeases,
  listOrders,
  listProducts,
  listReleases,
  type UnitKey,
} from "../store/mod.ts";
import type { Environment } from "./context.ts";
import { type Call, mount } from "./mount.ts";

const IDEMPOTENCY_KEY = /^[A-Za-z0-9._-]{8,128}$/;

/** Mounts what owners may ask for and change. */
export function mountOwnerRoutes(app: Hono<Environment>, office: Office): void {
  mountReads(app, office);
  mountReleases(app, office);
  mount(
    app,
    "createProduct",
    (call) => mutate(office, call, () => createProduct(office, who(call), call.body)),
  );
  mount(app, "createOrder", (call) => mutate(office, call, () => createOrder(office, who(call), call.body)));
  mount(app, "changeOrder", (call) => {
    const order = readWith(orderId, call.parameter("order"), "the order's id");
    return mutate(office, call, () => changeOrder(office, who(call), order, call.body));
  });
  mount(app, "setAllowance", (call) => {
    const order = readWith(orderId, call.parameter("order"), "the order's id");
    return mutate(office, call, () => setAllowance(office, who(call), order, call.body));
  });
  mount(app, "setListedUids", (call) => {
    const order = readWith(orderId, call.parameter("order"), "the order's id");
    return mutate(office, call, () => setListedUids(office, who(call), order, call.body));
  });
  mount(app, "decideLease", (call) => {
    const lease = parseLeaseId(call.parameter("lease"));
    return mutate(office, call, () => decideLeaseByPerson(office, who(call), lease, call.body));
  });
  mount(
    app,
    "createEnrolment",
    (call) => mutate(office, call, () => createEnrolment(office, who(call), call.body)),
  );
  mount(app, "revokeAppliance", (call) => {
    const appliance = parseApplianceId(call.parameter("appliance"));
    return mutate(office, call, () => revokeAppliance(office, who(call), appliance));
  });
  mount(app, "stopAppliance", (call) => {
    const appliance = parseApplianceId(call.parameter("appliance"));
    return mutate(office, call, () => setStopped(office, who(call), appliance, call.body.stopped));
  });
  mount(app, "decideRenewal", (call) => {
    const appliance = parseApplianceId(call.parameter("appliance"));
    return mutate(office, call, () => decideRenewalByPerson(office, who(call), appliance, call.body));
  });
  mount(app, "decideDevice", (call) => {
    const key = deviceKey(call.parameter("family"), call.parameter("uid"));
    return mutate(office, call, () => decideDevice(office, who(call), key, call.body));
  });
}

function mountReads(app: Hono<Environment>, office: Office): void {
  const { db } = office;
  mount(app, "owner", () => ({
    granted: {
      owner: office.owner,
      name: office.ownerName,
      role: "owner" as const,
      atMs: office.nowMs(),
      rootPublicKey: office.rootPublicKey.toHex(),
      keySet: office.keySet.toHex(),
    },
  }));
  mount(app, "products", () => ({
    granted: { products: listProducts(db).map((product) => productReply(office, product)) },
  }));
  mount(app, "product", ({ parameter }) => {
    const product = findProduct(db, parseProductId(parameter("product")));
    return product === undefined
      ? { refused: "product-unknown" }
      : { granted: productReply(office, product) };
  });
  mount(app, "releases", () => ({ granted: { releases: [...listReleases(db)] } }));
  mount(app, "release", ({ parameter }) => {
    const release = findRelease(db, parseReleaseId(parameter("release")));
    return release === undefined ? { refused: "release-unknown" } : { granted: release };
  });
  mount(app, "orders", () => ({ granted: { orders: listOrders(db).map(orderReply) } }));
  mount(app, "order", ({ parameter }) => {
    const order = findOrder(db, readWith(orderId, parameter("order"), "the order's id"));
    return order === undefined ? { refused: "order-unknown" } : { granted: orderReply(order) };
  });
  mount(app, "allowances", ({ parameter }) => {
    const order = readWith(orderId, parameter("order"), "the order's id");
    return findOrder(db, order) === undefined
      ? { refused: "order-unknown" }
      : { granted: { allowances: [...listAllowances(db, order)] } };
  });
  mount(app, "leases", () => ({
    granted: { leases: [...listLeases(db, Math.floor(office.nowMs() / 1000))] },
  }));
  mount(app, "quota", () => ({ granted: wholeQuota(office) }));
  mount(app, "appliances", () => ({ granted: { appliances: [...listAppliances(db)] } }));
  mount(app, "devices", ({ context, number }) => {
    const after = context.req.query("after");
    return {
      granted: devicePage(office, after === undefined ? undefined : parseCursor(after), number("limit", 100)),
    };
  });
  mount(app, "device", ({ parameter }) => {
    const record = deviceRecord(office, deviceKey(parameter("family"), parameter("uid")));
    const known = record.device !== null || record.denied || record.tickets.length > 0;
    return known ? { granted: record } : { refused: "device-unknown" };
  });
  mount(app, "log", ({ number }) => ({
    granted: logPage(office, number("after", -1) + 1, number("limit", limits.pageEntries)),
  }));
}

function mountReleases(app: Hono<Environment>, office: Office): void {
  mount(
    app,
    "createRelease",
    (call) => mutate(office, call, () => createRelease(office, who(call), call.body)),
  );
  // Parts and finish are safe to repeat by what they are: offset and digest name the one thing they can do.
  mount(app, "uploadRelease", (call) => {
    if (call.context.req.header("content-digest") === undefined) {
      throw new Malformed("Cannot read the request: a part needs its Content-Digest", {
        structure: "request",
      });
    }
    return storePart(office.db, parseReleaseId(call.parameter("release")), {
      offset: call.number("offset", 0),
      content: call.bytes,
    });
  });
  mount(
    app,
    "finishRelease",
    (call) =>
      finishRelease(
        office,
        who(call),
        parseReleaseId(call.parameter("release")),
        Uint8Array.fromHex(call.body.sha256),
      ),
  );
}

function who<N extends RouteName>(call: Call<N>): string {
  return call.context.get("who");
}

function mutate<N extends RouteName, T>(office: Office, call: Call<N>, act: () => Decision<T>): Decision<T> {
  const key = call.context.req.header("idempotency-key") ?? "";
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new Malformed(
      "Cannot read the request: it needs an Idempotency-Key of 8 to 128 letters and digits",
      {
        structure: "request",
      },
    );
  }
  const { method, path } = call.context.req;
  const hash = hash32(concat(new TextEncoder().encode(`${method} ${path}\n`), call.bytes));
  // Bound to the caller: one owner's key cannot fetch another's answer.
  return once(office, { key: `${who(call)} ${key}`, hash }, act);
}

function deviceKey(family: string, uid: string): UnitKey {
  if (!/^\d{1,5}$/.test(family) || Number(family) > 0xffff) {
    throw new Malformed("Cannot read the request: the chip family is not a number", { structure: "request" });
  }
  return { family: Number(family), uid: parseUid(uid) };
}

function parseCursor(text: string): UnitKey {
  const [family = "", uid = ""] = text.split("-");
  return deviceKey(family, uid);
}
