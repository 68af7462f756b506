/**
 * One STM32G0: the parts wired together, the memory map as one table, resets and their differences, and the loop that
 * lets time pass. RM0444 sections 2.2 (memory map), 2.5 (boot), 5.1 (reset).
 *
 * Gives each part the few functions it needs, never itself. Knows no host and no protocol.
 *
 * @module
 */
import { Core, type CoreBus } from "../armv6m/core.ts";
import { DebugUnit } from "../armv6m/debug_unit.ts";
import { RAM_OFFSET } from "../armv6m/state.ts";
import { SystemControl } from "../armv6m/system_control.ts";
import { warmUp } from "../armv6m/warm_up.ts";
import { WaitLoop } from "../armv6m/wait_loop.ts";
import { Cells } from "../board.ts";
import { Bus } from "../bus.ts";
import { Clock, type Period } from "../clock.ts";
import { Reports } from "../reports.ts";
import { type LineReceiver, SerialLine } from "../serial_line.ts";
import { Flash, type FlashHost } from "./flash.ts";
import { type Cut, type FlashOperation, Operations } from "./flash_operations.ts";
import { Gpio, PORT_RESETS } from "./gpio.ts";
import { memoryMap } from "./memory_map.ts";
import { type BootArea, factoryOptions, Options } from "./options.ts";
import { carries, USART_PADS } from "./pads.ts";
import { Rcc } from "./rcc.ts";
import { Rng } from "./rng.ts";
import { Dbg, Pwr, Syscfg } from "./small_blocks.ts";
import type { ResetCause, StopReason } from "./causes.ts";
import type { ChipParts } from "./chip_parts.ts";
import { speedExcess } from "./speed.ts";
import { Usart } from "./usart.ts";

/** Longest stretch of cycles run at once; keeps counts exact and hooks responsive. */
const STRETCH = 10_000_000;
const SYSTEM_MEMORY = 0x1fff0000;
/** Where something answers although its clock is off, and where nothing does. */
const PLACES = { answers: 0x50000000, refuses: 0x60000000 } as const;
const IRQ = { FLASH: 3, USART1: 27, USART2: 28 } as const;

/** Whether `execute` has seen every path in this process. */
let warm = false;

/** The parts of one chip and what holds them together. */
export class Stm32g0 {
  readonly reports = new Reports();
  readonly clock = new Clock();
  readonly core: Core;
  readonly debug: DebugUnit;
  readonly bus: Bus;
  readonly cells: Cells;
  readonly options: Options;
  readonly flash: Flash;
  readonly operations: Operations;
  readonly rcc: Rcc;
  readonly ports: { readonly A: Gpio; readonly B: Gpio };
  readonly usarts: readonly [Usart, Usart];
  readonly rng: Rng;
  readonly pwr: Pwr;
  readonly syscfg: Syscfg;
  readonly dbg: Dbg;
  readonly system: SystemControl;
  readonly line: SerialLine;
  readonly window: Uint8Array<ArrayBuffer>;
  readonly #parts: ChipParts;
  readonly #waits: WaitLoop;
  /** What is neither a part nor memory, as snapshots carry it. */
  readonly state = {
    powered: false,
    resetHeld: false,
    /** The core sits in ST's system boot loader, which this model does not execute. */
    parked: false,
    bootArea: "flash" as BootArea,
    boot0Pin: false,
    /** A debugger is connected now; one was connected since the last power-on (debug intrusion). */
    debugConnected: false,
    debugSincePower: false,
    /** Wait states too few for the frequency: flash answers nothing. */
    flashTooFast: false,
    pendingReset: null as ResetCause | null,
    /** Resets since the model was made. */
    resets: 0,
    synced: 0,
  };
  onOperation: (operation: FlashOperation) => Cut = () => "go";

