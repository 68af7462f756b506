/**
 * The authority's figures for Prometheus: requests as they come, and the database's own counts when asked.
 *
 * @module
 */

export { type AuthorityMetrics, createAuthorityMetrics, METRICS_TYPE } from "./authority_metrics.ts";
export type { MachineFacts, MetricsPorts } from "./authority_metrics.ts";
