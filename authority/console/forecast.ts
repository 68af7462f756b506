/**
 * Says when an order will be used up, plainly: what is left divided by the rate of the last days, and nothing where there is
 * too little to tell. Days are those of the site's zone. Pure.
 *
 * @module
 */

import { formatInstant, type Quota } from "../api/mod.ts";

const DAY_MS = 86_400_000;
/** Days that the rate is taken from. */
export const RATE_DAYS = 7;
/** Fewer devices than this say nothing about a rate. */
const MADE_LEAST = 10;
const FAR_DAYS = 5 * 365;

/** What can be said. */
export type Forecast =
  | { readonly says: "spent" }
  | { readonly says: "unaccounted"; readonly units: number }
  | { readonly says: "stopped" }
  | { readonly says: "none"; readonly days: number }
  | { readonly says: "little"; readonly days: number; readonly made: number }
  | { readonly says: "far"; readonly days: number; readonly rate: number }
  | { readonly says: "day"; readonly days: number; readonly rate: number; readonly atMs: number };

/** Returns how many units of an order may still become devices: all that are neither made nor given up by a person. */
export function leftOf({ granted, committed, lost }: Pick<Quota, "granted" | "committed" | "lost">): number {
  return granted - committed - lost;
}

/**
 * Returns the forecast of an order. `left`: units that devices may still be made with. `made`: devices made in the last
 * {@linkcode RATE_DAYS} days, or since the order exists where that is shorter.
 */
export function forecast(
  facts: {
    readonly left: number;
    /** How many of them nobody knows about: no more can be told of those. */
    readonly unaccounted?: number;
    readonly made: number;
    readonly createdAtMs: number;
    readonly stopped: boolean;
    readonly nowMs: number;
  },
): Forecast {
  const { left, made, nowMs } = facts;
  const { unaccounted = 0 } = facts;
  if (left === 0) return { says: "spent" };
  if (left === unaccounted) return { says: "unaccounted", units: unaccounted };
  if (facts.stopped) return { says: "stopped" };
  const ageDays = (nowMs - facts.createdAtMs) / DAY_MS;
  // Less than a day is taken for a day: the first hour of a morning is no rate.
  const span = Math.min(RATE_DAYS, Math.max(1, ageDays));
  const days = Math.ceil(span);
  if (made === 0) return { says: "none", days };
  if (made < MADE_LEAST || ageDays < 1) return { says: "little", days, made };
  const rate = made / span;
  if (left / rate > FAR_DAYS) return { says: "far", days, rate };
  return { says: "day", days, rate, atMs: nowMs + left / rate * DAY_MS };
}

/** Returns the day of an instant in a zone: `2026-12-04`. */
export function dayOf(atMs: number, zone: string): string {
  return formatInstant(atMs, zone).slice(0, 10);
}

/** Returns the first instants of the last `days` days in a zone and the one after today, oldest first. */
export function dayStarts(nowMs: number, zone: string, days: number): readonly number[] {
  const today = startOfDay(nowMs, zone);
  // From the noon of each day: no change of the clocks moves that to another day.
  const noon = today + DAY_MS / 2;
  return Array.from(
    { length: days + 1 },
    (_, index) => startOfDay(noon + (index - days + 1) * DAY_MS, zone),
  );
}

function startOfDay(atMs: number, zone: string): number {
  const midnight = (offset: string) => Date.parse(`${dayOf(atMs, zone)}T00:00:00${offset}`);
  const offsetAt = (instant: number) => formatInstant(instant, zone).slice(-6);
  const guess = midnight(offsetAt(atMs));
  // Where the clocks changed since midnight, midnight had another offset.
  return midnight(offsetAt(guess));
}
