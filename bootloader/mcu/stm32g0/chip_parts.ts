/**
 * What one STM32G0 is made with: all that comes from outside.
 *
 * @module
 */
import type { BoardStore } from "../board.ts";
import type { Chip } from "../chips.ts";
import type { Wiring } from "./pads.ts";

/** What a chip is made with. */
export interface ChipParts {
  readonly chip: Chip;
  readonly uid: Uint8Array;
  readonly random: (length: number) => Uint8Array;
  readonly store: BoardStore | null;
  readonly wiring: Wiring;
  readonly baud: number;
  readonly flashTiming: "typ" | "max";
  readonly ramAtLevel1: "open" | "closed";
}
