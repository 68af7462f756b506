/**
 * The system control space of a Cortex-M0+ at 0xE000E000: SysTick, NVIC and SCB registers (DDI 0419 B3.2 to B3.4).
 *
 * Knows register addresses; priorities and entry are in `exceptions.ts`, time comes from the clock.
 *
 * @module
 */
import type { Registers } from "../bus.ts";
import type { Alarm, Clock } from "../clock.ts";
import type { Exceptions } from "./exceptions.ts";

/** What the block needs from the chip. */
export interface SystemHost {
  readonly clock: Clock;
  readonly exceptions: Exceptions;
  report(what: string): void;
  /** Interrupts may have become possible. */
  attention(): void;
  /** AIRCR.SYSRESETREQ was written. */
  systemReset(): void;
}

const CPUID = 0x410cc601;
const AIRCR_KEY = 0x05fa;
const [ENABLE, TICKINT, COUNTFLAG] = [1, 2, 1 << 16] as const;
/** STM32G0: the external SysTick clock is HCLK / 8 (RM0444 5.2). */
const EXTERNAL_DIVIDER = 8;

/** The plain state of SysTick, as snapshots carry it. */
export interface SysTickState {
  ctrl: number;
  reload: number;
  /** The counter was `from` at time `base`. */
  from: number;
  base: number;
  wrapped: boolean;
}

/** SysTick, NVIC and SCB. */
export class SystemControl implements Registers {
  readonly state: SysTickState = { ctrl: 0, reload: 0, from: 0, base: 0, wrapped: false };
  readonly #host: SystemHost;
  readonly #zero: Alarm;

  constructor(host: SystemHost) {
    this.#host = host;
    this.#zero = host.clock.alarm(() => this.#reachedZero());
  }

  /** Reset values of SysTick; the rest is reset with the core. */
  reset(): void {
    Object.assign(this.state, { ctrl: 0, reload: 0, from: 0, base: this.#host.clock.now, wrapped: false });
    this.#zero.at = Infinity;
  }

  /** Call before the core clock changes: the count so far belongs to the old clock. */
  rebase(): void {
    this.#restart(this.#current());
  }

  /** Call after the core clock changed. */
  retime(): void {
    this.#arm();
  }

  read(offset: number): number | null {
    const { exceptions } = this.#host;
    const e = exceptions.state;
    switch (offset) {
      case 0x008: // ACTLR
      case 0xd0c: // AIRCR reads its key back inverted
        return offset === 0x008 ? 0 : 0xfa050000;
      case 0x010:
        return this.#readControl();
      case 0x014:
        return this.state.reload;
      case 0x018:
        return this.#current();
      case 0x01c: // CALIB: no reference value (ASSUMED 0: "not known")
        return 0;
      case 0x100:
      case 0x180:
        return e.enabled;
      case 0x200:
      case 0x280:
        return e.pending;
      case 0xd00:
        return CPUID;
      case 0xd04:
        return this.#readIcsr();
      case 0xd08:
        return e.vtor;
      case 0xd10:
        return 0;
      case 0xd14: // CCR: STKALIGN and UNALIGN_TRP are fixed
        return 0x208;
      case 0xd1c:
        return e.shpr2;
      case 0xd20:
        return e.shpr3;
      case 0xd90: // MPU_TYPE: 8 regions, never enabled in this model
        return 0x800;
      default:
        return this.#readPriority(offset);
    }
  }

  /** The counter moves by itself; COUNTFLAG is cleared by a read. */
  looks(offset: number): boolean {
    return offset === 0x010 && !this.state.wrapped;
  }

  write(offset: number, value: number): boolean | null {
    const { exceptions, report } = this.#host;
    const e = exceptions.state;
    switch (offset) {
      case 0x010:
        this.#writeControl(value);
        break;
      case 0x014:
        this.state.reload = value & 0xffffff;
        this.#restart(this.#current());
        this.#arm();
        break;
      case 0x018:
        this.#restart(0);
        this.state.wrapped = false;
        this.#arm();
        break;
      case 0x100:
        e.enabled |= value;
        break;
      case 0x180:
        e.enabled &= ~value;
        break;
      case 0x200:
        e.pending |= value;
        break;
      case 0x280:
        // A level that is still high pends again at once.
        e.pending = (e.pending & ~value) | (e.lines & value);
        break;
      case 0xd04:
        this.#writeIcsr(value);
        break;
      case 0xd08:
        e.vtor = value & ~0xff;
        break;
      case 0xd0c:
        this.#writeAircr(value);
        break;
      case 0xd10:
        if (value !== 0) report("SCR: deep sleep, sleep-on-exit and SEVONPEND are not modelled");
        break;
      case 0xd14:
        break;
      case 0xd1c:
        e.shpr2 = value & 0xc0000000;
        break;
      case 0xd20:
        e.shpr3 = value & 0xc0c00000;
        break;
      default:
        return this.#writePriority(offset, value);
    }
    this.#host.attention();
    return true;
  }

  #readPriority(offset: number): number | null {
    if (offset < 0x400 || offset >= 0x420) return null;
    const { priorities } = this.#host.exceptions.state;
    const at = offset - 0x400;
    return priorities[at]! | (priorities[at + 1]! << 8) | (priorities[at + 2]! << 16) |
      (priorities[at + 3]! << 24);
  }

  #writePriority(offset: number, value: number): boolean | null {
    if (offset < 0x400 || offset >= 0x420) return null;
    const { priorities } = this.#host.exceptions.state;
    for (let i = 0; i < 4; i++) priorities[offset - 0x400 + i] = (value >>> (8 * i)) & 0xc0;
    this.#host.attention();
    return true;
  }

