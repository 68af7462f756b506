/**
 * One JSON line for each request: method, path, status, refusal, caller, milliseconds. No header, no body, no query: so no
 * secret.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { Environment } from "./context.ts";

/** Returns the middleware that says one line for each request. */
export function createRequestLog(
  ports: { readonly say: (line: string) => void; readonly nowMs: () => number },
): MiddlewareHandler<Environment> {
  return async function requestLog(context, next) {
    const begunMs = ports.nowMs();
    await next();
    ports.say(JSON.stringify({
      event: "request",
      at: begunMs,
      method: context.req.method,
      path: context.req.path,
      status: context.res.status,
      refused: context.get("refused") ?? null,
      who: context.get("who") ?? null,
      ms: ports.nowMs() - begunMs,
    }));
  };
}
