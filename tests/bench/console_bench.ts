/**
 * Server time of each page of the owner's console with 100,000 devices in the database: printed with its 95th percentile, never
 * asserted. The aim is 200 ms.
 *
 * @module
 */
import process from "node:process";
import type { Database } from "../../authority/store/mod.ts";
import {
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  uidOf,
} from "../unit/authority/_world.ts";
import { signedIn } from "../unit/authority/console/_console.ts";

const DEVICES = 100_000;
const LEASES = 40;
const LENT_EACH = 250;

const folder = Deno.makeTempDirSync({ prefix: "flashseal-bench-" });
const world = createWorld(`${folder}/authority.sqlite`);
const catalogue = await createCatalogue(world, "Widget", {
  offline: { vault: "file", unitsMax: 100_000, days: 30 },
  personalLength: 448,
});
const orders: string[] = [];
for (let n = 0; n < 20; n += 1) {
  orders.push(await createOrder(world, catalogue, 2 * DEVICES, { name: `order ${n}` }));
}
const appliances: string[] = [];
for (let n = 0; n < 30; n += 1) appliances.push((await enrolled(world, `line ${n}`)).id);
const [order = "", appliance = ""] = [orders[0], appliances[0]];
granted(
  await world.owner.setAllowance(order as never, {
    appliance: appliance as never,
    units: LEASES * LENT_EACH,
    acknowledgesOffline: true,
  }),
);
fillTables(world.db);
const owner = await signedIn(world);
const device = `1/${"00".repeat(8)}${(DEVICES / 2).toString(16).padStart(8, "0")}`;

const pages: Readonly<Record<string, string>> = {
  orders: "/console",
  "one order": `/console/orders/${order}`,
  appliances: "/console/appliances",
  "one appliance": `/console/appliances/${appliance}`,
  devices: "/console/devices",
  "devices, in the middle": `/console/devices?after=${device.replace("/", "-")}`,
  search: "/console/devices?uid=00000000",
  "one device": `/console/devices/${device}`,
  products: "/console/products",
  dates: "/console/dates",
  stop: "/console/stop",
  "the proofs of one device": `/console/devices/${device}/proofs.json`,
  "orders, the second page": "/console?page=1",
  "appliances, the second page": "/console/appliances?page=1",
  "preview of a lease": `/console/acts/lend?order=${order}&appliance=${appliance}&units=5`,
  "preview of a stop of all": "/console/acts/stop-all",
  "preview of a denial": "/console/acts/device-deny?family=1&uid=" + "fe".repeat(12),
  "preview of a raise": `/console/acts/order-raise?order=${order}&by=5`,
};
const tookMs = new Map<string, number[]>();
const cpuMs = new Map<string, number>();

/** Times one answer; the processor time is the whole process's. */
async function timed<T>(name: string, act: () => Promise<T>): Promise<T> {
  const [before, begun] = [process.cpuUsage(), performance.now()];
  const result = await act();
  const { user, system } = process.cpuUsage(before);
  tookMs.set(name, [...tookMs.get(name) ?? [], performance.now() - begun]);
  cpuMs.set(name, (cpuMs.get(name) ?? 0) + (user + system) / 1000);
  return result;
}

const group = `pages with ${DEVICES} devices`;
for (const [name, path] of Object.entries(pages)) {
  Deno.bench(name, { group, n: 60, warmup: 3 }, async () => {
    await timed(name, () => owner.page(path));
  });
}

// The whole file takes seconds, during which the server answers others after each part: what counts is how long a part takes.
Deno.bench("all devices as CSV, each part of it", { group, n: 1, warmup: 0 }, async () => {
  const reader = (await owner.get("/console/devices.csv")).body!.getReader();
  for (;;) if ((await timed("all devices as CSV, a part of 500", () => reader.read())).done) return;
});

