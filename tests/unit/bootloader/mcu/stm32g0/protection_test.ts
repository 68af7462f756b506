/** Option bytes, read protection and write protection: what is in force when, and for whom. @module */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Mcu } from "../../../../../bootloader/mcu/mod.ts";
import {
  CR,
  erasePage,
  faults,
  FLASH,
  makeMcu,
  makeRunning,
  peek,
  poke,
  powerCycle,
  program,
  programDoubleWord,
  R,
  RAM,
  seeded,
  settle,
  SR,
  unlock,
  unlockOptions,
  writeOptr,
} from "../bench.ts";

const OPEN = 0xfffffeaa;
const LEVEL1 = 0xfffffebb;
const LEVEL2 = 0xfffffecc;
/** Code that counts in SRAM for ever: the word at 0x20000000 shows whether the core runs. */
const COUNTER = [0x2020, 0x0600, 0x6801, 0x3101, 0x6001, 0xe7fb];

/** A chip at level 1 that runs its counter, with no debugger since power-on. */
function locked(optr = LEVEL1, options: Parameters<typeof makeMcu>[0] = {}): Mcu {
  const mcu = makeMcu(options);
  mcu.plantFlash(0, program(COUNTER));
  mcu.powerOn();
  writeOptr(mcu, optr);
  powerCycle(mcu);
  return mcu;
}

/** True when the counter moves. */
function runs(mcu: Mcu): boolean {
  const before = mcu.ram.slice(0, 4);
  mcu.run({ nanos: 100_000 });
  return mcu.ram.slice(0, 4).some((byte, i) => byte !== before[i]);
}

Deno.test("FLASH_OPTKEYR: a wrong key is a bus error and locks the options until reset (RM0444 3.4.2)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  ok(faults(mcu, "str", R.OPTKEYR, 0x4c5d6e7f));
  ok(faults(mcu, "str", R.OPTKEYR, 0x08192a3b));
  ok((peek(mcu, R.CR) & CR.OPTLOCK) !== 0);
});

Deno.test("FLASH_OPTKEYR: refused while LOCK is set (RM0444 3.4.2)", () => {
  const mcu = makeRunning();
  ok(faults(mcu, "str", R.OPTKEYR, 0x08192a3b));
});

Deno.test("FLASH_OPTR: not writable while OPTLOCK is set (RM0444 3.7.8)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.OPTR, LEVEL1);
  equal(peek(mcu, R.OPTR), OPEN);
  equal(mcu.reports.length, 1);
});

Deno.test("FLASH_CR: OPTSTRT does nothing while OPTLOCK is set (RM0444 3.7.5)", () => {
  const mcu = makeRunning();
  unlock(mcu);
  poke(mcu, R.CR, CR.OPTSTRT);
  equal(peek(mcu, R.SR) & SR.BSY1, 0);
  equal(mcu.reports.length, 1);
});

Deno.test("Options are shown as loaded after OPTSTRT, and are in force only after a load (RM0444 3.4.2)", () => {
  const mcu = makeRunning();
  writeOptr(mcu, LEVEL1);
  equal(peek(mcu, R.OPTR), OPEN);
  equal(mcu.truth.level, 0);
  mcu.holdReset(true);
  mcu.holdReset(false);
  equal(mcu.truth.level, 0, "a system reset loads nothing");
  powerCycle(mcu);
  equal(mcu.truth.level, 1);
});

Deno.test("FLASH_CR: OBL_LAUNCH resets, loads the options and sets OBLRSTF (RM0444 3.4.2, 5.4.23)", () => {
  const mcu = makeRunning();
  mcu.plantRam(0, Uint8Array.of(1, 2, 3, 4));
  writeOptr(mcu, LEVEL1);
  poke2(mcu, R.CR, CR.OBL_LAUNCH);
  equal(mcu.truth.level, 1);
  equal(peek(mcu, 0x40021060) >>> 24, 0x0e);
  deepEqual(mcu.ram.slice(0, 4), Uint8Array.of(1, 2, 3, 4), "SRAM is kept");
});

/** Writes a register whose effect is a reset, so that the writing code does not come back. */
function poke2(mcu: Mcu, address: number, value: number): void {
  try {
    poke(mcu, address, value);
  } catch {
    // The reset took the core away from the call; the test looks at what the reset did.
  }
}

Deno.test("Level 1 without a debugger since power-on: the core runs from flash (RM0440 4.5.1 user mode)", () => {
  const mcu = locked();
  ok(runs(mcu));
  deepEqual(mcu.reports, []);
});

Deno.test("Level 1 closes flash to a debugger that attaches under reset (RM0440 4.5.1)", () => {
  const mcu = locked();
  ok(mcu.debug.attach({ underReset: true }));
  deepEqual(mcu.debug.read(FLASH, 4), { fault: "bus-error", address: FLASH });
  deepEqual(mcu.debug.read(FLASH + 0x1ffc, 4), { fault: "bus-error", address: FLASH + 0x1ffc });
  deepEqual(mcu.debug.read(0, 4), { fault: "bus-error", address: 0 });
});

