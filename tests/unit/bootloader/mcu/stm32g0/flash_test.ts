/** One test per rule of the flash controller; each refusal is shown by what the rule forbids. @module */
import { deepEqual, equal, ok } from "node:assert/strict";
import {
  CR,
  erasePage,
  faults,
  FLASH,
  makeRunning,
  peek,
  poke,
  programDoubleWord,
  R,
  settle,
  SR,
  tap,
  unlock,
  words,
} from "../bench.ts";

const FREE = FLASH + 0x1000;
const ERRORS = 0x3f8;

Deno.test("Flash programs a double word in 85 us typically and 125 us at most (DS12993, RM0444 3.3.8)", () => {
  for (const [flashTiming, nanos] of [["typ", 85_000], ["max", 125_000]] as const) {
    const mcu = makeRunning({ flashTiming });
    unlock(mcu);
    poke(mcu, R.CR, CR.PG);
    poke(mcu, FREE, 0x11223344);
    const before = mcu.nanos;
    poke(mcu, FREE + 4, 0x55667788);
    equal(settle(mcu) & ERRORS, 0);
    ok(mcu.nanos - before >= nanos && mcu.nanos - before < nanos + 10_000, `${mcu.nanos - before} ns`);
    deepEqual(mcu.flash.slice(0x1000, 0x1008), words(0x11223344, 0x55667788));
    deepEqual(mcu.reports, []);
  }
});

Deno.test("Flash erases a page in 22 ms and everything in 22.1 ms (DS12993, RM0444 3.3.7)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  programDoubleWord(mcu, FREE, 1, 2);
  const before = mcu.nanos;
  erasePage(mcu, 2);
  ok(mcu.nanos - before > 22_000_000 && mcu.nanos - before < 22_100_000);
  deepEqual(mcu.flash.slice(0x1000, 0x1008), new Uint8Array(8).fill(0xff));
  poke(mcu, R.CR, CR.MER1 | CR.STRT);
  settle(mcu);
  ok(mcu.flash.every((byte) => byte === 0xff));
  deepEqual(mcu.reports, []);
});

Deno.test("FLASH_KEYR: a wrong key is a bus error and locks FLASH_CR until reset (RM0444 3.3.6)", () => {
  const mcu = makeRunning();
  poke(mcu, R.KEYR, 0x45670123);
  ok(faults(mcu, "str", R.KEYR, 0x12345678));
  ok(faults(mcu, "str", R.KEYR, 0x45670123));
  equal(peek(mcu, R.CR) >>> 31, 1);
  mcu.holdReset(true);
  mcu.holdReset(false);
  unlock(mcu);
  equal(peek(mcu, R.CR) >>> 31, 0);
});

Deno.test("FLASH_KEYR: the keys in the wrong order are refused (RM0444 3.3.6)", () => {
  const mcu = makeRunning();
  ok(faults(mcu, "str", R.KEYR, 0xcdef89ab));
});

Deno.test("FLASH_CR: a write while LOCK is set changes nothing and is reported (RM0444 3.7.5)", () => {
  const mcu = makeRunning();
  poke(mcu, R.CR, CR.PER | CR.STRT);
  equal(peek(mcu, R.CR), 0xc0000000);
  equal(mcu.reports.length, 1);
});

Deno.test("FLASH_CR: setting LOCK sets OPTLOCK as well (RM0444 3.4.2 note)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.OPTKEYR, 0x08192a3b);
  poke(mcu, R.OPTKEYR, 0x4c5d6e7f);
  equal(peek(mcu, R.CR), 0);
  poke(mcu, R.CR, CR.LOCK);
  equal(peek(mcu, R.CR), 0xc0000000);
});

Deno.test("Flash refuses a second write to a programmed double word: PROGERR (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  programDoubleWord(mcu, FREE, 0xffff0000, 0xffffffff);
  ok((programDoubleWord(mcu, FREE, 0x00000001, 0) & SR.PROGERR) !== 0);
  deepEqual(mcu.flash.slice(0x1000, 0x1008), words(0xffff0000, 0xffffffff));
});

