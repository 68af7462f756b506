/**
 * One GPIO port of STM32G0 (RM0444 chapter 7): modes, alternate functions, outputs and the levels of its pins.
 *
 * Knows no peripheral behind the alternate functions; they ask `isAlternate`.
 *
 * @module
 */
import type { Registers } from "../bus.ts";

/** Reset values that differ between ports: PA13 and PA14 start as SWDIO and SWCLK (AF0, pull-up and pull-down). */
export const PORT_RESETS = {
  A: { moder: 0xebffffff | 0, ospeedr: 0x0c000000, pupdr: 0x24000000 },
  B: { moder: -1, ospeedr: 0, pupdr: 0 },
} as const;

/** The plain state of a port, as snapshots carry it. */
export interface GpioState {
  moder: number;
  otyper: number;
  ospeedr: number;
  pupdr: number;
  odr: number;
  afrl: number;
  afrh: number;
  /** Pins driven from outside, and their levels. */
  driven: number;
  levels: number;
}

/** One port of 16 pins. */
export class Gpio implements Registers {
  readonly state: GpioState = {
    moder: 0,
    otyper: 0,
    ospeedr: 0,
    pupdr: 0,
    odr: 0,
    afrl: 0,
    afrh: 0,
    driven: 0,
    levels: 0,
  };
  readonly #resets: (typeof PORT_RESETS)["A" | "B"];
  readonly #report: (what: string) => void;

  constructor(resets: (typeof PORT_RESETS)["A" | "B"], report: (what: string) => void) {
    this.#resets = resets;
    this.#report = report;
    this.reset();
  }

  /** Register reset; what the world drives stays. */
  reset(): void {
    Object.assign(this.state, this.#resets, { otyper: 0, odr: 0, afrl: 0, afrh: 0 });
  }

  /** Drives a pin from outside, or lets go of it (null). */
  drive(pin: number, level: boolean | null): void {
    const bit = 1 << pin;
    this.state.driven = level === null ? this.state.driven & ~bit : this.state.driven | bit;
    this.state.levels = level ? this.state.levels | bit : this.state.levels & ~bit;
  }

  /** True while a pin is in alternate function `af`. */
  isAlternate(pin: number, af: number): boolean {
    if (((this.state.moder >>> (2 * pin)) & 3) !== 2) return false;
    const register = pin < 8 ? this.state.afrl : this.state.afrh;
    return ((register >>> (4 * (pin & 7))) & 15) === af;
  }

  /** The level of a pin as a wire outside sees it. */
  level(pin: number): boolean {
    return ((this.#levels() >>> pin) & 1) === 1;
  }

  read(offset: number): number | null {
    const s = this.state;
    switch (offset) {
      case 0x00:
        return s.moder;
      case 0x04:
        return s.otyper;
      case 0x08:
        return s.ospeedr;
      case 0x0c:
        return s.pupdr;
      case 0x10:
        return this.#levels();
      case 0x14:
        return s.odr;
      case 0x18:
      case 0x1c:
      case 0x28:
        return 0;
      case 0x20:
        return s.afrl;
      case 0x24:
        return s.afrh;
      default:
        return null;
    }
  }

  write(offset: number, value: number): boolean | null {
    const s = this.state;
    switch (offset) {
      case 0x00:
        s.moder = value;
        break;
      case 0x04:
        s.otyper = value & 0xffff;
        break;
      case 0x08:
        s.ospeedr = value;
        break;
      case 0x0c:
        s.pupdr = value;
        break;
      case 0x14:
        s.odr = value & 0xffff;
        break;
      case 0x18:
        // Set wins over reset (RM0444 7.4.7).
        s.odr = ((s.odr & ~(value >>> 16)) | value) & 0xffff;
        break;
      case 0x1c:
        this.#report("GPIO LCKR is not modelled");
        break;
      case 0x20:
        s.afrl = value;
        break;
      case 0x24:
        s.afrh = value;
        break;
      case 0x28:
        s.odr &= ~value & 0xffff;
        break;
      default:
        return null;
    }
    return true;
  }

  #levels(): number {
    const s = this.state;
    let levels = 0;
    for (let pin = 0; pin < 16; pin++) {
      const mode = (s.moder >>> (2 * pin)) & 3;
      const bit = 1 << pin;
      const pull = ((s.pupdr >>> (2 * pin)) & 3) === 1;
      // Analog inputs read 0 (RM0444 7.3.12).
      if (mode === 3) continue;
      const outside = (s.driven & bit) !== 0 ? (s.levels & bit) !== 0 : pull;
      if (mode === 1 ? (s.odr & bit) !== 0 : outside) levels |= bit;
    }
    return levels;
  }
}
