/**
 * A bell: whoever waits may be woken by a person before their time is over.
 *
 * @module
 */

/** One station's bell. */
export class Bell {
  #rung = new AbortController();

  /** Aborted at the next ring: whoever waits takes it anew for each wait. */
  get rung(): AbortSignal {
    return this.#rung.signal;
  }

  /** Wakes everybody who waits now. */
  ring(): void {
    const before = this.#rung;
    this.#rung = new AbortController();
    before.abort();
  }
}
