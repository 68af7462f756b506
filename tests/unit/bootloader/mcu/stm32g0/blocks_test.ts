/** RNG, RCC, PWR, GPIO and the system area. @module */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Mcu } from "../../../../../bootloader/mcu/mod.ts";
import { faults, makeRunning, peek, poke, R, seeded } from "../bench.ts";

const [RCC, PWR, RNG] = [0x40021000, 0x40007000, 0x40025000];
const [DRDY, CEIS, SEIS] = [1, 32, 64];

function startRng(mcu: Mcu): void {
  poke(mcu, RCC + 0x38, 0x100 | (1 << 18));
  poke(mcu, RCC + 0x54, 1 << 26);
  poke(mcu, RNG, 4);
}

function nextWord(mcu: Mcu): number {
  for (let i = 0; i < 1000; i++) if ((peek(mcu, RNG + 4) & DRDY) !== 0) return peek(mcu, RNG + 8);
  throw new Error("DRDY never comes");
}

Deno.test("Rng gives injected randomness, word by word, when clock and RNGEN are on", () => {
  const mcu = makeRunning({ random: seeded(8) });
  startRng(mcu);
  const drawn = [nextWord(mcu), nextWord(mcu), nextWord(mcu)];
  equal(new Set(drawn).size, 3);
  deepEqual(mcu.reports, []);
});

Deno.test("Rng without a clock in RNGSEL never has a word and says so (CEIS)", () => {
  const mcu = makeRunning();
  poke(mcu, RCC + 0x38, 0x100 | (1 << 18));
  poke(mcu, RNG, 4);
  mcu.run({ nanos: 1_000_000 });
  equal(peek(mcu, RNG + 4) & (DRDY | CEIS), CEIS);
  equal(mcu.reports.length, 1);
});

Deno.test("Rng read before DRDY gives 0 and is reported", () => {
  const mcu = makeRunning();
  startRng(mcu);
  equal(peek(mcu, RNG + 8), 0);
  equal(mcu.reports.length, 1);
});

Deno.test("Rng fails as injected: stuck words, seed error, clock error", () => {
  const stuck = makeRunning();
  stuck.failRng("stuck");
  startRng(stuck);
  equal(nextWord(stuck), nextWord(stuck));
  for (const [failure, flag] of [["seed-error", SEIS], ["clock-error", CEIS]] as const) {
    const mcu = makeRunning();
    mcu.failRng(failure);
    startRng(mcu);
    mcu.run({ nanos: 100_000 });
    equal(peek(mcu, RNG + 4) & (DRDY | SEIS | CEIS), flag);
  }
});

Deno.test("Rcc runs the PLL at 64 MHz from HSI16 after its lock time", () => {
  const mcu = makeRunning();
  poke(mcu, R.ACR, 0x40602);
  poke(mcu, RCC + 0x0c, 2 | (8 << 8) | (1 << 28) | (1 << 29));
  poke(mcu, RCC, 0x01000500);
  equal(peek(mcu, RCC) & (1 << 25), 0);
  mcu.run({ nanos: 16_000 });
  ok((peek(mcu, RCC) & (1 << 25)) !== 0);
  poke(mcu, RCC + 8, 2);
  const [cycles, nanos] = [mcu.cycles, mcu.nanos];
  // One call of 1,000 turns in SRAM: the clock is 15.625 ns per cycle.
  mcu.plantRam(0, Uint8Array.of(0x01, 0x38, 0xfd, 0xd1, 0x70, 0x47));
  mcu.call(0x20000000, [1000], { maxCycles: 10_000 });
  equal(mcu.nanos - nanos, (mcu.cycles - cycles) * 15.625);
  deepEqual(mcu.reports, []);
});

