/**
 * Admits the owner's requests by API key. Only a hash of each key is known; what is compared is the hash.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { Environment } from "./context.ts";
import { refusalReply } from "./problem.ts";

/** Finds an API key's name by the key, or undefined when it is not in force. */
export type FindApiKey = (apiKey: string) => { readonly name: string } | undefined;

const BEARER = /^Bearer ([0-9a-f]{64})$/;

/** Returns the middleware that lets through requests with a key in force. */
export function createApiKeyCheck(findApiKey: FindApiKey): MiddlewareHandler<Environment> {
  return async function apiKey(context, next) {
    const text = BEARER.exec(context.req.header("authorization") ?? "")?.[1];
    const key = text === undefined ? undefined : findApiKey(text);
    if (key === undefined) return refusalReply(context, "api-key-wrong");
    context.set("who", `owner ${key.name}`);
    await next();
    return undefined;
  };
}