Deno.test("Level 1 closes flash to a debugger that attaches to a running core, and to that core (RM0440 4.5.1)", () => {
  const mcu = locked();
  ok(runs(mcu));
  ok(mcu.debug.attach({ underReset: false }));
  mcu.run({ nanos: 1000 });
  ok(!runs(mcu));
  ok(mcu.truth.lockup);
});

Deno.test("Debug intrusion lasts over detach and NRST until the next power-on (RM0440 4.5.1 note)", () => {
  const mcu = locked();
  mcu.debug.attach({ underReset: true });
  mcu.debug.detach();
  mcu.holdReset(true);
  mcu.holdReset(false);
  ok(!runs(mcu));
  ok(mcu.truth.debugIntrusion);
  powerCycle(mcu);
  ok(runs(mcu));
});

Deno.test("Level 1 set while a debugger had been attached keeps the core out of flash until power-on (RM0440 4.5.1 note)", () => {
  const mcu = makeMcu();
  mcu.plantFlash(0, program(COUNTER));
  mcu.powerOn();
  mcu.debug.attach({ underReset: true });
  mcu.debug.detach();
  writeOptr(mcu, LEVEL1);
  poke2(mcu, R.CR, CR.OBL_LAUNCH);
  mcu.run({ nanos: 1000 });
  equal(mcu.truth.level, 1);
  ok(!runs(mcu));
  powerCycle(mcu);
  ok(runs(mcu));
});

Deno.test("Level 1 refuses a debugger's erase and program: WRPERR or bus error (RM0440 4.3.7 WRPERR)", () => {
  const mcu = locked();
  const { debug } = mcu;
  debug.attach({ underReset: true });
  debug.writeWord(R.KEYR, 0x45670123);
  debug.writeWord(R.KEYR, 0xcdef89ab);
  debug.writeWord(R.CR, CR.PER | CR.STRT);
  equal(debug.readWord(R.SR), SR.WRPERR);
  debug.writeWord(R.SR, SR.WRPERR);
  debug.writeWord(R.CR, CR.PG);
  deepEqual(debug.writeWord(FLASH + 0x1000, 0), { fault: "bus-error", address: FLASH + 0x1000 });
});

Deno.test("Level 1: SRAM answers a debugger or not, as the chip is made (class not measured, D§4)", () => {
  for (const [ramAtLevel1, readable] of [["open", true], ["closed", false]] as const) {
    const mcu = locked(LEVEL1, { ramAtLevel1 });
    mcu.debug.attach({ underReset: true });
    equal(mcu.debug.read(RAM, 4) instanceof Uint8Array, readable);
    equal(mcu.debug.write(RAM, new Uint8Array(4)) === null, readable);
  }
});

Deno.test("Level 1: code that a debugger starts in SRAM cannot read flash (RM0440 4.5.1)", () => {
  const mcu = locked();
  const { debug } = mcu;
  debug.attach({ underReset: true });
  // ldr r0,[r0]; b .
  debug.write(RAM, Uint8Array.of(0x00, 0x68, 0xfe, 0xe7));
  debug.writeRegister("r0", FLASH);
  debug.writeRegister("pc", RAM);
  debug.resume();
  mcu.run({ nanos: 10_000 });
  ok(mcu.truth.lockup, "the fault's handler lies in flash, too");
});

Deno.test("Level 1 to 0 erases all flash before the options change (RM0444 3.5.1)", () => {
  const mcu = locked();
  const { debug } = mcu;
  debug.attach({ underReset: true });
  for (
    const [address, key] of [[R.KEYR, 0x45670123], [R.KEYR, 0xcdef89ab], [R.OPTKEYR, 0x08192a3b]] as const
  ) {
    debug.writeWord(address, key);
  }
  debug.writeWord(R.OPTKEYR, 0x4c5d6e7f);
  debug.writeWord(R.OPTR, OPEN);
  const before = mcu.nanos;
  debug.writeWord(R.CR, CR.OPTSTRT);
  while (((debug.readWord(R.SR) as number) & SR.BSY1) !== 0);
  ok(mcu.nanos - before > 44_000_000, "a mass erase and an option write");
  ok(mcu.flash.every((byte) => byte === 0xff));
  equal(mcu.truth.level, 1, "until the options are loaded");
  powerCycle(mcu);
  equal(mcu.truth.level, 0);
  equal(mcu.truth.bootArea, "system", "an empty chip boots ST's loader");
});

Deno.test("Level 1 to level 1 with other options keeps the flash (RM0444 3.5.1)", () => {
  const mcu = locked();
  writeOptr(mcu, 0xfffffe55);
  powerCycle(mcu);
  equal(mcu.truth.optr, 0xfffffe55);
  ok(runs(mcu));
});

Deno.test("Level 2: no debugger gets an answer, not even under reset (RM0440 4.5.1 level 2)", () => {
  const mcu = locked(LEVEL2);
  equal(mcu.truth.level, 2);
  ok(runs(mcu));
  equal(mcu.debug.attach({ underReset: false }), false);
  equal(mcu.debug.attach({ underReset: true }), false);
  deepEqual(mcu.debug.read(RAM, 4), { fault: "no-answer", address: RAM });
  ok(runs(mcu), "and the attempt does not disturb the core");
});

