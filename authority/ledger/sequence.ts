/**
 * Decides whether a request's sequence number is new: a sliding window under the highest number seen, so that stations of
 * one appliance may overtake each other. The clock has no say. Pure.
 *
 * @module
 */

import { assert } from "../../bootloader/wire/mod.ts";
import { limits } from "../api/mod.ts";

/** What was seen of one appliance: the highest number, and one bit for each number of the window ending there. */
export interface SequenceWindow {
  /** −1 before the first request. */
  readonly highest: number;
  /** Bit k (of byte k div 8) stands for number highest − k. */
  readonly seen: Uint8Array;
}

/** Bytes of {@linkcode SequenceWindow.seen}. */
export const WINDOW_BYTES: number = limits.sequenceWindow / 8;

/** The window of an appliance that never spoke. */
export function emptyWindow(): SequenceWindow {
  return { highest: -1, seen: new Uint8Array(WINDOW_BYTES) };
}

/** Returns the window after `sequence`; undefined when it was seen before or lies below the window: a replay. */
export function admitSequence(window: SequenceWindow, sequence: number): SequenceWindow | undefined {
  assert(window.seen.length === WINDOW_BYTES, "Cannot read a sequence window: it has another size");
  const back = window.highest - sequence;
  if (back >= limits.sequenceWindow) return undefined;
  if (back >= 0) {
    const seen = window.seen.slice();
    if (((seen[back >> 3] ?? 0) >> (back & 7)) & 1) return undefined;
    seen[back >> 3] = (seen[back >> 3] ?? 0) | (1 << (back & 7));
    return { highest: window.highest, seen };
  }
  return { highest: sequence, seen: shifted(window.seen, -back) };
}

/** Returns the bits moved up by `by` places, with bit 0 set for the number that is the highest now. */
function shifted(seen: Uint8Array, by: number): Uint8Array {
  const after = new Uint8Array(WINDOW_BYTES);
  // Bound: limits.sequenceWindow bits.
  for (let bit = 0; bit + by < limits.sequenceWindow; bit += 1) {
    const to = bit + by;
    if (((seen[bit >> 3] ?? 0) >> (bit & 7)) & 1) after[to >> 3] = (after[to >> 3] ?? 0) | (1 << (to & 7));
  }
  after[0] = (after[0] ?? 0) | 1;
  return after;
}
