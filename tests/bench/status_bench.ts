/**
 * Server time of each page of the appliance with 24 stations and a record of 100,000 deliveries, from the running agent's own
 * source: printed with its 95th percentile and the processor time of one answer, never asserted. The aim is 200 ms.
 *
 * @module
 */
import process from "node:process";
import { Bell } from "../../agent/control/bell.ts";
import { openAppliance } from "../../agent/control/appliance.ts";
import { Floor } from "../../agent/control/floor.ts";
import { metricsOf } from "../../agent/control/metrics.ts";
import { statusSource } from "../../agent/control/serve_status.ts";
import { type AgentEvent, systemPorts } from "../../agent/mod.ts";
import { createStatusApp, type StationState, stationStates } from "../../agent/status/mod.ts";
import { makeSite } from "../chaos/_site.ts";
import { stationIn } from "../unit/agent/status/_source.ts";
import { DELIVERIES, fillJournal, uidOf } from "./_large_journal.ts";

const STATIONS = 24;

const site = await makeSite({ granted: 1, stations: STATIONS, offline: true });
await site.authority?.stop();
fillJournal(`${site.agentFolder}/journal.db`, Date.now());
const ports = systemPorts(() => {});
const appliance = await openAppliance(site.agentFolder, ports);
const names = appliance.config.stations.map(({ name }) => name);
const floor = new Floor(appliance.journal, names, Date.now());
const bells = new Map(names.map((name) => [name, new Bell()]));
const metrics = metricsOf(appliance, floor, ports);
const stop = new AbortController();
const app = createStatusApp(statusSource({ appliance, floor, bells, metrics, signal: stop.signal }, ports));

/** Lets a station come into a state as its events would bring it there. */
function bring(station: string, state: StationState): void {
  const { phase, last, cause, says, remedy, uid } = stationIn(state);
  const place = { station, delivery: 1, phase: phase ?? "attach", stationMs: 0, atMs: Date.now() } as const;
  const events: AgentEvent[] = [{ ...place, kind: "phase", phase: "attach" }];
  if (uid !== null) events.push({ ...place, kind: "chip", uid, chip: "stm32g0-8k", flashKb: 8 });
  if (state === "working") events.push({ ...place, kind: "progress", done: 4, total: 9 });
  if (state === "waiting" || state === "blocked") {
    events.push({ ...place, kind: "waiting", cause: cause ?? "", says: says ?? "", remedy: remedy ?? "" });
  }
  if (last !== null) events.push({ ...place, kind: "ended", result: { ...last, station } });
  for (const event of events) floor.hear(event, Date.now());
}

names.forEach((name, index) => bring(name, stationStates[index % stationStates.length]!));

const pages: Readonly<Record<string, string>> = {
  overview: "/",
  station: "/stations/station-2",
  "delivery, the newest": `/deliveries/${DELIVERIES - 1}`,
  "delivery, an old one": "/deliveries/7",
  device: `/devices/${uidOf(DELIVERIES / 2)}`,
  "find by 4 digits": `/devices?uid=${uidOf(DELIVERIES / 2).slice(-4)}`,
  "find by 24 digits": `/devices?uid=${uidOf(DELIVERIES / 2)}`,
  "find nothing": "/devices?uid=ffffffff",
  alarms: "/alarms",
  health: "/health",
  "status as JSON": "/status.json",
  figures: "/metrics",
};

const tookMs = new Map<string, number[]>();
const cpuMs = new Map<string, number>();

/** Times one answer; the processor time is the whole process's. */
async function timed(name: string, act: () => Promise<unknown>): Promise<void> {
  const [before, begun] = [process.cpuUsage(), performance.now()];
  await act();
  const { user, system } = process.cpuUsage(before);
  tookMs.set(name, [...tookMs.get(name) ?? [], performance.now() - begun]);
  cpuMs.set(name, (cpuMs.get(name) ?? 0) + (user + system) / 1000);
}

const group = `pages with ${DELIVERIES} deliveries`;
for (const [name, path] of Object.entries(pages)) {
  Deno.bench(name, { group, n: 60, warmup: 3 }, async () => {
    await timed(name, async () => {
      const response = await app.request(`http://127.0.0.1${path}`);
      const text = await response.text();
      if (response.status !== 200) throw new TypeError(`${path}: ${response.status} ${text}`);
    });
  });
}

Deno.bench("overview after a delivery", { group, n: 60, warmup: 3 }, async () => {
  bring("station-3", "good");
  await timed("overview after a delivery", async () => await (await app.request("/")).text());
});

/** Opened when it is read: a reader that takes nothing is let go. */
let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

Deno.bench("a change until an open page has it", { group, n: 30 }, async () => {
  reader ??= (await app.request("/events")).body!.getReader();
  bring("station-4", (tookMs.get("a change")?.length ?? 0) % 2 === 0 ? "working" : "waiting");
  await timed("a change", async () => {
    for (;;) {
      const { value, done } = await reader!.read();
      if (done || new TextDecoder().decode(value).includes("event: page")) return;
    }
  });
});

globalThis.addEventListener("unload", () => {
  for (const [name, times] of tookMs) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
    const each = ((cpuMs.get(name) ?? 0) / times.length).toFixed(1);
    console.log(`${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, processor ${each} ms, of ${sorted.length}`);
  }
  stop.abort();
  appliance.close();
  Deno.removeSync(site.folder, { recursive: true });
});
