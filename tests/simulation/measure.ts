/**
 * Measures the committed bootloader on the model: RAM, stack, cycles. A test holds the manifest against it; run as a
 * program with `--write` it puts the figures into the manifest.
 *
 * @example
 * ```sh
 * deno run --config deno.json -A tests/simulation/measure.ts --write
 * ```
 * @module
 */
import assert from "node:assert/strict";
import type { Snapshot } from "../../bootloader/mcu/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import type { ModelTarget } from "./model_target.ts";
import type { RecordedExchange } from "./recording.ts";
import { record } from "./recording.ts";

const RAM_START = 0x20000000;
const RAM_BYTES = 8192;
const CORE_HZ = 64_000_000;
const BAUD = 115_200;
const BITS_PER_BYTE = 10;
/** More than the bootloader has on its stack while it waits for a frame. */
const IDLE_STACK_BYTES = 128;
/** FLASH_ACR.LATENCY. */
const LATENCY_MASK = 7;

/** What is measured, under the manifest's names. */
export interface Measured {
  readonly ramBytes: number;
  readonly stackBytes: number;
  readonly handshakeCycles: number;
  readonly waitStates: number;
}

/** Cycles of an exchange less those in which its bytes were on the link. */
function workCycles({ sent, received, cycles }: RecordedExchange): number {
  const bytes = received.reduce((sum, frame) => sum + frame.length, sent.length);
  return Math.round(cycles - bytes * BITS_PER_BYTE * CORE_HZ / BAUD);
}

/** The wait states of the chip in these snapshots, which have to agree: cycles are counted under one number of them. */
export function waitStates({ mcu }: ModelTarget, snapshots: readonly Snapshot[]): number {
  const seen = new Set(snapshots.map((snapshot) => {
    mcu.restore(snapshot);
    return mcu.truth.flashAcr & LATENCY_MASK;
  }));
  assert.equal(seen.size, 1, `wait states ${[...seen].join(", ")}`);
  return [...seen][0]!;
}

/** Runs one delivery with the longest personal region and measures it. */
export function measureBootloader(): Measured {
  const world = makeWorld("measure", { personal: { offset: 2560, length: 768 } });
  let variablesEnd = 0;
  const { target, hello, ticket, message2 } = record(world, {}, ({ mcu, image }) => {
    const ends = Object.values(image.symbols).map(([address, bytes]) => address + bytes - RAM_START);
    variablesEnd = Math.max(...ends.filter((end) => end > 0 && end <= RAM_BYTES)) + 3 & ~3;
    mcu.powerOff();
    mcu.powerOn();
    mcu.run({ nanos: 100_000_000 });
    // Start-up has cleared RAM; what it needed of the stack is less than a handshake needs.
    mcu.paintStack(variablesEnd, RAM_BYTES - IDLE_STACK_BYTES);
  });
  const stackBytes = target.mcu.stackUsed(variablesEnd, RAM_BYTES);
  return {
    ramBytes: variablesEnd + stackBytes,
    stackBytes,
    handshakeCycles: workCycles(ticket) + workCycles(message2),
    waitStates: waitStates(target, [hello.after, ticket.after, message2.after]),
  };
}

if (import.meta.main) {
  const measured = measureBootloader();
  console.log(measured);
  if (Deno.args.includes("--write")) {
    const file = new URL("../../bootloader/firmware/images/manifest.json", import.meta.url);
    const manifest = JSON.parse(await Deno.readTextFile(file));
    await Deno.writeTextFile(file, `${JSON.stringify([{ ...manifest[0], ...measured }], null, 2)}\n`);
  }
}
