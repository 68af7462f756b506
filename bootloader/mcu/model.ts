/**
 * One microcontroller of the model: power, reset, time, serial line, debug port, power cuts, snapshots and test taps.
 *
 * Puts a chip behind a small interface; knows no rule of any part and no protocol.
 *
 * @module
 */
import { RAM_OFFSET, RETURN_TRAP } from "./armv6m/state.ts";
import type { BoardStore } from "./board.ts";
import { type ChipName, CHIPS } from "./chips.ts";
import { DebugPort } from "./debug_port.ts";
import type { Report } from "./reports.ts";
import type { SerialLine } from "./serial_line.ts";
import { restoreChip, saveChip, type Snapshot } from "./snapshot.ts";
import type { StopReason } from "./stm32g0/causes.ts";
import { Stm32g0 } from "./stm32g0/chip.ts";
import type { Cut, FlashOperation } from "./stm32g0/flash_operations.ts";
import type { Wiring } from "./stm32g0/pads.ts";
import type { RngFailure } from "./stm32g0/rng.ts";

/** What a microcontroller is made with; everything from outside is handed in. */
export interface McuOptions {
  readonly chip: ChipName;
  /** 12 bytes in memory order; used for a new board only. */
  readonly uid: Uint8Array;
  /** Source of randomness for RNG, SRAM at power-on and torn cells. Must give exactly `length` bytes. */
  readonly random: (length: number) => Uint8Array;
  /** Where the board lives; without it the board is forgotten with the model. */
  readonly store?: BoardStore;
  /** Pads of the serial adapter; default PA9 (chip sends) and PA10 (chip receives), USART1. */
  readonly wiring?: Wiring;
  /** Host's baud rate; default 115,200. */
  readonly baud?: number;
  /** Flash durations: typical (default) or the data sheet's maximum. */
  readonly flashTiming?: "typ" | "max";
  /** Whether SRAM answers a debugger at read protection level 1; default "open" (not measured on silicon, D§4). */
  readonly ramAtLevel1?: "open" | "closed";
}

/** How far to run: nanoseconds of modelled time, or core cycles at the present frequency, from now. */
export type RunLimit = ({ readonly nanos: number } | { readonly cycles: number }) & {
  /** Come back as soon as the device has sent a byte. */
  readonly untilUart?: boolean;
};

/** What a called function gave back. */
export interface CallResult {
  readonly r0: number;
  readonly cycles: number;
}

/** Thrown by `call` when the function does not return. */
export class CallError extends Error {
  override readonly name = "CallError";
}

/** One microcontroller on its board. Made without power. */
export class Mcu {
  readonly debug: DebugPort;
  readonly uart: SerialLine;
  readonly #chip: Stm32g0;

