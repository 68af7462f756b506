/**
 * Makes the bootloader's image of what the linker wrote: flat bytes with the start-up check filled in (PROTOCOL P-41),
 * refused when anything that runs from RAM refers to flash (P-35). Knows no compiler and no disk.
 *
 * @module
 */
import { crc32, Fault } from "../wire/mod.ts";
import type { Elf, ElfSymbol } from "./elf.ts";

const FLASH_START = 0x08000000;
const FLASH_END = 0x08200000;

/** A bootloader as it is written to flash, and where its parts are. */
export interface BuiltImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offsets into the image: the install block (PROTOCOL section 10) and the start-up check. */
  readonly installBlockOffset: number;
  readonly checkOffset: number;
  /** The part that the start-up copies to RAM: where it is stored, where it runs. */
  readonly resident: { readonly offset: number; readonly address: number; readonly bytes: number };
  /** Every function, and every variable with a size: name to [address, size]. Sorted by address. */
  readonly symbols: Readonly<Record<string, readonly [number, number]>>;
}

/**
 * Returns the image of a linked bootloader.
 *
 * @throws {Fault} when RAM code refers to flash, or a symbol that the start-up needs is not there
 */
export function makeImage(elf: Elf): BuiltImage {
  const strays = residentStrays(elf);
  if (strays.length > 0) throw fault(`code that runs from RAM refers to flash (P-35): ${strays.join(", ")}`);
  const stored = elf.segments.filter(({ address }) => address >= FLASH_START && address < FLASH_END);
  const end = Math.max(...stored.map(({ address, bytes }) => address + bytes.length));
  const image = new Uint8Array(end - FLASH_START).fill(0xff);
  for (const { address, bytes } of stored) image.set(bytes, address - FLASH_START);
  const checkOffset = addressOf(elf, "start_check") - FLASH_START;
  const checked = image.subarray(addressOf(elf, "beyond_page0") - FLASH_START);
  const view = new DataView(image.buffer);
  view.setUint32(checkOffset, end, true);
  view.setUint32(checkOffset + 4, crc32(checked), true);
  return {
    bytes: image,
    installBlockOffset: addressOf(elf, "installed") - FLASH_START,
    checkOffset,
    resident: {
      offset: addressOf(elf, "resident_load") - FLASH_START,
      address: addressOf(elf, "resident_start"),
      bytes: addressOf(elf, "resident_end") - addressOf(elf, "resident_start"),
    },
    symbols: symbolTable(elf.symbols),
  };
}

/** Returns what in RAM refers to flash, as "function -> symbol"; P-35 wants this empty. */
export function residentStrays(elf: Elf): string[] {
  const start = addressOf(elf, "resident_start");
  const end = addressOf(elf, "resident_end");
  const strays = elf.references.filter(({ at, to }) =>
    at >= start && at < end && to.address >= FLASH_START && to.address < FLASH_END
  );
  return strays.map(({ at, to }) => `${nameAt(elf, at)} -> ${to.name || hex(to.address)}`);
}

function symbolTable(symbols: readonly ElfSymbol[]): Record<string, [number, number]> {
  const named = symbols.filter(({ name, size, isFunction }) => name !== "" && (size > 0 || isFunction));
  named.sort((a, b) => a.address - b.address || (a.name < b.name ? -1 : 1));
  return Object.fromEntries(named.map(({ name, address, size }) => [name, [address, size]]));
}

function addressOf(elf: Elf, name: string): number {
  const symbol = elf.symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) throw fault(`the symbol "${name}" is not there`);
  return symbol.address;
}

function nameAt(elf: Elf, at: number): string {
  const inside = elf.symbols.find(({ address, size }) => at >= address && at < address + size);
  return inside?.name ?? hex(at);
}

function hex(address: number): string {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

function fault(problem: string): Fault {
  return new Fault(`Cannot build the bootloader: ${problem}`, { place: "linker", retry: false });
}
