/**
 * The flash controller of STM32G0 (single bank, 64-bit double words, 2 kB pages): register block at 0x40022000 and
 * the program, erase and option-byte rules of RM0444 chapter 3. The README names the source of each rule.
 *
 * Knows cells, options and a clock; knows no core and no debugger, only whether access is closed at present.
 *
 * @module
 */
import { type Access, FAULT, type Registers } from "../bus.ts";
import { type Cells, MARKS } from "../board.ts";
import type { FlashTimes } from "../chips.ts";
import type { Options } from "./options.ts";
import { ACR, AT, CR, ECC_FLAGS, ECCD, KEY1, KEY2, OPTKEY1, OPTKEY2, SR } from "./flash_bits.ts";
import type { FlashOperation, Operations } from "./flash_operations.ts";

/** What the controller needs from the chip around it. */
export interface FlashHost {
  readonly times: FlashTimes;
  readonly pageSize: number;
  report(what: string): void;
  /** True while main flash answers nothing (read protection). */
  closed(): boolean;
  /** True in voltage range 1, the only one in which flash may be programmed. */
  mayProgram(): boolean;
  /** Lets time pass until the flash is idle. */
  waitUntil(time: number): void;
  /** Busy or the access rights changed. */
  refresh(): void;
  interrupt(high: boolean): void;
  /** An ECC error that cannot be corrected: NMI (RM0440 4.3.2). */
  nonMaskable(): void;
  /** LATENCY or DBG_SWEN changed. */
  accessControl(acr: number): void;
  launchOptionLoad(): void;
  cutPower(): void;
}

/** The plain state of the controller, as snapshots carry it. */
export interface FlashState {
  acr: number;
  sr: number;
  cr: number;
  eccr: number;
  /** Key sequence: keys seen so far, or dead until reset after a wrong one. */
  keys: number;
  optionKeys: number;
  first: { offset: number; value: number } | null;
}

const DEAD = -1;

/** The flash controller; `memory` and `registers` are its two faces on the bus. */
export class Flash {
  readonly state: FlashState = {
    acr: ACR.RESET,
    sr: 0,
    cr: CR.LOCK | CR.OPTLOCK,
    eccr: 0,
    keys: 0,
    optionKeys: 0,
    first: null,
  };
  readonly memory: Access = {
    load: (offset, size) => this.#load(offset, size),
    store: (offset, size, value) => this.#storeMemory(offset, size, value),
  };
  readonly registers: Registers = {
    read: (offset) => this.#readRegister(offset),
    write: (offset, value) => this.#writeRegister(offset, value),
    looks: (offset) => offset === AT.SR,
  };
  readonly #cells: Cells;
  readonly #options: Options;
  readonly #host: FlashHost;
  readonly #operations: Operations;

  constructor(cells: Cells, options: Options, host: FlashHost, operations: Operations) {
    this.#cells = cells;
    this.#options = options;
    this.#host = host;
    this.#operations = operations;
    operations.onDone = () => this.#finish();
  }

  /** True while an operation occupies the only bank. */
  get busy(): boolean {
    return this.#operations.running;
  }

  /** Time at which the operation in hand ends. */
  get busyUntil(): number {
    return this.#operations.until;
  }

  get empty(): boolean {
    return (this.state.acr & ACR.EMPTY) !== 0;
  }

