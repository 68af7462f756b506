/**
 * How long the phases of deliveries took, from the record's times. Pure.
 *
 * @module
 */
import type { Step } from "../journal/mod.ts";

/** One phase of one delivery. */
export interface PhaseTime {
  readonly phase: string;
  /** Milliseconds since 1970. */
  readonly beganMs: number;
  /** How long it took, in milliseconds; up to now for the phase that runs. */
  readonly tookMs: number;
}

/** Returns the phases of one delivery from its steps in order; `nowMs` ends the one that runs. */
export function phaseTimesOf(steps: readonly Step[], nowMs: number): readonly PhaseTime[] {
  return steps.flatMap(({ phase, atMs }, index) => {
    if (phase === null) return [];
    const endMs = steps[index + 1]?.atMs ?? nowMs;
    // A clock that was put back in the middle gives no negative time.
    return [{ phase, beganMs: atMs, tookMs: Math.max(0, endMs - atMs) }];
  });
}

/** Returns the median of each phase over several deliveries, in milliseconds; a phase that none has is missing. */
export function mediansOf(steps: readonly Step[]): ReadonlyMap<string, number> {
  const byDelivery = Map.groupBy(steps, ({ delivery }) => delivery);
  const times = new Map<string, number[]>();
  for (const one of byDelivery.values()) {
    for (const { phase, tookMs } of phaseTimesOf(one, one.at(-1)?.atMs ?? 0)) {
      times.set(phase, [...times.get(phase) ?? [], tookMs]);
    }
  }
  return new Map([...times].map(([phase, values]) => [phase, medianOf(values)]));
}

/** Returns the middle of some numbers, the mean of the two middle ones when there is no middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
