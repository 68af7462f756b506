/**
 * Signs every reply to an appliance with the log key: over status, body digest and the request's own signature, with the
 * authority's time. Refusals and failures are signed too. A request without a readable signature gets an unsigned reply.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { Malformed } from "../../bootloader/wire/mod.ts";
import {
  contentDigestOf,
  readSignature,
  replyBase,
  writeReplyParameters,
  writeSignature,
} from "../api/mod.ts";
import type { Environment } from "./context.ts";

/** What signing replies needs. */
export interface ReplyPorts {
  readonly signReply: (base: Uint8Array) => Uint8Array;
  readonly logKeyId: string;
  readonly nowMs: () => number;
}

/** Returns the middleware that signs what the ones after it answer. */
export function createSignedReply(ports: ReplyPorts): MiddlewareHandler<Environment> {
  return async function signedReply(context, next) {
    await next();
    const requestSignature = memberOf(context.req.header("signature") ?? null);
    if (requestSignature === undefined) return;
    const { status, headers } = context.res;
    const body = await context.res.bytes();
    const contentDigest = contentDigestOf(body);
    const parameters = { createdSeconds: Math.floor(ports.nowMs() / 1000), keyId: ports.logKeyId };
    const signature = ports.signReply(replyBase({ status, contentDigest, requestSignature }, parameters));
    const signed = new Headers(headers);
    signed.set("content-digest", contentDigest);
    signed.set("signature-input", `flashseal=${writeReplyParameters(parameters)}`);
    signed.set("signature", writeSignature(signature));
    // Hono merges the headers of a reply that is replaced; an empty one has none.
    context.res = undefined;
    context.res = new Response(body, { status, headers: signed });
  };
}

function memberOf(field: string | null): string | undefined {
  try {
    return readSignature(field).member;
  } catch (error) {
    // Outside text that is no signature: there is nothing to bind the reply to.
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
