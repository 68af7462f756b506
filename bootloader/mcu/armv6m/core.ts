/**
 * The ARMv6-M core: registers, special registers, decoded-code cache, and what happens between two runs of the inner
 * loop (exceptions, faults, lockup, sleep, halt). DDI 0419 chapters B1 and B3.
 *
 * Knows a bus by the four functions of `CoreBus`; knows no device, no flash rule and no clock.
 *
 * @module
 */
import { decode } from "./decode.ts";
import { Exceptions } from "./exceptions.ts";
import { execute } from "./execute.ts";
import { OPS } from "./opcodes.ts";
import {
  type ExceptionHost,
  type ExecutionState,
  FAULT,
  type HaltCause,
  RAM_OFFSET,
  RETURN_TRAP,
  STOPS,
} from "./state.ts";

/** What the core asks of the world around it; addresses are signed 32-bit numbers. */
export interface CoreBus {
  /** Reads an aligned value of 1, 2 or 4 bytes, or answers `FAULT`. */
  load(address: number, size: number): number;
  /** Writes an aligned value; false is a bus fault. */
  store(address: number, size: number, value: number): boolean;
  /** Says whether code may be fetched at `pc` now, after waiting for a busy flash where one stalls the fetch. */
  mayFetch(pc: number): boolean;
  /** Hears that code at this offset of flash was read and decoded, once per decoding. */
  fetched(offset: number): void;
}

/** Sizes and shared memory of the window: flash from offset 0, SRAM from offset 0x20000. */
export interface CoreOptions {
  readonly window: Uint8Array;
  readonly flashSize: number;
  readonly ramSize: number;
  /** 1 or 32: the multiplier that was synthesised (DDI 0484C table 3-1). */
  readonly mulCycles: number;
  /** Hears what firmware does that this model does not carry out. */
  readonly unmodelled: (what: string) => void;
}

/** The last fault the core took, for people: cause, address of the instruction, address accessed. */
export interface FaultRecord {
  readonly cause: string;
  readonly pc: number;
  readonly address: number;
}

/** The state of one ARMv6-M core. Fields are public to `execute.ts` and the debug unit, private to this room. */
export class Core implements ExecutionState, ExceptionHost {
  readonly r = new Int32Array(16);
  pc = 0;
  n = 0;
  z = 1;
  c = 0;
  v = 0;
  primask = 0;
  control = 0;
  /** The stack pointer that is not in r13 at present. */
  otherSp = 0;
  ipsr = 0;
  excReturn = 0;
  comment = 0;
  event = false;
  /** Cycles since the model was made; never reset. */
  cycles = 0;
  limit = 0;
  /** Address of the 64-bit flash line in the read buffer, -1 for none. */
  line = -1;
  waitStates = 0;
  flashOpen = true;
  halted = false;
  lockup = false;
  sleeping: "no" | "interrupt" | "event" = "no";
  /** True while a debugger may stop the core (DHCSR.C_DEBUGEN). */
  debugEnabled = false;
  /** Set when the core halts by itself: breakpoint kind for DFSR. */
  haltCause: HaltCause = "none";
  lastFault: FaultRecord | null = null;
  faultAddress = 0;
  /** True when a `call` of the test taps came back. */
  returned = false;
  readonly breakpoints = new Set<number>();

  readonly op: Uint8Array;
  readonly op16: Uint16Array;
  readonly opA: Uint8Array;
  readonly opB: Uint8Array;
  readonly opIm: Int32Array;
  readonly m8: Uint8Array;
  readonly m16: Uint16Array;
  readonly m32: Int32Array;
  readonly s8: Int8Array;
  readonly s16: Int16Array;
  readonly flashSize: number;
  readonly ramSize: number;
  readonly mulCycles: number;
  readonly exceptions: Exceptions;
  readonly unmodelled: (what: string) => void;
  #bus: CoreBus;
  #codeBase = 0x08000000;

  constructor(options: CoreOptions, bus: CoreBus) {
    const { window } = options;
    const slots = window.length >> 1;
    this.op = new Uint8Array(slots);
    this.op16 = new Uint16Array(this.op.buffer);
    this.opA = new Uint8Array(slots);
    this.opB = new Uint8Array(slots);
    this.opIm = new Int32Array(slots);
    this.m8 = window;
    this.m16 = new Uint16Array(window.buffer);
    this.m32 = new Int32Array(window.buffer);
    this.s8 = new Int8Array(window.buffer);
    this.s16 = new Int16Array(window.buffer);
    this.flashSize = options.flashSize;
    this.ramSize = options.ramSize;
    this.mulCycles = options.mulCycles;
    this.unmodelled = options.unmodelled;
    this.#bus = bus;
    this.exceptions = new Exceptions(this);
  }

