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
    const { method, path } = context.req;
    const { status } = context.res;
    const refused = context.get("refused") ?? null;
    const who = context.get("who") ?? null;
    const ms = ports.nowMs() - begunMs;
    ports.say(JSON.stringify({ event: "request", at: begunMs, method, path, status, refused, who, ms }));
    ports.observe?.({ method, path, status, refused, ms });
  };
}