globalThis.addEventListener("unload", () => {
  for (const [name, times] of tookMs) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
    const each = ((cpuMs.get(name) ?? 0) / times.length).toFixed(1);
    console.log(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, processor ${each} ms, of ${sorted.length}`);
  }
  world.close();
  Deno.removeSync(folder, { recursive: true });
});

/** Fills the tables as deliveries would, by the same moves, without their cryptography: what is read here is not verified. */
function fillTables(db: Database): void {
  const epoch = Number(db.one("SELECT value FROM settings WHERE name = 'epoch'")["value"]);
  const series = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${DEVICES - 1})`;
  // Most of them of the first order, within the last 14 days: the worst case of its page.
  const orderOf = `CASE WHEN i % 10 < 7 THEN '${order}' ELSE '${orders[1]}' END`;
  const uid = "CAST(x'0000000000000000' || unhex(printf('%08x', i)) || x'00000000' AS BLOB)";
  const at = `${world.clock.nowMs} - 14 * 86400000 + i * 14 * 86400000 / ${DEVICES}`;
  const { product, release } = catalogue;
  const place = `${orderOf}, '${product}', '${release}', '${appliance}'`;
  const log = (event: string, about: string) =>
    `${series} INSERT INTO log SELECT i + ${
      Number(db.one("SELECT max(position) + 1 AS next FROM log")["next"])
    },
      json_object('about', json_object('uid', lower(hex(substr(${uid}, 1, 12))), ${about}), 'at', ${at}, 'event', '${event}',
      'who', 'appliance ${appliance}'), zeroblob(64) FROM n`;
  db.transact(() => {
    db.run(
      `${series} INSERT INTO units (id, family, uid, order_id, product, release, appliance, station, state, changed_ms, epoch)
      SELECT printf('%032x', i), 1, ${uid}, ${place}, 'left', 'reserved', ${at}, ${epoch} FROM n`,
    );
    db.run(
      `${series} INSERT INTO tickets (id, unit, family, uid, order_id, product, release, appliance, epoch, not_before,
      not_after, sealed, created_ms) SELECT printf('%032x', i), printf('%032x', i), 1, ${uid}, ${place}, ${epoch}, 0, 4000000000,
      zeroblob(352), ${at} FROM n`,
    );
    db.run("UPDATE units SET state = 'keyed', message2_count = 1, serial = rowid + 1 WHERE station = 'left'");
    db.run(
      `${series} INSERT INTO messages2 SELECT printf('%032x', i), 1, zeroblob(64), zeroblob(64), ${at} FROM n`,
    );
    db.run(
      `${series} INSERT INTO certificates SELECT '${product}', i + 1, 1, ${uid}, printf('%032x', i), zeroblob(216), ${at},
      NULL FROM n`,
    );
    db.run("UPDATE units SET state = 'committed' WHERE station = 'left' AND rowid % 100 > 0");
    db.run(
      `${series} INSERT INTO receipts SELECT printf('%032x', i), 1, zeroblob(212), zeroblob(144), ${at} FROM n
      WHERE (SELECT state FROM units WHERE id = printf('%032x', i)) = 'committed'`,
    );
    db.run("UPDATE tickets SET closed = 1 WHERE id IN (SELECT ticket FROM receipts)");
    for (const event of ["ticket", "message2", "receipt"]) db.run(log(event, `'order', '${order}'`));
    fillLeases(db, epoch);
  });
}

function fillLeases(db: Database, epoch: number): void {
  const { product, release } = catalogue;
  for (let lease = 0; lease < LEASES; lease += 1) {
    const id = uidOf(lease).padStart(32, "c");
    db.run(
      `INSERT INTO leases (id, order_id, product, release, appliance, epoch, units, uid_value, uid_mask, lease_key, wrap_key,
        delegation, wrapped_key, not_after, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, zeroblob(16), zeroblob(16), randomblob(32),
        zeroblob(32), zeroblob(224), zeroblob(112), ?, ?)`,
      id,
      order,
      product,
      release,
      appliance,
      epoch,
      LENT_EACH,
      world.clock.seconds + 86_400 * (lease + 1),
      world.clock.nowMs,
    );
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${LENT_EACH})
        INSERT INTO lease_tickets (id, lease, position, t, sealed, state, changed_ms)
        SELECT printf('%024x%08x', ?, i), ?, i, randomblob(32), zeroblob(352), 'leased', 0 FROM n`,
      lease + 1,
      id,
    );
  }
}