  /** @throws {BoardError} if the store holds another chip's board, or the UID has not 12 bytes */
  constructor(options: McuOptions) {
    const chip = CHIPS[options.chip];
    this.#chip = new Stm32g0({
      chip,
      uid: options.uid,
      random: options.random,
      store: options.store ?? null,
      wiring: options.wiring ?? { tx: "PA9", rx: "PA10" },
      baud: options.baud ?? 115_200,
      flashTiming: options.flashTiming ?? "typ",
      ramAtLevel1: options.ramAtLevel1 ?? "open",
    });
    this.debug = new DebugPort(this.#chip, chip.dpidr);
    this.uart = this.#chip.line;
  }

  /** What happened that the model does not carry out or a manual forbids; empty after a clean run. */
  get reports(): readonly Report[] {
    return this.#chip.reports.list;
  }

  /** Modelled time since the model was made, in nanoseconds. */
  get nanos(): number {
    return this.#chip.clock.now / 1000;
  }

  /** Cycles the core has used since the model was made. */
  get cycles(): number {
    return this.#chip.core.cycles;
  }

  get powered(): boolean {
    return this.#chip.state.powered;
  }

  /** Flash operations started since the model was made. */
  get flashOperations(): number {
    return this.#chip.operations.state.count;
  }

  /** Decides the fate of each flash operation before it starts; default: all go. */
  set onFlashOperation(decide: (operation: FlashOperation) => Cut) {
    this.#chip.onOperation = decide;
  }

  /** Switches the supply on: power-on reset. */
  powerOn(): void {
    this.#chip.powerOn();
  }

  /** Switches the supply off; a flash operation in hand is torn. */
  powerOff(): void {
    this.#chip.powerOff();
  }

  /** Pulls NRST low (true) or lets go of it. SRAM is kept. */
  holdReset(low: boolean): void {
    if (low) this.#chip.holdReset();
    else this.#chip.releaseReset();
  }

  /** Drives a pad from outside, or lets go of it (null). PA14 is also BOOT0. */
  drivePad(name: string, level: boolean | null): void {
    const match = /^P([AB])(\d{1,2})$/.exec(name);
    const port = match?.[1] as "A" | "B" | undefined;
    if (port === undefined) throw new RangeError(`Cannot drive pad "${name}": ports A and B are modelled`);
    this.#chip.ports[port].drive(Number(match![2]), level);
    if (name === "PA14") this.#chip.state.boot0Pin = level === true;
  }

  /** Makes the random number generator fail, or work again (null). */
  failRng(failure: RngFailure | null): void {
    this.#chip.rng.state.failure = failure;
  }

  /** Lets time pass and says why it stopped. A core that cannot run lets the whole time pass. */
  run(limit: RunLimit): StopReason {
    const { clock } = this.#chip;
    const { num, den } = clock.period;
    const picoseconds = "nanos" in limit ? limit.nanos * 1000 : (limit.cycles * num) / den;
    return this.#chip.runUntil(clock.now + Math.round(picoseconds), limit.untilUart ?? false);
  }

  /** The whole state, cells included. The store is not part of it. */
  snapshot(): Snapshot {
    return saveChip(this.#chip);
  }

  /** Takes back a snapshot of a model with the same chip; the store is brought up to it. */
  restore(snapshot: Snapshot): void {
    restoreChip(this.#chip, snapshot);
  }

  /** Test tap: a copy of main flash, whatever the protection. */
  get flash(): Uint8Array {
    return this.#chip.cells.flash.slice();
  }

  /** Test tap: a copy of SRAM. */
  get ram(): Uint8Array {
    return this.#chip.window.slice(RAM_OFFSET, RAM_OFFSET + this.#chip.core.ramSize);
  }

  /** Test tap: the truth about the core and the protection. */
  get truth(): Truth {
    const { core, options, state, flash } = this.#chip;
    return {
      registers: Uint32Array.from(core.r, (value, i) => i === 15 ? core.pc : value),
      xpsr: core.xpsr >>> 0,
      level: options.level,
      optr: options.loaded[0]!,
      empty: flash.empty,
      flashAcr: flash.state.acr >>> 0,
      bootArea: state.bootArea,
      debugIntrusion: state.debugSincePower && options.level === 1,
      lockup: core.lockup,
      halted: core.halted,
      lastFault: core.lastFault,
    };
  }

  /** Test tap: writes flash as a gang programmer would, past all rules. The chip should be off. */
  plantFlash(offset: number, bytes: Uint8Array): void {
    const { cells, core } = this.#chip;
    cells.flash.set(bytes, offset);
    const [from, to] = [offset & ~7, (offset + bytes.length + 7) & ~7];
    cells.marks.fill(1, from >> 3, to >> 3);
    cells.keepFlash(from, to - from);
    core.forget(from, to - from);
  }

  /** Test tap: writes SRAM. */
  plantRam(offset: number, bytes: Uint8Array): void {
    this.#chip.window.set(bytes, RAM_OFFSET + offset);
    this.#chip.core.forget(RAM_OFFSET + (offset & ~1), bytes.length + 2);
  }

  /**
   * Test tap: calls the function at `address` (bit 0 is ignored) on a powered chip, with up to four arguments, on a
   * stack from `sp` (default: end of SRAM), interrupts masked, and lets it run in modelled time. Afterwards the core is
   * halted; a power cycle or reset makes it a normal chip again.
   * @throws {CallError} if it faults, is reset, or needs more than `maxCycles`
   */
  call(address: number, args: readonly number[], options: { maxCycles: number; sp?: number }): CallResult {
    const { core, state, debug } = this.#chip;
    if (!state.powered) throw new CallError("Cannot call a function: the chip has no power");
    debug.state.control = 0;
    core.halted =
      core.lockup =
      core.returned =
      state.parked =
        false;
    core.sleeping = "no";
    core.ipsr = core.control = 0;
    core.exceptions.state.active = [];
    core.primask = 1;
    core.lastFault = null;
    args.forEach((value, i) => core.r[i] = value);
    core.r[13] = options.sp ?? 0x20000000 + core.ramSize;
    core.r[14] = RETURN_TRAP | 1;
    core.pc = address & ~1;
    const start = core.cycles;
    const { resets } = state;
    while (core.cycles - start < options.maxCycles) {
      const reason = this.#chip.runUntil(this.#chip.clock.now + 1e9);
      if (state.resets !== resets) throw new CallError("Cannot finish call: the chip was reset");
      if (core.lastFault !== null) throw new CallError(`Cannot finish call: ${describe(core.lastFault)}`);
      if (reason === "returned") {
        core.returned = false;
        core.halted = true;
        return { r0: core.r[0]! >>> 0, cycles: core.cycles - start };
      }
      if (reason !== "budget") throw new CallError(`Cannot finish call: the core is ${reason}`);
    }
    throw new CallError(`Cannot finish call: not back after ${options.maxCycles} cycles`);
  }

  /** Test tap: fills SRAM from `offset` up to `end` with a pattern, to measure a stack by `stackUsed`. */
  paintStack(offset: number, end: number): void {
    this.plantRam(offset, new Uint8Array(end - offset).fill(STACK_PAINT));
  }

  /** Test tap: bytes between `end` and the lowest painted byte that changed. */
  stackUsed(offset: number, end: number): number {
    const { ram } = this;
    let lowest = offset;
    while (lowest < end && ram[lowest] === STACK_PAINT) lowest++;
    return end - lowest;
  }
}

const STACK_PAINT = 0xc5;

/** The truth about a chip, for tests and for people. */
export interface Truth {
  /** r0 to r15. */
  readonly registers: Uint32Array;
  readonly xpsr: number;
  /** Read protection level in force. */
  readonly level: 0 | 1 | 2;
  /** Option word in force. */
  readonly optr: number;
  readonly empty: boolean;
  /** FLASH_ACR: wait states, caches, debugger's access. */
  readonly flashAcr: number;
  readonly bootArea: "flash" | "system" | "sram";
  /** The core cannot reach flash before the next power-on. */
  readonly debugIntrusion: boolean;
  readonly lockup: boolean;
  readonly halted: boolean;
  readonly lastFault: { readonly cause: string; readonly pc: number; readonly address: number } | null;
}

function describe(fault: { readonly cause: string; readonly pc: number; readonly address: number }): string {
  return `${fault.cause} at pc 0x${fault.pc.toString(16)}, address 0x${fault.address.toString(16)}`;
}
