/**
 * Flash operations in time: each takes what the data sheet says, changes the cells when it ends, can be cut by a test and
 * is torn where power or a reset interrupts it.
 *
 * Knows cells and time; knows no register and no rule about what may be started.
 *
 * @module
 */
import { type Cells, MARKS } from "../board.ts";
import type { Alarm, Clock } from "../clock.ts";
import type { Options } from "./options.ts";
import { tearErase, tearOptions, tearProgram } from "./tearing.ts";

/** One operation of the flash, numbered from 1 since the model was made. */
export interface FlashOperation {
  readonly number: number;
  readonly kind: "program" | "erase-page" | "erase-mass" | "options";
  /** Offset in flash of the double word or page; 0 for the other kinds. */
  readonly offset: number;
}

/** What a test does to an operation: nothing, or cut the power before, within or right after it. */
export type Cut = "go" | "cut-before" | "torn" | "cut-after";

/** What operations need from the chip around them. */
export interface OperationsHost {
  readonly clock: Clock;
  readonly pageSize: number;
  random(length: number): Uint8Array;
  onOperation(operation: FlashOperation): Cut;
  /** Cells changed: decoded code is out of date. */
  changed(offset: number, length: number): void;
  cutPower(): void;
}

/** An operation to start. */
export interface Start {
  readonly kind: FlashOperation["kind"];
  readonly offset: number;
  readonly nanos: number;
  /** Two words to program, or the whole option area. */
  readonly words: readonly number[];
}

/** An operation under way and what its end does. */
interface Running {
  readonly operation: FlashOperation;
  readonly cut: Cut;
  readonly words: readonly number[];
}

/** The plain state, as snapshots carry it. */
export interface OperationsState {
  running: Running | null;
  count: number;
}

/** The one operation that a single bank can have under way. */
export class Operations {
  readonly state: OperationsState = { running: null, count: 0 };
  /** Called when an operation has ended well. */
  onDone: () => void = () => {};
  readonly #cells: Cells;
  readonly #options: Options;
  readonly #host: OperationsHost;
  readonly #done: Alarm;

  constructor(cells: Cells, options: Options, host: OperationsHost) {
    this.#cells = cells;
    this.#options = options;
    this.#host = host;
    this.#done = host.clock.alarm(() => this.#finish());
  }

  get running(): boolean {
    return this.state.running !== null;
  }

  /** Time at which the operation in hand ends, Infinity without one. */
  get until(): number {
    return this.#done.at;
  }

  /** Starts an operation; false means that power is to be cut before anything changes. */
  start({ kind, offset, nanos, words }: Start): boolean {
    const operation: FlashOperation = { number: ++this.state.count, kind, offset };
    const cut = this.#host.onOperation(operation);
    if (cut === "cut-before") return false;
    this.state.running = { operation, cut, words };
    this.#done.at = this.#host.clock.now + nanos * (cut === "torn" ? 500 : 1000);
    return true;
  }

  /** Tears the operation in hand, as a reset or a loss of power does (RM0444: contents are not guaranteed). */
  abort(): void {
    const { running } = this.state;
    if (running === null) return;
    this.#done.at = Infinity;
    this.state.running = null;
    this.#tear(running);
  }

  #finish(): void {
    const { running } = this.state;
    if (running === null) return;
    // Cutting the power tears what is in hand.
    if (running.cut === "torn") return this.#host.cutPower();
    this.state.running = null;
    this.#apply(running);
    if (running.cut === "cut-after") return this.#host.cutPower();
    this.onDone();
  }

  #apply({ operation, words }: Running): void {
    const { flash, marks } = this.#cells;
    const { offset } = operation;
    if (operation.kind === "program") {
      const view = new DataView(flash.buffer, flash.byteOffset + offset, 8);
      words.forEach((word, i) => view.setUint32(4 * i, word, true));
      marks[offset >> 3] = isAllOnes(words) ? MARKS.ALL_ONES : MARKS.PROGRAMMED;
      return this.#keep(offset, 8);
    }
    if (operation.kind === "options") {
      if (this.#options.regresses()) this.#blank(0, flash.length);
      this.#cells.options.set(words);
      this.#cells.keepOptions();
      return this.#options.showLoaded();
    }
    if (operation.kind === "erase-page") this.#blank(offset, this.#host.pageSize);
    else this.#blank(0, flash.length);
  }

  #blank(offset: number, length: number): void {
    this.#cells.flash.fill(0xff, offset, offset + length);
    this.#cells.marks.fill(MARKS.ERASED, offset >> 3, (offset + length) >> 3);
    this.#keep(offset, length);
  }

  #keep(offset: number, length: number): void {
    this.#cells.keepFlash(offset, length);
    this.#host.changed(offset, length);
  }

  #tear({ operation, words }: Running): void {
    const { flash } = this.#cells;
    const random = (length: number): Uint8Array => this.#host.random(length);
    if (operation.kind === "program") {
      tearProgram(this.#cells, operation.offset, words, random);
      return this.#keep(operation.offset, 8);
    }
    if (operation.kind === "options") {
      if (this.#options.regresses()) {
        tearErase(this.#cells, 0, flash.length, random);
        this.#keep(0, flash.length);
        // RM0440 4.5.1: the options are programmed only when the flash has been erased.
        if ((random(1)[0]! & 1) === 0) return;
        this.#blank(0, flash.length);
      }
      tearOptions(this.#cells, words, random);
      return this.#cells.keepOptions();
    }
    const length = operation.kind === "erase-page" ? this.#host.pageSize : flash.length;
    tearErase(this.#cells, operation.offset, length, random);
    this.#keep(operation.offset, length);
  }
}

function isAllOnes(words: readonly number[]): boolean {
  return words.every((word) => word >>> 0 === 0xffffffff);
}
