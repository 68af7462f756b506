/**
 * Snapshots: the whole state of a chip as one value, and back.
 *
 * Knows that each part keeps its changing state in a plain object `state`; knows no meaning of any field.
 *
 * @module
 */
import { RAM_OFFSET } from "./armv6m/state.ts";
import type { Stm32g0 } from "./stm32g0/chip.ts";

/** A saved chip. Opaque; a copy, so that the model may go on. */
export interface Snapshot {
  readonly chip: string;
  readonly parts: Readonly<Record<string, object>>;
}

/** Core fields that a snapshot carries; caches and constants are left out. */
const CORE_FIELDS = [
  "pc",
  "n",
  "z",
  "c",
  "v",
  "primask",
  "control",
  "otherSp",
  "ipsr",
  "event",
  "cycles",
  "line",
  "waitStates",
  "halted",
  "lockup",
  "sleeping",
  "debugEnabled",
  "haltCause",
  "lastFault",
  "returned",
] as const;

/** Copies everything that changes. */
export function saveChip(chip: Stm32g0): Snapshot {
  chip.sync();
  const core: Record<string, unknown> = { r: chip.core.r };
  for (const field of CORE_FIELDS) core[field] = chip.core[field];
  const parts: Record<string, object> = {
    ...Object.fromEntries(Object.entries(statesOf(chip))),
    core,
    clock: { values: chip.clock.save() },
    line: chip.line.save(),
    memory: {
      marks: chip.cells.marks,
      options: chip.cells.options,
      uid: chip.cells.uid,
      loaded: chip.options.loaded,
      shown: chip.options.shown,
      mismatch: chip.options.mismatch,
    },
  };
  const { flashSize, ramSize } = chip.core;
  const saved = structuredClone(parts);
  // Copied once: they are the most of it, and sweeps over power cuts take thousands of snapshots.
  saved["cells"] = {
    flash: chip.window.slice(0, flashSize),
    sram: chip.window.slice(RAM_OFFSET, RAM_OFFSET + ramSize),
  };
  return { chip: `${flashSize}`, parts: saved };
}

/** Takes back a snapshot. @throws {RangeError} if it is of another chip */
export function restoreChip(chip: Stm32g0, snapshot: Snapshot): void {
  if (snapshot.chip !== `${chip.core.flashSize}`) {
    throw new RangeError("Cannot restore: the snapshot is of another chip");
  }
  const { cells, ...rest } = snapshot.parts;
  const parts = structuredClone(rest);
  for (const [name, state] of Object.entries(statesOf(chip))) fill(state, parts[name]!);
  const saved = parts["core"] as Record<string, unknown>;
  chip.core.r.set(saved["r"] as Int32Array);
  for (const field of CORE_FIELDS) Object.assign(chip.core, { [field]: saved[field] });
  chip.clock.load((parts["clock"] as { values: number[] }).values);
  chip.line.load(parts["line"] as ReturnType<typeof chip.line.save>);
  const memory = parts["memory"] as Record<string, Uint8Array & Uint32Array & boolean>;
  const { flash, sram } = cells as Record<"flash" | "sram", Uint8Array>;
  chip.window.set(flash);
  chip.window.set(sram, RAM_OFFSET);
  chip.cells.marks.set(memory["marks"]!);
  chip.cells.options.set(memory["options"]!);
  chip.cells.uid.set(memory["uid"]!);
  chip.options.loaded.set(memory["loaded"]!);
  chip.options.shown.set(memory["shown"]!);
  chip.options.mismatch = memory["mismatch"]!;
  chip.core.forget(0, flash.length);
  chip.core.forget(RAM_OFFSET, sram.length);
  chip.debug.restored();
  chip.cells.keepFlash(0, chip.cells.flash.length);
  chip.cells.keepOptions();
  chip.refresh();
}

/** The plain state objects of all parts. */
function statesOf(chip: Stm32g0): Record<string, object> {
  return {
    chip: chip.state,
    exceptions: chip.core.exceptions.state,
    debug: chip.debug.state,
    flash: chip.flash.state,
    operations: chip.operations.state,
    rcc: chip.rcc.state,
    portA: chip.ports.A.state,
    portB: chip.ports.B.state,
    usart1: chip.usarts[0].state,
    usart2: chip.usarts[1].state,
    rng: chip.rng.state,
    pwr: chip.pwr.state,
    syscfg: chip.syscfg.state,
    dbg: chip.dbg.state,
    system: chip.system.state,
  };
}

function fill(state: object, saved: object): void {
  const target = state as Record<string, unknown>;
  for (const [key, value] of Object.entries(saved)) {
    const present = target[key];
    if (present instanceof Uint8Array && value instanceof Uint8Array) present.set(value);
    else target[key] = value;
  }
}
