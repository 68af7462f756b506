/**
 * Reset and clock control of STM32G0 at 0x40021000: HSI16, HSIDIV, PLL from HSI16, prescalers, clock enables, reset
 * flags (RM0444 chapter 5; bit positions from the public CMSIS header of STM32G041).
 *
 * Knows no peripheral; it answers whether a clock runs and how fast. HSE, LSE, MCO and CSS are reported, not modelled.
 *
 * @module
 */
import type { Registers } from "../bus.ts";
import type { Alarm, Clock, Period } from "../clock.ts";
import type { ResetCause } from "./causes.ts";

/** What the clock tree tells the chip. */
export interface RccHost {
  readonly clock: Clock;
  report(what: string): void;
  /** The core frequency changes now. */
  coreClock(period: Period): void;
}

/** RCC_CSR flags that each kind of reset sets; NRST is driven low by all of them (RM0444 5.1). */
const PINRSTF = 1 << 26;
const FLAGS: Readonly<Record<ResetCause, number>> = {
  power: (1 << 27) | PINRSTF,
  pin: PINRSTF,
  software: (1 << 28) | PINRSTF,
  "option-load": (1 << 25) | PINRSTF,
};
const RMVF = 1 << 23;
/** ASSUMED: PLL lock time, typical 15 us (data sheet DS12993, from memory). */
const PLL_LOCK_PS = 15_000_000;
const HSI16: Period = { num: 62_500, den: 1 };
const [CR_HSI, CR_PLLON, CR_PLLRDY] = [0x500, 1 << 24, 1 << 25] as const;
const CR_WRITABLE = 0x01003b00;
const HSEON = 1 << 16;

/** Plain registers: offset and reset value; writes are kept. */
const PLAIN: Readonly<Record<number, number>> = {
  0x34: 0, // IOPENR
  0x38: 0x100, // AHBENR
  0x3c: 0, // APBENR1
  0x40: 0, // APBENR2
  0x44: 0x3f, // IOPSMENR
  0x48: 0x51303, // AHBSMENR
  0x4c: -1, // APBSMENR1
  0x50: -1, // APBSMENR2
  0x54: 0, // CCIPR
};
const RESET_REGISTERS = [0x24, 0x28, 0x2c, 0x30];

/** The plain state of the block, as snapshots carry it. */
export interface RccState {
  cr: number;
  cfgr: number;
  pllcfgr: number;
  csr: number;
  plain: Record<number, number>;
}

/** The clock tree. */
export class Rcc implements Registers {
  readonly state: RccState = { cr: CR_HSI, cfgr: 0, pllcfgr: 0x1000, csr: 0, plain: { ...PLAIN } };
  readonly #host: RccHost;
  readonly #locked: Alarm;

