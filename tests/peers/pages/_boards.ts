/**
 * Boards as they come to a station in life: blank, used before, locked for ever, and things that are no board. Each is a file.
 *
 * @module
 */
import { makeBoardFile } from "../../../agent/mod.ts";
import { BOARD_LAYOUT } from "../../../bootloader/mcu/mod.ts";

const CHIP = "stm32g0-8k";

/** Kinds of boards that are made here. */
export const boardKinds = Object.freeze(
  {
    blank: () => {},
    /** Somebody has programmed it: the first word of the second page is taken. */
    used: (bytes) => bytes.set([1, 2, 3, 4, 5, 6, 7, 8], BOARD_LAYOUT.flash + 2048),
    /** Read protection level 2, value and complement (RM0444 3.5.2): no debugger gets an answer any more. */
    lockedForEver: (bytes) => {
      bytes[BOARD_LAYOUT.options] = 0xcc;
      bytes[BOARD_LAYOUT.options + 4] = 0x33;
    },
    /** Its first bytes are gone. */
    broken: (bytes) => bytes.fill(0, 0, 16),
  } satisfies Readonly<Record<string, (bytes: Uint8Array) => void>>,
);

/** One of {@linkcode boardKinds}. */
export type BoardKind = keyof typeof boardKinds;

/** A board as its file. */
export interface Board {
  readonly uid: string;
  /** Where it lies now: in a station, or taken out. */
  path: string;
}

/** Makes a board outside of every station. */
export function makeBoard(path: string, kind: BoardKind): Board {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const uid = random(12);
  makeBoardFile(path, { chip: CHIP, uid, random });
  const bytes = Deno.readFileSync(path);
  boardKinds[kind](bytes);
  Deno.writeFileSync(path, bytes);
  return { uid: uid.toHex(), path };
}
