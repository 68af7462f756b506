/**
 * The authority's figures for Prometheus: requests as they come, and the database's own counts when asked.
 *
 * @module
 */

export {
  type AuthorityMetrics,
  createAuthorityMetrics,
  METRICS_TYPE,
  type MetricsPorts,
} from "./authority_metrics.ts";
export type { MachineFacts } from "./facts.ts";