  /** Takes over what an option load decides: EMPTY from the first word, OPTVERR from the pairs (RM0444 3.4.2, 2.5). */
  optionsLoaded(): void {
    const blank = this.#cells.flash.subarray(0, 4).every((byte) => byte === 0xff);
    this.state.acr = blank ? this.state.acr | ACR.EMPTY : this.state.acr & ~ACR.EMPTY;
    if (this.#options.mismatch) this.state.sr |= SR.OPTVERR;
  }

  /** System reset: an operation in hand is torn, registers return to reset values, EMPTY stays (RM0444 3.7.1). */
  reset(): void {
    this.#operations.abort();
    this.#host.refresh();
    const s = this.state;
    s.acr = ACR.RESET | (s.acr & ACR.EMPTY);
    s.sr = 0;
    s.cr = CR.LOCK | CR.OPTLOCK;
    s.eccr = s.keys = s.optionKeys = 0;
    s.first = null;
    this.#options.showLoaded();
    this.#host.interrupt(false);
    this.#host.accessControl(s.acr);
  }

  /** Code is fetched at `offset`: a torn double word there is an ECC error too. */
  fetched(offset: number): void {
    if (this.#cells.marks[offset >> 3] === MARKS.TORN) this.#eccError(offset);
  }

  #load(offset: number, size: number): number {
    if (this.#host.closed()) return FAULT;
    if (this.busy) this.#host.waitUntil(this.busyUntil);
    if (this.#host.closed()) return FAULT;
    const { flash, marks } = this.#cells;
    if (marks[offset >> 3] === MARKS.TORN) this.#eccError(offset);
    const view = new DataView(flash.buffer, flash.byteOffset + offset, size);
    return size === 4 ? view.getUint32(0, true) : size === 2 ? view.getUint16(0, true) : view.getUint8(0);
  }

  /** RM0440 4.3.2: two wrong bits set ECCD with the address of the double word and raise NMI; the first error stays. */
  #eccError(offset: number): void {
    if ((this.state.eccr & ECCD) !== 0) return;
    this.state.eccr = ECCD | (offset >>> 3);
    this.#host.nonMaskable();
  }

  #storeMemory(offset: number, size: number, value: number): boolean {
    const s = this.state;
    if (this.#host.closed()) {
      this.#error(SR.WRPERR);
      return false;
    }
    const error = this.#programError(offset, size);
    if (error !== 0) {
      s.first = null;
      s.sr &= ~SR.CFGBSY;
      this.#error(error);
      return true;
    }
    if (s.first === null) {
      s.first = { offset, value };
      s.sr |= SR.CFGBSY;
      return true;
    }
    const { first } = s;
    s.first = null;
    s.sr &= ~SR.CFGBSY;
    const late = this.#doubleWordError(first.offset, first.value | value);
    if (late !== 0) this.#error(late);
    else this.#start("program", first.offset, this.#host.times.program, [first.value, value]);
    return true;
  }

  /** What RM0444 3.3.8 refuses about one written word; 0 for nothing. */
  #programError(offset: number, size: number): number {
    const s = this.state;
    if (this.busy) {
      this.#host.report("flash is written while BSY1 is set");
      return SR.PGSERR;
    }
    if (size !== 4) return SR.SIZERR;
    if ((s.cr & CR.PG) === 0 || (s.cr & (CR.PER | CR.MER1)) !== 0 || (s.sr & SR.ERRORS) !== 0) {
      return SR.PGSERR;
    }
    if (s.first === null) return (offset & 7) === 0 ? 0 : SR.PGAERR;
    return offset === s.first.offset + 4 ? 0 : SR.PGAERR;
  }

