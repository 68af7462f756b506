/**
 * The memory map of STM32G0 as one table of regions (RM0444 section 2.2), with the clock gate of each block.
 *
 * Knows addresses and which part answers; knows no rule of any part.
 *
 * @module
 */
import type { DebugUnit } from "../armv6m/debug_unit.ts";
import type { Core } from "../armv6m/core.ts";
import { RAM_OFFSET } from "../armv6m/state.ts";
import type { SystemControl } from "../armv6m/system_control.ts";
import type { Cells } from "../board.ts";
import {
  type Access,
  type Bus,
  FAULT,
  type Narrow,
  type Region,
  registerRegion,
  type Registers,
} from "../bus.ts";
import type { Chip } from "../chips.ts";
import type { Flash } from "./flash.ts";
import type { Gpio } from "./gpio.ts";
import type { Options } from "./options.ts";
import type { Rcc } from "./rcc.ts";
import type { Rng } from "./rng.ts";
import { type Dbg, type Pwr, type Syscfg, systemArea } from "./small_blocks.ts";
import type { Usart } from "./usart.ts";

/** The parts that answer on the bus. */
export interface MappedParts {
  readonly bus: Bus;
  readonly core: Core;
  readonly cells: Cells;
  readonly options: Options;
  readonly flash: Flash;
  readonly rcc: Rcc;
  readonly ports: { readonly A: Gpio; readonly B: Gpio };
  readonly usarts: readonly [Usart, Usart];
  readonly rng: Rng;
  readonly pwr: Pwr;
  readonly syscfg: Syscfg;
  readonly dbg: Dbg;
  readonly system: SystemControl;
  readonly debug: DebugUnit;
}

/** Offsets of the clock enable registers in RCC. */
const [IOPENR, AHBENR, APBENR1, APBENR2] = [0x34, 0x38, 0x3c, 0x40] as const;

/** Name, address, part, treatment of narrow accesses and clock enable bit (null: always clocked). */
function blocks(
  parts: MappedParts,
  chip: Chip,
): [string, number, Registers, Narrow, [number, number] | null][] {
  const { ports, usarts, pwr, syscfg, dbg, rcc, flash } = parts;
  return [
    ["GPIOA", 0x50000000, ports.A, "merge", [IOPENR, 0]],
    ["GPIOB", 0x50000400, ports.B, "merge", [IOPENR, 1]],
    ["RCC", 0x40021000, rcc, "merge", null],
    ["FLASH", 0x40022000, flash.registers, "merge", null],
    ["USART1", 0x40013800, usarts[0], "duplicate", [APBENR2, 14]],
    ["USART2", 0x40004400, usarts[1], "duplicate", [APBENR1, 17]],
    ["PWR", 0x40007000, pwr, "duplicate", [APBENR1, 28]],
    ["SYSCFG", 0x40010000, syscfg, "duplicate", [APBENR2, 0]],
    ["DBG", 0x40015800, dbg, "duplicate", [APBENR1, 27]],
    ...(chip.hasRng ? [["RNG", 0x40025000, parts.rng, "refuse", [AHBENR, 18]] as const] : []),
  ].map((row) => [...row] as [string, number, Registers, Narrow, [number, number] | null]);
}

/** Builds the table. */
export function memoryMap(parts: MappedParts, chip: Chip, ramAtLevel1: "open" | "closed"): Region[] {
  const { bus, rcc } = parts;
  const regions = blocks(parts, chip).map(([name, start, registers, narrow, gate]) => {
    if (gate === null) return registerRegion({ name, start, size: 1024 }, registers, { narrow, bus });
    // The debugger reads the identity without any clock enable; every other block is dead for both without its clock.
    const clocked = (): boolean => rcc.enabled(...gate) || (name === "DBG" && bus.master === "debug");
    return registerRegion({ name, start, size: 1024 }, registers, { narrow, bus, clocked });
  });
  const report = (what: string): void => bus.report(what);
  return [
    ...regions,
    { name: "main flash", start: 0x08000000, size: chip.flashSize, access: parts.flash.memory },
    { name: "boot area", start: 0, size: chip.flashSize, access: bootAlias(parts, chip) },
    { name: "SRAM", start: 0x20000000, size: chip.ramSize, access: ram(parts, chip, ramAtLevel1) },
    { name: "system area", start: 0x1fff7000, size: 4096, access: systemArea(chip, parts.cells, report) },
    registerRegion({ name: "SCS", start: 0xe000e000, size: 4096 }, scs(parts), { narrow: "refuse", bus }),
    registerRegion({ name: "BPU", start: 0xe0002000, size: 1024 }, bpu(parts), { narrow: "refuse", bus }),
  ];
}

function bootAlias(parts: MappedParts, chip: Chip): Access {
  const sram = ram(parts, chip, "open");
  return {
    load: (offset, size) => {
      if (parts.syscfg.memoryMode === 0) return parts.flash.memory.load(offset, size);
      if (parts.syscfg.memoryMode === 3 && offset < chip.ramSize) return sram.load(offset, size);
      parts.bus.report("system memory is not modelled");
      return FAULT;
    },
    store: (offset, size, value) => {
      if (parts.syscfg.memoryMode === 3 && offset < chip.ramSize) return sram.store(offset, size, value);
      parts.bus.report("flash is written through its alias at 0, or system memory is written");
      return false;
    },
  };
}

function ram(parts: MappedParts, chip: Chip, atLevel1: "open" | "closed"): Access {
  const { core, bus, options } = parts;
  const closed = (): boolean => atLevel1 === "closed" && bus.master === "debug" && options.level === 1;
  const view = new DataView(core.m8.buffer, RAM_OFFSET, chip.ramSize);
  return {
    load: (offset, size) => {
      if (closed()) return FAULT;
      return size === 4
        ? view.getInt32(offset, true)
        : size === 2
        ? view.getUint16(offset, true)
        : view.getUint8(offset);
    },
    store: (offset, size, value) => {
      if (closed()) return false;
      if (size === 4) view.setInt32(offset, value, true);
      else if (size === 2) view.setInt16(offset, value, true);
      else view.setInt8(offset, value);
      core.forget(RAM_OFFSET + (offset & ~1), Math.max(size, 2));
      return true;
    },
  };
}

/** SCS: the debug registers answer the debugger only. */
function scs({ system, debug, bus }: MappedParts): Registers {
  const isDebug = (offset: number): boolean =>
    bus.master === "debug" && (offset === 0xd30 || offset >= 0xdf0);
  return {
    read: (offset) => isDebug(offset) ? debug.read(offset) : system.read(offset),
    write: (offset, value) => isDebug(offset) ? debug.write(offset, value) : system.write(offset, value),
    looks: (offset) => system.looks(offset),
  };
}

function bpu({ debug, bus }: MappedParts): Registers {
  return {
    read: (offset) => bus.master === "debug" ? debug.read(0x10000 + offset) : null,
    write: (offset, value) => bus.master === "debug" ? debug.write(0x10000 + offset, value) : null,
  };
}
