/**
 * Turns the pieces of a firmware file into the image of one chip: the whole content of flash, gaps and tail 0xFF
 * (D§1). Knows the chip's memories as data; knows no file format and no option bytes.
 *
 * @module
 */
import { malformed } from "./_malformed.ts";
import { spanOf } from "./personal_region.ts";
import { ADDRESS_LIMIT, endOf, hexAddress, overlaps, type Piece, type Region } from "./pieces.ts";

/** The parts of a chip's address space that a firmware file may have to do with. */
export interface ChipMemory {
  /** The chip as messages name it, e.g. `stm32g0-8k`. */
  readonly name: string;
  readonly flash: Region;
  /** The unit that the chip programs at once, in bytes. */
  readonly wordBytes: number;
  readonly ram: readonly Region[];
  /** Where option bytes are mapped, if they may be part of a firmware file. */
  readonly optionArea: Region | undefined;
}

/** What lies in flash, and what lies among the option bytes. */
export interface SortedContent {
  readonly flash: readonly Piece[];
  readonly options: readonly Piece[];
}

/** How far beyond its flash an address is still taken for an attempt at a bigger chip: 4 MiB from the base. */
const FLASH_WINDOW_BYTES = 0x40_0000;

/**
 * Returns the pieces by where they lie on the chip.
 *
 * @throws {Malformed} naming the first address that is neither flash nor a known option byte
 */
export function sortByMemory(what: string, pieces: readonly Piece[], chip: ChipMemory): SortedContent {
  const flash: Piece[] = [];
  const options: Piece[] = [];
  for (const piece of pieces) {
    if (liesIn(piece, chip.flash)) flash.push(piece);
    else if (chip.optionArea !== undefined && liesIn(piece, chip.optionArea)) options.push(piece);
    else throw strayPiece(what, piece, chip);
  }
  return { flash, options };
}

function strayPiece(what: string, piece: Piece, chip: ChipMemory) {
  const flash = `${chip.name} has flash at ${spanOf(chip.flash)}`;
  const window = { address: chip.flash.address, length: FLASH_WINDOW_BYTES };
  const begins = liesIn({ ...piece, bytes: piece.bytes.subarray(0, 1) }, window);
  if (begins) {
    const first = Math.max(piece.address, chip.flash.address + chip.flash.length);
    const over = endOf(piece) - (chip.flash.address + chip.flash.length);
    const problem = `the firmware does not fit, ${piece.where} runs ${over} bytes past the end: ${flash}; ` +
      "make it smaller or choose a chip with more flash";
    return malformed(what, problem, hexAddress(first));
  }
  const region = { address: piece.address, length: piece.bytes.length };
  if (chip.ram.some((ram) => overlaps(region, ram))) {
    const remedy = "give initial values a load address in flash (AT> in the linker script)";
    return malformed(
      what,
      `${piece.where} puts data into RAM, which is not programmed: ${remedy}`,
      hexAddress(piece.address),
    );
  }
  // A piece that begins on known ground is named by the first address that is not.
  const known = [chip.flash, ...(chip.optionArea === undefined ? [] : [chip.optionArea])];
  const home = known.find((area) =>
    piece.address >= area.address && piece.address < area.address + area.length
  );
  const first = home === undefined ? piece.address : home.address + home.length;
  const remedy = "remove it, or link for this chip";
  return malformed(
    what,
    `${piece.where} has data where ${chip.name} has nothing to program: ${flash}; ${remedy}`,
    hexAddress(first),
  );
}

function liesIn(piece: Piece, area: Region): boolean {
  return piece.address >= area.address && endOf(piece) <= area.address + area.length;
}

/** Returns the whole content of flash: the pieces, and 0xFF wherever the file says nothing. */
export function buildImage(flash: Region, pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const image = new Uint8Array(flash.length).fill(0xff);
  for (const piece of pieces) image.set(piece.bytes, piece.address - flash.address);
  return image;
}

/**
 * Refuses firmware that the chip could not start: Cortex-M takes its stack pointer and the address of its reset
 * handler from the first two words of flash (ARM DDI 0419, B1.5.5).
 *
 * @throws {Malformed} naming the address of the word, what it holds and what it should hold
 */
export function checkVectors(what: string, pieces: readonly Piece[], chip: ChipMemory): void {
  const { flash, ram, name } = chip;
  if (!isCovered(pieces, flash.address, 8)) {
    throw malformed(
      what,
      `it has no stack pointer and reset vector: firmware for ${name} begins here`,
      hexAddress(flash.address),
    );
  }
  const image = buildImage(flash, pieces);
  const view = new DataView(image.buffer);
  const stackPointer = view.getUint32(0, true);
  const reset = view.getUint32(4, true);
  // A full descending stack may begin at the first address behind RAM.
  const inRam = ram.some((area) => stackPointer > area.address && stackPointer <= area.address + area.length);
  if (!inRam || stackPointer % 4 !== 0) {
    const problem = inRam
      ? "is not a multiple of 4"
      : `is outside RAM (${name}: ${ram.map(spanOf).join(", ")})`;
    const remedy = "check that the file is firmware for this chip, linked for the start of flash";
    throw malformed(
      what,
      `the initial stack pointer ${hexAddress(stackPointer)} ${problem}: ${remedy}`,
      hexAddress(flash.address),
    );
  }
  const at = hexAddress(flash.address + 4);
  if (reset % 2 === 0) {
    const remedy = "the handler must be a Thumb function (in assembly: .thumb_func)";
    throw malformed(what, `the reset vector ${hexAddress(reset)} is even: ${remedy}`, at);
  }
  if (reset - 1 < flash.address + 8 || !isCovered(pieces, reset - 1, 2)) {
    const remedy = "check the linker script, and that the file is whole";
    throw malformed(what, `the reset vector ${hexAddress(reset)} points outside the image: ${remedy}`, at);
  }
}

/** Tells whether the file itself gives each of `length` bytes from `address` on. */
function isCovered(pieces: readonly Piece[], address: number, length: number): boolean {
  let next = address;
  for (const piece of pieces) {
    if (piece.address <= next && endOf(piece) > next) next = Math.min(endOf(piece), ADDRESS_LIMIT);
    if (next >= address + length) return true;
  }
  return false;
}
