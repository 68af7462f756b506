/**
 * What cells look like when power or reset interrupts a flash operation: some bits done, some not, by injected chance.
 *
 * Knows cells only. ASSUMED physics: programming only clears bits, erasing only sets them; a torn double word is never
 * again "erased" before a full erase, even where all its bits read 1. Where data are neither the old nor the new ones, the
 * ECC bits are taken not to fit in two places or more.
 *
 * @module
 */
import { type Cells, MARKS } from "../board.ts";

/** A source of random bytes. */
export type Random = (length: number) => Uint8Array;

/** Programs a random part of the bits of one double word. */
export function tearProgram(cells: Cells, offset: number, words: readonly number[], random: Random): void {
  const target = new Uint8Array(new Int32Array(words).buffer);
  const before = cells.flash.slice(offset, offset + 8);
  const chance = random(8);
  target.forEach((wanted, i) => {
    const at = offset + i;
    cells.flash[at] = cells.flash[at]! & (wanted | chance[i]!);
  });
  const after = cells.flash.subarray(offset, offset + 8);
  cells.marks[offset >> 3] = equal(after, before) || equal(after, target) ? MARKS.PROGRAMMED : MARKS.TORN;
}

/** Erases a random part of the bits of a range. */
export function tearErase(cells: Cells, offset: number, length: number, random: Random): void {
  const chance = random(length);
  for (let at = offset; at < offset + length; at += 8) {
    if (cells.marks[at >> 3] === MARKS.ERASED) continue;
    const before = cells.flash.slice(at, at + 8);
    const cell = cells.flash.subarray(at, at + 8);
    cell.forEach((byte, i) => cell[i] = byte | chance[at - offset + i]!);
    const settled = equal(cell, before) || cell.every((byte) => byte === 0xff);
    cells.marks[at >> 3] = settled ? MARKS.PROGRAMMED : MARKS.TORN;
  }
}

/** Option write torn at a random point: while erasing, or with some pairs written and one half written. */
export function tearOptions(cells: Cells, words: readonly number[], random: Random): void {
  const [where = 0] = random(1);
  const chance = new Uint32Array(random(words.length * 4).slice().buffer);
  const pairs = words.length / 2;
  const done = where & 1 ? 0 : (where >>> 1) % pairs;
  for (let i = 0; i < words.length; i++) {
    const pair = i >> 1;
    if ((where & 1) !== 0) cells.options[i] = cells.options[i]! | chance[i]!;
    else if (pair < done) cells.options[i] = words[i]!;
    else cells.options[i] = pair === done ? words[i]! | chance[i]! : 0xffffffff;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}
