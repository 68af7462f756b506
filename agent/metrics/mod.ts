/**
 * The appliance's figures for Prometheus: counted from what deliveries tell, read from the record when asked.
 *
 * @module
 */
export {
  type AgentFacts,
  type AgentMetrics,
  createAgentMetrics,
  METRICS_TYPE,
  type Observed,
} from "./agent_metrics.ts";
