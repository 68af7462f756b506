/**
 * A board as bytes: everything of a chip that survives without power (flash with one mark per double word, option
 * bytes, UID), kept in memory and written through to a store as each flash operation completes (D§8).
 *
 * Knows no flash rule: it is told what cells become. Layout (all little-endian):
 *
 * | offset | bytes | content |
 * | --- | --- | --- |
 * | 0 | 8 | "FSBOARD1" |
 * | 8 | 24 | chip name, padded with zeros |
 * | 32 | 12 | UID |
 * | 44 | 4 | flash size F |
 * | 48 | 16 | zero |
 * | 64 | 128 | option area: 16 double words, value then complement, as at 0x1FFF7800 |
 * | 192 | F | main flash |
 * | 192 + F | F / 8 | one mark per double word, see `MARKS` |
 *
 * @module
 */

/** Where a board lives. `write` returns when the bytes are durable; it is called once or twice per flash operation. */
export interface BoardStore {
  /** Answers the whole board, or null for a new one. */
  load(): Uint8Array | null;
  /** Writes `bytes` at `offset`; offset 0 with the full length creates the board. */
  write(offset: number, bytes: Uint8Array): void;
}

/**
 * State of one double word: erased; programmed; programmed with all ones (its ECC is not that of erased cells); torn by
 * a loss of power or a reset, so that data and ECC disagree.
 */
export const MARKS = { ERASED: 0, PROGRAMMED: 1, ALL_ONES: 2, TORN: 3 } as const;

/** Thrown when the bytes of a store are not a board of this chip. */
export class BoardError extends Error {
  override readonly name = "BoardError";
}

const MAGIC = "FSBOARD1";
const [AT_NAME, AT_UID, AT_SIZE, AT_OPTIONS, AT_FLASH] = [8, 32, 44, 64, 192] as const;
const OPTION_BYTES = 128;

/** Where things are in a board's bytes, for tools that read the truth from the file. */
export const BOARD_LAYOUT = {
  uid: AT_UID,
  flashSize: AT_SIZE,
  options: AT_OPTIONS,
  flash: AT_FLASH,
} as const;

/** Reads chip name, UID and flash out of a board's bytes without a model. @throws {BoardError} if it is no board. */
export function readBoard(
  bytes: Uint8Array,
): { chip: string; uid: Uint8Array; flash: Uint8Array; options: Uint8Array } {
  if (bytes.length < AT_FLASH || text(bytes.subarray(0, 8)) !== MAGIC) {
    throw new BoardError(`Cannot read board: it does not begin with "${MAGIC}"`);
  }
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(AT_SIZE, true);
  if (bytes.length !== AT_FLASH + size + size / 8) {
    throw new BoardError(`Cannot read board: ${bytes.length} bytes do not fit a flash of ${size} bytes`);
  }
  return {
    chip: text(bytes.subarray(AT_NAME, AT_UID)),
    uid: bytes.slice(AT_UID, AT_UID + 12),
    flash: bytes.slice(AT_FLASH, AT_FLASH + size),
    options: bytes.slice(AT_OPTIONS, AT_OPTIONS + OPTION_BYTES),
  };
}

/** What a new board is made of. */
export interface NewBoard {
  readonly chip: string;
  readonly uid: Uint8Array;
  readonly flashSize: number;
  /** The 32 words of the option area as they leave the factory. */
  readonly options: Uint32Array;
}

/** The non-volatile cells of one chip. */
export class Cells {
  /** Main flash; the core's window aliases it, so it is never replaced. */
  readonly flash: Uint8Array;
  readonly marks: Uint8Array;
  /** Option area as 16 pairs of value and complement. */
  readonly options = new Uint32Array(OPTION_BYTES / 4);
  readonly uid = new Uint8Array(12);
  readonly #store: BoardStore | null;

  /** @throws {BoardError} if the store holds a board of another chip, or `fresh` is needed and has no 12-byte UID */
  constructor(flash: Uint8Array, fresh: NewBoard, store: BoardStore | null) {
    this.flash = flash;
    this.marks = new Uint8Array(flash.length / 8);
    this.#store = store;
    const saved = store?.load() ?? null;
    if (saved === null) this.#create(fresh);
    else this.#adopt(saved, fresh);
  }

  /** True when any double word is torn: reading one is an ECC error. */
  get torn(): boolean {
    return this.marks.includes(MARKS.TORN);
  }

  /** Writes `length` bytes of flash from `offset`, and their marks, through to the store. */
  keepFlash(offset: number, length: number): void {
    this.#store?.write(AT_FLASH + offset, this.flash.slice(offset, offset + length));
    const marks = this.marks.slice(offset >> 3, (offset + length) >> 3);
    this.#store?.write(AT_FLASH + this.flash.length + (offset >> 3), marks);
  }

  /** Writes the option area through to the store. */
  keepOptions(): void {
    this.#store?.write(AT_OPTIONS, optionBytes(this.options));
  }

  #create(fresh: NewBoard): void {
    if (fresh.uid.length !== 12) {
      throw new BoardError(`Cannot create board: the UID has ${fresh.uid.length} bytes, not 12`);
    }
    this.uid.set(fresh.uid);
    this.flash.fill(0xff);
    this.options.set(fresh.options);
    const bytes = new Uint8Array(AT_FLASH + this.flash.length + this.marks.length);
    bytes.set(new TextEncoder().encode(MAGIC));
    bytes.set(new TextEncoder().encode(fresh.chip), AT_NAME);
    bytes.set(this.uid, AT_UID);
    new DataView(bytes.buffer).setUint32(AT_SIZE, this.flash.length, true);
    bytes.set(optionBytes(this.options), AT_OPTIONS);
    bytes.set(this.flash, AT_FLASH);
    this.#store?.write(0, bytes);
  }

  #adopt(saved: Uint8Array, fresh: NewBoard): void {
    const board = readBoard(saved);
    if (board.chip !== fresh.chip || board.flash.length !== this.flash.length) {
      throw new BoardError(`Cannot open board: it is a "${board.chip}", not a "${fresh.chip}"`);
    }
    this.uid.set(board.uid);
    this.flash.set(board.flash);
    const view = new DataView(board.options.buffer);
    for (let i = 0; i < this.options.length; i++) this.options[i] = view.getUint32(4 * i, true);
    this.marks.set(saved.subarray(AT_FLASH + this.flash.length));
    // The host may have died between data and mark: data that is not erased counts as programmed.
    for (let i = 0; i < this.marks.length; i++) {
      const erased = this.flash.subarray(8 * i, 8 * i + 8).every((byte) => byte === 0xff);
      if (!erased && this.marks[i] === MARKS.ERASED) this.marks[i] = MARKS.PROGRAMMED;
    }
  }
}

function optionBytes(options: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(OPTION_BYTES);
  const view = new DataView(bytes.buffer);
  options.forEach((word, i) => view.setUint32(4 * i, word, true));
  return bytes;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