  constructor(host: RccHost) {
    this.#host = host;
    this.#locked = host.clock.alarm(() => {
      this.state.cr |= CR_PLLRDY;
      this.#switch();
    });
  }

  /** Reset values. The flags of a power-on reset stand alone, others add up until RMVF. */
  reset(cause: ResetCause): void {
    const s = this.state;
    s.csr = cause === "power" ? FLAGS.power : s.csr | FLAGS[cause];
    s.cr = CR_HSI;
    s.cfgr = 0;
    s.pllcfgr = 0x1000;
    s.plain = { ...PLAIN };
    this.#locked.at = Infinity;
    this.#host.coreClock(this.hclk);
  }

  read(offset: number): number | null {
    const s = this.state;
    if (offset === 0x00) return s.cr;
    if (offset === 0x04) return 0x4040; // ICSCR: factory trim, of no effect here
    if (offset === 0x08) return s.cfgr;
    if (offset === 0x0c) return s.pllcfgr;
    if (offset === 0x18 || offset === 0x1c || offset === 0x20 || offset === 0x5c) return 0;
    if (offset === 0x60) return s.csr;
    if (RESET_REGISTERS.includes(offset)) return 0;
    return s.plain[offset] ?? null;
  }

  write(offset: number, value: number): boolean | null {
    const s = this.state;
    if (offset === 0x00) this.#writeControl(value);
    else if (offset === 0x08) this.#writeConfiguration(value);
    else if (offset === 0x0c) this.#writePll(value);
    else if (offset === 0x60) {
      if ((value & RMVF) !== 0) s.csr &= 0x00ffffff;
      if ((value & 1) !== 0) s.csr |= 3;
      else s.csr &= ~3;
    } else if (RESET_REGISTERS.includes(offset) || offset === 0x18 || offset === 0x20 || offset === 0x5c) {
      if (value !== 0) {
        this.#host.report("RCC: peripheral reset, clock interrupts and the RTC domain are not modelled");
      }
    } else if (PLAIN[offset] !== undefined) {
      s.plain[offset] = value;
    } else return null;
    return true;
  }

  /** True while a clock-enable bit is set. */
  enabled(register: number, bit: number): boolean {
    return ((this.state.plain[register]! >>> bit) & 1) === 1;
  }

  /** Kernel clock of USART1 (USART1SEL) or USART2, which has no choice on this chip. */
  usartClock(index: 0 | 1): Period {
    const select = index === 0 ? this.state.plain[0x54]! & 3 : 0;
    return select === 1 ? this.sysclk : select === 2 ? HSI16 : this.pclk;
  }

  /** Kernel clock of the random number generator, null while RNGSEL selects none that is modelled. */
  rngClock(): Period | null {
    const ccipr = this.state.plain[0x54]!;
    const base = [null, HSI16, this.sysclk, null][(ccipr >>> 26) & 3] ?? null;
    return base === null ? null : { num: base.num << ((ccipr >>> 28) & 3), den: base.den };
  }

  get sysclk(): Period {
    const s = this.state;
    if (((s.cfgr >>> 3) & 7) === 2) return this.#pll();
    return { num: HSI16.num << ((s.cr >>> 11) & 7), den: 1 };
  }

  /** The core and AHB clock. */
  get hclk(): Period {
    const { num, den } = this.sysclk;
    const hpre = (this.state.cfgr >>> 8) & 15;
    return { num: num * (hpre < 8 ? 1 : [2, 4, 8, 16, 64, 128, 256, 512][hpre - 8]!), den };
  }

  /** The APB clock. */
  get pclk(): Period {
    const { num, den } = this.hclk;
    const ppre = (this.state.cfgr >>> 12) & 7;
    return { num: num * (ppre < 4 ? 1 : 2 << (ppre - 4)), den };
  }

  #pll(): Period {
    const { pllcfgr } = this.state;
    const [m, n, r] = [((pllcfgr >>> 4) & 7) + 1, (pllcfgr >>> 8) & 0x7f, (pllcfgr >>> 29) + 1];
    return { num: HSI16.num * m * r, den: Math.max(n, 1) };
  }

  #writeControl(value: number): void {
    const s = this.state;
    if ((value & HSEON) !== 0) this.#host.report("RCC_CR: HSE is not modelled");
    const onPll = ((s.cfgr >>> 3) & 7) === 2;
    // Hardware keeps a clock that drives SYSCLK running (RM0444 5.4.1).
    const kept = (onPll ? CR_PLLON : 0) | 0x100;
    const before = s.cr;
    s.cr = (value & CR_WRITABLE) | kept | 0x400 | (before & CR_PLLRDY);
    if ((s.cr & CR_PLLON) === 0) {
      s.cr &= ~CR_PLLRDY;
      this.#locked.at = Infinity;
    } else if ((before & CR_PLLON) === 0) this.#startPll();
    this.#host.coreClock(this.hclk);
  }

  #startPll(): void {
    const { pllcfgr } = this.state;
    const input = 16 / (((pllcfgr >>> 4) & 7) + 1);
    const vco = input * ((pllcfgr >>> 8) & 0x7f);
    const output = vco / ((pllcfgr >>> 29) + 1);
    if ((pllcfgr & 3) !== 2) this.#host.report("PLL: only HSI16 is modelled as its source");
    // Data sheet PLL characteristics: input 2.66 to 16 MHz, VCO 96 to 344 MHz, R output up to 64 MHz.
    if (input < 2.66 || vco < 96 || vco > 344 || output > 64) {
      this.#host.report(
        `PLL: input ${input} MHz, VCO ${vco} MHz, output ${output} MHz are outside the data sheet`,
      );
    }
    this.#locked.at = this.#host.clock.now + PLL_LOCK_PS;
  }

  #writePll(value: number): void {
    const s = this.state;
    if ((s.cr & CR_PLLON) !== 0) return this.#host.report("RCC_PLLCFGR is written while the PLL is on");
    s.pllcfgr = value;
  }

  #writeConfiguration(value: number): void {
    const s = this.state;
    const wanted = value & 7;
    if (wanted !== 0 && wanted !== 2) {
      this.#host.report("RCC_CFGR: only HSISYS and PLLRCLK are modelled for SYSCLK");
    }
    s.cfgr = (value & 0x7f007f07 & ~7) | (s.cfgr & 0x38) | (wanted === 2 ? 2 : 0);
    if ((value & 0x7f000000) !== 0) this.#host.report("RCC_CFGR: MCO is not modelled");
    this.#switch();
    this.#host.coreClock(this.hclk);
  }

  /** SWS follows SW as soon as the wanted clock is ready. */
  #switch(): void {
    const s = this.state;
    const wanted = s.cfgr & 7;
    if (wanted === 2) {
      if ((s.cr & CR_PLLRDY) === 0) return;
      if ((s.pllcfgr & (1 << 28)) === 0) return this.#host.report("PLLRCLK is selected while PLLREN is 0");
    }
    if (((s.cfgr >>> 3) & 7) === wanted) return;
    s.cfgr = (s.cfgr & ~0x38) | (wanted << 3);
    this.#host.coreClock(this.hclk);
  }
}
