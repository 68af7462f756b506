/**
 * Figures for Prometheus that the authority and the agent tell alike; why here: `README.md` beside this file.
 *
 * @example
 * ```ts
 * import { Registry } from "prom-client";
 * import { machineReadings } from "./mod.ts";
 * const registry = new Registry();
 * const set = machineReadings(registry, "database");
 * set({ disk: null, process: { residentBytes: 1, cpuSeconds: 2 } });
 * ```
 * @module
 */
export { gaugeOf, type MachineFacts, machineReadings, METRICS_TYPE } from "./machine.ts";