Deno.test("A reset takes clock and wait states back at once, without a report (RM0444 5.1)", () => {
  const mcu = makeRunning();
  poke(mcu, R.ACR, 0x40602);
  poke(mcu, RCC + 0x0c, 2 | (8 << 8) | (1 << 28) | (1 << 29));
  poke(mcu, RCC, 0x01000500);
  mcu.run({ nanos: 16_000 });
  poke(mcu, RCC + 8, 2);
  mcu.holdReset(true);
  mcu.holdReset(false);
  equal(peek(mcu, RCC + 8), 0);
  equal(peek(mcu, R.ACR) & 7, 0);
  deepEqual(mcu.reports, []);
});

Deno.test("Rcc counts 48 MHz without rounding", () => {
  const mcu = makeRunning();
  poke(mcu, R.ACR, 0x40602);
  poke(mcu, RCC + 0x0c, 2 | (12 << 8) | (1 << 28) | (3 << 29));
  poke(mcu, RCC, 0x01000500);
  mcu.run({ nanos: 16_000 });
  poke(mcu, RCC + 8, 2);
  const [cycles, nanos] = [mcu.cycles, mcu.nanos];
  mcu.run({ nanos: 1_000_000 });
  mcu.plantRam(0, Uint8Array.of(0x01, 0x38, 0xfd, 0xd1, 0x70, 0x47));
  mcu.call(0x20000000, [100_000], { maxCycles: 1_000_000 });
  const expected = ((mcu.cycles - cycles) * 1000) / 48;
  ok(Math.abs(mcu.nanos - nanos - 1_000_000 - expected) < 21, "one cycle at most");
});

Deno.test("Rcc reports a PLL outside the data sheet, and a PLLCFGR write while it is on", () => {
  const mcu = makeRunning();
  poke(mcu, RCC + 0x0c, 2 | (40 << 8) | (1 << 28) | (1 << 29));
  poke(mcu, RCC, 0x01000500);
  poke(mcu, RCC + 0x0c, 2 | (8 << 8) | (1 << 28) | (1 << 29));
  equal(mcu.reports.length, 2);
});

Deno.test("Pwr in range 2 refuses to program flash (RM0440 4.3.5) and lowers the highest frequency", () => {
  const mcu = makeRunning();
  poke(mcu, R.ACR, 0x40601);
  poke(mcu, RCC + 0x3c, 1 << 28);
  poke(mcu, PWR, 0x408);
  poke(mcu, R.KEYR, 0x45670123);
  poke(mcu, R.KEYR, 0xcdef89ab);
  poke(mcu, R.CR, 2 | (1 << 16));
  equal(peek(mcu, R.SR), 128);
  equal(mcu.reports.length, 1);
  poke(mcu, R.ACR, 0x40600);
  equal(mcu.reports.length, 2);
});

Deno.test("Gpio: outputs, pull-ups, driven inputs and analog", () => {
  const mcu = makeRunning();
  const B = 0x50000400;
  poke(mcu, RCC + 0x34, 2);
  poke(mcu, B, 0xffffffff & ~0xff | 0b00_00_01_11);
  poke(mcu, B + 0x0c, 1 << 4);
  poke(mcu, B + 0x18, 2);
  mcu.drivePad("PB3", true);
  equal(peek(mcu, B + 0x10), 0b1110);
  poke(mcu, B + 0x28, 2);
  mcu.drivePad("PB2", false);
  equal(peek(mcu, B + 0x10), 0b1000);
});

Deno.test("The system area shows UID, size, package and options, and refuses writes", () => {
  const mcu = makeRunning({ chip: "stm32g0-64k" });
  equal(peek(mcu, 0x1fff7590), 0x04030201);
  equal(peek(mcu, 0x1fff7598), 0x0c0b0a09);
  equal(peek(mcu, 0x1fff75e0) & 0xffff, 64);
  equal(peek(mcu, 0x1fff7800), 0xfffffeaa);
  equal(peek(mcu, 0x1fff7804), 0x00000155);
  ok(faults(mcu, "str", 0x1fff7590, 0));
  ok(faults(mcu, "ldr", 0x1fff7000));
  equal(mcu.reports.length, 2);
});