Deno.test("Level 2 freezes the options for ever: WRPERR (RM0440 4.5.1 level 2)", () => {
  const mcu = locked(LEVEL2);
  ok((writeOptr(mcu, OPEN) & SR.WRPERR) !== 0);
  powerCycle(mcu);
  equal(mcu.truth.level, 2);
});

Deno.test("WRP: a protected page can be neither programmed nor erased, nor can the chip (RM0444 3.5.3)", () => {
  const mcu = makeRunning();
  unlockOptions(mcu);
  poke(mcu, R.WRP1AR, (2 << 16) | 2);
  poke(mcu, R.CR, CR.OPTSTRT);
  settle(mcu);
  powerCycle(mcu);
  unlock(mcu);
  ok((programDoubleWord(mcu, FLASH + 0x1000, 1, 2) & SR.WRPERR) !== 0);
  poke(mcu, R.SR, 0x3f8);
  ok((erasePage(mcu, 2) & SR.WRPERR) !== 0);
  poke(mcu, R.SR, 0x3f8);
  poke(mcu, R.CR, CR.MER1 | CR.STRT);
  ok((settle(mcu) & SR.WRPERR) !== 0);
  poke(mcu, R.SR, 0x3f8);
  equal(programDoubleWord(mcu, FLASH + 0x1800, 1, 2) & 0x3f8, 0, "the next page is open");
});

Deno.test("EMPTY is evaluated at power-on and option load only (RM0444 2.5)", () => {
  const mcu = makeMcu();
  mcu.powerOn();
  equal(mcu.run({ nanos: 1000 }), "parked");
  mcu.plantFlash(0, program(COUNTER));
  mcu.holdReset(true);
  mcu.holdReset(false);
  equal(mcu.truth.bootArea, "system", "NRST does not look at the flash");
  powerCycle(mcu);
  equal(mcu.truth.bootArea, "flash");
  ok(runs(mcu));
});

Deno.test("Boot area by nBOOT_SEL, nBOOT0, nBOOT1 and the BOOT0 pin (RM0444 table 'Boot modes')", () => {
  const [SEL, BOOT1, BOOT0] = [1 << 24, 1 << 25, 1 << 26];
  const rows: [number, boolean, string][] = [
    [OPEN, false, "flash"],
    [OPEN, true, "flash"],
    [OPEN & ~BOOT0, false, "system"],
    [OPEN & ~BOOT0 & ~BOOT1, false, "sram"],
    [OPEN & ~SEL, false, "flash"],
    [OPEN & ~SEL, true, "system"],
    [OPEN & ~SEL & ~BOOT1, true, "sram"],
  ];
  for (const [optr, pin, area] of rows) {
    const mcu = makeRunning();
    writeOptr(mcu, optr >>> 0);
    mcu.drivePad("PA14", pin);
    powerCycle(mcu);
    equal(mcu.truth.bootArea, area, `optr ${(optr >>> 0).toString(16)}, pin ${pin}`);
  }
});

Deno.test("Level 1 with nBOOT_SEL = 0 locks up at power-on and is reported (ES0548 2.2.3, taken at its worst)", () => {
  const mcu = locked((LEVEL1 & ~(1 << 24)) >>> 0);
  ok(mcu.truth.lockup);
  equal(mcu.reports.length, 1);
});

Deno.test("A torn option write can end in a forced level 1 (RM0440 4.4.2)", () => {
  let forced = 0;
  for (let seed = 0; seed < 40; seed++) {
    const mcu = makeRunning({ random: seeded(seed) });
    unlockOptions(mcu);
    poke(mcu, R.OPTR, OPEN);
    mcu.onFlashOperation = () => "torn";
    poke2(mcu, R.CR, CR.OPTSTRT);
    mcu.run({ nanos: 30_000_000 });
    equal(mcu.powered, false);
    mcu.powerOn();
    if (mcu.truth.level === 1) {
      forced++;
      ok((mcu.truth.optr & (1 << 24)) !== 0);
    }
  }
  ok(forced > 0 && forced < 40, `${forced} of 40`);
});

Deno.test("NRST_MODE = 2 makes the reset pad a GPIO: NRST does nothing, an attach under reset does not halt (RM0444 3.7.8)", () => {
  const mcu = makeMcu();
  mcu.plantFlash(0, program(COUNTER));
  mcu.powerOn();
  writeOptr(mcu, ((OPEN & ~(3 << 27)) | (2 << 27)) >>> 0);
  powerCycle(mcu);
  mcu.holdReset(true);
  ok(runs(mcu));
  mcu.holdReset(false);
  ok(mcu.debug.attach({ underReset: true }));
  equal(mcu.debug.halted, false);
  ok(runs(mcu));
});

Deno.test("Options that ask for a hardware watchdog, PCROP or a securable area are reported when they are loaded", () => {
  const mcu = makeRunning();
  writeOptr(mcu, (OPEN & ~(1 << 16)) >>> 0);
  powerCycle(mcu);
  ok(mcu.reports[0]!.what.includes("IWDG_SW"));
});
