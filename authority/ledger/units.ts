/**
 * The states of a unit and the moves between them (D§6). Each unit is in exactly one state:
 * granted = free + leased + reserved + keyed + committed + lost + unaccounted, and free is never below 0.
 * Knows no database, no clock, no key.
 *
 * @module
 */

import { assert } from "../../bootloader/wire/mod.ts";
import type { UnitState } from "../api/mod.ts";

/** The counts of one order; `free` is what is left of `granted`. */
export interface Counts extends Readonly<Record<UnitState, number>> {
  readonly granted: number;
}

/** A state of a unit, `free` included. */
export type Place = UnitState | "free";

/**
 * Where a unit may go from where. `leased` and `unaccounted` are kept for offline work and for a restored authority:
 * their moves are the law already, whoever makes them.
 */
export const moves: Readonly<Record<Place, readonly Place[]>> = Object.freeze({
  free: ["reserved", "leased", "unaccounted"],
  leased: ["reserved", "keyed", "committed", "free", "unaccounted"],
  reserved: ["keyed", "free", "unaccounted"],
  // A key was given: only a receipt or a person moves the unit on.
  keyed: ["committed", "lost"],
  // Rework (P-71): a person's act; a device with the unit's certificate may exist all along.
  committed: ["keyed"],
  lost: ["free"],
  unaccounted: ["reserved", "keyed", "committed", "free"],
});

/** Returns how many units of an order are free. */
export function freeOf(counts: Counts): number {
  return counts.granted - counts.leased - counts.reserved - counts.keyed - counts.committed - counts.lost -
    counts.unaccounted;
}

/** Returns the counts after one unit went from `from` to `to`. @throws {Defect} for a move that is no move. */
export function moveUnit(counts: Counts, from: Place, to: Place): Counts {
  assert(moves[from].includes(to), `Cannot move a unit from ${from} to ${to}: there is no such move`);
  const after = { ...counts };
  if (from !== "free") after[from] -= 1;
  if (to !== "free") after[to] += 1;
  assertWhole(after);
  return after;
}

/** Holds the invariant of {@linkcode Counts}. @throws {Defect} when it does not hold. */
export function assertWhole(counts: Counts): void {
  const whole = Object.values(counts).every((count) => Number.isSafeInteger(count) && count >= 0);
  assert(whole && freeOf(counts) >= 0, "Cannot keep the ledger: an order has fewer units than are in use");
}
