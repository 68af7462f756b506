/**
 * The appliance's figures for Prometheus: counted from what deliveries tell, read from the record when asked.
 *
 * @module
 */
export { METRICS_TYPE } from "../../figures/mod.ts";
export { type AgentMetrics, createAgentMetrics } from "./agent_metrics.ts";
export type { Observed } from "./counts.ts";
export type { AgentFacts } from "./facts.ts";
