/**
 * All figures of one authority in a registry of its own: nothing is kept in prom-client's global one. Labels have few
 * values: routes, classes of status, codes, states, and the names of at most 100 orders; never a UID, a ticket or a key.
 *
 * @module
 */

import { Registry } from "prom-client";
import type { MachineFacts } from "../../figures/mod.ts";
import type { RequestSeen } from "../http/mod.ts";
import { type Database, readFigures } from "../store/mod.ts";
import { createLogReader } from "./log_events.ts";
import { createReadings } from "./readings.ts";
import { createRequestCounts } from "./requests.ts";

/** What the figures are given. */
export interface MetricsPorts {
  readonly db: Database;
  readonly nowMs: () => number;
  readonly outdatedAfterMs: number;
  readonly machine?: () => MachineFacts;
}

/** The figures of one authority. */
export interface AuthorityMetrics {
  /** Takes one answered request. */
  readonly observe: (request: RequestSeen) => void;
  /** Returns everything as Prometheus reads it. @throws {Fault} when the database fails. */
  readonly text: () => Promise<string>;
}

/** How many orders are told by name: the newest that have not ended. All are in the sums. */
const ORDERS_MOST = 100;

/** Returns the figures of an authority. */
export function createAuthorityMetrics(ports: MetricsPorts): AuthorityMetrics {
  const { db, nowMs, outdatedAfterMs } = ports;
  const registry = new Registry();
  const observe = createRequestCounts(registry);
  const readLog = createLogReader(registry, db);
  const set = createReadings(registry);
  return {
    observe,
    async text() {
      readLog();
      const figures = readFigures(db, { nowMs: nowMs(), outdatedAfterMs, ordersMost: ORDERS_MOST });
      set(figures, ports.machine?.() ?? null);
      return await registry.metrics();
    },
  };
}