  constructor(parts: ChipParts) {
    this.#parts = parts;
    const { chip, random } = parts;
    const report = (what: string): void => this.bus.report(what);
    this.window = new Uint8Array(RAM_OFFSET + chip.ramSize);
    this.bus = new Bus(this.reports, () => this.core.pc >>> 0);
    this.core = new Core({
      window: this.window,
      flashSize: chip.flashSize,
      ramSize: chip.ramSize,
      mulCycles: chip.mulCycles,
      unmodelled: (what) => this.reports.add({ what, pc: this.core.pc >>> 0, address: 0, by: "core" }),
    }, this.#coreBus());
    this.#waits = new WaitLoop(this.core);
    this.debug = new DebugUnit(this.core);
    const { name, flashSize, factoryOptions: optr } = chip;
    const fresh = { chip: name, uid: parts.uid, flashSize, options: factoryOptions(optr) };
    this.cells = new Cells(this.window.subarray(0, flashSize), fresh, parts.store);
    this.options = new Options(this.cells);
    const { clock, core } = this;
    this.rcc = new Rcc({ clock, report, coreClock: (period) => this.#coreClock(period) });
    this.operations = new Operations(this.cells, this.options, {
      clock,
      random,
      pageSize: chip.pageSize,
      onOperation: (operation) => this.onOperation(operation),
      changed: (offset, length) => core.forget(offset, length),
      cutPower: () => this.powerOff(),
    });
    this.flash = new Flash(this.cells, this.options, this.#flashHost(report), this.operations);
    this.ports = { A: new Gpio(PORT_RESETS.A, report), B: new Gpio(PORT_RESETS.B, report) };
    this.usarts = [this.#usart(0, report), this.#usart(1, report)];
    this.rng = new Rng({
      clock,
      random,
      report,
      period: () => this.rcc.rngClock(),
      bus: () => this.rcc.hclk,
    });
    this.pwr = new Pwr(report, () => this.#checkSpeed());
    this.syscfg = new Syscfg(report);
    this.dbg = new Dbg(chip.idcode);
    this.system = new SystemControl({
      clock,
      exceptions: core.exceptions,
      report,
      attention: () => core.attention(),
      systemReset: () => this.requestReset("software"),
    });
    this.line = new SerialLine(clock, parts.baud, () => this.#listener());
    memoryMap(this, chip, parts.ramAtLevel1).forEach((region) => this.bus.add(region));
    this.window.set(random(chip.ramSize), RAM_OFFSET);
  }

  /** Brings the clock up to the cycles the core has used. */
  sync(): void {
    const delta = this.core.cycles - this.state.synced;
    this.state.synced = this.core.cycles;
    if (delta !== 0) this.clock.advanceCycles(delta);
  }

  /** Lets time pass until `time` (picoseconds) or until something stops the run; says which. */
  runUntil(time: number, stopOnUart = false): StopReason {
    const { core, clock, state } = this;
    for (;;) {
      if (state.pendingReset !== null) this.#reset(state.pendingReset);
      if (stopOnUart && this.line.available > 0) return "uart";
      const idle = this.#idle();
      if (clock.now >= time) return idle ?? "budget";
      const next = Math.min(clock.next, time);
      if (idle !== null) {
        clock.advanceTo(next);
        continue;
      }
      this.#waits.forget();
      core.slice(core.cycles + Math.min(Math.max(clock.cyclesUntil(next), 1), STRETCH));
      this.sync();
      if (!state.powered || state.pendingReset !== null) continue;
      if (core.returned) return "returned";
      if (core.lockup) return "lockup";
      if (core.halted) return "halted";
      if (core.sleeping !== "no") clock.advanceTo(Math.min(clock.next, time));
    }
  }

  /** Supply on: SRAM holds junk, options are loaded, EMPTY is evaluated, debug intrusion is forgotten. */
  powerOn(): void {
    const { state } = this;
    if (state.powered) return;
    if (!warm) {
      warm = true;
      const random = (length: number) => new Uint8Array(length);
      warmUp(new Stm32g0({ ...this.#parts, random, store: null }).core, PLACES);
    }
    state.powered = true;
    state.debugConnected = state.debugSincePower = false;
    this.window.set(this.#parts.random(this.#parts.chip.ramSize), RAM_OFFSET);
    this.core.forget(RAM_OFFSET, RAM_OFFSET);
    this.debug.reset();
    this.dbg.reset();
    this.#loadOptions();
    this.#reset("power");
    if (this.options.level === 1 && this.options.bootByPin) {
      // Erratum 2.2.3 of STM32G030 (RDP level 1 with nBOOT_SEL = 0): taken at its worst, always.
      this.reports.add({
        what: "power-on at RDP level 1 with nBOOT_SEL = 0 may lock up",
        pc: 0,
        address: 0,
        by: "model",
      });
      this.core.lockUp("erratum: RDP level 1 with nBOOT_SEL = 0", 0);
    }
  }

  /** Supply off: a flash operation in hand is torn, everything volatile is lost. */
  powerOff(): void {
    const { state } = this;
    if (!state.powered) return;
    this.operations.abort();
    state.powered = state.parked = state.debugConnected = false;
    state.pendingReset = null;
    this.#resetParts("power");
    this.core.attention();
  }

  /** NRST low: everything but SRAM and debug is reset and waits. Without effect where the pad is a GPIO. */
  holdReset(): void {
    if (this.state.powered && this.options.resetPadIsGpio) return;
    this.state.resetHeld = true;
    if (this.state.powered) this.#resetParts("pin");
  }

  /** NRST high again. */
  releaseReset(): void {
    if (!this.state.resetHeld) return;
    this.state.resetHeld = false;
    if (this.state.powered) this.#boot();
  }

  /** Resets as soon as the instruction in hand is over. */
  requestReset(cause: ResetCause): void {
    this.state.pendingReset = cause;
    this.core.attention();
  }

  /** True while main flash answers nobody on the bus. */
  closed(): boolean {
    if (this.state.flashTooFast) return true;
    if (this.options.level !== 1) return false;
    // RM0440 4.5.1 level 1: debug, boot from SRAM and boot from system memory cannot reach main flash.
    return this.bus.master === "debug" || this.state.debugSincePower || this.state.bootArea !== "flash";
  }

  /** Recomputes what the core may fetch without asking. */
  refresh(): void {
    this.core.flashOpen = !this.flash.busy && !this.closed() && !this.options.pcrop && !this.cells.torn;
    this.core.attention();
  }

  /** True while a debugger gets an answer: supply, level, DBG_SWEN, and PA13/PA14 in AF0. */
  debugAnswers(): boolean {
    const { state } = this;
    if (!state.powered || this.options.level === 2) return false;
    const enabled = (this.flash.state.acr & (1 << 18)) !== 0;
    return enabled && this.ports.A.isAlternate(13, 0) && this.ports.A.isAlternate(14, 0);
  }

  #idle(): StopReason | null {
    const { state, core } = this;
    if (!state.powered) return "off";
    if (state.resetHeld) return "held-in-reset";
    if (core.halted) return "halted";
    if (state.parked) return "parked";
    return core.lockup ? "lockup" : null;
  }

  #reset(cause: ResetCause): void {
    this.state.pendingReset = null;
    this.#resetParts(cause);
    if (cause === "option-load") this.#loadOptions();
    if (!this.state.resetHeld) this.#boot();
  }

  #resetParts(cause: ResetCause): void {
    // All of it is one event: the clock is slow again before the wait states go.
    this.pwr.reset();
    this.rcc.reset(cause);
    this.flash.reset();
    this.ports.A.reset();
    this.ports.B.reset();
    for (const usart of this.usarts) usart.reset();
    this.rng.reset();
    this.system.reset();
    this.core.exceptions.state.lines = 0;
    this.state.parked = false;
  }

  #loadOptions(): void {
    this.options.load();
    this.flash.optionsLoaded();
    for (const what of this.options.unmodelled()) this.reports.add({ what, pc: 0, address: 0, by: "model" });
  }

  #boot(): void {
    const { state } = this;
    state.resets++;
    const chosen = this.options.bootArea(state.boot0Pin, this.flash.empty);
    // Level 2 boots from main flash only (RM0440 4.5.1).
    state.bootArea = this.options.level === 2 ? "flash" : chosen;
    this.syscfg.reset(state.bootArea === "flash" ? 0 : state.bootArea === "system" ? 1 : 3);
    state.parked = state.bootArea === "system";
    this.refresh();
    // Code in torn cells has to be read again, to fail again.
    if (this.cells.torn) this.core.forget(0, this.core.flashSize);
    if (state.parked) {
      this.core.r.fill(0);
      this.core.pc = SYSTEM_MEMORY;
    } else this.core.reset();
    this.debug.coreReset();
  }

  #coreClock(period: Period): void {
    this.system?.rebase();
    this.clock.setPeriod(period);
    this.system?.retime();
    this.#checkSpeed();
    this.core.attention();
  }

  /** RM0444 3.3.4: the wait states must suit frequency and voltage range; flash that is too slow faults here. */
  #checkSpeed(): void {
    const { state } = this;
    const excess = speedExcess(this.clock.period, this.pwr?.range ?? 1, this.flash?.state.acr & 7);
    const tooFast = excess !== null;
    if (excess !== null && !state.flashTooFast) {
      this.reports.add({ what: excess, pc: this.core.pc >>> 0, address: 0, by: "core" });
    }
    if (tooFast === state.flashTooFast) return;
    state.flashTooFast = tooFast;
    if (this.flash !== undefined) this.refresh();
  }

  #flashHost(report: (what: string) => void): FlashHost {
    const { chip, flashTiming } = this.#parts;
    return {
      times: chip.flashTimes[flashTiming],
      pageSize: chip.pageSize,
      report,
      closed: () => this.closed(),
      mayProgram: () => this.pwr.range === 1,
      waitUntil: (time) => this.#waitUntil(time),
      refresh: () => this.refresh(),
      interrupt: (high) => this.core.exceptions.setLine(IRQ.FLASH, high),
      nonMaskable: () => {
        this.core.exceptions.state.system.nmi = true;
        this.core.attention();
      },
      accessControl: (acr) => {
        this.core.waitStates = acr & 7;
        if (!this.debugAnswers()) this.state.debugConnected = false;
        if (this.pwr !== undefined) this.#checkSpeed();
      },
      launchOptionLoad: () => this.requestReset("option-load"),
      cutPower: () => this.powerOff(),
    };
  }

  /** The bus stalls the core; a debugger's access lets the core run on meanwhile. */
  #waitUntil(time: number): void {
    if (this.bus.master === "debug") {
      this.bus.master = "core";
      this.runUntil(time);
      this.bus.master = "debug";
      return;
    }
    this.core.cycles += this.clock.cyclesUntil(time);
    this.sync();
  }

  #coreBus(): CoreBus {
    return {
      load: (address, size) => {
        this.sync();
        // GPIO hangs on the single-cycle I/O port: one cycle less than any other access (DDI 0484C table 3-1).
        if (address >>> 28 === 5) this.core.cycles--;
        const { accesses } = this.bus;
        const value = this.bus.load(address, size);
        if (this.bus.accesses === accesses) this.core.cycles += this.#turnsLeftOut(address);
        return value;
      },
      store: (address, size, value) => {
        this.sync();
        if (address >>> 28 === 5) this.core.cycles--;
        return this.bus.store(address, size, value);
      },
      mayFetch: (pc) => {
        if ((pc & 0x08000000) === 0 && this.syscfg.memoryMode !== 0) return false;
        if (this.closed()) return false;
        if (this.flash.busy) this.#waitUntil(this.flash.busyUntil);
        return !this.closed();
      },
      fetched: (offset) => {
        if (this.cells.torn) this.flash.fetched(offset);
      },
    };
  }

  /** Cycles of whole turns of a loop that only waits, up to the next alarm; none outside of such a loop. */
  #turnsLeftOut(address: number): number {
    const { bus, clock } = this;
    const alarm = clock.next === Infinity ? Infinity : clock.cyclesUntil(clock.next);
    return this.#waits.visit(address, bus.accesses + clock.fired, alarm);
  }

  #usart(index: 0 | 1, report: (what: string) => void): Usart {
    const { rcc, clock, core } = this;
    return new Usart({
      clock,
      report,
      period: () => rcc.usartClock(index),
      interrupt: (high) => core.exceptions.setLine(index === 0 ? IRQ.USART1 : IRQ.USART2, high),
      sent: (byte, bit) => {
        if (carries(USART_PADS[index].tx, this.#parts.wiring.tx, this.ports)) this.line.fromDevice(byte, bit);
      },
    });
  }

  #listener(): LineReceiver | null {
    if (!this.state.powered || this.state.resetHeld) return null;
    const { rx } = this.#parts.wiring;
    const found = this.usarts.find((usart, i) =>
      usart.receiving && carries(USART_PADS[i]!.rx, rx, this.ports)
    );
    return found ?? null;
  }
}
