/**
 * How much of the power-cut evidence runs: a sample in `deno task test`, all of it in `tests/long` (`deno task soak`).
 *
 * @module
 */
import type { FlashOperation } from "../../bootloader/mcu/mod.ts";
import type { Attack } from "./power_cut_fork.ts";

/** Everything, or a sample that is the same each time. */
export type HowMuch = "all" | "sample";

/** Of the double words of a delivery a sample attacks the first one of flash and each of this number. */
const STEP = 41;
/** Of the attacks on an erase or option write a sample takes these and the last one: at 8 an unlock leaves level 0, torn. */
const CHOSEN = [0, 1, 8];

/** Chooses the attacks on one operation: all, or those of the sample. */
export function pick(
  howMuch: HowMuch,
  all: readonly Attack[],
  { kind, offset, number }: FlashOperation,
): readonly Attack[] {
  if (howMuch === "all") return all;
  if (kind === "program") return offset === 0 || number % STEP === 0 ? all : [];
  return all.filter((_, i) => CHOSEN.includes(i) || i === all.length - 1);
}
