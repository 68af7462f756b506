/**
 * How long to wait after the authority did not answer: doubling, bounded, and spread so that appliances that lost the
 * same network do not come back in one moment. Pure.
 *
 * @module
 */

/** The wait after the first failure, and the longest one, in milliseconds. */
export const BACK_OFF = Object.freeze({ firstMs: 1_000, mostMs: 30_000 } as const);

/**
 * Returns the wait in milliseconds after `failures` failures in a row (from 1); `jitter` is drawn evenly from 0 up to,
 * not including, 1. The result lies between half and the whole of firstMs × 2^(failures − 1), at most mostMs.
 */
export function backOffMs(failures: number, jitter: number): number {
  // Beyond 16 doublings the bound has long been reached; the exponent is kept exact.
  const doublings = Math.min(Math.max(failures, 1) - 1, 16);
  const whole = Math.min(BACK_OFF.firstMs * 2 ** doublings, BACK_OFF.mostMs);
  return Math.round(whole / 2 + (whole / 2) * jitter);
}
