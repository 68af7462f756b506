/**
 * A USART of STM32G0 in asynchronous mode, 8 data bits, 1 stop bit, with or without FIFO (RM0444 chapter 33).
 *
 * Knows its registers, its kernel clock and a wire; knows neither pins nor the host. Bytes take modelled time in both
 * directions. Anything else that the block can do (parity, LIN, smartcard, DMA, thresholds, IDLE) is reported.
 *
 * @module
 */
import type { Registers } from "../bus.ts";
import type { Alarm, Clock, Period } from "../clock.ts";

/** What the chip gives a USART. */
export interface UsartHost {
  readonly clock: Clock;
  /** Kernel clock at present. */
  period(): Period;
  report(what: string): void;
  interrupt(high: boolean): void;
  /** A byte has left: its value and the length of one bit in picoseconds. */
  sent(byte: number, bit: number): void;
}

const CR1 = {
  UE: 1,
  RE: 1 << 2,
  TE: 1 << 3,
  RXNEIE: 1 << 5,
  TCIE: 1 << 6,
  TXEIE: 1 << 7,
  OVER8: 1 << 15,
  FIFOEN: 1 << 29,
};
const CR1_MODELLED = 0x200080ed;
const ISR = {
  FE: 2,
  NE: 4,
  ORE: 8,
  RXNE: 32,
  TC: 64,
  TXE: 128,
  BUSY: 1 << 16,
  TEACK: 1 << 21,
  REACK: 1 << 22,
} as const;
const [TXFE, RXFF] = [1 << 23, 1 << 24];
const STICKY = ISR.FE | ISR.NE | ISR.ORE | ISR.TC;
const FIFO_SIZE = 8;

/** The plain state of a USART, as snapshots carry it. */
export interface UsartState {
  cr1: number;
  cr2: number;
  cr3: number;
  brr: number;
  presc: number;
  /** FE, NE, ORE and TC. */
  flags: number;
  rx: number[];
  tx: number[];
  /** The byte on the wire; -1 while the idle frame after TE is sent, null for none. */
  shifting: number | null;
}

/** One USART. */
export class Usart implements Registers {
  readonly state: UsartState = {
    cr1: 0,
    cr2: 0,
    cr3: 0,
    brr: 0,
    presc: 0,
    flags: ISR.TC,
    rx: [],
    tx: [],
    shifting: null,
  };
  readonly #host: UsartHost;
  readonly #done: Alarm;

  constructor(host: UsartHost) {
    this.#host = host;
    this.#done = host.clock.alarm(() => this.#sent());
  }

  /** Reset values; what is on the wire is lost. */
  reset(): void {
    Object.assign(this.state, { cr1: 0, cr2: 0, cr3: 0, brr: 0, presc: 0 });
    this.#disable();
  }

  /** Length of one bit in picoseconds at present, 0 while the baud rate is not set. */
  get bit(): number {
    const s = this.state;
    const { num, den } = this.#host.period();
    const prescaler = [1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256][s.presc] ?? 256;
    const over8 = (s.cr1 & CR1.OVER8) !== 0;
    const divider = over8 ? ((s.brr & ~15) | ((s.brr & 7) << 1)) / 2 : s.brr;
    return (num * prescaler * divider) / den;
  }

  /** True while the receiver listens. */
  get receiving(): boolean {
    return (this.state.cr1 & (CR1.UE | CR1.RE)) === (CR1.UE | CR1.RE) && this.state.brr >= 16;
  }

  /** A frame was sampled from the wire: its byte, and whether start and stop bit were right. */
  receive(byte: number, framed: boolean): void {
    const s = this.state;
    const room = (s.cr1 & CR1.FIFOEN) !== 0 ? FIFO_SIZE : 1;
    if (s.rx.length >= room) {
      // RM0444 33.5.6: the byte in the shift register is lost, ORE is set unless OVRDIS.
      if ((s.cr3 & (1 << 12)) === 0) s.flags |= ISR.ORE;
      else s.rx[room - 1] = byte;
    } else s.rx.push(byte);
    if (!framed) s.flags |= ISR.FE;
    this.#update();
  }

  read(offset: number): number | null {
    const s = this.state;
    switch (offset) {
      case 0x00:
        return s.cr1;
      case 0x04:
        return s.cr2;
      case 0x08:
        return s.cr3;
      case 0x0c:
        return s.brr;
      case 0x10:
      case 0x14:
      case 0x18:
      case 0x20:
        return 0;
      case 0x1c:
        return this.#status();
      case 0x24:
        return this.#take();
      case 0x28:
        return 0;
      case 0x2c:
        return s.presc;
      default:
        return null;
    }
  }

  /** Only the receive register is emptied by a read. */
  looks(offset: number): boolean {
    return offset !== 0x24;
  }

