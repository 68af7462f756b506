/**
 * Exceptions of ARMv6-M: priorities, pending and enabled interrupts, entry with stacking, return (DDI 0419 B1.5),
 * and the numbers behind the NVIC and SCB registers.
 *
 * Knows the core's registers; knows neither register addresses (`system_control.ts`) nor devices.
 * Cycles: 15 for entry (DDI 0484C section 3.8, zero wait states), 13 for return (ASSUMED; the TRM gives no number).
 *
 * @module
 */
import { type ExceptionHost, FAULT } from "./state.ts";

const ENTRY_CYCLES = 15;
const RETURN_CYCLES = 13;
/** Exception numbers below 16 that can be pending. */
const [NMI, HARD_FAULT, SV_CALL, PEND_SV, SYS_TICK] = [2, 3, 11, 14, 15];

/** The plain state of the exception model, as snapshots carry it. */
export interface ExceptionState {
  vtor: number;
  enabled: number;
  pending: number;
  /** Level of each interrupt line as the devices drive it. */
  lines: number;
  system: { nmi: boolean; pendSv: boolean; sysTick: boolean };
  /** One byte per interrupt, two bits used. */
  priorities: Uint8Array;
  shpr2: number;
  shpr3: number;
  /** Active exceptions, outermost first. */
  active: number[];
}

/** Exceptions and interrupts of one core. */
export class Exceptions {
  readonly state: ExceptionState = {
    vtor: 0,
    enabled: 0,
    pending: 0,
    lines: 0,
    system: { nmi: false, pendSv: false, sysTick: false },
    priorities: new Uint8Array(32),
    shpr2: 0,
    shpr3: 0,
    active: [],
  };
  readonly #core: ExceptionHost;

  constructor(core: ExceptionHost) {
    this.#core = core;
  }

  /** Back to the state after a core reset; lines stay as the devices drive them. */
  reset(): void {
    const s = this.state;
    s.vtor =
      s.enabled =
      s.pending =
      s.shpr2 =
      s.shpr3 =
        0;
    s.system = { nmi: false, pendSv: false, sysTick: false };
    s.priorities.fill(0);
    s.active = [];
  }

  /** A device drives its interrupt line; a rising or high line makes the interrupt pending. */
  setLine(irq: number, high: boolean): void {
    const bit = 1 << irq;
    const before = this.state.lines;
    this.state.lines = high ? before | bit : before & ~bit;
    if (high && (before & bit) === 0) {
      this.state.pending |= bit;
      this.#core.attention();
    }
  }

