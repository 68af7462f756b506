/** The debug port: who answers when, what it sees, what it costs. @module */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type DebugTransfer } from "../../../../bootloader/mcu/mod.ts";
import { FLASH, halfwords, makeMcu, makeRunning, poke, program, RAM } from "./bench.ts";

Deno.test("DebugPort identifies the chip: DPIDR of a Cortex-M0+, CPUID, DEV_ID 0x466", () => {
  const mcu = makeRunning();
  ok(mcu.debug.attach({ underReset: false }));
  deepEqual(mcu.debug.identify(), { dpidr: 0x0bc11477, cpuid: 0x410cc601, idcode: 0x10000466 });
});

Deno.test("DebugPort attached under reset stands before the first instruction", () => {
  const mcu = makeRunning();
  mcu.run({ nanos: 10_000 });
  ok(mcu.debug.attach({ underReset: true }));
  ok(mcu.debug.halted);
  equal(mcu.debug.readRegister("pc"), FLASH + 0x40);
  equal(mcu.debug.readRegister("sp"), RAM + 0x2000);
});

Deno.test("DebugPort gets no answer to a plain attach when software has cleared DBG_SWEN; under reset it does", () => {
  const mcu = makeRunning();
  poke(mcu, 0x40022000, 0x600);
  equal(mcu.debug.attach({ underReset: false }), false);
  ok(mcu.debug.attach({ underReset: true }));
});

Deno.test("DebugPort gets no answer when PA13 or PA14 have left SWD; under reset it does", () => {
  const mcu = makeRunning();
  poke(mcu, 0x40021034, 1);
  poke(mcu, 0x50000000, 0xffffffff);
  equal(mcu.debug.attach({ underReset: false }), false);
  ok(mcu.debug.attach({ underReset: true }));
});

Deno.test("DebugPort loses a session when software switches debugging off", () => {
  const mcu = makeMcu();
  // Waits for SRAM word 0 to become 1, then clears DBG_SWEN.
  const code = [
    0x2020,
    0x0600,
    0x6801,
    0x2901,
    0xd1fc,
    0x2140,
    0x0609,
    0x2222,
    0x0312,
    0x1889,
    0x2206,
    0x0212,
    0x600a,
    0xe7fe,
  ];
  mcu.plantFlash(0, program(code));
  mcu.powerOn();
  ok(mcu.debug.attach({ underReset: false }));
  mcu.debug.writeWord(RAM, 1);
  mcu.run({ nanos: 100_000 });
  deepEqual(mcu.debug.readWord(RAM), { fault: "no-answer", address: RAM });
  equal(mcu.debug.connected, false);
});

Deno.test("DebugPort reads and writes bytes, halfwords and words at any alignment, and shows them to its observer", () => {
  const mcu = makeRunning();
  mcu.debug.attach({ underReset: true });
  const seen: DebugTransfer[] = [];
  mcu.debug.onTransfer = (transfer) => seen.push(transfer);
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  equal(mcu.debug.write(RAM + 1, bytes), null);
  deepEqual(mcu.debug.read(RAM + 1, 9), bytes);
  deepEqual(seen.map(({ direction, address, bytes }) => [direction, address, [...bytes]]), [
    ["tx", RAM + 1, [...bytes]],
    ["rx", RAM + 1, [...bytes]],
  ]);
});

Deno.test("DebugPort transfers take 46 clocks of 4 MHz per word, in which a running core runs on", () => {
  const mcu = makeRunning();
  mcu.debug.attach({ underReset: false });
  const [before, cycles] = [mcu.nanos, mcu.cycles];
  mcu.debug.read(RAM, 4096);
  equal(mcu.nanos - before, 1024 * 11_500);
  ok(mcu.cycles - cycles > 180_000);
});

Deno.test("DebugPort answers a bus error where nothing lies, and goes on", () => {
  const mcu = makeRunning();
  mcu.debug.attach({ underReset: true });
  deepEqual(mcu.debug.readWord(0x60000000), { fault: "bus-error", address: 0x60000000 });
  equal(mcu.debug.readWord(FLASH), RAM + 0x2000);
});

Deno.test("DebugPort halts, steps, resumes and resets", () => {
  const mcu = makeRunning();
  mcu.debug.attach({ underReset: true });
  mcu.plantRam(0, halfwords([0x2001, 0x3001, 0x3001, 0xe7fe]));
  mcu.debug.writeRegister("pc", RAM);
  mcu.debug.step();
  mcu.debug.step();
  equal(mcu.debug.readRegister("r0"), 2);
  mcu.debug.resume();
  mcu.run({ nanos: 10_000 });
  mcu.debug.halt();
  equal(mcu.debug.readRegister("r0"), 3);
  equal(mcu.debug.readRegister("pc"), RAM + 6);
  mcu.debug.resetAndHalt();
  equal(mcu.debug.readRegister("pc"), FLASH + 0x40);
});

Deno.test("Debug unit: breakpoints and BKPT halt, DHCSR.C_HALT reads 1, the core cannot reach DHCSR", () => {
  const mcu = makeRunning();
  const { debug } = mcu;
  debug.attach({ underReset: true });
  debug.writeWord(0xe0002008, ((FLASH + 0x40) | 1 | (1 << 30)) >>> 0);
  debug.writeWord(0xe0002000, 3);
  debug.resume();
  equal(mcu.run({ nanos: 100_000 }), "halted");
  equal(debug.readRegister("pc"), FLASH + 0x40);
  equal((debug.readWord(0xe000edf0) as number) & 0x20003, 0x20003);
  debug.writeWord(0xe0002000, 2);
  mcu.plantRam(0, halfwords([0xbe55]));
  debug.writeRegister("pc", RAM);
  debug.resume();
  mcu.run({ nanos: 1000 });
  equal(debug.readRegister("pc"), RAM, "BKPT leaves the program counter on itself");
  // ldr r0,[r0] on DHCSR by the core
  mcu.plantRam(0, halfwords([0x6800]));
  debug.writeRegister("r0", 0xe000edf0);
  debug.resume();
  mcu.run({ nanos: 1000 });
  equal(mcu.reports.length, 1);
});

Deno.test("DebugPort on an empty chip: the core is parked in ST's loader, SRAM code can be started", () => {
  const mcu = makeMcu();
  mcu.powerOn();
  mcu.debug.attach({ underReset: true });
  mcu.debug.write(RAM, halfwords([0x202a, 0xe7fe]));
  mcu.debug.writeRegister("pc", RAM);
  mcu.debug.resume();
  mcu.run({ nanos: 10_000 });
  mcu.debug.halt();
  equal(mcu.debug.readRegister("r0"), 42);
});
