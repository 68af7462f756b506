/**
 * Appends events to the log within the transaction of the act they tell of, and signs its head. Knows no event's meaning.
 *
 * @module
 */

import type { OwnerId } from "../../bootloader/wire/mod.ts";
import { type LogEntry, statementSubjects } from "../api/mod.ts";
import { appendLogEntry, type Database, lastLogEntry } from "../store/mod.ts";
import { type LogEvent, nextEntry } from "./chain.ts";

/** Signs a statement of the log key. */
export type SealStatement = (
  facts: {
    readonly subject: number;
    readonly owner: OwnerId;
    readonly atMs: number;
    readonly number: number;
  },
  content: Uint8Array,
) => Uint8Array;

/** Appends an event; must run inside a transaction, so that event and act are durable together or not at all. */
export function appendEvent(db: Database, event: LogEvent, atMs: number): void {
  appendLogEntry(db, nextEntry(lastLogEntry(db), event, atMs));
}

/** Returns the log key's statement over the newest entry; undefined while the log is empty. */
export function signHead(
  last: LogEntry | undefined,
  ports: { readonly sealStatement: SealStatement; readonly owner: OwnerId; readonly atMs: number },
): Uint8Array | undefined {
  if (last === undefined) return undefined;
  return ports.sealStatement(
    { subject: statementSubjects.logHead, owner: ports.owner, atMs: ports.atMs, number: last.index },
    Uint8Array.fromHex(last.hash),
  );
}
