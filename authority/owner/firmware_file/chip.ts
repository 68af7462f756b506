/**
 * What a firmware file is judged against: the memories and option bytes of a product's chip, out of the chip table.
 * Knows the table; measures nothing.
 *
 * @module
 */
import {
  type ChipFamily,
  chipNamesOf,
  familyByNumber,
  STM32G0_BITS,
  STM32G0_FACTORY_OPTIONS,
  supportedFamilies,
  type SupportedFamily,
} from "../../../bootloader/chips/mod.ts";
import { Malformed } from "../../../bootloader/wire/mod.ts";
import type { ChipMemory } from "./image.ts";
import type { OptionRules } from "./option_words.ts";

/** The part of a product that firmware has to fit. */
export interface ProductChip {
  readonly family: number;
  /** DEV_ID; null: any part of the family. */
  readonly chipId: number | null;
  readonly flashKb: number;
  readonly lockLevel: number;
}

/** What firmware is for. */
export interface FirmwareTarget {
  readonly chip: ChipMemory;
  readonly options: OptionRules;
  /** The product's lock level: 1 or 2. */
  readonly lockLevel: number;
}

/** OPTR of G041: every defined bit but RDP, for which the lock level speaks (CMSIS stm32g041xx.h, release 1.4.5). */
const OPTR_DEMANDABLE = 0x3f4f_ff00;
const SEC_SIZE = 0x7f;
const WWDG_SW = 1 << 19;

/** Returns what firmware for a product has to fit. @throws {Malformed} for a chip that is in no table. */
export function firmwareTargetOf(product: ProductChip): FirmwareTarget {
  const { family: number, chipId, flashKb, lockLevel } = product;
  const family = familyByNumber(number);
  if (family === undefined) throw unknownChip(`chip family ${number}`);
  const { chips } = family;
  const { flash, ram, optionArea } = chips;
  return {
    chip: {
      name: `${chips.name}-${flashKb}k`,
      flash: { address: flash.base, length: flashKb * 1024 },
      wordBytes: flash.wordBytes,
      ram: [{ address: ram.base, length: ramBytesOf(chips, chipId) }],
      optionArea: { address: optionArea.base, length: optionArea.bytes },
    },
    options: optionRulesOf(family),
    lockLevel,
  };
}

/** A product for any part of a family may meet the one with the least RAM. */
function ramBytesOf(chips: ChipFamily, chipId: number | null): number {
  const part = chipId === null ? undefined : chips.parts[chipId];
  if (chipId !== null && part === undefined) throw unknownChip(`device id ${chipId} of ${chips.name}`);
  return part?.ramBytes ?? Math.min(...Object.values(chips.parts).map(({ ramBytes }) => ramBytes));
}

/** A family and its flash size, as people name a chip: `stm32g0-8k`. */
export interface NamedChip {
  readonly family: SupportedFamily;
  readonly flashKb: number;
}

/** Returns the chip that a name such as `stm32g0-8k` stands for. @throws {Malformed} naming what is supported. */
export function parseChipName(name: string): NamedChip {
  for (const family of supportedFamilies) {
    const flashKb = family.chips.flashKbSizes[chipNamesOf(family.chips).indexOf(name)];
    if (flashKb !== undefined) return { family, flashKb };
  }
  throw unknownChip(`chip "${name}"`);
}

function unknownChip(what: string): Malformed {
  const names = supportedFamilies.flatMap(({ chips }) => chipNamesOf(chips)).join(", ");
  return new Malformed(`Cannot use ${what}: supported are ${names}; see flashseal chips`, {
    structure: "chip",
  });
}

function optionRulesOf(family: SupportedFamily): OptionRules {
  const { optionRegisters, judgedRegisters } = family.chips;
  return {
    words: [
      ...optionRegisters.map(({ name, optionAddress }, index) => ({
        address: optionAddress,
        register: name,
        ticketWord: index as 0 | 1 | 2 | 3,
        // WRP registers: only "no protection" is let through, which many spellings mean, so nothing is demanded.
        demandable: [OPTR_DEMANDABLE, 0, 0, SEC_SIZE][index]!,
      })),
      ...judgedRegisters.map(({ name, optionAddress }) => ({
        address: optionAddress,
        register: name,
        ticketWord: undefined,
        demandable: 0,
      })),
    ],
    factory: STM32G0_FACTORY_OPTIONS,
    lockBits: STM32G0_BITS.RDP,
    lockLevel: family.lockLevel,
    judge: (words) => [
      ...family.judgeOptions(words).map(({ says }) => says),
      // RM0444, window watchdog: started by hardware it resets the chip within milliseconds.
      ...((words["FLASH_OPTR"] ?? WWDG_SW) & WWDG_SW) === 0
        ? ["WWDG_SW is 0: the window watchdog would reset the bootloader at work"]
        : [],
    ],
  };
}
