/**
 * Bytes that look random and are the same in every run.
 *
 * @module
 */

/** Returns a source of bytes (xorshift32) for a seed other than 0. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  let state = seed;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 11 & 0xff;
    });
}
