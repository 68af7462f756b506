/**
 * Reads the whole body of a request, up to a limit, before anything else looks at it. Knows no content.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { concat, Malformed } from "../../bootloader/wire/mod.ts";
import { contentDigestOf } from "../api/mod.ts";
import type { Environment } from "./context.ts";
import { refusalReply } from "./problem.ts";

/** Returns the middleware that refuses a body of more than `bytesMost` bytes, or one that is not its `Content-Digest`. */
export function createBodyLimit(bytesMost: number): MiddlewareHandler<Environment> {
  return async function bodyLimit(context, next) {
    const body = await readBody(context.req.raw, bytesMost);
    if (body === undefined) {
      return refusalReply(context, "body-too-large", `At most ${bytesMost} bytes are taken`);
    }
    const digest = context.req.header("content-digest");
    if (digest !== undefined && digest !== contentDigestOf(body)) {
      throw new Malformed("Cannot read the request: its body is not the one of its Content-Digest", {
        structure: "request",
      });
    }
    context.set("bytes", body);
    await next();
    return undefined;
  };
}

async function readBody(request: Request, bytesMost: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMost) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  // Bound: bytesMost, whatever the request says of its length.
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > bytesMost) return undefined;
    parts.push(part);
  }
  return concat(...parts);
}
