/**
 * How much of the power-cut evidence runs: all of it on continuous integration (CI=true), a sample otherwise.
 *
 * @module
 */
import type { FlashOperation } from "../../bootloader/mcu/mod.ts";
import type { Attack } from "./power_cut_fork.ts";

/** Whether everything runs. */
export const EVERYTHING = Deno.permissions.querySync({ name: "env", variable: "CI" }).state === "granted" &&
  Deno.env.get("CI") === "true";

/** Of the double words of a delivery a sample attacks the first one of flash and each of this number. */
const STEP = 301;
/** Of the attacks on an erase or option write a sample takes these and the last one: at 8 an unlock leaves level 0, torn. */
const CHOSEN = [0, 1, 8];

/** Chooses the attacks on one operation: all, or those of the sample. */
export function pick(all: readonly Attack[], { kind, offset, number }: FlashOperation): readonly Attack[] {
  if (EVERYTHING) return all;
  if (kind === "program") return offset === 0 || number % STEP === 0 ? all : [];
  return all.filter((_, i) => CHOSEN.includes(i) || i === all.length - 1);
}
