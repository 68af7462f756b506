/**
 * Makes ELF files for tests: 32-bit little-endian Arm executables with program headers and sections, and, by
 * overwriting single fields, wrong ones. Written from the System V ABI, apart from the product's reader.
 *
 * @module
 */

/** One program header of type PT_LOAD and its data. */
export interface ElfSegment {
  readonly physical: number;
  readonly bytes: Uint8Array;
  /** Default: the physical address. */
  readonly virtual?: number;
  /** Default: the length of the data. */
  readonly memoryBytes?: number;
}

/** One section. Without `segment` it has no bits in the file (NOBITS). */
export interface ElfSection {
  readonly name: string;
  readonly address: number;
  readonly length: number;
  /** Index of the segment that holds its bits, and where in it. */
  readonly segment?: number;
  readonly within?: number;
}

/** What a file holds; `patches` overwrite bytes of the finished file. */
export interface ElfOptions {
  readonly sections?: readonly ElfSection[];
  readonly entry?: number;
  readonly patches?: readonly (readonly [offset: number, bytes: readonly number[]])[];
}

const HEADER = 52;
const PROGRAM_HEADER = 32;
const SECTION_HEADER = 40;

/** Returns a whole file. Its section table has a null entry and `.shstrtab` beside the sections given. */
export function makeElf(segments: readonly ElfSegment[], options: ElfOptions = {}): Uint8Array {
  const { sections = [], entry = 0, patches = [] } = options;
  const dataAt = HEADER + segments.length * PROGRAM_HEADER;
  const offsets: number[] = [];
  let end = dataAt;
  for (const segment of segments) {
    offsets.push(end);
    end += segment.bytes.length;
  }
  const names = ["", ".shstrtab", ...sections.map((section) => section.name)];
  const strings = new TextEncoder().encode(names.map((name) => `${name}\0`).join(""));
  const stringsAt = end;
  const tableAt = stringsAt + strings.length;
  const file = new Uint8Array(tableAt + names.length * SECTION_HEADER);
  const view = new DataView(file.buffer);
  const words = (at: number, values: readonly number[]) =>
    values.forEach((value, i) => view.setUint32(at + 4 * i, value, true));

  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  words(20, [1, entry, HEADER, tableAt, 0x0500_0200]);
  [HEADER, PROGRAM_HEADER, segments.length, SECTION_HEADER, names.length, 1].forEach((value, index) =>
    view.setUint16(40 + 2 * index, value, true)
  );
  segments.forEach((segment, index) => {
    const { physical, bytes, virtual = physical, memoryBytes = bytes.length } = segment;
    words(HEADER + index * PROGRAM_HEADER, [
      1,
      offsets[index]!,
      virtual,
      physical,
      bytes.length,
      memoryBytes,
      7,
      1,
    ]);
    file.set(bytes, offsets[index]!);
  });
  file.set(strings, stringsAt);
  const nameAt = (index: number) => names.slice(0, index).reduce((sum, name) => sum + name.length + 1, 0);
  words(tableAt + SECTION_HEADER, [nameAt(1), 3, 0, 0, stringsAt, strings.length]);
  sections.forEach((section, index) => {
    const { segment, within = 0 } = section;
    const offset = segment === undefined ? dataAt : offsets[segment]! + within;
    words(tableAt + (index + 2) * SECTION_HEADER, [
      nameAt(index + 2),
      segment === undefined ? 8 : 1,
      2,
      section.address,
      offset,
      section.length,
    ]);
  });
  for (const [offset, bytes] of patches) file.set(bytes, offset);
  return file;
}
