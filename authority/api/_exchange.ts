/**
 * One request and its reply, as both clients need it: address, body, limits, and the translation of what comes back
 * into an answer, a refusal, or an error. Knows no key.
 *
 * @module
 */

import * as v from "valibot";
import { Fault } from "../../bootloader/wire/mod.ts";
import { isRefusalCode, type RefusalCode, refusals, type UnitEffect } from "./refusal.ts";
import { fillPath, type ReplyOf, type Route, type RouteName, routes } from "./routes.ts";
import { integerBetween, orderId } from "./fields.ts";
import { malformed, serverFault } from "./_errors.ts";

/** A refusal as it came over the wire; sentences are those of this program's own table where it knows the code. */
export interface Refused {
  readonly code: RefusalCode;
  readonly number: number;
  readonly says: string;
  readonly remedy: string;
  readonly effect: UnitEffect;
  /** What this refusal is about, when the authority said more. */
  readonly detail: string | undefined;
  /** With "replay": the highest sequence that the authority has seen of this appliance. */
  readonly highestSequence?: number;
  /** With "record-asked": the number of the record whose hash is asked for. */
  readonly askedRecord?: number;
  /**
   * With "quota-spent": the orders that give nothing only because they are spent, and of which units are lent to this
   * appliance (P-77). Missing: this authority does not tell; then no order is known to be merely spent.
   */
  readonly spentOrders?: readonly string[];
}

/** What a call gives: `granted`, or a refusal as a value. `atSeconds` is the authority's time, signed where it is signed. */
export type Answer<T> =
  | { readonly granted: T; readonly atSeconds: number }
  | { readonly refused: Refused; readonly atSeconds: number };

/** The part of `fetch` that the clients use; a test may hand in an app's own. */
export type Fetch = (request: Request) => Promise<Response>;

/** What one call needs besides its route. */
export interface CallOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Aborts the call; the caller sets its deadline here. */
  readonly signal?: AbortSignal;
}

/** A reply whose body was read whole. */
export interface ReadReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const REPLY_BYTES_MOST = 8 * 1_048_576;

/** Returns the absolute URL of a route. */
export function urlOf(origin: string, name: RouteName, options: CallOptions): string {
  const url = new URL(fillPath(routes[name].path, options.parameters ?? {}), origin);
  for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value);
  return url.href;
}

/** Returns a request body as JSON bytes; undefined when there is none. */
export function bodyOf(options: CallOptions): Uint8Array<ArrayBuffer> | undefined {
  return options.body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(options.body));
}

/** Sends a request and reads the whole reply. @throws {Fault} when the network fails or the reply is too long. */
export async function send(fetch: Fetch, request: Request): Promise<ReadReply> {
  try {
    const response = await fetch(request);
    return { status: response.status, headers: response.headers, body: await readBounded(response) };
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const host = new URL(request.url).host;
    throw serverFault(`Cannot reach the owner's server at ${host}: ${sentenceOf(cause)}`, {
      retry: true,
      cause,
    });
  }
}

function sentenceOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : "the network failed";
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  // Bound: a reply of more than REPLY_BYTES_MOST is cut off here.
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > REPLY_BYTES_MOST) {
      throw serverFault("Cannot read the server's reply: it is longer than 8 MiB", {
        retry: false,
      });
    }
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The highest sequence that a request can be signed with: 15 decimal digits. */
const SEQUENCE_MOST = 999_999_999_999_999;

/** How many orders a refusal names at most: an appliance borrows of far fewer at a time. */
export const SPENT_ORDERS_MOST = 256;

const problem = v.object({
  code: v.string(),
  detail: v.optional(v.string()),
  incident: v.optional(v.string()),
  highestSequence: v.optional(integerBetween(-1, SEQUENCE_MOST)),
  askedRecord: v.optional(integerBetween(0, Number.MAX_SAFE_INTEGER)),
  spentOrders: v.optional(v.pipe(v.array(orderId), v.maxLength(SPENT_ORDERS_MOST))),
});

/**
 * Translates a reply into an answer.
 * @throws {Fault} when the server says that it failed; {Malformed} when the reply is not what the contract says.
 */
export function answerOf<N extends RouteName>(
  name: N,
  reply: ReadReply,
  atSeconds: number,
): Answer<ReplyOf<N>> {
  if (reply.status >= 200 && reply.status < 300) {
    const schema = (routes[name] as Route).reply;
    const granted = schema === null ? reply.body : readWith(schema, jsonOf(reply.body), `reply to "${name}"`);
    return { granted: granted as ReplyOf<N>, atSeconds };
  }
  const said = reply.status >= 500 ? undefined : v.safeParse(problem, jsonOf(reply.body));
  if (said === undefined || !said.success || !isRefusalCode(said.output.code)) {
    throw serverFault(`Cannot use the server's reply to "${name}": it failed with status ${reply.status}`, {
      retry: reply.status >= 500,
    });
  }
  const { code, detail, highestSequence, askedRecord, spentOrders } = said.output;
  const { number, says, remedy, effect } = refusals[code];
  return {
    refused: {
      ...{ code, number, says, remedy, effect, detail },
      ...(highestSequence === undefined ? {} : { highestSequence }),
      ...(askedRecord === undefined ? {} : { askedRecord }),
      ...(spentOrders === undefined ? {} : { spentOrders }),
    },
    atSeconds,
  };
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw malformed("the server's reply", "it is not JSON");
  }
}

/** Returns `value` as `schema` says. @throws {Malformed} naming the place in it that is wrong, never its content. */
export function readWith<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw malformed(what, problemOf(issue), whereOf(issue));
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === "never") return "there is no such key";
  if (issue.received === "undefined") return "it is missing";
  // Our own checks say what must be; the library's sentences would repeat what was received.
  const isOurs = issue.kind === "validation" && issue.message.startsWith("must ");
  return isOurs ? `it ${issue.message}` : `it must be ${issue.expected ?? "otherwise"}`;
}

function whereOf(issue: v.BaseIssue<unknown>): string | undefined {
  const path = v.getDotPath(issue);
  // A key that nobody knows is outside text: named only while it looks like a key.
  return path === null || !/^[A-Za-z0-9_.-]{1,64}$/.test(path) ? undefined : `"${path}"`;
}
