/**
 * The one translation from refusals and errors to HTTP: `application/problem+json` (RFC 9457). No other file knows status
 * numbers of failures. What a Defect or an unknown error says stays inside: the peer gets an incident number.
 *
 * @module
 */

import type { Context } from "hono";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { type RefusalCode, refusals, type Refused } from "../api/mod.ts";
import type { Environment } from "./context.ts";

/** What a refusal says besides, to a program: see `Refused`. */
export type RefusalFacts = Pick<Refused, "highestSequence" | "askedRecord" | "spentOrders">;

/** Returns the reply for a refusal. */
export function refusalReply(
  context: Context<Environment>,
  code: RefusalCode,
  detail?: string,
  facts: RefusalFacts = {},
): Response {
  const { number, status, says, remedy, effect } = refusals[code];
  context.set("refused", code);
  return problemReply(status, {
    type: `urn:flashseal:refusal:${code}`,
    title: says,
    status,
    code,
    number,
    remedy,
    effect,
    ...(detail === undefined ? {} : { detail }),
    ...facts,
  });
}

/** Returns the function that turns an error into a reply and tells the log of it. */
export function createErrorReply(
  ports: { readonly say: (line: string) => void; readonly incident: () => string },
): (error: Error, context: Context<Environment>) => Response {
  return function errorReply(error, context) {
    // The sentence of a Malformed names structure and place, never the bytes.
    if (error instanceof Malformed) return refusalReply(context, "malformed", error.message);
    const incident = ports.incident();
    const isFault = error instanceof Fault;
    ports.say(JSON.stringify({ event: "incident", incident, error: error.name, message: error.message }));
    const status = isFault ? 503 : 500;
    return problemReply(status, {
      type: `urn:flashseal:${isFault ? "fault" : "defect"}`,
      title: isFault ? error.message : "Internal error",
      status,
      code: isFault ? "fault" : "defect",
      retry: isFault && error.retry,
      incident,
    });
  };
}

function problemReply(status: number, body: Readonly<Record<string, unknown>>): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
