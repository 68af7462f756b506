/**
 * STM32G0 with one flash bank: G030/G031/G041, G050/G051/G061, G070/G071/G081 (P-4, P-18).
 * Read: ST's CMSIS headers of G0, release 1.4.5 (addresses, option bits, field widths); OpenOCD `stm32l4x.{c,h}` and
 * `stm32g0x.cfg` (DEV_ID, DPIDR); RM0444 rev. 5 pages 69, 90, 93 (flash map, options, level changes).
 * Read only as quoted by others: the caution on BOOT_LOCK, the erratum on the boot pin, the factory value of FLASH_OPTR.
 * Not read, taken as likely: that a WRP or PCROP area whose start lies above its end is none, largest flash, and RAM sizes with the parity
 * check off (the headers give 8, 16, 32 KiB with it on).
 * @module
 */
import type { OptionWords } from "../wire/mod.ts";
import { assert } from "../wire/mod.ts";
import type { ChipFamily, OptionFinding, OptionRegister } from "./family.ts";

/** Bits of FLASH_OPTR, FLASH_PCROP1AER and FLASH_SECR that decide something here (CMSIS stm32g041xx.h). */
export const STM32G0_BITS = Object.freeze({
  RDP: 0xff,
  IWDG_SW: 1 << 16,
  RAM_PARITY_CHECK: 1 << 22,
  nBOOT_SEL: 1 << 24,
  nBOOT1: 1 << 25,
  nBOOT0: 1 << 26,
  NRST_MODE: 3 << 27,
  BOOT_LOCK: 1 << 16,
});

const NRST_MODE_GPIO = 2 << 27;
const REGISTERS = 0x40022000;
const OPTION_AREA = 0x1fff7800;

function register(name: string, offset: number, pair: number): OptionRegister {
  return { name, address: REGISTERS + offset, optionAddress: OPTION_AREA + 8 * pair };
}

/** The family `stm32g0`, number 1. */
export const stm32g0: ChipFamily = Object.freeze<ChipFamily>({
  name: "stm32g0",
  family: 1,
  flash: { base: 0x08000000, pageBytes: 2048, wordBytes: 8 },
  ram: { base: 0x20000000 },
  uid: { address: 0x1fff7590, bytes: 12 },
  flashSizeAddress: 0x1fff75e0,
  debug: { dpidr: [0x0bc11477], idcodeAddress: 0x40015800 },
  parts: {
    0x456: { name: "STM32G05x/G061", ramBytes: 18_432, flashKbMax: 64 },
    0x460: { name: "STM32G07x/G081", ramBytes: 36_864, flashKbMax: 128 },
    0x466: { name: "STM32G03x/G041", ramBytes: 8_192, flashKbMax: 64 },
  },
  flashKbSizes: [8, 16, 32, 64, 128],
  optionRegisters: [
    register("FLASH_OPTR", 0x20, 0),
    register("FLASH_WRP1AR", 0x2c, 3),
    register("FLASH_WRP1BR", 0x30, 4),
    register("FLASH_SECR", 0x80, 14),
  ],
  judgedRegisters: [
    register("FLASH_PCROP1ASR", 0x24, 1),
    register("FLASH_PCROP1AER", 0x28, 2),
    register("FLASH_PCROP1BSR", 0x34, 5),
    register("FLASH_PCROP1BER", 0x38, 6),
  ],
  optionArea: { base: OPTION_AREA, bytes: 128 },
  // nBOOT_SEL = 1 and nBOOT0 = 1: the boot pin decides nothing. ST's errata (G030, 2.2.3): with RDP level 1 and the boot pin
  // in charge, the chip may not come out of a power-on reset.
  defaultOptions: {
    value: [STM32G0_BITS.nBOOT_SEL | STM32G0_BITS.nBOOT0, 0, 0, 0],
    mask: [STM32G0_BITS.nBOOT_SEL | STM32G0_BITS.nBOOT0, 0, 0, 0],
  },
  lockClass: {
    number: 2,
    says: "flash is closed under reset; RAM is not measured on silicon and taken as open",
  },
  deviceClass: "C",
  entropyClass: 1,
  randomGenerator: "only G041, G061, G081 have one; the DEV_ID does not tell them from their sisters without",
  testedWhere: "model only",
});

/** Returns the lock level that an option word FLASH_OPTR stands for: 0xAA is 0, 0xCC is 2, every other RDP byte 1. */
export function stm32g0LockLevel(optr: number): 0 | 1 | 2 {
  const rdp = optr & STM32G0_BITS.RDP;
  return rdp === 0xaa ? 0 : rdp === 0xcc ? 2 : 1;
}

/** Option words of a chip, by register name; those of `optionRegisters` and `judgedRegisters`. */
export type Stm32g0Options = Readonly<Record<string, number>>;

type Rule = readonly [
  code: string,
  broken: (word: (name: string) => number) => boolean,
  says: string,
  remedy: string,
];

const CLEAR_OPTIONS = "Set the chip's options back to the factory values, or use another chip";
const NEW_CHIP = "Use another chip: this cannot be undone";

function areaIsSet(start: number, end: number): boolean {
  return start <= end;
}

