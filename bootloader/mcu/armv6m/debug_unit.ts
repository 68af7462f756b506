/**
 * The debug registers of a Cortex-M0+ as the debug access port sees them: DHCSR, DCRSR, DCRDR, DEMCR, DFSR and a
 * breakpoint unit with four comparators (DDI 0419 C1.6 and C1.8).
 *
 * Knows the core; knows no wire and no protection. Software on the core cannot reach these registers.
 *
 * @module
 */
import type { Core } from "./core.ts";
import type { HaltCause } from "./state.ts";

const DBGKEY = 0xa05f;
const [C_DEBUGEN, C_HALT, C_STEP, C_MASKINTS] = [1, 2, 4, 8] as const;
const [S_REGRDY, S_HALT, S_SLEEP, S_LOCKUP, S_RETIRE, S_RESET] = [
  1 << 16,
  1 << 17,
  1 << 18,
  1 << 19,
  1 << 24,
  1 << 25,
];
const VC_CORERESET = 1;
const COMPARATORS = 4;
const DFSR_OF: Readonly<Record<HaltCause, number>> = {
  none: 0,
  request: 1,
  step: 1,
  bkpt: 2,
  breakpoint: 2,
  reset: 8,
};

/** The plain state of the unit, as snapshots carry it. */
export interface DebugState {
  control: number;
  demcr: number;
  dcrdr: number;
  dfsr: number;
  retired: boolean;
  wasReset: boolean;
  bpEnabled: boolean;
  comparators: number[];
}

/** Halting debug of one core. */
export class DebugUnit {
  readonly state: DebugState = {
    control: 0,
    demcr: 0,
    dcrdr: 0,
    dfsr: 0,
    retired: false,
    wasReset: false,
    bpEnabled: false,
    comparators: new Array<number>(COMPARATORS).fill(0),
  };
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Power-on reset: debug state goes too. */
  reset(): void {
    Object.assign(this.state, { control: 0, demcr: 0, dcrdr: 0, dfsr: 0, bpEnabled: false });
    this.state.comparators.fill(0);
    this.#core.debugEnabled = this.#core.halted = false;
    this.#core.haltCause = "none";
    this.#setBreakpoints();
  }

