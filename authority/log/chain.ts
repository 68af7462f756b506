/**
 * The log's text and its hash chain: each entry's hash covers its text and the hash before it. Pure.
 *
 * @module
 */

import { chainLog, LOG_START, type LogEntry } from "../api/mod.ts";

export { checkChain, LOG_START } from "../api/mod.ts";

/** What happened, by name. Extend only. */
export const eventNames = [
  "authority-made",
  "product-created",
  "release-created",
  "release-complete",
  "order-created",
  "order-changed",
  "enrolment-created",
  "appliance-enrolled",
  "appliance-revoked",
  "appliance-stopped",
  "appliance-resumed",
  "ticket",
  "ticket-refused",
  "ticket-expired",
  "message2",
  "message2-refused",
  "receipt",
  "receipt-refused",
  "failure",
  "device-decision",
  "allowance-set",
  "lease",
  "lease-refused",
  "lease-use",
  "lease-uses-refused",
  "lease-returns",
  "lease-unaccounted",
  "appliance-frozen",
  "renewal-asked",
  "renewal-approved",
  "renewal-declined",
  "epoch-begun",
  "database-outdated",
  "restored-ticket",
  "restored-lease",
  "restored-refused",
  "keys-announced",
  "keys-switched",
  "uids-listed",
] as const;
/** One of {@linkcode eventNames}. */
export type EventName = (typeof eventNames)[number];

/** One event: who asked, and what it was about. Never a key, a secret or a message. */
export interface LogEvent {
  readonly event: EventName;
  /** `appliance <id>`, `owner <key name>` or `authority`. */
  readonly who: string;
  /** Ids, counts, codes: flat, so that a person can read a line. */
  readonly about: Readonly<Record<string, string | number | boolean | null>>;
}

/** Returns the canonical text of an event: keys in alphabetical order, no spaces. */
export function entryText(event: LogEvent, atMs: number): string {
  const about = Object.fromEntries(Object.entries(event.about).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({ about, at: atMs, event: event.event, who: event.who });
}

/** Returns the entry that follows `last`. */
export function nextEntry(last: LogEntry | undefined, event: LogEvent, atMs: number): LogEntry {
  const previous = last === undefined ? LOG_START : Uint8Array.fromHex(last.hash);
  const entry = entryText(event, atMs);
  return { index: last === undefined ? 0 : last.index + 1, entry, hash: chainLog(previous, entry).toHex() };
}
