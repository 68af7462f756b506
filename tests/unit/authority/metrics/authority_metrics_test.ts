/** The authority's figures: counts of the ledger, leases, appliances by standing, requests by route, alarms of the log. @module */

import assert from "node:assert/strict";
import { register } from "prom-client";
import { createAuthorityMetrics } from "../../../../authority/metrics/mod.ts";
import { noteBackup, writeSetting } from "../../../../authority/store/mod.ts";
import { appendEvent } from "../../../../authority/log/mod.ts";
import { readFigures } from "../../../script/_figures.ts";
import { allow, drawKeys, leaseRequest, scene } from "../_vault.ts";
import { createOrder, createWorld, delivered, enrolled, granted, uidOf, type World } from "../_world.ts";

const DAY_MS = 86_400_000;

function metricsOf(world: World) {
  const metrics = createAuthorityMetrics({
    db: world.db,
    nowMs: () => world.clock.nowMs,
    outdatedAfterMs: 365 * DAY_MS,
    machine: () => ({ disk: { freeBytes: 1, sizeBytes: 2 }, process: { residentBytes: 3, cpuSeconds: 4 } }),
  });
  const values = async () => readFigures(await metrics.text()).values;
  return { metrics, values };
}

Deno.test("the units of every order and their sum are told, and no order that has ended", async () => {
  const world = createWorld();
  const { catalogue, appliance, order } = await scene(world, 10, 4);
  await allow(world, order, appliance, 4);
  granted(await appliance.client.lease(leaseRequest(order, drawKeys(3))));
  await delivered(world, appliance, catalogue, uidOf(1));
  const { values } = metricsOf(world);
  const now = await values();
  const units = ["free", "leased", "reserved", "keyed", "committed", "lost", "unaccounted"];
  assert.deepEqual(units.map((state) => now.get(`flashseal_units{state="${state}"}`)), [6, 3, 0, 0, 1, 0, 0]);
  const [name] = [...now.keys()].filter((key) => key.startsWith("flashseal_order_units_granted"));
  assert.ok(name !== undefined && now.get(name) === 10);
  assert.equal(now.get("flashseal_leases_open"), 1);
  assert.equal(now.get("flashseal_disk_free_bytes"), 1);
  world.clock.nowMs += 20_000 * DAY_MS;
  const later = await values();
  assert.deepEqual([...later.keys()].filter((key) => /order_units/.test(key)), []);
  assert.deepEqual([later.get("flashseal_units_granted"), later.get("flashseal_leases_open")], [10, 0]);
  world.close();
});

Deno.test("at most 100 orders are told by name; the sums have all", async () => {
  const world = createWorld();
  const { catalogue } = await scene(world, 1, 1);
  for (let index = 0; index < 110; index++) {
    await createOrder(world, catalogue, 1, { name: `order ${index}` });
  }
  const now = await metricsOf(world).values();
  assert.equal([...now.keys()].filter((key) => key.startsWith("flashseal_order_units_granted")).length, 100);
  assert.equal(now.get("flashseal_units_granted"), 111);
  world.close();
});

Deno.test("appliances are told by their standing", async () => {
  const world = createWorld();
  const gone = await enrolled(world, "Line 1");
  await enrolled(world, "Line 2");
  granted(await world.owner.revokeAppliance(gone.id));
  const { values } = metricsOf(world);
  const standing = async () => {
    const now = await values();
    return ["good", "stopped", "outdated", "frozen", "revoked"].map((name) =>
      now.get(`flashseal_appliances{standing="${name}"}`)
    );
  };
  assert.deepEqual(await standing(), [1, 0, 0, 0, 1]);
  world.db.run("UPDATE appliances SET stopped_ms = 1");
  assert.deepEqual(await standing(), [0, 1, 0, 0, 1]);
  world.db.run("UPDATE appliances SET stopped_ms = NULL");
  world.clock.nowMs += 366 * DAY_MS;
  assert.deepEqual(await standing(), [0, 0, 1, 0, 1]);
  world.db.run("UPDATE appliances SET frozen_ms = 1 WHERE revoked_ms IS NULL");
  assert.deepEqual(await standing(), [0, 0, 0, 1, 1]);
  world.close();
});

Deno.test("events and alarms of the log are counted from the start of the process, once each, whoever wrote them", async () => {
  const world = createWorld();
  const tell = (event: "lease-use" | "restored-ticket" | "appliance-frozen", about: Record<string, string>) =>
    world.db.transact(() => appendEvent(world.db, { event, who: "appliance 00", about }, world.clock.nowMs));
  tell("lease-use", { alarms: "uid-held" });
  const { values } = metricsOf(world);
  const held = async () => (await values()).get('flashseal_alarms_total{alarm="uid-held"}');
  assert.equal(await held(), 0);
  tell("lease-use", { alarms: "uid-held order-frozen" });
  tell("restored-ticket", { alarm: "uid-held" });
  tell("appliance-frozen", { because: "put-back" });
  assert.deepEqual([await held(), await held()], [2, 2]);
  assert.equal((await values()).get('flashseal_log_events_total{event="appliance-frozen"}'), 1);
  world.close();
});

Deno.test("requests are counted by the contract's routes; what stands in a path is no label", async () => {
  const world = createWorld();
  const { metrics, values } = metricsOf(world);
  const seen = { method: "POST", path: "/v1/tickets/00112233445566778899aabbccddeeff/message1", ms: 20 };
  metrics.observe({ ...seen, status: 200, refused: null });
  metrics.observe({ ...seen, status: 409, refused: "quota-spent" });
  metrics.observe({ ...seen, path: "/admin.php", status: 404, refused: "route-unknown" });
  metrics.observe({ ...seen, method: "GET", ms: -5, status: 503, refused: null });
  metrics.observe({ ...seen, status: 400, refused: "no-code-of-ours" });
  const now = await values();
  assert.deepEqual([
    now.get('flashseal_requests_total{route="message1",status="2xx"}'),
    now.get('flashseal_requests_total{route="message1",status="4xx"}'),
    now.get('flashseal_requests_total{route="other",status="4xx"}'),
    now.get('flashseal_requests_total{route="other",status="5xx"}'),
    now.get('flashseal_refusals_total{cause="quota-spent"}'),
    now.get('flashseal_refusals_total{cause="other"}'),
    now.get('flashseal_request_seconds_sum{route="message1"}'),
  ], [1, 2, 1, 1, 1, 1, 0.06]);
  assert.ok([...now.keys()].every((name) => !/00112233|admin/.test(name)));
  world.close();
});

Deno.test("epoch, length of the log and the newest backup are told; no backup, no figure", async () => {
  const world = createWorld();
  const { values } = metricsOf(world);
  const before = await values();
  assert.equal(before.get("flashseal_last_backup_timestamp_seconds"), undefined);
  world.db.transact(() => noteBackup(world.db, 1_800_000_000_000));
  writeSetting(world.db, "epoch", "7");
  const after = await values();
  assert.deepEqual(
    [
      after.get("flashseal_last_backup_timestamp_seconds"),
      after.get("flashseal_epoch"),
      after.get("flashseal_log_entries"),
    ],
    [1_800_000_000, 7, before.get("flashseal_log_entries")],
  );
  assert.deepEqual(await register.getMetricsAsJSON(), []);
  world.close();
});