function wrpIsSet(word: number): boolean {
  return areaIsSet(word & 0x7f, (word >>> 16) & 0x7f);
}

/** What would keep the bootloader from starting, from being written, or from being locked and unlocked again. */
const RULES: readonly Rule[] = [
  ["rdp-2", (w) => stm32g0LockLevel(w("FLASH_OPTR")) === 2, "Read protection is at level 2", NEW_CHIP],
  [
    "boot-lock",
    (w) => (w("FLASH_SECR") & STM32G0_BITS.BOOT_LOCK) !== 0,
    // RM0444's caution, as quoted: with RDP level 1 debug access ends for good.
    "BOOT_LOCK is set: with read protection the debug port would be closed for ever",
    CLEAR_OPTIONS,
  ],
  [
    "pcrop",
    (w) =>
      areaIsSet(w("FLASH_PCROP1ASR") & 0xff, w("FLASH_PCROP1AER") & 0xff) ||
      areaIsSet(w("FLASH_PCROP1BSR") & 0xff, w("FLASH_PCROP1BER") & 0xff),
    "A PCROP area is set: its pages cannot be read back, and an unlock may leave them",
    CLEAR_OPTIONS,
  ],
  [
    "write-protection",
    (w) => wrpIsSet(w("FLASH_WRP1AR")) || wrpIsSet(w("FLASH_WRP1BR")),
    "Pages are write-protected: they cannot be erased",
    CLEAR_OPTIONS,
  ],
  [
    "boot-pin",
    (w) => (w("FLASH_OPTR") & STM32G0_BITS.nBOOT_SEL) === 0,
    "nBOOT_SEL is 0: a pin decides whether the bootloader starts",
    CLEAR_OPTIONS,
  ],
  [
    "boot-elsewhere",
    (w) => (w("FLASH_OPTR") & (STM32G0_BITS.nBOOT_SEL | STM32G0_BITS.nBOOT0)) === STM32G0_BITS.nBOOT_SEL,
    "nBOOT0 is 0: the chip does not start from flash",
    CLEAR_OPTIONS,
  ],
  [
    "watchdog",
    (w) => (w("FLASH_OPTR") & STM32G0_BITS.IWDG_SW) === 0,
    "The hardware watchdog is on: it would reset the bootloader at work",
    CLEAR_OPTIONS,
  ],
  [
    "reset-pin",
    (w) => (w("FLASH_OPTR") & STM32G0_BITS.NRST_MODE) === NRST_MODE_GPIO,
    "The reset pin is an ordinary pin: the lock cannot be proven under reset",
    CLEAR_OPTIONS,
  ],
  [
    "ram-parity",
    (w) => (w("FLASH_OPTR") & STM32G0_BITS.RAM_PARITY_CHECK) === 0,
    "RAM parity check is on: the bootloader may read RAM before it writes it",
    CLEAR_OPTIONS,
  ],
];

/**
 * Returns what speaks against a delivery to a chip with these options, worst first; empty when nothing does. Read protection
 * level 1 is no finding: whether a locked chip is ours to unlock is for the record to say.
 */
export function judgeStm32g0Options(options: Stm32g0Options): readonly OptionFinding[] {
  const word = (name: string) => {
    const value = options[name];
    // A register that was not read must not pass as harmless.
    assert(value !== undefined, `Cannot judge the options: ${name} was not read`);
    return value;
  };
  return RULES.filter(([, broken]) => broken(word)).map(([code, , says, remedy]) => ({ code, says, remedy }));
}

/**
 * Returns what is wrong with the option words that a product wants set, as seen after a delivery: the same rules, and the RDP
 * byte outside every mask (P-18). Bits outside the mask count as the factory leaves them.
 */
export function judgeStm32g0ProductOptions(value: OptionWords, mask: OptionWords): readonly OptionFinding[] {
  const factory = STM32G0_FACTORY_OPTIONS;
  const words: Record<string, number> = { ...factory };
  stm32g0.optionRegisters.forEach(({ name }, index) => {
    words[name] = ((factory[name]! & ~mask[index]!) | (value[index]! & mask[index]!)) >>> 0;
  });
  const rdp: OptionFinding[] = (mask[0] & STM32G0_BITS.RDP) === 0 ? [] : [{
    code: "rdp-in-mask",
    says: "The RDP byte is part of the option mask",
    remedy: "Leave the RDP byte out: the ticket's lock level speaks for it (P-18)",
  }];
  return [...rdp, ...judgeStm32g0Options(words)];
}

/** Option words as the factory leaves them: FLASH_OPTR 0xFFFFFEAA as users report it, and no area set. */
export const STM32G0_FACTORY_OPTIONS: Stm32g0Options = Object.freeze({
  FLASH_OPTR: 0xfffffeaa,
  FLASH_WRP1AR: 0x0000007f,
  FLASH_WRP1BR: 0x0000007f,
  FLASH_SECR: 0,
  FLASH_PCROP1ASR: 0x000000ff,
  FLASH_PCROP1AER: 0x80000000,
  FLASH_PCROP1BSR: 0x000000ff,
  FLASH_PCROP1BER: 0,
});
