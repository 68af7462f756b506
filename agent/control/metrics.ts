/**
 * The figures of a running agent bound to its appliance: what is read at a scrape, from record, contact, disk and process.
 *
 * @module
 */
import { machineFacts } from "../../figures/host/mod.ts";
import { type AgentFacts, type AgentMetrics, createAgentMetrics } from "../metrics/mod.ts";
import { offlineStatus } from "../sync/mod.ts";
import type { Appliance } from "./appliance.ts";
import type { Floor } from "./floor.ts";
import type { AgentPorts } from "./ports.ts";
import { standingOf } from "./status_of.ts";

/** Returns the figures of an agent with this floor. */
export function metricsOf(
  appliance: Appliance,
  floor: Floor,
  ports: Pick<AgentPorts, "nowMs">,
): AgentMetrics {
  return createAgentMetrics(
    floor.stations().map(({ station }) => station),
    () => factsOf(appliance, floor, ports.nowMs()),
  );
}

function factsOf(
  { journal, contact, folder }: Appliance,
  floor: Floor,
  nowMs: number,
): AgentFacts {
  const offline = offlineStatus(journal, nowMs);
  const { lastMs, signedSeconds } = journal.contact();
  return {
    stations: floor.stations(),
    counts: floor.counts().counts,
    left: offline.left,
    leases: offline.leases,
    unreportedUses: offline.unreported,
    reachable: contact.state.reachable,
    contactAgeSeconds: offline.contact.ageMs === null ? null : offline.contact.ageMs / 1000,
    clockOffsetSeconds: lastMs === null ? null : lastMs / 1000 - signedSeconds,
    barred: standingOf(journal)?.code ?? null,
    ...machineFacts(folder),
  };
}
