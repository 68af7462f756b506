/**
 * The figures of a running agent bound to its appliance: what is read at a scrape, from record, contact, disk and process.
 *
 * @module
 */
import { statfsSync } from "node:fs";
import process from "node:process";
import { type AgentFacts, type AgentMetrics, createAgentMetrics } from "../metrics/mod.ts";
import type { StationStatus } from "../status/mod.ts";
import { offlineStatus } from "../sync/mod.ts";
import type { Appliance } from "./appliance.ts";
import type { AgentPorts } from "./ports.ts";
import { standingOf } from "./status_of.ts";

/** Returns the figures of an agent; `stations` is kept up to date by the caller. */
export function metricsOf(
  appliance: Appliance,
  stations: ReadonlyMap<string, StationStatus>,
  ports: Pick<AgentPorts, "nowMs">,
): AgentMetrics {
  return createAgentMetrics([...stations.keys()], () => factsOf(appliance, stations, ports.nowMs()));
}

function factsOf(
  { journal, contact, folder }: Appliance,
  stations: ReadonlyMap<string, StationStatus>,
  nowMs: number,
): AgentFacts {
  const offline = offlineStatus(journal, nowMs);
  const { lastMs, signedSeconds } = journal.contact();
  return {
    stations: [...stations.values()],
    counts: journal.counts(),
    left: offline.left,
    unreportedUses: offline.unreported,
    reachable: contact.state.reachable,
    contactAgeSeconds: offline.contact.ageMs === null ? null : offline.contact.ageMs / 1000,
    clockOffsetSeconds: lastMs === null ? null : lastMs / 1000 - signedSeconds,
    barred: standingOf(journal)?.code ?? null,
    disk: diskOf(folder),
    process: processFacts(),
  };
}

function diskOf(folder: string): AgentFacts["disk"] {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    // Some systems do not tell; the other figures are worth having all the same.
    return null;
  }
}

function processFacts(): AgentFacts["process"] {
  const { user, system } = process.cpuUsage();
  return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}
