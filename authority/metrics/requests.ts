/**
 * Requests by the contract's routes: a path becomes the name of its route, so that what stands in a path is no label.
 *
 * @module
 */

import { Counter, Histogram, type Registry } from "prom-client";
import { isRefusalCode, type Route, routes } from "../api/mod.ts";
import type { RequestSeen } from "../http/mod.ts";

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PATTERNS = Object.entries(routes as Readonly<Record<string, Route>>).map((
  [name, { method, path }],
) => ({
  name,
  method,
  pattern: new RegExp(`^${path.replace(/:[a-z]+/g, "[^/]+")}$`),
}));

/** Returns the name of the contract's route that a request is for; `other` when it is for none. */
export function routeNameOf(method: string, path: string): string {
  return PATTERNS.find((each) => each.method === method && each.pattern.test(path))?.name ?? "other";
}

/** Registers the counters and returns who feeds them. */
export function createRequestCounts(registry: Registry): (request: RequestSeen) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "flashseal_requests_total",
    help: "Answered requests by route of the contract and class of status",
    labelNames: ["route", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "flashseal_request_seconds",
    help: "Time from the head of a request to its answer",
    labelNames: ["route"],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const refusals = new Counter({
    name: "flashseal_refusals_total",
    help: "Refusals by their code",
    labelNames: ["cause"],
    registers,
  });
  return ({ method, path, status, refused, ms }) => {
    const route = routeNameOf(method, path);
    requests.inc({ route, status: `${Math.floor(status / 100)}xx` });
    // A clock that was set back gives no negative time.
    seconds.observe({ route }, Math.max(0, ms) / 1000);
    if (refused !== null) refusals.inc({ cause: isRefusalCode(refused) ? refused : "other" });
  };
}
