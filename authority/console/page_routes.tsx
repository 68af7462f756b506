/**
 * The addresses that only show.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import { parseApplianceId, parseUid } from "../../bootloader/wire/mod.ts";
import { orderId, readWith } from "../api/mod.ts";
import { deviceRecord, type Office, orderReply } from "../issuance/mod.ts";
import { findAppliance, findOrder, listLogOfUid, type UnitKey } from "../store/mod.ts";
import { StopPage } from "./act_pages.tsx";
import { AppliancePage, AppliancesPage } from "./appliances_page.tsx";
import { devicesCsv } from "./csv.ts";
import { DatesPage } from "./dates_page.tsx";
import { DevicePage } from "./device_page.tsx";
import { DevicesPage, searchDevices } from "./devices_page.tsx";
import type { ConsoleEnvironment, ConsolePorts } from "./environment.ts";
import { Fields, Mistake, readQuery } from "./fields.ts";
import { OrderPage } from "./order_page.tsx";
import { OrdersPage } from "./orders_page.tsx";
import { ProductsPage } from "./products_page.tsx";
import type { Replies } from "./reply.tsx";

type App = Hono<ConsoleEnvironment>;
type Request = Context<ConsoleEnvironment>;

/** Mounts every address that only shows. */
export function mountPages(
  console: App,
  office: Office,
  ports: Required<Pick<ConsolePorts, "channelEndsMs">> & { readonly replies: Replies },
): void {
  const { replies, channelEndsMs } = ports;
  console.get("/", (context) => {
    const page = pageOf(context);
    return replies.page(context, (view) => ({
      title: view.t.orders,
      live: true,
      content: <OrdersPage office={office} view={view} page={page} />,
    }));
  });
  console.get("/products", (context) =>
    replies.page(context, (view) => ({
      title: view.t.products,
      content: <ProductsPage office={office} view={view} />,
    })));
  console.get("/dates", (context) =>
    replies.page(context, (view) => ({
      title: view.t.dates,
      content: <DatesPage office={office} view={view} channelEndsMs={channelEndsMs()} />,
    })));
  console.get(
    "/stop",
    (context) =>
      replies.page(
        context,
        (view) => ({ title: view.t.stop, content: <StopPage office={office} view={view} /> }),
      ),
  );
  mountOrder(console, office, replies);
  mountAppliances(console, office, replies);
  mountDevices(console, office, replies);
}

const PAGES_MOST = 100_000;

function pageOf(context: Request): number {
  const fields = readQuery(context.req.url);
  return fields.text("page", "") === "" ? 0 : fields.whole("page", 0, PAGES_MOST);
}

function mountOrder(console: App, office: Office, replies: Replies): void {
  console.get("/orders/:order", (context) => {
    const order = findOrder(office.db, readWith(orderId, context.req.param("order"), "the order's id"));
    if (order === undefined) return replies.refuse(context, "order-unknown");
    return replies.page(context, (view) => ({
      title: order.name,
      live: true,
      content: <OrderPage office={office} view={view} order={orderReply(order)} />,
    }));
  });
}

function mountAppliances(console: App, office: Office, replies: Replies): void {
  console.get("/appliances", (context) => {
    const page = pageOf(context);
    return replies.page(context, (view) => ({
      title: view.t.appliances,
      live: true,
      content: <AppliancesPage office={office} view={view} page={page} />,
    }));
  });
  console.get("/appliances/:appliance", (context) => {
    const appliance = findAppliance(office.db, parseApplianceId(context.req.param("appliance")));
    if (appliance === undefined) return replies.refuse(context, "appliance-not-found");
    return replies.page(context, (view) => ({
      title: appliance.name,
      live: true,
      content: <AppliancePage office={office} view={view} appliance={appliance} />,
    }));
  });
}

function mountDevices(console: App, office: Office, replies: Replies): void {
  console.get("/devices", (context) => {
    const query = readQuery(context.req.url);
    const asked = query.text("uid", "").toLowerCase();
    const uid = asked === "" ? undefined : prefixOf(query);
    const cursor = query.text("after", "");
    const after = cursor === "" ? undefined : cursorOf(cursor);
    const found = uid === undefined ? [] : searchDevices(office, uid);
    const [only] = found;
    // One chip is meant: its page is what was looked for.
    if (only !== undefined && found.length === 1) {
      return context.redirect(`/console/devices/${only.family}/${only.uid}`, 303);
    }
    return replies.page(context, (view) => ({
      title: view.t.devices,
      content: (
        <DevicesPage
          office={office}
          view={view}
          search={uid === undefined ? undefined : { uid, found }}
          after={after}
        />
      ),
    }));
  });
  console.get("/devices.csv", () =>
    new Response(devicesCsv(office), {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": 'attachment; filename="flashseal-devices.csv"',
      },
    }));
  console.get("/devices/:family/:uid", (context) => {
    const uidKey = deviceOf(context);
    const record = known(office, uidKey);
    if (record === undefined) return replies.refuse(context, "device-unknown");
    return replies.page(context, (view) => ({
      title: uidKey.uid,
      live: true,
      content: <DevicePage office={office} view={view} uidKey={uidKey} record={record} />,
    }));
  });
  console.get("/devices/:family/:uid/proofs.json", (context) => {
    const uidKey = deviceOf(context);
    const record = known(office, uidKey);
    if (record === undefined) return replies.refuse(context, "device-unknown");
    // The reply of the owner's route, as it is: what `flashseal verify` takes.
    return new Response(JSON.stringify(record, null, 1), {
      headers: {
        "content-type": "application/json",
        "content-disposition": `attachment; filename="flashseal-device-${uidKey.uid}.json"`,
      },
    });
  });
}

function known(office: Office, key: UnitKey): ReturnType<typeof deviceRecord> | undefined {
  const record = deviceRecord(office, key);
  // A chip that was refused or decided about has a life too.
  const isKnown = record.device !== null || record.denied ||
    record.tickets.length + record.offline.length + listLogOfUid(office.db, key.uid, 1).length > 0;
  return isKnown ? record : undefined;
}

function deviceOf(context: Request): UnitKey {
  const { family = "", uid = "" } = context.req.param();
  return keyOf(family, uid);
}

function cursorOf(text: string): UnitKey {
  const [family = "", uid = ""] = text.split("-");
  return keyOf(family, uid);
}

function keyOf(family: string, uid: string): UnitKey {
  return { family: new Fields([["family", family]]).whole("family", 0, 0xffff), uid: parseUid(uid) };
}

const PREFIX = /^[0-9a-f]{4,24}$/;

function prefixOf(query: Fields): string {
  const text = query.text("uid").toLowerCase();
  // An odd digit more is no whole byte, and no less a beginning.
  if (PREFIX.test(text)) return text;
  throw new Mistake("uid", { text: "takesUid" });
}
