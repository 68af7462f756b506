/**
 * All figures of one agent in a registry of its own: nothing is kept in prom-client's global one. Labels have few values,
 * all of them known to the program or to its configuration; a UID or a ticket is never one.
 *
 * @module
 */
import { Registry } from "prom-client";
import { createCounts, type Observed } from "./counts.ts";
import type { AgentFacts } from "./facts.ts";
import { createReadings } from "./readings.ts";

/** The figures of one agent. */
export interface AgentMetrics {
  /** Takes one event of the running agent. */
  readonly observe: (event: Observed) => void;
  /** Takes it that a round with the authority has ended. */
  readonly roundEnded: (outcome: "done" | "failed") => void;
  /** Returns everything as Prometheus reads it. */
  readonly text: () => Promise<string>;
}

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
