/**
 * A chip of the model whose power can be cut at an operation of the flash without ending what goes on: just before the
 * operation the whole chip is saved, the cut happens, the board that it leaves is kept, and the chip is put back as if
 * nothing had been. So one delivery gives the board of every cut.
 *
 * How an operation is torn: the model's rules (`bootloader/mcu/stm32g0/tearing.ts`) take a random pattern. Random bits
 * alone would never leave a vector whole in a page that is half erased, so patterns are drawn in several shapes.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type BoardStore,
  type Cut,
  type FlashOperation,
  Mcu,
  type RunLimit,
} from "../../bootloader/mcu/mod.ts";
import { PADS } from "./_site.ts";

const FLASH = 0x0800_0000;
const FLASH_CR = 0x4002_2014;
/** Shorter than any flash operation (85 us): a slice holds the start of one operation at most. */
const SLICE_NANOS = 40_000;
/** Longer than any flash operation. */
const LONGEST_NANOS = 120_000_000;
const OPTION_PAIRS = 16;

/** How the bits of a torn operation are spread. For an erase a one is a bit that is erased already. */
export type Shape = "even" | "few" | "most" | "first half" | "second half" | "none" | "all";

/** One torn pattern; the bytes answer the model's single draws in their order (see `tearing.ts`). */
export interface Tear {
  readonly shape: Shape;
  readonly single: readonly number[];
}

/** One way to cut the power at one operation. */
export interface Attack {
  readonly cut: Exclude<Cut, "go">;
  readonly tear: Tear | null;
}

/** A board that a cut left behind. */
export interface Wreck {
  readonly operation: FlashOperation;
  readonly attack: Attack;
  /** The board's file. */
  readonly board: Uint8Array;
}

const SHAPES: readonly Shape[] = ["even", "few", "most", "first half", "second half"];
const plain = (shape: Shape, ...single: number[]): Tear => ({ shape, single });

/** Every attack on an operation. A double word has its shape by turns, an erase every shape, an option write every place. */
export function attacksOn(operation: FlashOperation, regresses: boolean): readonly Attack[] {
  return [
    { cut: "cut-before", tear: null },
    ...tearsOf(operation, regresses).map((tear): Attack => ({ cut: "torn", tear })),
    { cut: "cut-after", tear: null },
  ];
}

function tearsOf({ kind, offset, number }: FlashOperation, regresses: boolean): readonly Tear[] {
  if (kind === "program") {
    const all: readonly Shape[] = [...SHAPES, "none", "all"];
    // The word that starts the chip decides most: it is torn in every shape.
    return (offset === 0 ? all : [all[number % all.length]!]).map((shape) => plain(shape));
  }
  if (kind !== "options") return SHAPES.map((shape) => plain(shape));
  // 1: torn while the option area is erased; an even byte 2n: n pairs are written, the next one is half written.
  const places = [1, ...Array.from({ length: OPTION_PAIRS }, (_, pairs) => 2 * pairs)];
  if (!regresses) return places.map((place) => plain("even", place));
  // Level 1 to 0 erases first. 0: torn within that erase, options as they were; 1: torn in the options that follow.
  return [...SHAPES.map((shape) => plain(shape, 0)), ...places.map((place) => plain("even", 1, place))];
}

/** Randomness of one chip: seeded, and shaped while an operation is torn. */
class Chance {
  tear: Tear | null = null;
  #single: number[] = [];
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  arm(tear: Tear | null): void {
    this.tear = tear;
    this.#single = [...tear?.single ?? []];
  }