Deno.test("Flash programs all zero over a programmed double word (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  programDoubleWord(mcu, FREE, 0x12345678, 0x9abcdef0);
  equal(programDoubleWord(mcu, FREE, 0, 0) & ERRORS, 0);
  deepEqual(mcu.flash.slice(0x1000, 0x1008), new Uint8Array(8));
});

Deno.test("Flash takes a double word of all ones as programmed; not even zero goes over it (RM0444 3.3.8, 3.3.2 ECC)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  equal(programDoubleWord(mcu, FREE, 0xffffffff, 0xffffffff) & ERRORS, 0);
  ok((programDoubleWord(mcu, FREE, 0, 0) & SR.PROGERR) !== 0);
  poke(mcu, R.SR, ERRORS);
  erasePage(mcu, 2);
  equal(programDoubleWord(mcu, FREE, 0, 0) & ERRORS, 0);
});

for (const [kind, width] of [["strb", "byte"], ["strh", "halfword"]] as const) {
  Deno.test(`Flash refuses a ${width} write: SIZERR (RM0444 3.3.8)`, () => {
    const mcu = makeRunning();
    unlock(mcu);
    poke(mcu, R.CR, CR.PG);
    tap(mcu, kind, FREE, 0x12);
    equal(settle(mcu) & ERRORS, SR.SIZERR);
  });
}

Deno.test("Flash refuses a first word that is not double-word aligned: PGAERR (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE + 4, 1);
  equal(settle(mcu) & ERRORS, SR.PGAERR);
});

Deno.test("Flash refuses a second word of another double word: PGAERR (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 1);
  poke(mcu, FREE + 12, 2);
  equal(settle(mcu) & (ERRORS | SR.CFGBSY), SR.PGAERR);
  deepEqual(mcu.flash.slice(0x1000, 0x1010), new Uint8Array(16).fill(0xff));
});

Deno.test("FLASH_SR: CFGBSY is set from the first word on (RM0444 3.7.4)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 1);
  equal(peek(mcu, R.SR) & (SR.CFGBSY | SR.BSY1), SR.CFGBSY);
  poke(mcu, FREE + 4, 1);
  equal(peek(mcu, R.SR) & (SR.CFGBSY | SR.BSY1), SR.CFGBSY | SR.BSY1);
  equal(settle(mcu) & SR.CFGBSY, 0);
});

Deno.test("FLASH_CR: settings cannot change while CFGBSY is set (RM0444 3.7.4)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 1);
  poke(mcu, R.CR, 0);
  equal(peek(mcu, R.CR), CR.PG | CR.OPTLOCK);
  equal(mcu.reports.length, 1);
});

Deno.test("Flash refuses a write without PG: PGSERR (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, FREE, 1);
  equal(settle(mcu) & ERRORS, SR.PGSERR);
});

Deno.test("Flash refuses to program with PER set: PGSERR (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG | CR.PER);
  poke(mcu, FREE, 1);
  equal(settle(mcu) & ERRORS, SR.PGSERR);
});

Deno.test("Flash refuses to erase with PG set: PGSERR (RM0444 3.3.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG | CR.PER | CR.STRT);
  equal(settle(mcu) & ERRORS, SR.PGSERR);
});

Deno.test("Flash refuses to program while an error flag is not cleared: PGSERR (RM0444 3.3.8 step 2)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE + 4, 1);
  equal(programDoubleWord(mcu, FREE, 1, 2) & ERRORS, SR.PGAERR | SR.PGSERR);
  poke(mcu, R.SR, SR.PGAERR | SR.PGSERR);
  equal(programDoubleWord(mcu, FREE, 1, 2) & ERRORS, 0);
});

Deno.test("Flash refuses to erase while an error flag is not cleared: PGSERR (RM0444 3.3.7 step 2)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, FREE, 1);
  equal(erasePage(mcu, 0) & SR.PGSERR, SR.PGSERR);
  ok(mcu.flash.subarray(0, 4).some((byte) => byte !== 0xff));
});