  /** The priority the core runs at: lower is more urgent, 256 is thread mode without masks. */
  priority(): number {
    let lowest = 256;
    for (const exception of this.state.active) lowest = Math.min(lowest, this.#priorityOf(exception));
    return this.#core.primask !== 0 ? Math.min(lowest, 0) : lowest;
  }

  /** Enters the most urgent pending exception if it may pre-empt; true when it did. Also ends WFI and WFE. */
  takePending(): boolean {
    const s = this.state;
    if ((s.pending & s.enabled) === 0 && !s.system.nmi && !s.system.pendSv && !s.system.sysTick) {
      return this.#woken();
    }
    const candidate = this.mostUrgent();
    if (candidate === 0) return this.#woken();
    const core = this.#core;
    const mask = core.primask;
    core.primask = 0;
    const wakes = this.#priorityOf(candidate) < this.priority();
    core.primask = mask;
    // PRIMASK does not keep WFI asleep (B1.5.19).
    if (wakes) core.sleeping = "no";
    if (this.#priorityOf(candidate) >= this.priority()) return false;
    this.#clearPending(candidate);
    this.enter(candidate, core.pc);
    return true;
  }

  /** The most urgent pending and enabled exception, 0 for none. */
  mostUrgent(): number {
    const s = this.state;
    let best = 0;
    let bestPriority = 1000;
    const consider = (exception: number): void => {
      const priority = this.#priorityOf(exception);
      if (priority < bestPriority) [best, bestPriority] = [exception, priority];
    };
    if (s.system.nmi) consider(NMI!);
    if (s.system.pendSv) consider(PEND_SV!);
    if (s.system.sysTick) consider(SYS_TICK!);
    for (let irq = 0, rest = s.pending & s.enabled; rest !== 0; irq++, rest >>>= 1) {
      if ((rest & 1) !== 0) consider(16 + irq);
    }
    return best;
  }

  /** SVC: taken now, or HardFault where its priority does not suffice (B1.5.4). */
  supervisorCall(): void {
    const core = this.#core;
    if (this.#priorityOf(SV_CALL!) < this.priority()) return this.enter(SV_CALL!, core.pc);
    // The stacked return address is the one of SVCall (ASSUMED; QEMU does the same).
    core.fault("SVC at a priority that does not allow it", core.pc);
  }

  /** Stacks eight words and goes to the handler of `exception` (B1.5.6). */
  enter(exception: number, returnAddress: number): void {
    const core = this.#core;
    const sp = core.r[13]!;
    const align = (sp >>> 2) & 1;
    const frame = ((sp - 32) & ~7) | 0;
    const xpsr = (core.xpsr & ~0x200) | (align << 9);
    const words = [
      core.r[0]!,
      core.r[1]!,
      core.r[2]!,
      core.r[3]!,
      core.r[12]!,
      core.r[14]!,
      returnAddress,
      xpsr,
    ];
    let stacked = true;
    for (let i = 0; i < 8 && stacked; i++) stacked = this.#push(frame + 4 * i, words[i]!);
    if (!stacked && exception === HARD_FAULT) return core.lockUp("stacking for HardFault", frame);
    const usesProcess = core.ipsr === 0 && (core.control & 2) !== 0;
    core.r[13] = frame;
    core.r[14] = core.ipsr !== 0 ? 0xfffffff1 : usesProcess ? 0xfffffffd : 0xfffffff9;
    if (core.ipsr === 0) core.selectStack(false);
    // A failed stacking becomes a HardFault that returns nowhere useful (B1.5.14).
    const taken = stacked ? exception : HARD_FAULT!;
    core.ipsr = taken;
    this.state.active.push(taken);
    core.sleeping = "no";
    core.event = true;
    core.cycles += ENTRY_CYCLES;
    const vector = core.load(this.state.vtor + 4 * taken, 4);
    if (vector === FAULT) return core.lockUp("bus fault on a vector", this.state.vtor + 4 * taken);
    core.pc = vector & ~1;
    if ((vector & 1) === 0) core.fault("vector without the Thumb bit", core.pc);
  }

  /** Returns from the running handler with EXC_RETURN value `excReturn` (B1.5.8). */
  leave(excReturn: number): void {
    const core = this.#core;
    const { active } = this.state;
    const kind = excReturn & 15;
    const nested = active.length > 1;
    const legal = (excReturn >>> 4) === 0x0fffffff && (nested ? kind === 1 : kind === 9 || kind === 13);
    if (!legal || active.at(-1) !== core.ipsr) return core.fault("illegal exception return", excReturn);
    const left = active.pop()!;
    const usesProcess = kind === 13;
    const frame = usesProcess ? core.psp : core.msp;
    const words: number[] = [];
    for (let i = 0; i < 8; i++) {
      const word = core.load(frame + 4 * i, 4);
      if (word === FAULT) return core.fault("unstacking", frame + 4 * i);
      words.push(word | 0);
    }
    this.#unstack(words, frame, usesProcess);
    this.#repend(left);
    core.event = true;
    core.cycles += RETURN_CYCLES;
    if ((words[7]! & 0x01000000) === 0 || (nested ? core.ipsr === 0 : core.ipsr !== 0)) {
      return core.fault("illegal state in an unstacked xPSR", frame);
    }
  }

  #unstack(words: number[], frame: number, usesProcess: boolean): void {
    const core = this.#core;
    for (let i = 0; i < 4; i++) core.r[i] = words[i]!;
    core.r[12] = words[4]!;
    core.r[14] = words[5]!;
    core.pc = words[6]! & ~1;
    const xpsr = words[7]!;
    const sp = (frame + 32) | ((xpsr >>> 7) & 4);
    core.setFlags(xpsr);
    core.ipsr = xpsr & 63;
    if (core.ipsr === 0 && usesProcess) {
      // Leaving handler mode: r13 holds the main pointer, the process pointer takes its place.
      core.otherSp = core.r[13]!;
      core.r[13] = sp;
      core.control = 2;
    } else core.r[13] = sp;
  }

  #push(address: number, value: number): boolean {
    return this.#core.store(address | 0, 4, value);
  }

  #repend(exception: number): void {
    const bit = 1 << (exception - 16);
    if (exception >= 16 && (this.state.lines & bit) !== 0) this.state.pending |= bit;
  }

  #clearPending(exception: number): void {
    const s = this.state;
    if (exception === NMI) s.system.nmi = false;
    else if (exception === PEND_SV) s.system.pendSv = false;
    else if (exception === SYS_TICK) s.system.sysTick = false;
    else s.pending &= ~(1 << (exception - 16));
  }

  #priorityOf(exception: number): number {
    if (exception === NMI) return -2;
    if (exception === HARD_FAULT) return -1;
    const s = this.state;
    if (exception === SV_CALL) return s.shpr2 >>> 30;
    if (exception === PEND_SV) return (s.shpr3 >>> 22) & 3;
    if (exception === SYS_TICK) return s.shpr3 >>> 30;
    return s.priorities[exception - 16]! >>> 6;
  }

  #woken(): false {
    const core = this.#core;
    if (core.sleeping === "event" && core.event) {
      core.sleeping = "no";
      core.event = false;
    }
    return false;
  }
}
