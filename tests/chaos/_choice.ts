/**
 * Choices from a seed: the same seed chooses the same, on every machine.
 *
 * @module
 */

/** A source of choices. */
export interface Choice {
  /** At least 0, below 1. */
  readonly fraction: () => number;
  /** A whole number from 0, below `below`. */
  readonly below: (below: number) => number;
  readonly oneOf: <T>(values: readonly T[]) => T;
}

/** Returns a source of choices (mulberry32: small, and good enough to spread instants). */
export function choiceOf(seed: number): Choice {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    oneOf(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError("Cannot choose from nothing");
      return value;
    },
  };
}