Deno.test("Flash refuses a page beyond its size and reports it (RM0444 3.7.5 PNB)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  equal(erasePage(mcu, 4) & ERRORS, SR.WRPERR);
  equal(mcu.reports.length, 1);
});

Deno.test("FLASH_CR: STRT with neither PER nor MER1 is refused and reported (RM0444 3.7.5)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.STRT);
  equal(settle(mcu) & ERRORS, SR.PGSERR);
  equal(mcu.reports.length, 1);
});

Deno.test("Flash refuses a write while BSY1 is set: PGSERR and a report (RM0444 3.3.8 step 1)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PG);
  poke(mcu, FREE, 1);
  poke(mcu, FREE + 4, 1);
  poke(mcu, FREE + 8, 1);
  ok((settle(mcu) & SR.PGSERR) !== 0);
  equal(mcu.reports.length, 1);
});

Deno.test("FLASH_CR: a write while BSY1 is set stalls until the operation is over (RM0440 4.3.5 note)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PER | (2 << 3) | CR.STRT);
  const before = mcu.nanos;
  poke(mcu, R.CR, 0);
  ok(mcu.nanos - before > 21_000_000);
  equal(peek(mcu, R.SR) & SR.BSY1, 0);
});

Deno.test("Flash stalls a read while BSY1 is set, SRAM does not (RM0444 3.3.5)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PER | (2 << 3) | CR.STRT);
  let before = mcu.nanos;
  peek(mcu, 0x20000000);
  ok(mcu.nanos - before < 10_000);
  before = mcu.nanos;
  equal(peek(mcu, FREE), 0xffffffff);
  ok(mcu.nanos - before > 21_000_000);
});

Deno.test("Flash stalls code that runs from it while BSY1 is set (RM0444 3.3.5)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.PER | (2 << 3) | CR.STRT);
  // bx lr in the running page
  mcu.plantFlash(0x42, Uint8Array.of(0x70, 0x47));
  const before = mcu.nanos;
  mcu.call(FLASH + 0x42, [], { maxCycles: 10_000_000 });
  ok(mcu.nanos - before > 21_000_000);
});

Deno.test("FLASH_SR: EOP is set only with EOPIE (RM0444 3.7.4)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  equal(programDoubleWord(mcu, FREE, 1, 1) & SR.EOP, 0);
  poke(mcu, R.CR, CR.PG | CR.EOPIE);
  poke(mcu, FREE + 8, 1);
  poke(mcu, FREE + 12, 1);
  equal(settle(mcu) & SR.EOP, SR.EOP);
  poke(mcu, R.SR, SR.EOP);
  equal(peek(mcu, R.SR), 0);
});

Deno.test("FLASH_CR: fast programming is not modelled: refused and reported", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.FSTPG);
  equal(mcu.reports.length, 1);
  ok((peek(mcu, R.SR) & SR.PGSERR) !== 0);
});

Deno.test("Flash beyond the size register answers with a bus error and a report", () => {
  const mcu = makeRunning();
  ok(faults(mcu, "ldr", FLASH + 8192));
  equal(mcu.reports[0]!.address, FLASH + 8192);
  equal(peek(mcu, 0x1fff75e0) & 0xffff, 8);
});

Deno.test("Flash cannot be written through its alias at 0 (RM0444 2.5)", () => {
  const mcu = makeRunning();
  ok(faults(mcu, "str", 0x1000, 1));
});

Deno.test("HCLK of 64 MHz with too few wait states faults and is reported (RM0444 3.3.4)", () => {
  const mcu = makeRunning();
  poke(mcu, 0x4002100c, 2 | (8 << 8) | (1 << 28) | (1 << 29));
  poke(mcu, 0x40021000, 0x01000500);
  mcu.run({ nanos: 20_000 });
  poke(mcu, 0x40021008, 2);
  equal(peek(mcu, 0x40021008), 0x12);
  ok(faults(mcu, "ldr", FLASH));
  ok(mcu.reports.some((report) => report.what.includes("64 MHz exceeds the 24 MHz")));
});
