/**
 * What the host knows of a chip family, as a type: addresses, sizes, options, classes. Knows no family in particular and does
 * no access: probes read what this names. (Firmware and model have tables of their own on purpose; a test compares them.)
 * @module
 */
import type { OptionWords } from "../wire/mod.ts";

/** A register that a probe reads while it identifies a chip. */
export interface OptionRegister {
  /** Name in the reference manual. */
  readonly name: string;
  /** Address of the memory-mapped register. */
  readonly address: number;
  /** Address of the pair (value, complement) in the option area, as firmware files name it. */
  readonly optionAddress: number;
}

/** One die of a family, told apart by its DEV_ID. */
export interface ChipPart {
  /** What is printed on the package, as far as the DEV_ID tells. */
  readonly name: string;
  /** Bytes of RAM at `ram.base`, parity check off. */
  readonly ramBytes: number;
  /** The largest flash of the die, in KiB. */
  readonly flashKbMax: number;
}

/** How much of a chip a lock closes (D§4). */
export interface LockClass {
  /** 1 flash and RAM closed after reset, measured; 2 flash only; 3 publicly broken. */
  readonly number: 1 | 2 | 3;
  /** What that number rests on. */
  readonly says: string;
}

/** Why options do not allow a delivery: judged before the first erase (D§2, step 1). */
export interface OptionFinding {
  /** Stable name of the reason. */
  readonly code: string;
  /** What is found, without a final period. */
  readonly says: string;
  /** What a person can do. */
  readonly remedy: string;
}

/** Where bytes of a firmware file belong. */
export type AddressKind = "flash" | "options" | "unknown";

/** Everything the host knows of one family. */
export interface ChipFamily {
  /** The family's name. */
  readonly name: string;
  /** The number in PROTOCOL.md, section 4. */
  readonly family: number;
  /** Flash: base address, bytes of an erase page, bytes of a programmed word. */
  readonly flash: { readonly base: number; readonly pageBytes: number; readonly wordBytes: number };
  /** RAM's base address. */
  readonly ram: { readonly base: number };
  /** Where the unique ID stands (P-4). */
  readonly uid: { readonly address: number; readonly bytes: number };
  /** Address of the u16 that gives flash size in KiB. */
  readonly flashSizeAddress: number;
  /** How a chip is identified. */
  readonly debug: {
    /** DPIDR values of the debug port. */
    readonly dpidr: readonly number[];
    /** Address of DBG_IDCODE; bits 11:0 are the DEV_ID. */
    readonly idcodeAddress: number;
  };
  /** The dies supported, by DEV_ID. */
  readonly parts: Readonly<Record<number, ChipPart>>;
  /** Flash sizes in KiB that a product can name; the die of `parts` with the most bounds them. */
  readonly flashKbSizes: readonly number[];
  /** The four words of P-18, in their order. */
  readonly optionRegisters: readonly [OptionRegister, OptionRegister, OptionRegister, OptionRegister];
  /** Further registers that are read and judged but never set. */
  readonly judgedRegisters: readonly OptionRegister[];
  /** First address and bytes of the option area in firmware files. */
  readonly optionArea: { readonly base: number; readonly bytes: number };
  /** What every product of this family sets unless it says otherwise. */
  readonly defaultOptions: { readonly value: OptionWords; readonly mask: OptionWords };
  /** What the lock is worth. */
  readonly lockClass: LockClass;
  /** Least trust: "C" is a bare UID (D§4). */
  readonly deviceClass: "A" | "B" | "C";
  /** Entropy class that a bootloader of this family reports (section 4 of PROTOCOL.md). */
  readonly entropyClass: number;
  /** Which parts have a random number generator. */
  readonly randomGenerator: string;
  /** Where deliveries were tried. */
  readonly testedWhere: string;
}

/** Returns the names that people give chips of a family by, one for each size of flash: `stm32g0-8k`. */
export function chipNamesOf({ name, flashKbSizes }: ChipFamily): readonly string[] {
  return flashKbSizes.map((flashKb) => `${name}-${flashKb}k`);
}

/** Tells what `bytes` bytes at `address` of a firmware file are, on a chip with `flashKb` KiB of flash. */
export function kindOfAddress(
  family: ChipFamily,
  range: { readonly address: number; readonly bytes: number },
  flashKb: number,
): AddressKind {
  const within = (base: number, size: number) =>
    range.address >= base && range.address + range.bytes <= base + size;
  if (within(family.flash.base, flashKb * 1024)) return "flash";
  if (within(family.optionArea.base, family.optionArea.bytes)) return "options";
  return "unknown";
}

/** Tells whether an initial stack pointer lies in RAM (its end included: the stack grows downwards) and is aligned. */
export function isStackPointer(family: ChipFamily, devId: number, value: number): boolean {
  const part = family.parts[devId];
  return part !== undefined && value % 8 === 0 && value > family.ram.base &&
    value <= family.ram.base + part.ramBytes;
}
