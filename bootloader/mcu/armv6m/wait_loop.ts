/**
 * Finds loops that only wait, so that the model need not execute each of their turns: a chip spends near half of a delivery asking
 * a status register whether a byte has come or flash is ready.
 *
 * A turn of a loop is known to repeat when, between two visits of the same load, nothing was accessed but registers that are
 * only looked at, no alarm of the clock went off, and the core's registers, flags and the whole SRAM are what they were. Then
 * all that can end the loop is the next alarm or the end of the slice (`Core.limit`): whole turns before either may be left
 * out, and cycles and time come out as if they had been executed. No instruction is recognised by its look.
 *
 * Knows the core; knows no device.
 *
 * @module
 */
import type { Core } from "./core.ts";
import { RAM_OFFSET } from "./state.ts";

/** Looks at other places between two visits of the one that is watched, before another place is watched. */
const OTHERS_MOST = 16;
const REGISTERS = 16;

/** Watches the loads of one core. */
export class WaitLoop {
  readonly #core: Core;
  readonly #sram: Int32Array;
  readonly #kept: Int32Array;
  readonly #state = new Int32Array(REGISTERS + 12);
  readonly #now = new Int32Array(REGISTERS + 12);
  /** What the watched load reads and from where it is executed; `seen` counts visits with equal registers, -1: given up. */
  #pc = -1;
  #address = 0;
  #changes = -1;
  #cycles = 0;
  #others = 0;
  #seen = 0;

  constructor(core: Core) {
    this.#core = core;
    this.#sram = core.m32.subarray(RAM_OFFSET >> 2, (RAM_OFFSET + core.ramSize) >> 2);
    this.#kept = new Int32Array(this.#sram.length);
  }

  /** Something else than the core may have changed something: what was seen before is worth nothing. */
  forget(): void {
    this.#changes = -1;
  }

  /**
   * A load looks at a device. `changes` counts what may have changed one, `alarm` the cycles until the next one does. Answers
   * how many cycles may be left out, a multiple of the turn's; 0 in most cases.
   */
  visit(address: number, changes: number, alarm: number): number {
    const core = this.#core;
    if (changes !== this.#changes) return this.#watch(address, changes);
    if (core.pc !== this.#pc || address !== this.#address) {
      return ++this.#others > OTHERS_MOST ? this.#watch(address, changes) : 0;
    }
    this.#others = 0;
    if (this.#seen < 0) return 0;
    const turn = core.cycles - this.#cycles;
    this.#cycles = core.cycles;
    if (!this.#sameRegisters()) {
      this.#seen = 0;
      return 0;
    }
    if (this.#seen++ === 0) {
      this.#kept.set(this.#sram);
      return 0;
    }
    // A loop that counts in memory is executed turn by turn.
    if (!this.#sameMemory()) {
      this.#seen = -1;
      return 0;
    }
    // Each turn that is left out would have come back here before the alarm and before the limit.
    const most = Math.min(alarm, core.limit - core.cycles) - 1;
    const leftOut = Math.max(0, Math.floor(most / turn)) * turn;
    this.#cycles += leftOut;
    return leftOut;
  }

  #watch(address: number, changes: number): number {
    this.#changes = changes;
    this.#pc = this.#core.pc;
    this.#address = address;
    this.#cycles = this.#core.cycles;
    this.#others = this.#seen = 0;
    this.#sameRegisters();
    return 0;
  }

  /** Compares the core with what it was at the last visit, and keeps what it is. */
  #sameRegisters(): boolean {
    const [core, now, kept] = [this.#core, this.#now, this.#state];
    now.set(core.r);
    now[REGISTERS] = core.n;
    now[REGISTERS + 1] = core.z;
    now[REGISTERS + 2] = core.c;
    now[REGISTERS + 3] = core.v;
    now[REGISTERS + 4] = core.line;
    now[REGISTERS + 5] = core.primask;
    now[REGISTERS + 6] = core.control;
    now[REGISTERS + 7] = core.otherSp;
    now[REGISTERS + 8] = core.ipsr;
    now[REGISTERS + 9] = core.event ? 1 : 0;
    now[REGISTERS + 10] = core.waitStates;
    now[REGISTERS + 11] = core.flashOpen ? 1 : 0;
    let same = true;
    for (let i = 0; i < now.length; i++) {
      if (now[i] === kept[i]) continue;
      kept[i] = now[i]!;
      same = false;
    }
    return same;
  }

  #sameMemory(): boolean {
    const [sram, kept] = [this.#sram, this.#kept];
    for (let i = 0; i < sram.length; i++) if (sram[i] !== kept[i]) return false;
    return true;
  }
}
