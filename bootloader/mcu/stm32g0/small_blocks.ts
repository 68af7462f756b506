/**
 * The small register blocks of STM32G0: PWR (chapter 4), SYSCFG (chapter 8), DBG (chapter 40) and the read-only system
 * area with UID, sizes and option bytes (RM0444 chapter 41 and section 3.4).
 *
 * Knows only what each block shows. Low-power modes, remaps other than MEM_MODE and debug freezes are not modelled.
 *
 * @module
 */
import { type Access, FAULT, type Registers } from "../bus.ts";
import type { Cells } from "../board.ts";
import type { Chip } from "../chips.ts";

/** PWR: only the voltage range of CR1 has an effect. */
export class Pwr implements Registers {
  readonly state = { cr1: 0x208 };
  readonly #report: (what: string) => void;
  readonly #changed: () => void;

  constructor(report: (what: string) => void, changed: () => void) {
    this.#report = report;
    this.#changed = changed;
  }

  reset(): void {
    this.state.cr1 = 0x208;
  }

  /** 1 or 2, as VOS selects. */
  get range(): number {
    return (this.state.cr1 >>> 9) & 3;
  }

  read(offset: number): number | null {
    if (offset === 0x00) return this.state.cr1;
    if (offset === 0x08) return 0x8000;
    if (offset === 0x14) return 0x100;
    return offset < 0x50 ? 0 : null;
  }

  write(offset: number, value: number): boolean | null {
    if (offset >= 0x50) return null;
    if (offset === 0x00) {
      const range = (value >>> 9) & 3;
      if ((value & ~0x708) !== 0 || range === 0 || range === 3) {
        this.#report("PWR_CR1: low-power modes are not modelled, VOS is 1 or 2");
      }
      this.state.cr1 = (value & ~0x600) | (range === 2 ? 0x400 : 0x200);
      this.#changed();
    } else if (offset !== 0x18) this.#report("PWR: only VOS of CR1 is modelled");
    return true;
  }
}

/** SYSCFG: what lies at address 0. */
export class Syscfg implements Registers {
  readonly state = { cfgr1: 0 };
  readonly #report: (what: string) => void;

  constructor(report: (what: string) => void) {
    this.#report = report;
  }

  /** `mode` is 0 for flash, 1 for system memory, 3 for SRAM (RM0444 8.1.1). */
  reset(mode: number): void {
    this.state.cfgr1 = mode;
  }

  /** What is mapped at 0, as MEM_MODE says. */
  get memoryMode(): number {
    return this.state.cfgr1 & 3;
  }

  read(offset: number): number | null {
    if (offset === 0) return this.state.cfgr1;
    return offset === 0x18 || (offset >= 0x80 && offset < 0x100) ? 0 : null;
  }

  write(offset: number, value: number): boolean | null {
    if (offset === 0) {
      if ((value & ~3) !== 0) this.#report("SYSCFG_CFGR1: only MEM_MODE is modelled");
      this.state.cfgr1 = value;
      return true;
    }
    if (offset !== 0x18) return null;
    if (value !== 0) this.#report("SYSCFG_CFGR2 is not modelled");
    return true;
  }
}

/** DBG: the identity; control and freeze registers keep what is written and do nothing. Reset by power-on only. */
export class Dbg implements Registers {
  readonly state = { words: [0, 0, 0, 0] };
  readonly #idcode: number;

  constructor(idcode: number) {
    this.#idcode = idcode;
  }

  reset(): void {
    this.state.words = [0, 0, 0, 0];
  }

  read(offset: number): number | null {
    return offset === 0 ? this.#idcode : this.state.words[offset >>> 2] ?? null;
  }

  write(offset: number, value: number): boolean | null {
    if (offset === 0 || offset > 12) return null;
    this.state.words[offset >>> 2] = value;
    return true;
  }
}

/** The 4 kB from 0x1FFF7000: PACKAGE, UID, FLASHSIZE and the option bytes; OTP and engineering bytes are not modelled. */
export function systemArea(chip: Chip, cells: Cells, report: (what: string) => void): Access {
  const bytes = (): Uint8Array => {
    const area = new Uint8Array(0x880);
    const view = new DataView(area.buffer);
    view.setUint16(0x500, chip.packageCode, true);
    area.set(cells.uid, 0x590);
    view.setUint16(0x5e0, chip.flashSize / 1024, true);
    cells.options.forEach((word, i) => view.setUint32(0x800 + 4 * i, word, true));
    return area;
  };
  const known = (offset: number, size: number): boolean =>
    [[0x500, 4], [0x590, 12], [0x5e0, 4], [0x800, 128]].some(([start, length]) =>
      offset >= start! && offset + size <= start! + length!
    );
  return {
    load: (offset, size) => {
      if (!known(offset, size)) {
        report("this part of the system area is not modelled");
        return FAULT;
      }
      const view = new DataView(bytes().buffer);
      return size === 4
        ? view.getUint32(offset, true)
        : size === 2
        ? view.getUint16(offset, true)
        : view.getUint8(offset);
    },
    store: () => {
      report("the system area is read-only");
      return false;
    },
  };
}
