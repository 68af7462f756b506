/**
 * Loops that only wait are left out in whole turns, and nothing else comes of it: everything here runs as it is and once more
 * with each turn executed, and both end in the same state at the same time.
 *
 * @module
 */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { WaitLoop } from "../../../../../bootloader/mcu/armv6m/wait_loop.ts";
import type { Mcu } from "../../../../../bootloader/mcu/mod.ts";
import { record } from "../../../../simulation/recording.ts";
import { makeWorld } from "../../../../vectors/protocol/world.ts";
import { FLASH, halfwords, makeRunning, poke, R, RAM } from "../bench.ts";

const USART1 = 0x40013800;
const SYSTICK = 0xe000e010;
const COUNTER = 0xe000e018;
const COUNTS = RAM + 0x800;
const TC = 64;

/** Runs `what` and says how many cycles were left out meanwhile; with `never`, none are. */
function watched<T>(what: () => T, never = false): { readonly came: T; readonly leftOut: number } {
  const { visit } = WaitLoop.prototype;
  let leftOut = 0;
  WaitLoop.prototype.visit = function (address, changes, alarm) {
    const cycles = never ? 0 : visit.call(this, address, changes, alarm);
    leftOut += cycles;
    return cycles;
  };
  try {
    return { came: what(), leftOut };
  } finally {
    WaitLoop.prototype.visit = visit;
  }
}

function bothWays<T>(what: () => T): number {
  const { came, leftOut } = watched(what);
  deepEqual(came, watched(what, true).came);
  return leftOut;
}

/** A chip whose USART1 sends at 115,200 baud and whose SysTick counts from 700. */
function makeSending(): Mcu {
  const mcu = makeRunning();
  poke(mcu, 0x40021040, 1 << 14);
  poke(mcu, USART1 + 0x0c, 139);
  poke(mcu, USART1, 0xd);
  poke(mcu, SYSTICK + 4, 700);
  poke(mcu, SYSTICK, 5);
  mcu.run({ nanos: 1_000_000 });
  return mcu;
}

/** Calls code with the USART's address, TC and a pointer in r0 to r2; it writes the data register and waits for TC. */
function waits(code: readonly number[], pointer: number, at = RAM + 0x100): () => unknown {
  return () => {
    const mcu = makeSending();
    if (at < RAM) {
      mcu.plantFlash(at - FLASH, halfwords(code));
      poke(mcu, R.ACR, 0x40602);
    } else mcu.plantRam(at - RAM, halfwords(code));
    const result = mcu.call(at, [USART1, TC, pointer], { maxCycles: 10_000_000 });
    return { ...result, state: mcu.snapshot(), nanos: mcu.nanos, reports: mcu.reports };
  };
}

const STATUS = 0x69c3; // ldr r3, [r0, #28]
const [SEND, BACK] = [[0x6282], [0x420b, 0xd0fc, 0x4770]]; // str r2, [r0, #40]; tst r3, r1; beq; bx lr

Deno.test("a loop that asks for a status is left out up to the byte's end, from SRAM and from slow flash", () => {
  const code = [...SEND, STATUS, ...BACK];
  ok(bothWays(waits(code, 0)) > 1_000);
  ok(bothWays(waits(code, 0, FLASH + 0x100)) > 1_000);
});

Deno.test("a loop that asks two devices is left out between the wraps of the timer that it reads", () => {
  const code = [...SEND, STATUS, 0x6815, 0x420b, 0xd0fb, 0x4770]; // + ldr r5, [r2]
  ok(bothWays(waits(code, SYSTICK)) > 500);
});

Deno.test("a loop that counts its turns in a register is executed", () => {
  // adds r4, #1; movs r5, #0, so that no flag tells
  const code = [...SEND, 0x3401, 0x2500, STATUS, 0x420b, 0xd0fa, 0x0020, 0x4770];
  equal(bothWays(waits(code, 0)), 0);
});

Deno.test("a loop that counts its turns in memory is executed", () => {
  const count = [0x6814, 0x3401, 0x6014, 0x2400]; // ldr r4, [r2]; adds r4, #1; str r4, [r2]; movs r4, #0
  const code = [...SEND, ...count, STATUS, 0x420b, 0xd0f8, 0x6810, 0x4770];
  equal(bothWays(waits(code, COUNTS)), 0);
});

Deno.test("a loop whose turns differ in a flag alone is executed", () => {
  // mrs r4, apsr; movs r5, #1; lsls r5, #28; eors r4, r5; msr apsr, r4; movs r4, #0; then bvc over a nop
  const flip = [0xf3ef, 0x8400, 0x2501, 0x072d, 0x406c, 0xf384, 0x8800, 0x2400];
  const code = [...SEND, ...flip, STATUS, 0xd700, 0xbf00, 0x420b, 0xd0f2, 0x4770];
  equal(bothWays(waits(code, 0)), 0);
});

Deno.test("a loop that reads the running counter is executed", () => {
  const code = [...SEND, 0x2500, STATUS, 0x6815, 0x2d14, 0xd8fa, 0x4770]; // ldr r5, [r2]; cmp r5, #20; bhi
  equal(bothWays(waits(code, COUNTER)), 0);
});

Deno.test("what was seen before a snapshot is taken back is worth nothing after it", () => {
  bothWays(() => {
    const mcu = makeSending();
    poke(mcu, USART1, 0);
    poke(mcu, USART1 + 0x0c, 0xffff);
    poke(mcu, USART1, 0xd);
    mcu.plantRam(0x100, halfwords([...SEND, STATUS, ...BACK]));
    throws(() => mcu.call(RAM + 0x100, [USART1, TC], { maxCycles: 1_000 }), /not back after/);
    const waiting = mcu.snapshot();
    const usart1 = { ...waiting.parts["usart1"], flags: TC };
    mcu.restore({ ...waiting, parts: { ...waiting.parts, usart1 } });
    mcu.run({ cycles: 900 });
    return { registers: mcu.truth.registers, cycles: mcu.cycles, returned: mcu.run({ cycles: 1 }) };
  });
});

Deno.test("a whole delivery of the real bootloader: many of its cycles are left out, and every state is the same", () => {
  const delivery = () => {
    const { hello, ticket, message2, chunks, receipt, target } = record(makeWorld("wait-loop"));
    const { cycles, reports } = target.mcu;
    return { exchanges: [hello, ticket, message2, ...chunks], receipt, cycles, reports };
  };
  const cycles = watched(delivery, true).came.cycles;
  const leftOut = bothWays(delivery);
  console.log(`${leftOut} of ${cycles} cycles left out`);
  ok(leftOut > cycles / 4);
});
