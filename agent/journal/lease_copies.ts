/**
 * Copies of requests for leases that went out by file and have had no answer: each may be granted yet, so the keys of its
 * request stay (P-67). Knows no key and no file.
 *
 * @module
 */
import type { Recorder } from "./_recorder.ts";

/** The copies of one appliance. */
export class LeaseCopies {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /**
   * Keeps, before it goes out by file, that a copy of a request may be granted from now on. Returns false when the request
   * has ended meanwhile: then no copy may go out.
   */
  store(leaseKey: string, sequence: number): boolean {
    // No record: the request itself has one, and copies decide only when its keys may go.
    return this.#recorder.quietly(() => {
      const { changes } = this.#recorder.database.prepare(
        "INSERT INTO lease_copies SELECT lease_key, ? FROM leases WHERE lease_key = ? AND state = 'draft'",
      ).run(sequence, leaseKey);
      return Number(changes) === 1;
    });
  }

  /** Forgets a copy that was answered. */
  forget(leaseKey: string, sequence: number): void {
    this.#recorder.quietly(() =>
      this.#recorder.database.prepare("DELETE FROM lease_copies WHERE lease_key = ? AND sequence = ?")
        .run(leaseKey, sequence)
    );
  }

  /** Forgets the copies with numbers below this one: the authority would refuse them as replays by now. */
  forgetBelow(sequence: number): void {
    const { database } = this.#recorder;
    // Asked after every answer: the lock for writing is not taken when there is nothing to forget.
    const any = database.prepare("SELECT 1 AS any FROM lease_copies WHERE sequence < ?").get(sequence);
    if (any === undefined) return;
    this.#recorder.quietly(() =>
      database.prepare("DELETE FROM lease_copies WHERE sequence < ?").run(sequence)
    );
  }
}
