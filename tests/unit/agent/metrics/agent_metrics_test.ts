/** The agent's figures: what is counted, what is read, and that labels stay few. @module */

import assert from "node:assert/strict";
import { register } from "prom-client";
import { type AgentFacts, createAgentMetrics, type Observed } from "../../../../agent/metrics/mod.ts";
import type { DeliveryResult } from "../../../../agent/delivery/mod.ts";
import { readFigures } from "../../../script/_figures.ts";

const FACTS: AgentFacts = {
  stations: [{ station: "station-1", state: "waiting", fault: null }],
  counts: { delivered: 5, refused: 2, failed: 1, unreported: 3 },
  left: [{ product: "0011223344556677", tickets: 12 }],
  leases: [
    { product: "0011223344556677", free: 4, usable: true, notAfterSeconds: 7_000 },
    { product: "0011223344556677", free: 8, usable: true, notAfterSeconds: 8_000 },
    { product: "0011223344556677", free: 0, usable: true, notAfterSeconds: 9_000 },
    { product: "0011223344556677", free: 3, usable: false, notAfterSeconds: 9_000 },
  ],
  unreportedUses: 4,
  reachable: false,
  contactAgeSeconds: 90.5,
  clockOffsetSeconds: -2,
  barred: null,
  disk: { freeBytes: 10, sizeBytes: 100 },
  process: { residentBytes: 1_000, cpuSeconds: 1.5 },
};

async function valuesOf(facts: AgentFacts, observed: readonly Observed[] = []): Promise<Map<string, number>> {
  const metrics = createAgentMetrics(["station-1"], () => facts);
  observed.forEach(metrics.observe);
  return readFigures(await metrics.text()).values;
}

function ended(delivery: number, cause: string | null, atMs: number): Observed {
  const outcome = cause === null ? "delivered" : "failed";
  const result = { station: "station-1", delivery, outcome, cause } as DeliveryResult;
  return { kind: "ended", station: "station-1", delivery, phase: "report", stationMs: 0, atMs, result };
}

function phase(delivery: number, name: "attach" | "identify", atMs: number): Observed {
  return { kind: "phase", station: "station-1", delivery, phase: name, stationMs: 0, atMs };
}

Deno.test("createAgentMetrics() tells what is read: stations, record, offline allowance, contact, disk, process", async () => {
  const values = await valuesOf(FACTS);
  assert.deepEqual(
    [
      "flashseal_receipts_unreported",
      "flashseal_uses_unreported",
      'flashseal_offline_tickets_left{product="0011223344556677"}',
      'flashseal_offline_end_timestamp_seconds{product="0011223344556677"}',
      "flashseal_authority_reachable",
      "flashseal_authority_contact_age_seconds",
      "flashseal_clock_offset_seconds",
      'flashseal_station_state{station="station-1",state="waiting"}',
      'flashseal_station_state{station="station-1",state="done"}',
      'flashseal_appliance_barred{cause=""}',
      'flashseal_deliveries_recorded{outcome="failed"}',
      "flashseal_disk_free_bytes",
      "flashseal_process_cpu_seconds_total",
    ].map((name) => values.get(name)),
    [3, 4, 12, 8_000, 0, 90.5, -2, 1, 0, 0, 1, 10, 1.5],
  );
});

Deno.test("createAgentMetrics() tells that a station is in a fault, and in no other state, whatever it did before", async () => {
  const stationsOf = async (fault: string | null) => {
    const stations = ["empty", "working", "waiting", "done"].map((state) => ({
      station: state,
      state,
      fault,
    }));
    const values = await valuesOf({ ...FACTS, stations });
    return ["empty", "working", "waiting", "done", "fault"].map((state) =>
      stations.filter(({ station }) =>
        values.get(`flashseal_station_state{station="${station}",state="${state}"}`) === 1
      ).length
    );
  };
  assert.deepEqual(await stationsOf(null), [1, 1, 1, 1, 0]);
  assert.deepEqual(await stationsOf("Cannot look for boards"), [0, 0, 0, 0, 4]);
});

Deno.test("createAgentMetrics() leaves out what is not known, and names why an appliance is barred", async () => {
  const facts = { ...FACTS, reachable: null, contactAgeSeconds: null, clockOffsetSeconds: null, disk: null };
  const values = await valuesOf({ ...facts, left: [], barred: "appliance-frozen" });
  for (
    const name of [
      "authority_reachable",
      "authority_contact_age_seconds",
      "clock_offset_seconds",
      "disk_free_bytes",
    ]
  ) {
    assert.equal(values.get(`flashseal_${name}`), undefined, name);
  }
  assert.equal(values.get('flashseal_appliance_barred{cause="appliance-frozen"}'), 1);
  assert.equal(values.get('flashseal_appliance_barred{cause=""}'), undefined);
});

Deno.test("createAgentMetrics() does not go on telling what is no more: a product, a reason, a reading", async () => {
  let facts = { ...FACTS, barred: "appliance-frozen" as string | null };
  const metrics = createAgentMetrics(["station-1"], () => facts);
  await metrics.text();
  facts = { ...FACTS, left: [], reachable: null };
  const { values } = readFigures(await metrics.text());
  assert.deepEqual([...values.keys()].filter((name) => /tickets_left|reachable|frozen/.test(name)), []);
});

Deno.test("createAgentMetrics() counts ends by outcome and cause, and measures phases; a clock set back gives no negative time", async () => {
  const values = await valuesOf(FACTS, [
    phase(1, "attach", 1_000),
    phase(1, "identify", 3_000),
    ended(1, null, 2_500),
    phase(2, "attach", 10_000),
    // An end of another delivery measures nothing.
    ended(3, "probe-fault", 70_000),
    { kind: "synced", alarms: [{ alarm: "uid-held" }, { alarm: "uid-held" }] },
    { kind: "sync-refused", code: "order-frozen" },
    { kind: "station-fault", station: "station-1" },
  ]);
  assert.deepEqual(
    [
      'flashseal_deliveries_total{station="station-1",outcome="delivered",cause=""}',
      'flashseal_deliveries_total{station="station-1",outcome="failed",cause="probe-fault"}',
      'flashseal_deliveries_total{station="station-1",outcome="refused",cause=""}',
      'flashseal_delivery_phase_seconds_sum{phase="attach"}',
      'flashseal_delivery_phase_seconds_count{phase="attach"}',
      'flashseal_delivery_phase_seconds_sum{phase="identify"}',
      'flashseal_alarms_total{alarm="uid-held"}',
      'flashseal_sync_refusals_total{cause="order-frozen"}',
      'flashseal_station_faults_total{station="station-1"}',
    ].map((name) => values.get(name)),
    [1, 1, 0, 2, 1, 0, 2, 1, 1],
  );
});

Deno.test("createAgentMetrics() keeps labels few whatever the authority says", async () => {
  const refusals = Array.from(
    { length: 200 },
    (_, index): Observed => ({ kind: "sync-refused", code: `code-${index}` }),
  );
  const told = [...await valuesOf(FACTS, refusals)].filter(([name]) =>
    name.startsWith("flashseal_sync_refusals")
  );
  assert.equal(told.length, 65);
  assert.equal(told.find(([name]) => name.includes('"other"'))?.[1], 136);
});

Deno.test("createAgentMetrics() keeps nothing in prom-client's global registry", async () => {
  await valuesOf(FACTS);
  assert.deepEqual(await register.getMetricsAsJSON(), []);
});