  #readIcsr(): number {
    const { exceptions } = this.#host;
    const { system, pending, active } = exceptions.state;
    return (system.nmi ? 1 << 31 : 0) | (system.pendSv ? 1 << 28 : 0) | (system.sysTick ? 1 << 26 : 0) |
      (pending !== 0 ? 1 << 22 : 0) | (exceptions.mostUrgent() << 12) | (active.at(-1) ?? 0);
  }

  #writeIcsr(value: number): void {
    const { system } = this.#host.exceptions.state;
    if ((value & (1 << 31)) !== 0) system.nmi = true;
    if ((value & (1 << 28)) !== 0) system.pendSv = true;
    if ((value & (1 << 27)) !== 0) system.pendSv = false;
    if ((value & (1 << 26)) !== 0) system.sysTick = true;
    if ((value & (1 << 25)) !== 0) system.sysTick = false;
  }

  #writeAircr(value: number): void {
    if (value >>> 16 !== AIRCR_KEY) return this.#host.report("AIRCR is written without its key");
    if ((value & 4) !== 0) this.#host.systemReset();
  }

  #readControl(): number {
    const s = this.state;
    this.#current();
    const value = s.ctrl | (s.wrapped ? COUNTFLAG : 0);
    s.wrapped = false;
    return value;
  }

  #writeControl(value: number): void {
    this.#restart(this.#current());
    this.state.ctrl = value & 7;
    this.#arm();
  }

  /** Counts since `base`. */
  #ticks(): number {
    const { clock } = this.#host;
    const { num, den } = clock.period;
    return Math.floor(((clock.now - this.state.base) * den) / (num * this.#divider()));
  }

  #divider(): number {
    return (this.state.ctrl & 4) !== 0 ? 1 : EXTERNAL_DIVIDER;
  }

  /** The counter: from, ..., 1, 0, reload, ..., 1, 0, reload, ... */
  #current(): number {
    const s = this.state;
    if ((s.ctrl & ENABLE) === 0) return s.from;
    const ticks = this.#ticks();
    if (ticks <= s.from) return s.from - ticks;
    return s.reload - ((ticks - s.from - 1) % (s.reload + 1));
  }

  #restart(from: number): void {
    this.state.from = from;
    this.state.base = this.#host.clock.now;
  }

  #arm(): void {
    const s = this.state;
    this.#zero.at = Infinity;
    if ((s.ctrl & ENABLE) === 0 || (s.reload === 0 && s.from === 0)) return;
    const { num, den } = this.#host.clock.period;
    const ticks = s.from === 0 ? s.reload + 1 : s.from;
    this.#zero.at = s.base + Math.ceil((ticks * num * this.#divider()) / den);
  }

  #reachedZero(): void {
    const s = this.state;
    s.wrapped = true;
    if ((s.ctrl & TICKINT) !== 0) {
      this.#host.exceptions.state.system.sysTick = true;
      this.#host.attention();
    }
    this.#restart(0);
    this.#arm();
  }
}
