/**
 * The authority's figures for Prometheus: requests as they come, and the database's own counts when asked.
 *
 * @module
 */

export { METRICS_TYPE } from "../../figures/mod.ts";
export { type AuthorityMetrics, createAuthorityMetrics, type MetricsPorts } from "./authority_metrics.ts";
