/**
 * The messages of sync as data: what an appliance says, whichever carrier takes it. A message becomes a call over HTTPS or
 * an entry of a file (P-65). Knows no key and no meaning.
 *
 * @module
 */

import type { LeaseId, ReleaseId, TicketId } from "../../bootloader/wire/mod.ts";
import type { CallOptions } from "./_exchange.ts";
import type { RequestOf, RouteName } from "./routes.ts";

/**
 * The routes of messages that may go by file, and their numbers there (P-65); numbers are never reused. Tickets and
 * message 2 are not among them: their answers hold transport keys.
 */
export const carriedRoutes = Object.freeze(
  {
    state: 1,
    receipt: 2,
    failure: 3,
    lease: 4,
    leaseUses: 5,
    leaseReturns: 6,
    releaseContent: 7,
  } as const satisfies Partial<Record<RouteName, number>>,
);

/** The name of one of {@linkcode carriedRoutes}. */
export type CarriedRoute = keyof typeof carriedRoutes;

/** A part of an encrypted release, in bytes. */
export interface ContentRange {
  readonly offset: number;
  readonly length: number;
}

interface Subjects {
  readonly state: null;
  readonly receipt: TicketId;
  readonly failure: TicketId;
  readonly lease: null;
  readonly leaseUses: LeaseId;
  readonly leaseReturns: LeaseId;
  readonly releaseContent: ReleaseId;
}

/** A message to one route. */
export interface MessageTo<N extends CarriedRoute> {
  readonly route: N;
  /** What the path names. */
  readonly subject: Subjects[N];
  readonly body: RequestOf<N>;
  readonly range: N extends "releaseContent" ? ContentRange : null;
}

/** What an appliance says to its authority. */
export type Message = { [N in CarriedRoute]: MessageTo<N> }[CarriedRoute];

/** The names of path parameters that carry a message's subject. */
export const subjectNames = Object.freeze(
  {
    state: null,
    receipt: "ticket",
    failure: "ticket",
    lease: null,
    leaseUses: "lease",
    leaseReturns: "lease",
    releaseContent: "release",
  } as const satisfies Record<CarriedRoute, string | null>,
);

/** Returns what the call of a message is given besides its route. */
export function callOf({ route, subject, body, range }: Message): CallOptions {
  const name = subjectNames[route];
  return {
    ...(name === null || subject === null ? {} : { parameters: { [name]: subject } }),
    // The range stands in the query, where the request's signature covers it; a Range field would not be covered.
    ...(range === null ? {} : { query: { offset: String(range.offset), length: String(range.length) } }),
    ...(body === undefined ? {} : { body }),
  };
}
