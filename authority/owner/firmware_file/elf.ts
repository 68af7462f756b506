/**
 * Reads ELF (System V ABI, edition 4.1; ELF for the Arm Architecture): 32-bit little-endian Arm executables, as
 * linkers write them for Cortex-M. What is loaded comes from the program headers by physical address; sections
 * are asked only where the personal region and the certificate slot lie. Knows nothing of chips.
 *
 * @module
 */
import { malformed } from "./_malformed.ts";
import {
  ADDRESS_LIMIT,
  type FileContent,
  hexAddress,
  type Piece,
  type Region,
  sortPieces,
} from "./pieces.ts";

/** The section whose place and size are the personal region (D§3). */
export const PERSONAL_SECTION = ".flashseal_personal";

/** The section that holds the certificate slot (see certificate_slot.ts). */
export const CERTIFICATE_SECTION = ".flashseal_certkey";

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const SECTION_HEADER_BYTES = 40;
const EXECUTABLE = 2;
const ARM = 40;
const LOADABLE = 1;
const NO_BITS = 8;

interface Segment {
  readonly index: number;
  readonly offset: number;
  readonly virtual: number;
  readonly physical: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

interface Section {
  readonly name: string;
  readonly hasBits: boolean;
  readonly address: number;
  readonly offset: number;
  readonly length: number;
}

interface ElfFile {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Tells whether the bytes begin as an ELF file does. */
export function isElf(file: Uint8Array): boolean {
  return file.length >= 4 && file[0] === 0x7f && file[1] === 0x45 && file[2] === 0x4c && file[3] === 0x46;
}

/**
 * Returns what an ELF executable loads, and where its Flashseal sections lie.
 *
 * @param what the file as messages name it, e.g. `firmware file "app.elf"`
 * @throws {Malformed} naming the offset, header or address
 */
export function parseElf(what: string, bytes: Uint8Array): FileContent {
  const elf: ElfFile = {
    what,
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
  checkKind(elf);
  const segments = readSegments(elf);
  const pieces = segments.filter((segment) => segment.fileBytes > 0).map((segment) => pieceOf(elf, segment));
  if (pieces.length === 0) {
    throw malformed(what, "no program header loads any data: link the program before it is released");
  }
  const sections = readSections(elf);
  const personal = regionOf(elf, sections, segments, PERSONAL_SECTION);
  const certificateSlot = regionOf(elf, sections, segments, CERTIFICATE_SECTION);
  return {
    format: "elf",
    pieces: sortPieces(what, pieces),
    entries: [u32(elf, 24, "e_entry")],
    ...(personal === undefined ? {} : { personal }),
    ...(certificateSlot === undefined ? {} : { certificateSlot }),
  };
}

function checkKind(elf: ElfFile): void {
  if (elf.bytes.length < HEADER_BYTES) {
    throw malformed(elf.what, `the ELF header has 52 bytes and the file ${elf.bytes.length}`);
  }
  const wanted: readonly (readonly [number, number, string])[] = [
    [elf.bytes[4]!, 1, "is not 32-bit (EI_CLASS): build it for the microcontroller"],
    [elf.bytes[5]!, 1, "is not little-endian (EI_DATA): build it for the microcontroller"],
    [elf.bytes[6]!, 1, "has an unknown ELF version (EI_VERSION)"],
    [u16(elf, 16, "e_type"), EXECUTABLE, "is not an executable (e_type): link it before it is released"],
    [u16(elf, 18, "e_machine"), ARM, "is not for Arm (e_machine): build it for the microcontroller"],
  ];
  for (const [found, right, problem] of wanted) {
    if (found !== right) throw malformed(elf.what, `it ${problem}`, "the ELF header");
  }
}

function readSegments(elf: ElfFile): readonly Segment[] {
  const table = u32(elf, 28, "e_phoff");
  const size = u16(elf, 42, "e_phentsize");
  const count = u16(elf, 44, "e_phnum");
  if (count > 0 && size !== PROGRAM_HEADER_BYTES) {
    throw malformed(elf.what, `program headers have ${size} bytes, should have 32`, "e_phentsize");
  }
  const segments: Segment[] = [];
  // Bound: e_phnum is 16 bits wide, and each header is read inside the file or refused.
  for (let index = 0; index < count; index++) {
    const at = table + index * PROGRAM_HEADER_BYTES;
    const name = `program header ${index}`;
    if (u32(elf, at, name) !== LOADABLE) continue;
    segments.push({
      index,
      offset: u32(elf, at + 4, name),
      virtual: u32(elf, at + 8, name),
      physical: u32(elf, at + 12, name),
      fileBytes: u32(elf, at + 16, name),
      memoryBytes: u32(elf, at + 20, name),
    });
  }
  return segments;
}

function pieceOf(elf: ElfFile, segment: Segment): Piece {
  const { index, offset, physical, fileBytes, memoryBytes } = segment;
  const where = `program header ${index}`;
  const place = `${where} (address ${hexAddress(physical)})`;
  if (fileBytes > memoryBytes) {
    throw malformed(elf.what, `it loads ${fileBytes} bytes into ${memoryBytes}`, place);
  }
  if (offset + fileBytes > elf.bytes.length) {
    throw malformed(
      elf.what,
      `its data ends at byte ${
        offset + fileBytes
      } and the file at ${elf.bytes.length}: the file was cut short`,
      place,
    );
  }
  // A linker that pages its output may load its own headers in front of the program.
  if (offset < HEADER_BYTES) {
    throw malformed(
      elf.what,
      "it would load the ELF header itself into flash: link with -Wl,--nmagic, or convert with objcopy -O ihex",
      place,
    );
  }
  if (physical + fileBytes > ADDRESS_LIMIT) {
    throw malformed(elf.what, "it runs past the last 32-bit address", place);
  }
  return { address: physical, bytes: elf.bytes.subarray(offset, offset + fileBytes), where };
}

function readSections(elf: ElfFile): readonly Section[] {
  const table = u32(elf, 32, "e_shoff");
  const size = u16(elf, 46, "e_shentsize");
  const count = u16(elf, 48, "e_shnum");
  if (table === 0 || count === 0) return [];
  if (size !== SECTION_HEADER_BYTES) {
    throw malformed(elf.what, `section headers have ${size} bytes, should have 40`, "e_shentsize");
  }
  const names = table + u16(elf, 50, "e_shstrndx") * SECTION_HEADER_BYTES;
  const namesAt = u32(elf, names + 16, "the section name table");
  const namesLength = u32(elf, names + 20, "the section name table");
  if (namesAt + namesLength > elf.bytes.length) {
    throw malformed(elf.what, "the section names lie beyond the end of the file");
  }
  const strings = elf.bytes.subarray(namesAt, namesAt + namesLength);
  const sections: Section[] = [];
  // Bound: e_shnum is 16 bits wide, and each header is read inside the file or refused.
  for (let index = 0; index < count; index++) {
    const at = table + index * SECTION_HEADER_BYTES;
    const what = `section header ${index}`;
    sections.push({
      name: nameAt(strings, u32(elf, at, what)),
      hasBits: u32(elf, at + 4, what) !== NO_BITS,
      address: u32(elf, at + 12, what),
      offset: u32(elf, at + 16, what),
      length: u32(elf, at + 20, what),
    });
  }
  return sections;
}

/** The longest name that is looked at; longer ones are none of ours. */
const NAME_BYTES_MAX = 64;

function nameAt(strings: Uint8Array, start: number): string {
  const name = strings.subarray(start, start + NAME_BYTES_MAX);
  const end = name.indexOf(0);
  return end < 0 ? "" : new TextDecoder("latin1").decode(name.subarray(0, end));
}

/** Where a section lies in the memory that is programmed; a section of no length counts as absent. */
function regionOf(
  elf: ElfFile,
  sections: readonly Section[],
  segments: readonly Segment[],
  name: string,
): Region | undefined {
  const found = sections.filter((section) => section.name === name && section.length > 0);
  if (found.length > 1) {
    throw malformed(
      elf.what,
      `it has ${found.length} sections ${name}: gather them into one`,
      `section ${name}`,
    );
  }
  const section = found[0];
  return section && { address: loadAddressOf(section, segments), length: section.length };
}

function loadAddressOf(section: Section, segments: readonly Segment[]): number {
  for (const segment of segments) {
    const inFile = section.offset - segment.offset;
    if (section.hasBits && inFile >= 0 && inFile + section.length <= segment.fileBytes) {
      return segment.physical + inFile;
    }
    const inMemory = section.address - segment.virtual;
    if (!section.hasBits && inMemory >= 0 && inMemory + section.length <= segment.memoryBytes) {
      return segment.physical + inMemory;
    }
  }
  return section.address;
}

function u16(elf: ElfFile, offset: number, name: string): number {
  checkInside(elf, offset, 2, name);
  return elf.view.getUint16(offset, true);
}

function u32(elf: ElfFile, offset: number, name: string): number {
  checkInside(elf, offset, 4, name);
  return elf.view.getUint32(offset, true);
}

function checkInside(elf: ElfFile, offset: number, length: number, name: string): void {
  if (offset + length <= elf.bytes.length) return;
  throw malformed(
    elf.what,
    `${name} lies beyond the end of the file (${elf.bytes.length} bytes)`,
    `byte ${offset}`,
  );
}
