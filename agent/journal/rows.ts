/**
 * What the journal's rows are to the rest of the agent: typed records, read strictly. Knows columns, no SQL.
 *
 * @module
 */
import type { SQLOutputValue } from "node:sqlite";
import { assert } from "../../bootloader/wire/mod.ts";
import type { ChainRecord } from "./chain.ts";

/** How a delivery ended: see D§12. */
export type Outcome = "delivered" | "refused" | "failed";

/** A ticket as the journal holds it. `open`: not yet receipted; `receipted`: the receipt waits to be reported. */
export interface TicketRecord {
  /** 32 lower-case hex digits. */
  readonly ticketId: string;
  /** 24 lower-case hex digits in memory order. */
  readonly uid: string;
  readonly product: string;
  /** 32 lower-case hex digits. */
  readonly release: string;
  /** 352 bytes. */
  readonly sealed: Uint8Array;
  readonly state: "open" | "receipted" | "committed" | "closed";
  /** Whether this appliance may have erased or written the chip under this ticket. */
  readonly eraseBegun: boolean;
  /** Number of the last message 2 of this ticket that came here; 0: none. */
  readonly message2: number;
  /** Whether a message 1 of this ticket may have reached the authority, answered or not. */
  readonly keyAsked: boolean;
  /** The 100 bytes of the receipt, opened from its transport message. */
  readonly receipt: Uint8Array | null;
}

/** One run at one station. */
export interface DeliveryRecord {
  readonly id: number;
  readonly station: string;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly uid: string | null;
  readonly chip: string | null;
  readonly ticketId: string | null;
  readonly phase: string;
  readonly outcome: Outcome | null;
  readonly cause: string | null;
  /** Who gave the ticket: the authority, or a lease in this appliance's vault. */
  readonly mode: "online" | "offline";
}

/** A row as SQLite gives it. */
export type Row = Record<string, SQLOutputValue>;

/** Reads rows of the chain one by one. */
export function* chainRecords(
  rows: Iterable<Row>,
): Generator<ChainRecord & { readonly hash: Uint8Array }> {
  for (const row of rows) {
    yield {
      number: integer(row, "number"),
      atMs: integer(row, "at_ms"),
      kind: text(row, "kind"),
      body: text(row, "body"),
      hash: blob(row, "hash"),
    };
  }
}

/** Reads a row of `tickets`. */
export function readTicket(row: Row): TicketRecord {
  return {
    ticketId: text(row, "ticket_id"),
    uid: text(row, "uid"),
    product: text(row, "product"),
    release: text(row, "release"),
    sealed: blob(row, "sealed"),
    state: text(row, "state") as TicketRecord["state"],
    eraseBegun: integer(row, "erase_begun") === 1,
    message2: integer(row, "message2"),
    keyAsked: integer(row, "key_asked") === 1,
    receipt: row["receipt"] === null ? null : blob(row, "receipt"),
  };
}

/** Reads a row of `deliveries`. */
export function readDelivery(row: Row): DeliveryRecord {
  return {
    id: integer(row, "id"),
    station: text(row, "station"),
    startedMs: integer(row, "started_ms"),
    endedMs: row["ended_ms"] === null ? null : integer(row, "ended_ms"),
    uid: textOrNull(row, "uid"),
    chip: textOrNull(row, "chip"),
    ticketId: textOrNull(row, "ticket_id"),
    phase: text(row, "phase"),
    outcome: textOrNull(row, "outcome") as Outcome | null,
    cause: textOrNull(row, "cause"),
    mode: text(row, "mode") as DeliveryRecord["mode"],
  };
}

/** Returns a column that holds a number. */
export function integer(row: Row | undefined, column: string): number {
  const value = row?.[column];
  assert(typeof value === "number", `journal: column ${column} is no number`);
  return value;
}

/** Returns a column that holds text. */
export function text(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === "string", `journal: column ${column} is no text`);
  return value;
}

/** Returns a column that holds text or nothing. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** Returns a column that holds bytes. */
export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  assert(value instanceof Uint8Array, `journal: column ${column} is no blob`);
  return value;
}

/** Returns a column that holds bytes or nothing. */
export function blobOrNull(row: Row, column: string): Uint8Array | null {
  return row[column] === null ? null : blob(row, column);
}