  /** Ends the current slice after the instruction in hand, so that the owner looks at events and interrupts. */
  attention(): void {
    this.limit = this.cycles;
  }

  /** Forgets decoded code of `length` bytes at window offset `offset` (flash was programmed or erased). */
  forget(offset: number, length: number): void {
    this.op.fill(OPS.UNDECODED, Math.max(0, (offset >> 1) - 1), (offset + length) >> 1);
  }

  /** Runs until `limit` cycles, or until the core halts, locks up, sleeps or asks for attention. */
  slice(limit: number): void {
    this.limit = limit;
    while (this.cycles < this.limit && !this.halted && !this.lockup) {
      if (this.exceptions.takePending()) continue;
      if (this.sleeping !== "no") return;
      if (!this.#mayFetch()) {
        if (this.returned) return;
        this.fault("bus fault on instruction fetch", this.pc);
        continue;
      }
      this.#act(execute(this));
    }
  }

  /** Executes one instruction, interrupts included as PRIMASK allows. */
  step(): void {
    if (this.exceptions.takePending() || this.sleeping !== "no" || this.lockup) return;
    if (!this.#mayFetch()) return this.fault("bus fault on instruction fetch", this.pc);
    const slot = slotOf(this.pc);
    if (this.op[slot] === OPS.UNDECODED) this.decodeAt(this.pc, slot);
    this.limit = this.cycles + 1;
    this.#act(execute(this));
  }

  /** Reads data for an instruction; unaligned addresses and refused accesses answer `FAULT`. */
  load(address: number, size: number): number {
    this.faultAddress = address;
    if ((address & (size - 1)) !== 0) return FAULT;
    const offset = (address - 0x08000000) >>> 0;
    if (offset < this.flashSize && this.flashOpen) {
      if (this.waitStates !== 0 && (address & ~7) !== this.line) {
        this.cycles += this.waitStates;
        this.line = address & ~7;
      }
      if (size === 4) return this.m32[offset >> 2]!;
      return size === 2 ? this.m16[offset >> 1]! : this.m8[offset]!;
    }
    return this.#bus.load(address, size);
  }

  /** Writes data for an instruction; false for unaligned or refused accesses. */
  store(address: number, size: number, value: number): boolean {
    this.faultAddress = address;
    if ((address & (size - 1)) !== 0) return false;
    return this.#bus.store(address, size, value);
  }

  /** Fills the decode slot for `pc`; false when no code may come from there. */
  decodeAt(pc: number, slot: number): boolean {
    const offset = this.#windowOffset(pc);
    if (offset < 0) return false;
    if (this.breakpoints.size !== 0 && this.breakpoints.has(pc)) {
      this.op[slot] = OPS.BREAKPOINT;
      return true;
    }
    if (offset < RAM_OFFSET) this.#bus.fetched(offset);
    const second = this.#windowOffset(pc + 2) < 0 ? 0 : this.m16[(offset >> 1) + 1]!;
    const decoded = decode(pc, this.m16[offset >> 1]!, second);
    this.op[slot] = decoded.op;
    this.opA[slot] = decoded.a;
    this.opB[slot] = decoded.b;
    this.opIm[slot] = decoded.im;
    return true;
  }

  /** The program status register as exception entry stacks it and a debugger reads it. */
  get xpsr(): number {
    const flags = (this.n < 0 ? 0x80000000 : 0) | (this.z === 0 ? 0x40000000 : 0) | (this.c << 29) |
      (this.v << 28);
    return flags | 0x01000000 | this.ipsr;
  }

  /** Sets N, Z, C and V from bits 31 to 28. */
  setFlags(value: number): void {
    this.n = value | 0;
    this.z = (value & 0x40000000) !== 0 ? 0 : 1;
    this.c = (value >>> 29) & 1;
    this.v = (value >>> 28) & 1;
  }

  get msp(): number {
    return this.#processStack() ? this.otherSp : this.r[13]!;
  }

  set msp(value: number) {
    if (this.#processStack()) this.otherSp = value & ~3;
    else this.r[13] = value & ~3;
  }

  get psp(): number {
    return this.#processStack() ? this.r[13]! : this.otherSp;
  }

  set psp(value: number) {
    if (this.#processStack()) this.r[13] = value & ~3;
    else this.otherSp = value & ~3;
  }

  /** MRS (B5.2.2). Registers that ARMv6-M does not have read as zero. */
  readSpecial(register: number): number {
    if (register < 8) {
      const apsr = (register & 4) === 0 ? this.xpsr & 0xf0000000 : 0;
      return apsr | ((register & 1) !== 0 ? this.ipsr : 0);
    }
    if (register === 8) return this.msp;
    if (register === 9) return this.psp;
    if (register === 16) return this.primask;
    return register === 20 ? this.control : 0;
  }

  /** MSR (B5.2.3). IPSR and EPSR cannot be written. */
  writeSpecial(register: number, value: number): void {
    if (register < 8) {
      if ((register & 4) === 0) this.setFlags(value);
    } else if (register === 8) this.msp = value;
    else if (register === 9) this.psp = value;
    else if (register === 16) this.primask = value & 1;
    else if (register === 20) {
      if ((value & 1) !== 0) this.unmodelled("CONTROL.nPRIV: unprivileged execution");
      if (this.ipsr === 0) this.selectStack((value & 2) !== 0);
    }
  }

  /** Makes r13 the process (true) or main stack pointer. */
  selectStack(process: boolean): void {
    if (process === this.#processStack()) return;
    const sp = this.r[13]!;
    this.r[13] = this.otherSp;
    this.otherSp = sp;
    this.control = process ? 2 : 0;
  }

  /** Core reset (B1.5.5): vectors through the table at VTOR, thread mode, main stack. Debug state stays. */
  reset(): void {
    this.r.fill(0);
    this.r[14] = -1;
    this.primask =
      this.control =
      this.otherSp =
      this.ipsr =
        0;
    this.setFlags(0);
    this.lockup = this.event = this.returned = false;
    this.sleeping = "no";
    this.line = -1;
    this.exceptions.reset();
    const sp = this.load(0, 4);
    const pc = sp === FAULT ? FAULT : this.load(4, 4);
    if (pc === FAULT) return this.lockUp("bus fault on the reset vector", 0);
    this.r[13] = sp & ~3;
    this.pc = pc & ~1;
    if ((pc & 1) === 0) this.fault("reset vector without the Thumb bit", this.pc);
  }

  /** Takes a HardFault for the instruction at `pc`, or locks up where HardFault itself cannot run (B1.5.14). */
  fault(cause: string, address: number): void {
    this.lastFault = { cause, pc: this.pc >>> 0, address: address >>> 0 };
    if (this.exceptions.priority() <= -1) return this.lockUp(cause, address);
    this.exceptions.enter(3, this.pc);
  }

  /** Stops for good until reset. */
  lockUp(cause: string, address: number): void {
    this.lastFault = { cause: `lockup: ${cause}`, pc: this.pc >>> 0, address: address >>> 0 };
    this.lockup = true;
  }

  /** Halts for the debugger. */
  halt(cause: HaltCause): void {
    this.halted = true;
    this.haltCause = cause;
  }

  #act(stop: number): void {
    switch (stop) {
      case STOPS.LIMIT:
        return;
      case STOPS.FAULT:
        return this.fault(
          (this.faultAddress & 3) === 0 ? "bus fault" : "bus or alignment fault",
          this.faultAddress,
        );
      case STOPS.FETCH:
        // The next turn of `slice` asks the bus, which stalls, allows or refuses.
        return;
      case STOPS.EXCEPTION_RETURN:
        return this.exceptions.leave(this.excReturn);
      case STOPS.NOT_THUMB:
        return this.fault("branch to an address without the Thumb bit", this.pc);
      case STOPS.BREAKPOINT:
        return this.debugEnabled ? this.halt("bkpt") : this.fault("BKPT without a debugger", this.pc);
      case STOPS.HARDWARE_BREAKPOINT:
        return this.halt("breakpoint");
      case STOPS.WAIT_EVENT:
        this.sleeping = "event";
        return;
      case STOPS.WAIT_INTERRUPT:
        this.sleeping = "interrupt";
        return;
      case STOPS.UNDEFINED:
        return this.fault("undefined or unpredictable instruction", this.pc);
      default:
        return this.exceptions.supervisorCall();
    }
  }

  #mayFetch(): boolean {
    const pc = this.pc;
    if (pc === RETURN_TRAP) {
      this.returned = true;
      return false;
    }
    if (((pc - 0x20000000) >>> 0) < this.ramSize) return true;
    // Only flash and its alias at 0 hold code besides SRAM; everything else is XN or empty (B3.1).
    if (this.#windowOffset(pc) < 0 || !this.#bus.mayFetch(pc)) return false;
    const base = pc & 0x08000000;
    if (base !== this.#codeBase) {
      // Branch targets are decoded as absolute addresses, which differ between flash and its alias.
      this.forget(0, this.flashSize);
      this.#codeBase = base;
    }
    return true;
  }

  #windowOffset(pc: number): number {
    const ram = (pc - 0x20000000) >>> 0;
    if (ram < this.ramSize) return RAM_OFFSET | ram;
    const flash = (pc & ~0x08000000) >>> 0;
    return flash < this.flashSize ? flash : -1;
  }

  #processStack(): boolean {
    return (this.control & 2) !== 0 && this.ipsr === 0;
  }
}

function slotOf(pc: number): number {
  return (((pc >>> 12) & 0x20000) | (pc & 0x1ffff)) >> 1;
}