  write(offset: number, value: number): boolean | null {
    const s = this.state;
    const enabled = (s.cr1 & CR1.UE) !== 0;
    if ([0x04, 0x0c, 0x2c].includes(offset) && enabled) {
      this.#host.report("USART: CR2, BRR and PRESC may be written only while UE is 0");
      return true;
    }
    switch (offset) {
      case 0x00:
        this.#writeControl(value);
        break;
      case 0x04:
        if (value !== 0) this.#host.report("USART_CR2: nothing of it is modelled");
        s.cr2 = value;
        break;
      case 0x08:
        if ((value & ~0x1801) !== 0) this.#host.report("USART_CR3: only EIE, ONEBIT and OVRDIS are modelled");
        s.cr3 = value;
        break;
      case 0x0c:
        if ((value & 0xffff) < 16) this.#host.report("USART_BRR below 16 is not allowed");
        s.brr = value & 0xffff;
        break;
      case 0x18:
        this.#request(value);
        break;
      case 0x20:
        s.flags &= ~(value & STICKY);
        break;
      case 0x28:
        this.#put(value & 0xff);
        break;
      case 0x2c:
        s.presc = value & 15;
        break;
      case 0x10:
      case 0x14:
        this.#host.report("USART: GTPR and RTOR are not modelled");
        break;
      default:
        return null;
    }
    this.#update();
    return true;
  }

  #writeControl(value: number): void {
    const s = this.state;
    const before = s.cr1;
    if ((value & ~CR1_MODELLED) !== 0) this.#host.report("USART_CR1: bits that are not modelled are set");
    const fixed = CR1.FIFOEN | CR1.OVER8;
    if ((before & CR1.UE) !== 0 && ((before ^ value) & fixed) !== 0) {
      this.#host.report("USART_CR1: FIFOEN and OVER8 may be changed only while UE is 0");
    }
    s.cr1 = value;
    if ((value & CR1.UE) === 0) return this.#disable();
    const sends = CR1.UE | CR1.TE;
    if ((value & sends) === sends && (before & sends) !== sends) {
      // An idle frame goes out first (RM0444 33.5.5).
      s.shifting = -1;
      this.#done.at = this.#host.clock.now + Math.round(10 * this.bit);
    }
    if ((value & CR1.RE) === 0) s.rx = [];
  }

  #disable(): void {
    Object.assign(this.state, { flags: ISR.TC, rx: [], tx: [], shifting: null });
    this.#done.at = Infinity;
    this.#update();
  }

  #put(byte: number): void {
    const s = this.state;
    if ((s.cr1 & (CR1.UE | CR1.TE)) !== (CR1.UE | CR1.TE)) {
      return this.#host.report("USART_TDR is written while the transmitter is off");
    }
    if (s.tx.length >= ((s.cr1 & CR1.FIFOEN) !== 0 ? FIFO_SIZE : 1)) {
      this.#host.report("USART_TDR is written while TXE is 0: a byte is lost");
      s.tx.pop();
    }
    s.tx.push(byte);
    s.flags &= ~ISR.TC;
    if (s.shifting === null) this.#next();
  }

  #next(): void {
    const s = this.state;
    const byte = s.tx.shift();
    s.shifting = byte ?? null;
    if (byte === undefined) s.flags |= ISR.TC;
    else this.#done.at = this.#host.clock.now + Math.round(10 * this.bit);
  }

  #sent(): void {
    const { shifting } = this.state;
    if (shifting !== null && shifting >= 0) this.#host.sent(shifting, this.bit);
    this.#next();
    this.#update();
  }

  #take(): number {
    const { rx } = this.state;
    const byte = rx.shift() ?? 0;
    this.#update();
    return byte;
  }

  #request(value: number): void {
    const s = this.state;
    if ((value & ~0x18) !== 0) this.#host.report("USART_RQR: only RXFRQ and TXFRQ are modelled");
    if ((value & 8) !== 0) s.rx = [];
    if ((value & 16) !== 0) s.tx = [];
  }

  #status(): number {
    const s = this.state;
    const fifo = (s.cr1 & CR1.FIFOEN) !== 0;
    const on = (s.cr1 & CR1.UE) !== 0;
    let status: number = s.flags;
    if (s.rx.length > 0) status |= ISR.RXNE;
    if (s.tx.length < (fifo ? FIFO_SIZE : 1)) status |= ISR.TXE;
    if (fifo && s.tx.length === 0) status |= TXFE!;
    if (fifo && s.rx.length === FIFO_SIZE) status |= RXFF!;
    if (on && (s.cr1 & CR1.TE) !== 0) status |= ISR.TEACK;
    if (on && (s.cr1 & CR1.RE) !== 0) status |= ISR.REACK;
    return status;
  }

  #update(): void {
    const { cr1, cr3 } = this.state;
    const status = this.#status();
    const high = ((cr1 & CR1.RXNEIE) !== 0 && (status & (ISR.RXNE | ISR.ORE)) !== 0) ||
      ((cr1 & CR1.TXEIE) !== 0 && (status & ISR.TXE) !== 0) ||
      ((cr1 & CR1.TCIE) !== 0 && (status & ISR.TC) !== 0) ||
      ((cr3 & 1) !== 0 && (status & (ISR.FE | ISR.NE | ISR.ORE)) !== 0);
    this.#host.interrupt(high && (cr1 & CR1.UE) !== 0);
  }
}
