/**
 * The one rule that ties frequency, voltage range and flash wait states together (RM0444 section 3.3.4).
 *
 * @module
 */
import type { Period } from "../clock.ts";

/** Highest HCLK in MHz for 0, 1 and 2 wait states, per voltage range (RM0444 table "Number of wait states"). */
const HIGHEST_MHZ: Readonly<Record<number, readonly number[]>> = { 1: [24, 48, 64], 2: [8, 16, 16] };

/** Says how a core clock exceeds what the flash can answer, or null where it does not. */
export function speedExcess(period: Period, range: number, latency: number): string | null {
  const highest = HIGHEST_MHZ[range]?.[latency] ?? 0;
  const { num, den } = period;
  if (den * 1e6 <= highest * num) return null;
  return `HCLK of ${(den * 1e6) / num} MHz exceeds the ${highest} MHz that LATENCY and VOS allow`;
}
