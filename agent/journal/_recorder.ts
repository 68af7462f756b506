/**
 * The journal's pen: runs a change and appends its record to the hash chain in one transaction. Knows the chain's
 * table and no other.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { Defect } from "../../bootloader/wire/mod.ts";
import { CHAIN_START, hashRecord } from "./chain.ts";
import { inPassing, inTransaction } from "./statements.ts";
import { blob, integer } from "./rows.ts";

/** What a record says beside its kind; never a secret. */
export type Facts = Readonly<Record<string, string | number | null>>;

/** Where the chain ends. */
export interface ChainHead {
  /** Number of the last record; 0 when there is none. */
  readonly number: number;
  /** 32 bytes; {@linkcode CHAIN_START} when there is none. */
  readonly hash: Uint8Array;
}

/** Writes one journal; shared by everything of the room that changes it. */
export class Recorder {
  readonly database: DatabaseSync;
  readonly nowMs: () => number;

  constructor(database: DatabaseSync, nowMs: () => number) {
    this.database = database;
    this.nowMs = nowMs;
  }

  /** Runs `act` and appends one record, all in one transaction. `more` adds to the record what `act` made. */
  change<T>(kind: string, facts: Facts, act: () => T, more: (result: T) => Facts = () => ({})): T {
    return inTransaction(this.database, () => {
      const result = act();
      this.#append(kind, JSON.stringify({ ...facts, ...more(result) }));
      return result;
    });
  }

  /** As `change`, for what is only told: the disk is not waited for, a later change makes it durable with itself. */
  note(kind: string, facts: Facts, act: () => void): void {
    inPassing(this.database, () => {
      act();
      this.#append(kind, JSON.stringify(facts));
    });
  }

  /** Runs `act` and appends the record only when it returns true, all in one transaction; returns what it returned. */
  changeIf(kind: string, facts: Facts, act: () => boolean): boolean {
    return inTransaction(this.database, () => {
      const hasChanged = act();
      if (hasChanged) this.#append(kind, JSON.stringify(facts));
      return hasChanged;
    });
  }

  /** Runs `act` in one transaction without a record: for what decides nothing that the chain has to show. */
  quietly<T>(act: () => T): T {
    return inTransaction(this.database, act);
  }

  /** The same for a change of exactly one row: the caller has read it just before. @throws {Defect} when it changes none. */
  changeOne(kind: string, facts: Facts, act: () => { readonly changes: number | bigint }): void {
    this.change(kind, facts, () => {
      const { changes } = act();
      // A row in another state than its caller has just read is a fault in our own order.
      if (Number(changes) !== 1) throw new Defect(`journal: "${kind}" does not fit the state of its ticket`);
    });
  }

  /** Returns the end of the chain as it is now. */
  head(): ChainHead {
    const last = this.database.prepare("SELECT number, hash FROM records ORDER BY number DESC LIMIT 1").get();
    return last === undefined
      ? { number: 0, hash: CHAIN_START }
      : { number: integer(last, "number"), hash: blob(last, "hash") };
  }

  #append(kind: string, body: string): void {
    const { number: before, hash: previous } = this.head();
    const number = before + 1;
    const atMs = this.nowMs();
    const hash = hashRecord(previous, { number, atMs, kind, body });
    this.database.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?)").run(number, atMs, kind, body, hash);
  }
}
