/**
 * All figures of one agent in a registry of its own: nothing is kept in prom-client's global one. Labels have few values,
 * all of them known to the program or to its configuration; a UID or a ticket is never one.
 *
 * @module
 */
import { Registry } from "prom-client";
import { createCounts, type Observed } from "./counts.ts";
import { createReadings } from "./readings.ts";

export type { Observed } from "./counts.ts";

/** What is read at each scrape; times in seconds, sizes in bytes. */
export interface AgentFacts {
  readonly stations: readonly { readonly station: string; readonly state: string }[];
  /** Over the whole life of the record. */
  readonly counts: {
    readonly delivered: number;
    readonly refused: number;
    readonly failed: number;
    readonly unreported: number;
  };
  readonly left: readonly { readonly product: string; readonly tickets: number }[];
  /** Steps of lent units that the authority has not heard of. */
  readonly unreportedUses: number;
  /** Null: it was not asked yet by this process. */
  readonly reachable: boolean | null;
  /** Null: it never answered. */
  readonly contactAgeSeconds: number | null;
  /** This clock minus the authority's, at the last answer; null: it never answered. */
  readonly clockOffsetSeconds: number | null;
  /** Why the authority wants nothing more of this appliance: a refusal's code. */
  readonly barred: string | null;
  /** Of the disk that holds the appliance's folder; null where the system does not tell. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | null;
  readonly process: { readonly residentBytes: number; readonly cpuSeconds: number };
}

/** The figures of one agent. */
export interface AgentMetrics {
  /** Takes one event of the running agent. */
  readonly observe: (event: Observed) => void;
  /** Takes it that a round with the authority has ended. */
  readonly roundEnded: (outcome: "done" | "failed") => void;
  /** Returns everything as Prometheus reads it. */
  readonly text: () => Promise<string>;
}

/** The content type of {@linkcode AgentMetrics.text}. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Returns the figures of an agent with these stations; `read` gives the facts as they are at a scrape. */
export function createAgentMetrics(stations: readonly string[], read: () => AgentFacts): AgentMetrics {
  const registry = new Registry();
  const counts = createCounts(registry, stations);
  const readings = createReadings(registry);
  return {
    ...counts,
    async text() {
      readings(read());
      return await registry.metrics();
    },
  };
}
