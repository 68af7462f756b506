/**
 * One JSON line for each request: method, path, status, refusal, caller, milliseconds. No header, no body, no query: so no
 * secret.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { Environment } from "./context.ts";

/** What is told of a request to whoever counts. */
export interface RequestSeen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Code of the refusal that was answered. */
  readonly refused: string | null;
  /** Milliseconds from its head to its answer. */
  readonly ms: number;
}

/** What the owner's page has under its address, by the first part of it. */
const PLACES =
  /^\/console(?:\/(?:style\.css|live\.js|icon\.svg|sign-in|sign-out|orders|appliances|devices|devices\.csv|products|dates|stop|acts)(?:\/|$)|$)/;

/** An API key that was pasted into the address bar is part of a path: what the owner's page does not know is not told. */
function pathOf(path: string): string {
  return path.startsWith("/console/") && !PLACES.test(path) ? "/console/*" : path;
}

/** Returns the middleware that says one line for each request. */
export function createRequestLog(
  ports: {
    readonly say: (line: string) => void;
    readonly nowMs: () => number;
    readonly observe?: (request: RequestSeen) => void;
  },
): MiddlewareHandler<Environment> {
  return async function requestLog(context, next) {
    const begunMs = ports.nowMs();
    await next();
    const { method } = context.req;
    const path = pathOf(context.req.path);
    const { status } = context.res;
    const refused = context.get("refused") ?? null;
    const who = context.get("who") ?? null;
    const ms = ports.nowMs() - begunMs;
    ports.say(JSON.stringify({ event: "request", at: begunMs, method, path, status, refused, who, ms }));
    ports.observe?.({ method, path, status, refused, ms });
  };
}
