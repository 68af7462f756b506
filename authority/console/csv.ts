/**
 * All devices as CSV (RFC 4180): UTF-8, ISO times in UTC, numbers as digits, the same whatever the language. It is made
 * page by page as the browser takes it: a hundred thousand devices keep nobody else waiting and are never in memory at once,
 * and one that goes away ends it. Each page is as of its own moment.
 *
 * @module
 */

import type { DeviceReply } from "../api/mod.ts";
import { devicePage, type Office } from "../issuance/mod.ts";
import { findAppliance, findOrder, type UnitKey } from "../store/mod.ts";

const PAGE_ROWS = 500;
const HEADS =
  "uid,family,state,order,order_name,product,version,appliance,appliance_name,station,serial,messages2,reworks,changed_at,lease";

/** Returns the file as a stream. */
export function devicesCsv(office: Office): ReadableStream<Uint8Array> {
  let after: UnitKey | undefined;
  let begun = false;
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      // One turn of the event loop between pages: requests of appliances go first.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const { devices } = devicePage(office, after, PAGE_ROWS);
      const rows = devices.map((device) => rowOf(office, device));
      const text = [...(begun ? [] : [HEADS]), ...rows].map((row) => `${row}\r\n`).join("");
      begun = true;
      if (text !== "") controller.enqueue(encoder.encode(text));
      after = devices.at(-1);
      if (devices.length < PAGE_ROWS) controller.close();
    },
  });
}

function rowOf(office: Office, device: DeviceReply): string {
  return [
    device.uid,
    device.family,
    device.state,
    device.order,
    findOrder(office.db, device.order)?.name ?? "",
    device.product,
    device.version,
    device.appliance,
    findAppliance(office.db, device.appliance)?.name ?? "",
    device.station,
    device.serial ?? "",
    device.message2Count,
    device.reworks,
    new Date(device.changedAtMs).toISOString(),
    device.lease ?? "",
  ].map(cell).join(",");
}

/** A name that a spreadsheet would take for a formula gets an apostrophe before it. */
function cell(value: string | number): string {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