  /** What is refused about a whole double word. */
  #doubleWordError(offset: number, anyBit: number): number {
    if (this.#options.writeProtected(Math.floor(offset / this.#host.pageSize)) || this.#options.pcrop) {
      return SR.WRPERR;
    }
    if (!this.#host.mayProgram()) {
      this.#host.report("flash is programmed outside voltage range 1");
      return SR.PGSERR;
    }
    const mark = this.#cells.marks[offset >> 3]!;
    // All zero goes over anything programmed, but not over a double word programmed as all ones.
    if (mark === MARKS.ERASED || (mark !== MARKS.ALL_ONES && anyBit === 0)) return 0;
    return SR.PROGERR;
  }

  #readRegister(offset: number): number | null {
    const s = this.state;
    switch (offset) {
      case AT.ACR:
        return s.acr;
      case AT.KEYR:
      case AT.OPTKEYR:
        return 0;
      case AT.ECCR:
        return s.eccr;
      case AT.SR:
        return s.sr;
      case AT.CR:
        return s.cr;
      default:
        return this.#options.read(offset);
    }
  }

  #writeRegister(offset: number, value: number): boolean | null {
    const s = this.state;
    switch (offset) {
      case AT.ACR:
        return this.#writeAccessControl(value);
      case AT.KEYR:
        return this.#key(value);
      case AT.OPTKEYR:
        return this.#optionKey(value);
      case AT.SR:
        s.sr &= ~(value & SR.CLEARABLE);
        this.#updateInterrupt();
        return true;
      case AT.CR:
        return this.#writeControl(value);
      case AT.ECCR:
        if ((value & (1 << 24)) !== 0) {
          this.#host.report("FLASH_ECCR: the ECC correction interrupt is not modelled");
        }
        s.eccr &= ~(value & ECC_FLAGS);
        return true;
      default:
        return this.#writeOption(offset, value);
    }
  }

  #writeAccessControl(value: number): boolean {
    const s = this.state;
    if ((value & ~(ACR.WRITABLE | 0x400)) !== 0) this.#host.report("FLASH_ACR: reserved bits are written");
    if ((value & 7) > 2) this.#host.report("FLASH_ACR: LATENCY above 2 is reserved");
    s.acr = (value & ACR.WRITABLE & ~0x800) | 0x400;
    this.#host.accessControl(s.acr);
    return true;
  }

  /** RM0444 3.3.6: KEY1 then KEY2; anything else locks FLASH_CR until the next reset and is a bus error. */
  #key(value: number): boolean {
    const s = this.state;
    const expected = s.keys === 0 ? KEY1 : s.keys === 1 ? KEY2 : null;
    if (value !== expected) {
      s.keys = DEAD;
      s.cr |= CR.LOCK | CR.OPTLOCK;
      return false;
    }
    s.keys++;
    if (s.keys === 2) s.cr &= ~CR.LOCK;
    return true;
  }

  /** RM0444 3.4.2: OPTKEY1 then OPTKEY2 with LOCK clear; anything else locks the options until the next reset. */
  #optionKey(value: number): boolean {
    const s = this.state;
    const expected = s.optionKeys === 0 ? OPTKEY1 : s.optionKeys === 1 ? OPTKEY2 : null;
    if (value !== expected || (s.cr & CR.LOCK) !== 0) {
      s.optionKeys = DEAD;
      s.cr |= CR.OPTLOCK;
      return false;
    }
    s.optionKeys++;
    if (s.optionKeys === 2) s.cr &= ~CR.OPTLOCK;
    return true;
  }

  #writeControl(value: number): boolean {
    const s = this.state;
    // RM0440 4.3.5: a write while busy stalls the bus until the operation is over.
    if (this.busy) this.#host.waitUntil(this.busyUntil);
    if ((s.cr & CR.LOCK) !== 0) {
      if ((value & ~(CR.LOCK | CR.OPTLOCK)) !== 0) this.#host.report("FLASH_CR is written while LOCK is set");
      return true;
    }
    if (s.first !== null) {
      this.#host.report("FLASH_CR is written between the two words of a double word (CFGBSY)");
      return true;
    }
    if ((value & (CR.FSTPG | CR.SEC_PROT)) !== 0) {
      this.#host.report("FLASH_CR: fast programming and SEC_PROT are not modelled");
      this.#error(SR.PGSERR);
      return true;
    }
    s.cr = (s.cr & (CR.LOCK | CR.OPTLOCK)) | (value & CR.SETTINGS);
    const optionsOpen = (s.cr & CR.OPTLOCK) === 0;
    if ((value & CR.STRT) !== 0) this.#erase();
    if ((value & (CR.OPTSTRT | CR.OBL_LAUNCH)) !== 0 && !optionsOpen) {
      this.#host.report("FLASH_CR: OPTSTRT or OBL_LAUNCH is set while OPTLOCK is set");
    } else if ((value & CR.OPTSTRT) !== 0) this.#writeOptions();
    else if ((value & CR.OBL_LAUNCH) !== 0) this.#host.launchOptionLoad();
    if ((value & CR.OPTLOCK) !== 0) [s.cr, s.optionKeys] = [s.cr | CR.OPTLOCK, 0];
    if ((value & CR.LOCK) !== 0) {
      s.cr |= CR.LOCK | CR.OPTLOCK;
      s.keys = s.optionKeys = 0;
    }
    this.#updateInterrupt();
    return true;
  }

  #writeOption(offset: number, value: number): boolean | null {
    if (this.#options.read(offset) === null) return null;
    if (this.busy) this.#host.waitUntil(this.busyUntil);
    if ((this.state.cr & CR.OPTLOCK) !== 0) {
      this.#host.report("an option register is written while OPTLOCK is set");
    } else this.#options.write(offset, value);
    return true;
  }

  /** RM0444 3.3.7: page erase and mass erase. */
  #erase(): void {
    const s = this.state;
    const { times, pageSize } = this.#host;
    const pages = this.#cells.flash.length / pageSize;
    const page = (s.cr >>> 3) & 0x7f;
    const kinds = s.cr & (CR.PG | CR.PER | CR.MER1);
    if ((s.sr & SR.ERRORS) !== 0 || (kinds !== CR.PER && kinds !== CR.MER1)) {
      if ((kinds & (CR.PER | CR.MER1)) === 0) {
        this.#host.report("FLASH_CR: STRT is set with neither PER nor MER1");
      }
      return this.#error(SR.PGSERR);
    }
    if (!this.#host.mayProgram()) {
      this.#host.report("flash is erased outside voltage range 1");
      return this.#error(SR.PGSERR);
    }
    if (this.#host.closed() || this.#options.pcrop) return this.#error(SR.WRPERR);
    if (kinds === CR.MER1) {
      if (this.#options.anyWriteProtected(pages)) return this.#error(SR.WRPERR);
      return this.#start("erase-mass", 0, times.massErase, []);
    }
    if (page >= pages) {
      this.#host.report(`page ${page} is erased, but the flash has ${pages}`);
      return this.#error(SR.WRPERR);
    }
    if (this.#options.writeProtected(page)) return this.#error(SR.WRPERR);
    this.#start("erase-page", page * pageSize, times.pageErase, []);
  }

  /** RM0444 3.4.2: option write; level 2 refuses it; level 1 to 0 erases the flash first (3.5.1). */
  #writeOptions(): void {
    const { times } = this.#host;
    if (this.#options.level === 2) return this.#error(SR.WRPERR);
    // ASSUMED: one page erase plus 16 double words; the data sheet gives no time of its own.
    const write = times.pageErase + 16 * times.program;
    this.#start("options", 0, this.#options.regresses() ? times.massErase + write : write, [
      ...this.#options.area(),
    ]);
  }

  #start(kind: FlashOperation["kind"], offset: number, nanos: number, words: readonly number[]): void {
    const s = this.state;
    if (!this.#operations.start({ kind, offset, nanos, words })) return this.#host.cutPower();
    s.sr |= SR.BSY1 | SR.CFGBSY;
    s.cr |= kind === "options" ? CR.OPTSTRT : kind === "program" ? 0 : CR.STRT;
    this.#host.refresh();
  }

  #finish(): void {
    const s = this.state;
    s.sr &= ~(SR.BSY1 | SR.CFGBSY);
    s.cr &= ~(CR.STRT | CR.OPTSTRT);
    if ((s.cr & CR.EOPIE) !== 0) s.sr |= SR.EOP;
    this.#updateInterrupt();
    this.#host.refresh();
  }

  #error(flag: number): void {
    const s = this.state;
    s.sr |= flag;
    if ((s.cr & CR.ERRIE) !== 0) s.sr |= SR.OPERR;
    this.#updateInterrupt();
  }

  #updateInterrupt(): void {
    const s = this.state;
    const end = (s.cr & CR.EOPIE) !== 0 && (s.sr & SR.EOP) !== 0;
    this.#host.interrupt(end || ((s.cr & CR.ERRIE) !== 0 && (s.sr & SR.OPERR) !== 0));
  }
}
