/**
 * How often a PIN may be tried: one try at a time, and after each wrong one twice as long a wait. One count for the whole
 * appliance, in memory: ten thousand PINs take longer than a shift.
 *
 * @module
 */

/** The wait after the first wrong PIN, and the longest one, in milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

/** What became of a try. */
export type PinTry =
  | { readonly kind: "right" }
  /** `waitMs`: how long until the next try is looked at, in milliseconds. */
  | { readonly kind: "wrong" | "too-soon"; readonly waitMs: number };

/** Lets one PIN through and slows down whoever guesses. */
export class PinGuard {
  readonly #isRight: (pin: string) => Promise<boolean>;
  readonly #nowMs: () => number;
  #wrong = 0;
  #notBeforeMs = 0;
  #isBusy = false;

  constructor(isRight: (pin: string) => Promise<boolean>, nowMs: () => number) {
    this.#isRight = isRight;
    this.#nowMs = nowMs;
  }

  /** Tries a PIN. Whoever comes too soon is not looked at, right or wrong. */
  async try(pin: string): Promise<PinTry> {
    const nowMs = this.#nowMs();
    // A clock that was put back does not lock people out for longer than the longest wait.
    const waitMs = Math.min(this.#notBeforeMs - nowMs, LONGEST_WAIT_MS);
    if (this.#isBusy) return { kind: "too-soon", waitMs: FIRST_WAIT_MS };
    if (waitMs > 0) return { kind: "too-soon", waitMs };
    this.#isBusy = true;
    try {
      if (await this.#isRight(pin)) {
        this.#wrong = 0;
        return { kind: "right" };
      }
    } finally {
      this.#isBusy = false;
    }
    const nextMs = Math.min(FIRST_WAIT_MS * 2 ** this.#wrong, LONGEST_WAIT_MS);
    this.#wrong++;
    this.#notBeforeMs = this.#nowMs() + nextMs;
    return { kind: "wrong", waitMs: nextMs };
  }
}
