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
    denials: 8,
    renewal: 9,
    restored: 10,
    restoredLease: 11,
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
  /** The newest ticket under which the authority gave a message 2, or null: it must know that one (P-64). */
  readonly state: TicketId | null;
  readonly receipt: TicketId;
  readonly failure: TicketId;
  readonly lease: null;
  readonly leaseUses: LeaseId;
  readonly leaseReturns: LeaseId;
  readonly releaseContent: ReleaseId;
  readonly denials: null;
  readonly renewal: null;
  readonly restored: null;
  readonly restoredLease: null;
}

/** A message to one route. */
export interface MessageTo<N extends CarriedRoute> {
  readonly route: N;
  /** What the address names. */
  readonly subject: Subjects[N];
  readonly body: RequestOf<N>;
  readonly range: N extends "releaseContent" ? ContentRange : null;
}

/** What an appliance says to its authority. */
export type Message = { [N in CarriedRoute]: MessageTo<N> }[CarriedRoute];

/** Where the address of each route names its subject, and under which name; null: it names none. */
export const subjectPlaces = Object.freeze(
  {
    // Only when there is such a ticket.
    state: { in: "query", name: "ticket" },
    receipt: { in: "path", name: "ticket" },
    failure: { in: "path", name: "ticket" },
    lease: null,
    leaseUses: { in: "path", name: "lease" },
    leaseReturns: { in: "path", name: "lease" },
    releaseContent: { in: "path", name: "release" },
    denials: null,
    renewal: null,
    restored: null,
    restoredLease: null,
  } as const satisfies Record<CarriedRoute, { readonly in: "path" | "query"; readonly name: string } | null>,
);

/** Returns what the call of a message is given besides its route. */
export function callOf({ route, subject, body, range }: Message): CallOptions {
  const place = subjectPlaces[route];
  const named = place === null || subject === null ? {} : { [place.name]: subject };
  // The range stands in the query, where the request's signature covers it; a Range field would not be covered.
  const part = range === null ? {} : { offset: String(range.offset), length: String(range.length) };
  const isInPath = place?.in === "path";
  return {
    ...(isInPath ? { parameters: named } : {}),
    query: { ...(isInPath ? {} : named), ...part },
    ...(body === undefined ? {} : { body }),
  };
}