  readonly draw = (length: number): Uint8Array => {
    if (this.tear === null) return this.#bytes(length);
    const { shape } = this.tear;
    if (length === 1) return Uint8Array.of(this.#single.shift() ?? this.#byte());
    if (shape === "even") return this.#bytes(length);
    const shaped = new Uint8Array(length);
    if (shape === "few") return shaped.map(() => this.#byte() & this.#byte() & this.#byte());
    if (shape === "most") return shaped.map(() => this.#byte() | this.#byte() | this.#byte());
    if (shape === "all") return shaped.fill(0xff);
    if (shape === "first half") return shaped.fill(0xff, 0, length / 2);
    return shape === "second half" ? shaped.fill(0xff, length / 2) : shaped;
  };

  #bytes(length: number): Uint8Array {
    return new Uint8Array(length).map(() => this.#byte());
  }

  #byte(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 24;
  }
}

/** A board's file in memory. */
class Memory implements BoardStore {
  bytes: Uint8Array | null;

  constructor(bytes: Uint8Array | null) {
    this.bytes = bytes?.slice() ?? null;
  }

  load(): Uint8Array | null {
    return this.bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    if (this.bytes === null) this.bytes = bytes.slice();
    else this.bytes.set(bytes, offset);
  }
}

/** The chip. While `attacksOn` gives attacks for an operation, each leaves a wreck and the chip goes on unharmed. */
export class ForkingMcu extends Mcu {
  /** Attacks on an operation that has just begun, carried out aside; asked more than once. */
  plan: (operation: FlashOperation) => readonly Attack[] = () => [];
  /** An attack on an operation that is about to start, carried out in earnest; null: none. */
  strike: (operation: FlashOperation) => Attack | null = () => null;
  onWreck: (wreck: Wreck) => void = () => {};
  readonly #store: Memory;
  readonly #chance: Chance;
  #watching = false;
  #armed: { readonly number: number; readonly attack: Attack } | null = null;
  /** Operations that began since it was emptied last. */
  #begun: FlashOperation[] = [];

  constructor(options: { readonly uid: Uint8Array; readonly seed: number; readonly board?: Uint8Array }) {
    const store = new Memory(options.board ?? null);
    const chance = new Chance(options.seed);
    super({ chip: "stm32g0-8k", uid: options.uid, random: chance.draw, wiring: PADS, store });
    this.#store = store;
    this.#chance = chance;
    this.onFlashOperation = (operation) => this.#decide(operation);
    const write = this.debug.write.bind(this.debug);
    this.debug.write = (address, bytes) => {
      const starts = address === FLASH_CR || address >>> 16 === FLASH >>> 16;
      if (!this.#watching || !starts) return write(address, bytes);
      return this.#forking(() => write(address, bytes));
    };
  }

  /** From now on operations are forked; costs time, so it is not always on. */
  watch(on: boolean): void {
    this.#watching = on;
  }

  /** The board's file as it is now. */
  get board(): Uint8Array {
    return this.#store.bytes!.slice();
  }

  override run(limit: RunLimit): ReturnType<Mcu["run"]> {
    if (!this.#watching || !this.powered || !("nanos" in limit)) return super.run(limit);
    const before = this.snapshot();
    this.#begun = [];
    const reason = super.run(limit);
    if (this.#begun.every((operation) => this.plan(operation).length === 0)) return reason;
    // Operations that are to be attacked start in here: the same once more in slices that hold one at most.
    const endNanos = this.nanos;
    this.restore(before);
    let slice = reason;
    while (this.nanos < endNanos) {
      const nanos = Math.min(SLICE_NANOS, endNanos - this.nanos);
      slice = this.#forking(() => super.run({ ...limit, nanos }));
      if (slice === "uart") break;
    }
    return slice;
  }

  /** Does `act`; when an operation has started in it, does it again for each attack and goes on as if it had not. */
  #forking<T>(act: () => T): T {
    const before = this.snapshot();
    this.#begun = [];
    const result = act();
    const [operation, more] = this.#begun;
    if (operation === undefined) return result;
    assert.equal(more, undefined, "two flash operations began at once");
    const attacks = this.plan(operation);
    if (attacks.length === 0) return result;
    const after = this.snapshot();
    for (const attack of attacks) {
      this.restore(before);
      this.#armed = { number: operation.number, attack };
      act();
      if (this.powered) super.run({ nanos: LONGEST_NANOS });
      assert.ok(!this.powered, `power was not cut at operation ${operation.number}`);
      this.#armed = null;
      this.#chance.arm(null);
      this.onWreck({ operation, attack, board: this.board });
    }
    this.restore(after);
    return result;
  }

  #decide(operation: FlashOperation): Cut {
    this.#begun.push({ ...operation });
    if (this.#armed?.number === operation.number) return this.#hit(this.#armed.attack);
    const attack = this.strike(operation);
    if (attack === null) return "go";
    return this.#hit(attack);
  }

  #hit({ cut, tear }: Attack): Cut {
    this.#chance.arm(cut === "torn" ? tear : null);
    return cut;
  }

  override powerOff(): void {
    super.powerOff();
    this.#chance.arm(null);
  }
}
