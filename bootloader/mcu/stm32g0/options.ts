/**
 * Option bytes of STM32G0: the registers, their non-volatile pairs, loading, and what they decide (RM0444 section 3.4;
 * where RM0444 could not be read, RM0440 section 4.4, the same controller family).
 *
 * Knows no program or erase timing (`flash.ts`).
 *
 * @module
 */
import type { Cells } from "../board.ts";

/** Register offset in the flash block and double word in the option area (RM0444 "Option byte organization"). */
const ROWS = [
  { register: 0x20, pcrop: false, pair: 0, factory: null, mismatch: 0xffffe0ff }, // OPTR: level 1, all options 1, BOR lowest
  { register: 0x24, pcrop: true, pair: 1, factory: 0x7f, mismatch: 0x00 }, // PCROP1ASR
  { register: 0x28, pcrop: true, pair: 2, factory: 0x80000000, mismatch: 0x8000007f }, // PCROP1AER: all protected
  { register: 0x2c, pcrop: false, pair: 3, factory: 0x1f, mismatch: 0x1f }, // WRP1AR: no area
  { register: 0x30, pcrop: false, pair: 4, factory: 0x1f, mismatch: 0x1f }, // WRP1BR
  { register: 0x34, pcrop: true, pair: 5, factory: 0x7f, mismatch: 0x7f }, // PCROP1BSR
  { register: 0x38, pcrop: true, pair: 6, factory: 0x00, mismatch: 0x00 }, // PCROP1BER
  { register: 0x80, pcrop: false, pair: 14, factory: 0x00, mismatch: 0x00 }, // SECR
] as const;

const BITS = {
  nBootSel: 1 << 24,
  nBoot1: 1 << 25,
  nBoot0: 1 << 26,
  bootLock: 1 << 16,
  softwareWatchdogs: 9 << 16,
} as const;

/** Where the core boots from. */
export type BootArea = "flash" | "system" | "sram";

/** The option bytes of one chip: loaded values rule, written values wait for OPTSTRT. */
export class Options {
  /** In force since the last option load, one word per row. */
  readonly loaded = new Uint32Array(ROWS.length);
  /** What the registers show: loaded values, or what software wrote since. */
  readonly shown = new Uint32Array(ROWS.length);
  /** A pair did not match its complement at the last load (OPTVERR). */
  mismatch = false;
  readonly #cells: Cells;

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** Loads the option area, as after power-on and OBL_LAUNCH. */
  load(): void {
    this.mismatch = false;
    ROWS.forEach((row, i) => {
      const value = this.#cells.options[2 * row.pair]!;
      const good = (value ^ this.#cells.options[2 * row.pair + 1]!) >>> 0 === 0xffffffff;
      if (!good) this.mismatch = true;
      this.loaded[i] = good ? value : row.mismatch;
    });
    this.showLoaded();
  }

  /** Drops written values, as a system reset and a finished option write do. */
  showLoaded(): void {
    this.shown.set(this.loaded);
  }

  /** Reads an option register, null if `offset` is none. */
  read(offset: number): number | null {
    const row = ROWS.findIndex((each) => each.register === offset);
    return row < 0 ? null : this.shown[row]!;
  }

  /** Writes an option register's waiting value. */
  write(offset: number, value: number): void {
    this.shown[ROWS.findIndex((each) => each.register === offset)] = value;
  }

  /** The option area that the written values ask for; PCROP is switched off where level 1 goes to level 0. */
  area(): Uint32Array {
    const words = new Uint32Array(this.#cells.options.length).fill(0xffffffff);
    ROWS.forEach((row, i) => {
      const off = this.regresses() && row.pcrop;
      const value = off ? row.factory ?? 0 : this.shown[i]!;
      words[2 * row.pair] = value;
      words[2 * row.pair + 1] = ~value;
    });
    return words;
  }

  /** Read protection level in force: 0xAA is 0, 0xCC is 2, anything else 1. */
  get level(): 0 | 1 | 2 {
    return levelOf(this.loaded[0]!);
  }

  /** True when the written values take level 1 to level 0, which erases the flash first. */
  regresses(): boolean {
    return this.level === 1 && levelOf(this.shown[0]!) === 0;
  }

  /** True when a page is write-protected by WRP area A or B (start <= page <= end). */
  writeProtected(page: number): boolean {
    return [3, 4].some((row) => {
      const word = this.loaded[row]!;
      return (word & 0x1f) <= page && page <= ((word >>> 16) & 0x1f);
    });
  }

  /** True when any page is write-protected, which refuses a mass erase. */
  anyWriteProtected(pages: number): boolean {
    for (let page = 0; page < pages; page++) if (this.writeProtected(page)) return true;
    return false;
  }

  /** True when a PCROP area is set: what it protects is not modelled; the option load that sets it is reported. */
  get pcrop(): boolean {
    return this.loaded[1]! <= (this.loaded[2]! & 0x7f) || this.loaded[5]! <= this.loaded[6]!;
  }

  /** True when NRST_MODE makes the reset pad a GPIO (RM0444 3.7.8). */
  get resetPadIsGpio(): boolean {
    return ((this.loaded[0]! >>> 27) & 3) === 2;
  }

  /** What the options ask for that this model does not have. */
  unmodelled(): string[] {
    const watchdogs = (this.loaded[0]! & BITS.softwareWatchdogs) !== BITS.softwareWatchdogs;
    return [
      ...(this.pcrop || (this.loaded[7]! & 0x3f) !== 0 ? ["PCROP and securable areas are not modelled"] : []),
      ...(watchdogs ? ["hardware watchdogs (IWDG_SW or WWDG_SW = 0) are not modelled"] : []),
    ];
  }

  /** True when the BOOT0 pin, not nBOOT0, chooses (nBOOT_SEL = 0). */
  get bootByPin(): boolean {
    return (this.loaded[0]! & BITS.nBootSel) === 0;
  }

  /** RM0444 section 2.5: boot area from BOOT_LOCK, nBOOT_SEL, nBOOT0, nBOOT1, BOOT0 pin and EMPTY. */
  bootArea(boot0Pin: boolean, empty: boolean): BootArea {
    const optr = this.loaded[0]!;
    if ((this.loaded[7]! & BITS.bootLock) !== 0) return "flash";
    const boot0 = this.bootByPin ? boot0Pin : (optr & BITS.nBoot0) === 0;
    if (boot0) return (optr & BITS.nBoot1) !== 0 ? "system" : "sram";
    return empty ? "system" : "flash";
  }
}

/** The option area of a chip that leaves the factory with `optr`. */
export function factoryOptions(optr: number): Uint32Array {
  const words = new Uint32Array(32).fill(0xffffffff);
  for (const row of ROWS) {
    const value = row.factory ?? optr;
    words[2 * row.pair] = value;
    words[2 * row.pair + 1] = ~value;
  }
  return words;
}

function levelOf(optr: number): 0 | 1 | 2 {
  const rdp = optr & 0xff;
  return rdp === 0xaa ? 0 : rdp === 0xcc ? 2 : 1;
}
