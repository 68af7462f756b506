/**
 * Reads the ELF files that the linker writes for the bootloader: what is loaded where, which symbols there are, which
 * places refer to which symbol. ELF32, little-endian, ARM (System V ABI, chapters 4 and 5; ELF for the Arm
 * Architecture). Knows nothing of what the bytes mean.
 *
 * @module
 */
import { Malformed } from "../wire/mod.ts";

const SECTION_SYMBOLS = 2;
const SECTION_REL = 9;
const SEGMENT_LOAD = 1;
const SYMBOL_FUNCTION = 2;

/** Bytes that belong at an address of the chip before it starts. */
export interface ElfSegment {
  /** Where the bytes are stored: the physical address. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A name that the linker gave a value. */
export interface ElfSymbol {
  readonly name: string;
  /** Address; bit 0 of a Thumb function's value is taken off. */
  readonly address: number;
  /** Bytes, 0 where the source does not say. */
  readonly size: number;
  readonly isFunction: boolean;
}

/** A place whose content depends on the address of a symbol. */
export interface ElfReference {
  /** Address of the place when the program runs. */
  readonly at: number;
  readonly to: ElfSymbol;
}

/** What the build needs of an ELF file. */
export interface Elf {
  readonly segments: readonly ElfSegment[];
  readonly symbols: readonly ElfSymbol[];
  /** Empty unless the linker ran with `--emit-relocs`. */
  readonly references: readonly ElfReference[];
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * Returns what an ELF file holds; the segments' bytes are copies.
 *
 * @throws {Malformed} when it is no little-endian ELF32 file for ARM or is cut off
 */
export function parseElf(bytes: Uint8Array): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 52 || view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0101) {
    throw malformed("it is no little-endian ELF32 file", 0);
  }
  if (view.getUint16(18, true) !== 40) {
    throw malformed("it is not for ARM", 18);
  }
  try {
    const sections = readSections(view);
    const tables = sections.filter(({ type }) => type === SECTION_SYMBOLS);
    const symbols = tables.flatMap((table) => readSymbols(view, table, sections[table.link]!));
    const references = sections.filter(({ type }) => type === SECTION_REL)
      .flatMap((section) => readReferences(view, section, symbols));
    return { segments: readSegments(bytes, view), symbols, references };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw malformed("it is cut off", bytes.length);
  }
}

function readSegments(bytes: Uint8Array, view: DataView): ElfSegment[] {
  const segments: ElfSegment[] = [];
  const table = view.getUint32(28, true);
  for (let i = 0; i < view.getUint16(44, true); i++) {
    const header = table + i * view.getUint16(42, true);
    const size = view.getUint32(header + 16, true);
    if (view.getUint32(header, true) !== SEGMENT_LOAD || size === 0) continue;
    const offset = view.getUint32(header + 4, true);
    segments.push({ address: view.getUint32(header + 12, true), bytes: bytes.slice(offset, offset + size) });
  }
  return segments;
}

function readSections(view: DataView): Section[] {
  const table = view.getUint32(32, true);
  return Array.from({ length: view.getUint16(48, true) }, (_, i) => {
    const header = table + i * view.getUint16(46, true);
    return {
      type: view.getUint32(header + 4, true),
      offset: view.getUint32(header + 16, true),
      size: view.getUint32(header + 20, true),
      link: view.getUint32(header + 24, true),
    };
  });
}

function readSymbols(view: DataView, table: Section, names: Section): ElfSymbol[] {
  return Array.from({ length: table.size / 16 }, (_, i) => {
    const entry = table.offset + i * 16;
    const value = view.getUint32(entry + 4, true);
    const isFunction = (view.getUint8(entry + 12) & 15) === SYMBOL_FUNCTION;
    return {
      name: readName(view, names.offset + view.getUint32(entry, true)),
      address: isFunction ? value & ~1 : value,
      size: view.getUint32(entry + 8, true),
      isFunction,
    };
  });
}

function readName(view: DataView, start: number): string {
  let end = start;
  while (view.getUint8(end) !== 0) end++;
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + start, end - start));
}

function readReferences(view: DataView, section: Section, symbols: readonly ElfSymbol[]): ElfReference[] {
  return Array.from({ length: section.size / 8 }, (_, i) => {
    const entry = section.offset + i * 8;
    return { at: view.getUint32(entry, true), to: symbols[view.getUint32(entry + 4, true) >>> 8]! };
  });
}

function malformed(problem: string, offset: number): Malformed {
  return new Malformed(`Cannot read the ELF file: ${problem}; build it again`, { structure: "elf", offset });
}