  /** The core was reset: halts it before its first instruction where the debugger asked for that. */
  coreReset(): void {
    this.state.wasReset = true;
    if (this.#core.debugEnabled && (this.state.demcr & VC_CORERESET) !== 0) this.#core.halt("reset");
  }

  /** The state was taken back from a snapshot: breakpoints follow it. */
  restored(): void {
    this.#setBreakpoints();
  }

  /** Halts the core now, or lets it run, and switches debugging on. */
  request(halt: boolean): void {
    this.write(0xdf0, (DBGKEY << 16) | C_DEBUGEN | (halt ? C_HALT : 0));
  }

  /** Arms or disarms the halt at reset. */
  catchReset(on: boolean): void {
    this.state.demcr = on ? this.state.demcr | VC_CORERESET : this.state.demcr & ~VC_CORERESET;
    if (on) this.write(0xdf0, (DBGKEY << 16) | C_DEBUGEN | (this.#core.halted ? C_HALT : 0));
  }

  /** Reads a register at an offset from 0xE000E000, or from 0xE0002000 (breakpoints) plus 0x10000; null for none. */
  read(offset: number): number | null {
    const s = this.state;
    switch (offset) {
      case 0xd30:
        this.#latch();
        return s.dfsr;
      case 0xdf0:
        return this.#status();
      case 0xdf4:
        return 0;
      case 0xdf8:
        return s.dcrdr;
      case 0xdfc:
        return s.demcr;
      case 0x10000:
        return (COMPARATORS << 4) | (s.bpEnabled ? 1 : 0);
      default:
        return offset >= 0x10008 ? s.comparators[(offset - 0x10008) >>> 2] ?? null : null;
    }
  }

  /** Writes a register; null where there is none. */
  write(offset: number, value: number): boolean | null {
    const s = this.state;
    switch (offset) {
      case 0xd30:
        this.#latch();
        s.dfsr &= ~value;
        return true;
      case 0xdf0:
        if (value >>> 16 === DBGKEY) this.#control(value & 15);
        return true;
      case 0xdf4:
        this.#transfer(value & 31, (value & 0x10000) !== 0);
        return true;
      case 0xdf8:
        s.dcrdr = value;
        return true;
      case 0xdfc:
        s.demcr = value;
        return true;
      case 0x10000:
        if ((value & 2) !== 0) s.bpEnabled = (value & 1) !== 0;
        this.#setBreakpoints();
        return true;
      default:
        if (offset < 0x10008 || offset >= 0x10008 + 4 * COMPARATORS) return null;
        s.comparators[(offset - 0x10008) >>> 2] = value;
        this.#setBreakpoints();
        return true;
    }
  }

  /** Reads core register 0 to 15, 16 xPSR, 17 MSP, 18 PSP, 20 CONTROL and PRIMASK. */
  readRegister(register: number): number {
    const core = this.#core;
    if (register < 15) return core.r[register]!;
    if (register === 15) return core.pc;
    if (register === 16) return core.xpsr;
    if (register === 17) return core.msp;
    if (register === 18) return core.psp;
    return register === 20 ? (core.control << 24) | core.primask : 0;
  }

  /** Writes a core register of the same numbering. */
  writeRegister(register: number, value: number): void {
    const core = this.#core;
    if (register < 15) core.r[register] = register === 13 ? value & ~3 : value;
    else if (register === 15) {
      core.pc = value & ~1;
      core.lockup = false;
    } else if (register === 16) core.setFlags(value);
    else if (register === 17) core.msp = value;
    else if (register === 18) core.psp = value;
    else if (register === 20) {
      core.primask = value & 1;
      core.selectStack(((value >>> 24) & 2) !== 0);
    }
  }

  #control(bits: number): void {
    const core = this.#core;
    const before = this.state.control;
    this.state.control = bits;
    core.debugEnabled = (bits & C_DEBUGEN) !== 0;
    if (!core.debugEnabled) core.halted = false;
    else if ((bits & C_HALT) !== 0) {
      if (!core.halted) core.halt("request");
    } else if (core.halted) {
      core.halted = false;
      if ((bits & C_STEP) !== 0) this.#step((before & C_MASKINTS) !== 0 || (bits & C_MASKINTS) !== 0);
    }
    core.attention();
  }

  #step(masked: boolean): void {
    const core = this.#core;
    const primask = core.primask;
    if (masked) core.primask = 1;
    core.step();
    if (masked && core.primask === 1) core.primask = primask;
    this.state.retired = true;
    core.halt("step");
  }

  #status(): number {
    const core = this.#core;
    const s = this.state;
    let value = s.control & ~C_HALT | S_REGRDY!;
    if (core.halted) value |= S_HALT! | C_HALT;
    if (core.sleeping !== "no") value |= S_SLEEP!;
    if (core.lockup) value |= S_LOCKUP!;
    if (s.retired || !core.halted) value |= S_RETIRE!;
    if (s.wasReset) value |= S_RESET!;
    s.retired = s.wasReset = false;
    return value;
  }

  #latch(): void {
    this.state.dfsr |= DFSR_OF[this.#core.haltCause];
    this.#core.haltCause = "none";
  }

  #transfer(register: number, write: boolean): void {
    if (write) this.writeRegister(register, this.state.dcrdr);
    else this.state.dcrdr = this.readRegister(register);
  }

  #setBreakpoints(): void {
    const core = this.#core;
    core.breakpoints.clear();
    for (const word of this.state.bpEnabled ? this.state.comparators : []) {
      if ((word & 1) === 0) continue;
      const address = word & 0x1ffffffc;
      if ((word & (1 << 30)) !== 0) core.breakpoints.add(address);
      if ((word & (1 << 31)) !== 0) core.breakpoints.add(address + 2);
    }
    core.op.fill(0);
  }
}
