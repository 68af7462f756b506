/**
 * What the journal shows of its hash chain to the authority (P-68): its head, the hash at an earlier number, the place that
 * was acknowledged last; and the request sequence that goes with it.
 *
 * @module
 */
import type { ChainHead, Recorder } from "./_recorder.ts";
import { CHAIN_START } from "./chain.ts";
import { inTransaction } from "./statements.ts";
import { blob, integer } from "./rows.ts";

/** The record as the authority is shown it. */
export class ShownRecord {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Returns the end of the chain as it is now. */
  head(): ChainHead {
    return this.#recorder.head();
  }

  /**
   * Takes the next number of the request sequence and the end of the chain in one transaction: another process on the
   * same file cannot come between, so a later number never goes with an earlier end (P-68). `heard`: the number of a
   * place that the authority has seen; it is kept in the same step, so that another process can build on it.
   */
  next(heard = 0): { readonly sequence: number; readonly head: ChainHead } {
    return inTransaction(this.#recorder.database, () => {
      const row = this.#recorder.database.prepare(
        "UPDATE requests SET last = last + 1, heard = max(heard, ?) RETURNING last",
      ).get(heard);
      return { sequence: integer(row, "last"), head: this.#recorder.head() };
    });
  }

  /** Returns the number of the newest place that the authority has seen, or sees when a file arrives; 0: none. */
  heard(): number {
    return integer(this.#recorder.database.prepare("SELECT heard FROM requests").get(), "heard");
  }

  /** Keeps the number of a place that the authority sees when a file arrives. */
  expect(number: number): void {
    inTransaction(this.#recorder.database, () => {
      this.#recorder.database.prepare("UPDATE requests SET heard = max(heard, ?)").run(number);
    });
  }

  /** Returns the number that the authority has asked for by file, or has acknowledged: the later one; 0: none. */
  asked(): number {
    const row = this.#recorder.database.prepare("SELECT asked FROM requests").get();
    return Math.max(integer(row, "asked"), this.acknowledged()?.number ?? 0);
  }

  /** Keeps the number that the authority asks for: the next file proves it (P-69). */
  ask(number: number): void {
    inTransaction(this.#recorder.database, () => {
      this.#recorder.database.prepare("UPDATE requests SET asked = max(asked, ?)").run(number);
    });
  }

  /** Returns the place with this number as the chain has it now; number 0 when it has none. */
  at(number: number): ChainHead {
    const row = this.#recorder.database.prepare("SELECT hash FROM records WHERE number = ?").get(number);
    return row === undefined ? { number: 0, hash: CHAIN_START } : { number, hash: blob(row, "hash") };
  }

  /** Keeps which place the authority has acknowledged; an older word than the one that is kept changes nothing. */
  acknowledge(place: ChainHead): void {
    // No record of its own: it would be acknowledged in turn, for ever.
    inTransaction(this.#recorder.database, () => {
      this.#recorder.database.prepare(
        `INSERT INTO acknowledged VALUES (1, ?1, ?2)
          ON CONFLICT (only_row) DO UPDATE SET number = ?1, hash = ?2 WHERE number < ?1`,
      ).run(place.number, place.hash);
    });
  }

  /** Returns the place that the authority has acknowledged last, as it was told then; null: none. */
  acknowledged(): ChainHead | null {
    const row = this.#recorder.database.prepare("SELECT number, hash FROM acknowledged").get();
    return row === undefined ? null : { number: integer(row, "number"), hash: blob(row, "hash") };
  }

  /** Makes it durable that no request number up to this one is given any more. */
  skipTo(sequence: number): void {
    inTransaction(this.#recorder.database, () => {
      this.#recorder.database.prepare("UPDATE requests SET last = max(last, ?)").run(sequence);
    });
  }
}
