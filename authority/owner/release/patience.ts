/**
 * Repeats calls to the authority while the network fails. Every call here may be repeated: reads change nothing, and
 * mutations carry the same idempotency key each time. Knows no call in particular.
 *
 * @module
 */
import type { Refused } from "../../api/mod.ts";
import { Fault } from "../../../bootloader/wire/mod.ts";

/** What was granted, or the authority's refusal as a value. */
export type Result<T> = { readonly granted: T } | { readonly refused: Refused };

/** What waiting needs. */
export interface Patience {
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

const ATTEMPTS_MAX = 6;
const FIRST_PAUSE_MS = 250;

/**
 * Returns what the call gives, after at most six attempts with pauses of 0.25 s to 4 s between them.
 *
 * @throws what the last attempt threw, or at once what is no Fault that a retry may mend
 */
export async function patiently<T>(patience: Patience, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await call();
    } catch (error) {
      const mayMend = error instanceof Fault && error.retry && patience.signal?.aborted !== true;
      if (!mayMend || attempt === ATTEMPTS_MAX) throw error;
      await patience.wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}
