/**
 * The true random number generator of STM32G041 (RM0444 chapter 19, page 465; times from RM0440 section 25.5, the same
 * block), with injected randomness and injectable failures.
 *
 * Knows its clocks and a source of bytes.
 *
 * @module
 */
import type { Registers } from "../bus.ts";
import type { Alarm, Clock, Period } from "../clock.ts";

/** A failure to inject: the same word for ever, a seed error, a clock error. */
export type RngFailure = "stuck" | "seed-error" | "clock-error";

/** What the chip gives the generator. */
export interface RngHost {
  readonly clock: Clock;
  /** Kernel clock, null while none is selected (RNGSEL = 0). */
  period(): Period | null;
  /** AHB clock, which drives the conditioning. */
  bus(): Period;
  random(length: number): Uint8Array;
  report(what: string): void;
}

const CR = { RNGEN: 4, CED: 32 } as const;
const SR = { DRDY: 1, CECS: 2, SECS: 4, CEIS: 32, SEIS: 64 } as const;
/** Conditioned words that the output buffer holds. */
const BUFFER = 4;
/** RM0440 25.5: RNG clocks and AHB clocks; the slower of the two formulas counts. */
const FIRST = [{ rng: 128, ahb: 426 }, { rng: 192, ahb: 213 }] as const;
const NEXT = [{ rng: 16, ahb: 0 }, { rng: 0, ahb: 213 }] as const;
/** With CED = 0 the RNG clock has to be faster than the AHB clock divided by this (RM0444 19.3.6 note). */
const SLOWEST = 32;
const STUCK_WORD = 0x5a5a5a5a;

/** The plain state of the generator, as snapshots carry it. */
export interface RngState {
  cr: number;
  sr: number;
  /** Conditioned words not yet read. */
  words: number[];
  failure: RngFailure | null;
}

/** The random number generator. */
export class Rng implements Registers {
  readonly state: RngState = { cr: 0, sr: 0, words: [], failure: null };
  readonly #host: RngHost;
  readonly #ready: Alarm;

  constructor(host: RngHost) {
    this.#host = host;
    this.#ready = host.clock.alarm(() => this.#produce());
  }

  /** Reset values; an injected failure is a property of the silicon and stays. */
  reset(): void {
    this.state.cr = this.state.sr = 0;
    this.state.words = [];
    this.#ready.at = Infinity;
  }

  read(offset: number): number | null {
    const s = this.state;
    if (offset === 0) return s.cr;
    if (offset === 4) return s.sr;
    if (offset !== 8) return null;
    if ((s.sr & SR.DRDY) === 0) {
      this.#host.report("RNG_DR is read while DRDY is 0");
      return 0;
    }
    const word = s.words.shift() ?? 0;
    if (s.words.length === 0) {
      s.sr &= ~SR.DRDY;
      if ((s.cr & CR.RNGEN) !== 0) this.#schedule(NEXT);
    }
    return word;
  }

  /** A read of the data takes a word. */
  looks(offset: number): boolean {
    return offset === 4;
  }

  write(offset: number, value: number): boolean | null {
    const s = this.state;
    if (offset === 0) {
      if ((value & ~(CR.RNGEN | CR.CED)) !== 0) this.#host.report("RNG_CR: interrupts are not modelled");
      const started = (value & CR.RNGEN) !== 0 && (s.cr & CR.RNGEN) === 0;
      s.cr = value;
      if ((value & CR.RNGEN) === 0) {
        this.#ready.at = Infinity;
      } else if (started) this.#schedule(FIRST);
    } else if (offset === 4) {
      // CEIS and SEIS are cleared by writing 0 (RM0444 19.7.2).
      s.sr &= ~((SR.CEIS | SR.SEIS) & ~value);
      if ((value & SR.SEIS) === 0) s.sr &= ~SR.SECS;
    } else return null;
    return true;
  }

  #schedule(formulas: readonly { readonly rng: number; readonly ahb: number }[]): void {
    const period = this.#host.period();
    if (period === null) {
      this.state.sr |= SR.CECS | SR.CEIS;
      return this.#host.report("RNG is enabled while RNGSEL selects no clock");
    }
    const [rng, ahb] = [picoseconds(period), picoseconds(this.#host.bus())];
    if ((this.state.cr & CR.CED) === 0 && rng >= ahb * SLOWEST) this.state.sr |= SR.CECS | SR.CEIS;
    const times = formulas.map((formula) => formula.rng * rng + formula.ahb * ahb);
    this.#ready.at = this.#host.clock.now + Math.ceil(Math.max(...times));
  }

  #produce(): void {
    const s = this.state;
    if (s.failure === "seed-error") s.sr |= SR.SECS | SR.SEIS;
    else if (s.failure === "clock-error") s.sr |= SR.CECS | SR.CEIS;
    else {
      const bytes = this.#host.random(4 * BUFFER);
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (let i = 0; i < BUFFER; i++) {
        s.words.push(s.failure === "stuck" ? STUCK_WORD : view.getInt32(4 * i, true));
      }
      s.sr |= SR.DRDY;
    }
  }
}

function picoseconds(period: Period): number {
  return period.num / period.den;
}
