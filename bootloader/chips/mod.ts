/**
 * What the host knows of each chip family, as data, and the judgement of options before a delivery. No access, no I/O.
 * @module
 */
import type { ChipFamily, OptionFinding } from "./family.ts";
import { judgeStm32g0Options, judgeStm32g0ProductOptions, stm32g0, stm32g0LockLevel } from "./stm32g0.ts";
import type { OptionWords } from "../wire/mod.ts";

export * from "./family.ts";
export * from "./stm32g0.ts";

/** A family with the functions that judge its options. */
export interface SupportedFamily {
  /** The data. */
  readonly chips: ChipFamily;
  /** Returns what speaks against a delivery to a chip with these option registers, by name. */
  readonly judgeOptions: (options: Readonly<Record<string, number>>) => readonly OptionFinding[];
  /** Returns what is wrong with the option words that a product wants. */
  readonly judgeProductOptions: (value: OptionWords, mask: OptionWords) => readonly OptionFinding[];
  /** Returns the lock level that the first option word stands for. */
  readonly lockLevel: (firstOptionWord: number) => 0 | 1 | 2;
}

/** Every family that is supported: a literal list. */
export const supportedFamilies: readonly SupportedFamily[] = Object.freeze([
  {
    chips: stm32g0,
    judgeOptions: judgeStm32g0Options,
    judgeProductOptions: judgeStm32g0ProductOptions,
    lockLevel: stm32g0LockLevel,
  },
]);

/** Returns the family with a number of PROTOCOL.md, or undefined. */
export function familyByNumber(family: number): SupportedFamily | undefined {
  return supportedFamilies.find(({ chips }) => chips.family === family);
}

/** Returns the family with a name, or undefined. */
export function familyByName(name: string): SupportedFamily | undefined {
  return supportedFamilies.find(({ chips }) => chips.name === name);
}

/** What a probe reads from a chip to identify it. */
export interface Identification {
  /** DPIDR of the debug port. */
  readonly dpidr: number;
  /** DBG_IDCODE as read from the family's address. */
  readonly idcode: number;
}

/** Returns the family and die of a chip, or undefined when it is in no table: then it is left alone. */
export function identifyChip({ dpidr, idcode }: Identification):
  | { readonly family: SupportedFamily; readonly devId: number; readonly part: ChipFamily["parts"][number] }
  | undefined {
  const devId = idcode & 0xfff;
  for (const family of supportedFamilies) {
    const part = family.chips.parts[devId];
    if (part !== undefined && family.chips.debug.dpidr.includes(dpidr)) return { family, devId, part };
  }
  return undefined;
}
