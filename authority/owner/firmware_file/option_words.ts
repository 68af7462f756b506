/**
 * Option bytes that come inside a firmware file: they become option words for the ticket (P-18), unless they would
 * undo the protection or keep the bootloader from its work; then the file is refused, naming the option. Knows rules
 * as data; the chip's own table is handed in.
 *
 * @module
 */
import type { OptionWords } from "../../../bootloader/wire/mod.ts";
import { malformed } from "./_malformed.ts";
import { endOf, type Finding, hexAddress, type Piece } from "./pieces.ts";

/** One option word as it is mapped among the option bytes: value, then its complement, four bytes each. */
export interface OptionWord {
  readonly address: number;
  /** The register that shows it, e.g. `FLASH_OPTR`. */
  readonly register: string;
  /** Which of the ticket's four words it is; undefined: the ticket cannot carry it. */
  readonly ticketWord: 0 | 1 | 2 | 3 | undefined;
  /** The bits that a ticket may demand; bits for which the lock level speaks are not among them. */
  readonly demandable: number;
}

/** What is known of the option bytes of a chip family. */
export interface OptionRules {
  /** The ticket's words first, in the ticket's order. */
  readonly words: readonly OptionWord[];
  /** Each register as the factory leaves it: what a file does not say. */
  readonly factory: Readonly<Record<string, number>>;
  /** The bits of the first word for which the product's lock level speaks. */
  readonly lockBits: number;
  /** Returns the lock level that the first word stands for. */
  readonly lockLevel: (firstWord: number) => number;
  /** Returns what in these registers would undo the protection or keep the bootloader from its work. */
  readonly judge: (registers: Readonly<Record<string, number>>) => readonly string[];
}

/** What a file demands of the option bytes. */
export interface FileOptions {
  readonly value: OptionWords;
  readonly mask: OptionWords;
  readonly findings: readonly Finding[];
}

/**
 * Returns the option words that a file holds, or undefined when it holds none.
 *
 * @throws {Malformed} naming the address and the option
 */
export function judgeOptions(
  what: string,
  pieces: readonly Piece[],
  { rules, lockLevel }: { readonly rules: OptionRules; readonly lockLevel: number },
): FileOptions | undefined {
  if (pieces.length === 0) return undefined;
  const bytes = new OptionBytes(what, pieces);
  const registers: Record<string, number> = { ...rules.factory };
  const value: [number, number, number, number] = [0, 0, 0, 0];
  const mask: [number, number, number, number] = [0, 0, 0, 0];
  const says: string[] = [];
  for (const word of rules.words) {
    const { register, ticketWord, demandable } = word;
    const found = bytes.takeWord(word);
    if (found === undefined) continue;
    if (ticketWord === 0) checkLockLevel(what, word, found, { rules, lockLevel });
    registers[register] = ticketWord === 0 ? withoutLock(found, rules, register) : found;
    // One word after the other, so that the complaint is about the word that brings the conflict in.
    const [complaint] = rules.judge(registers);
    if (complaint !== undefined) {
      const remedy = "set it as the factory leaves it, or leave the option bytes out of the file";
      throw malformed(what, `option bytes of ${register}: ${complaint}; ${remedy}`, hexAddress(word.address));
    }
    if (ticketWord === undefined || demandable === 0) continue;
    mask[ticketWord] = demandable;
    value[ticketWord] = (found & demandable) >>> 0;
    says.push(`${register} = ${hexAddress(value[ticketWord])}, mask ${hexAddress(demandable)}`);
  }
  bytes.refuseTheRest();
  const findings = says.length === 0
    ? []
    : [{ code: "option-words", says: `The file holds option words: ${says.join("; ")}` }];
  return { value, mask, findings };
}

interface LockRules {
  readonly rules: OptionRules;
  readonly lockLevel: number;
}

/** P-18: the RDP byte is outside every mask. A file that names another level than the product contradicts it. */
function checkLockLevel(
  what: string,
  word: OptionWord,
  found: number,
  { rules, lockLevel }: LockRules,
): void {
  const level = rules.lockLevel(found);
  if (level === lockLevel) return;
  throw malformed(
    what,
    `option bytes of ${word.register}: the RDP byte asks for protection level ${level} and the product's lock level is ` +
      `${lockLevel}; make them agree, or leave the option bytes out of the file`,
    hexAddress(word.address),
  );
}

/** The level was judged against the product; what else the word says is judged as if the chip were open. */
function withoutLock(found: number, rules: OptionRules, register: string): number {
  return ((found & ~rules.lockBits) | ((rules.factory[register] ?? 0) & rules.lockBits)) >>> 0;
}

/** The option bytes that a file gives, each taken once. */
class OptionBytes {
  readonly #what: string;
  readonly #bytes = new Map<number, number>();

  constructor(what: string, pieces: readonly Piece[]) {
    this.#what = what;
    // Bound: sortByMemory() let only pieces inside the area pass, 128 bytes for stm32g0.
    for (const piece of pieces) {
      for (let at = piece.address; at < endOf(piece); at++) {
        this.#bytes.set(at, piece.bytes[at - piece.address]!);
      }
    }
  }

  /** Returns the word's value, or undefined when the file is silent about it. */
  takeWord({ address, register }: OptionWord): number | undefined {
    const value = this.#takeFour(address, register);
    const complement = this.#takeFour(address + 4, register);
    if (value === undefined) {
      if (complement === undefined) return undefined;
      throw malformed(
        this.#what,
        `it gives the complement of ${register} and not its value`,
        hexAddress(address),
      );
    }
    if (complement !== undefined && (value ^ complement) !== -1) {
      const problem =
        `the complement of ${register} does not fit its value: write both, or leave the complement out`;
      throw malformed(this.#what, problem, hexAddress(address + 4));
    }
    return value;
  }

  #takeFour(address: number, register: string): number | undefined {
    const bytes = [0, 1, 2, 3].map((index) => this.#bytes.get(address + index));
    if (bytes.every((byte) => byte === undefined)) return undefined;
    const missing = bytes.indexOf(undefined);
    if (missing >= 0) {
      throw malformed(
        this.#what,
        `it gives only a part of ${register}: give all 4 bytes`,
        hexAddress(address + missing),
      );
    }
    for (let index = 0; index < 4; index++) this.#bytes.delete(address + index);
    const [b0, b1, b2, b3] = bytes as [number, number, number, number];
    return (b0 | b1 << 8 | b2 << 16 | b3 << 24) >>> 0;
  }

  /** A dump of the whole area has erased bytes between the words; anything else there is unknown to the chip table. */
  refuseTheRest(): void {
    for (const [address, byte] of this.#bytes) {
      if (byte === 0xff) continue;
      throw malformed(
        this.#what,
        "there is no option word here that can be set: remove it",
        hexAddress(address),
      );
    }
  }
}
