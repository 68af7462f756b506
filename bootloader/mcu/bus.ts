/**
 * The bus: one table of regions, consulted once for every access of any width, by the core or by the debugger.
 *
 * Knows no rule of any device. An address that no region answers is a bus fault and a report.
 *
 * @module
 */
import { FAULT } from "./armv6m/state.ts";
import type { Reports } from "./reports.ts";

export { FAULT };

/** Who is on the bus. */
export type Master = "core" | "debug";

/** What lies behind a region; offsets count from the region's start and are aligned to `size`. */
export interface Access {
  /** Answers the value (unsigned or signed 32 bits) or `FAULT`. */
  load(offset: number, size: number): number;
  /** Answers false for a bus fault. */
  store(offset: number, size: number, value: number): boolean;
  /** Whether a load here now only looks: see `Registers.looks`. Without it no load does. */
  looks?(offset: number): boolean;
}

/** One row of the memory map. */
export interface Region {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  readonly access: Access;
}

/** A block of 32-bit registers. Reads and writes see whole words at offsets divisible by 4. */
export interface Registers {
  /** Answers the register, or null where this model has none. */
  read(offset: number): number | null;
  /** Answers true when done, false for a bus fault, null where this model has no such register. */
  write(offset: number, value: number): boolean | null;
  /**
   * Whether a read at this offset now changes nothing, and answers the same until an alarm of the clock or a write.
   * Without it no read does.
   */
  looks?(offset: number): boolean;
}

/** How a block of registers treats bytes and halfwords (RM0444 section 2.1: APB bridges duplicate the data). */
export type Narrow = "duplicate" | "merge" | "refuse";

/** Hands accesses of the core and the debugger to the region they belong to. */
export class Bus {
  master: Master = "core";
  /** Counts accesses that did more than look at a register. */
  accesses = 0;
  readonly #rows = new Map<number, Region>();
  readonly #reports: Reports;
  readonly #pc: () => number;
  /** The address of the access in hand, for reports of devices. */
  #address = 0;

  constructor(reports: Reports, pc: () => number) {
    this.#reports = reports;
    this.#pc = pc;
  }

  /** Adds a row. Regions are multiples of 1 kB or alone in theirs. */
  add(region: Region): void {
    for (let at = region.start; at < region.start + region.size; at += 1024) {
      this.#rows.set(at >>> 10, region);
    }
  }

  /** Reads 1, 2 or 4 bytes at an aligned address. */
  load(address: number, size: number): number {
    const unsigned = address >>> 0;
    const region = this.#find(unsigned, size);
    if (region === undefined) return FAULT;
    this.#address = unsigned;
    const offset = unsigned - region.start;
    if (region.access.looks?.(offset) !== true) this.accesses++;
    return region.access.load(offset, size);
  }

  /** Writes 1, 2 or 4 bytes at an aligned address. */
  store(address: number, size: number, value: number): boolean {
    const unsigned = address >>> 0;
    const region = this.#find(unsigned, size);
    this.accesses++;
    if (region === undefined) return false;
    this.#address = unsigned;
    return region.access.store(unsigned - region.start, size, value);
  }

  /** Reports something about the access in hand. */
  report(what: string): void {
    this.#reports.add({ what, pc: this.#pc(), address: this.#address, by: this.master });
  }

  #find(address: number, size: number): Region | undefined {
    const region = this.#rows.get(address >>> 10);
    if (region !== undefined && address - region.start + size <= region.size) return region;
    this.#address = address;
    this.accesses++;
    this.report("nothing is modelled at this address");
    return undefined;
  }
}

/** Makes a region of a block of registers: widths, missing registers and the clock gate in one place. */
export function registerRegion(
  row: { readonly name: string; readonly start: number; readonly size: number },
  registers: Registers,
  options: { readonly narrow: Narrow; readonly clocked?: () => boolean; readonly bus: Bus },
): Region {
  const { narrow, clocked, bus } = options;
  const missing = (): void => bus.report(`${row.name} has no such register in this model`);
  const gated = (): boolean => {
    if (clocked === undefined || clocked()) return false;
    bus.report(`${row.name} is used while its clock is not enabled`);
    return true;
  };
  const load = (offset: number, size: number): number => {
    if (gated()) return 0;
    const word = registers.read(offset & ~3);
    if (word === null) {
      missing();
      return FAULT;
    }
    const shifted = word >>> ((offset & 3) << 3);
    return size === 4 ? word : size === 2 ? shifted & 0xffff : shifted & 0xff;
  };
  const store = (offset: number, size: number, value: number): boolean => {
    if (gated()) return true;
    const word = size === 4 ? value : widen(offset, size, value);
    if (word === null) {
      bus.report(`${row.name} takes whole words only in this model`);
      return false;
    }
    const done = registers.write(offset & ~3, word | 0);
    if (done === null) missing();
    return done ?? false;
  };
  const widen = (offset: number, size: number, value: number): number | null => {
    if (narrow === "refuse") return null;
    const part = size === 2 ? value & 0xffff : value & 0xff;
    if (narrow === "duplicate") return size === 2 ? part * 0x10001 : part * 0x1010101;
    const shift = (offset & 3) << 3;
    const mask = (size === 2 ? 0xffff : 0xff) << shift;
    return ((registers.read(offset & ~3) ?? 0) & ~mask) | (part << shift);
  };
  const looks = (offset: number): boolean =>
    (registers.looks?.(offset & ~3) ?? false) && (clocked === undefined || clocked());
  return { ...row, access: { load, store, looks } };
}
