/**
 * The content of a firmware file as pieces of memory, before anybody asks which chip it is for. Knows addresses
 * and refuses overlaps; knows nothing of flash, file formats or releases.
 *
 * @module
 */
import { malformed } from "./_malformed.ts";

/** A run of bytes at an address, and the place in the file that named it, e.g. `line 12`. */
export interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly where: string;
}

/** A part of the address space: `[address, address + length)`. */
export interface Region {
  readonly address: number;
  readonly length: number;
}

/** Something the owner should know about an accepted file: what was read and deliberately not used. */
export interface Finding {
  readonly code: string;
  readonly says: string;
}

/** What a parser found: pieces in ascending order without overlaps, and the sections that Flashseal knows. */
export interface FileContent {
  readonly format: "intel-hex" | "elf" | "raw";
  readonly pieces: readonly Piece[];
  readonly personal?: Region;
  readonly certificateSlot?: Region;
  /** Addresses where the file asks to be started; Cortex-M starts at its reset vector instead. */
  readonly entries: readonly number[];
}

/** The highest address plus one that 32 bits reach. */
export const ADDRESS_LIMIT = 0x1_0000_0000;

/** Returns an address as people write it: `0x08001FF0`. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(8, "0")}`;
}

/**
 * Returns the pieces in ascending order, empty ones left out.
 *
 * @throws {Malformed} naming the first address that two places of the file give data for, equal data included:
 * a file that says a thing twice was merged by mistake.
 */
export function sortPieces(what: string, pieces: readonly Piece[]): readonly Piece[] {
  const sorted = pieces.filter((piece) => piece.bytes.length > 0)
    .sort((one, other) => one.address - other.address);
  let reach: Piece | undefined;
  for (const piece of sorted) {
    if (reach !== undefined && piece.address < endOf(reach)) {
      throw malformed(
        what,
        `${reach.where} and ${piece.where} both hold data for this address; remove one of them, or build the file anew instead of merging two`,
        hexAddress(piece.address),
      );
    }
    reach = piece;
  }
  return sorted;
}

/** Returns the first address behind the piece. */
export function endOf(piece: Piece): number {
  return piece.address + piece.bytes.length;
}

/** Tells whether two parts of the address space share an address. */
export function overlaps(one: Region, other: Region): boolean {
  return one.address < other.address + other.length && other.address < one.address + one.length;
}
