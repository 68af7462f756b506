/** Faults, lockup, interrupts, sleep and stacking of the core (DDI 0419 B1.5). @module */
import { deepEqual, equal, ok } from "node:assert/strict";
import { FLASH, makeMcu, program, RAM } from "../bench.ts";

/** Runs `code` at reset with `handlers` (address by exception number, relative to flash) and looks at SRAM word 0. */
function run(code: number[], handlers: Record<number, number> = {}, nanos = 100_000) {
  const mcu = makeMcu();
  const absolute = Object.fromEntries(Object.entries(handlers).map(([n, at]) => [n, FLASH + at + 1]));
  mcu.plantFlash(0, program(code, absolute));
  mcu.powerOn();
  mcu.run({ nanos });
  return { mcu, word: new DataView(mcu.ram.buffer).getUint32(0, true) };
}

/** Pads code to 0x40 bytes, so that a handler after it lies at 0x80. */
function padded(code: number[], handler: number[]): number[] {
  return [...code, ...new Array<number>(32 - code.length).fill(0xbf00), ...handler];
}

/** movs r0,#0x20; lsls r0,#24: SRAM base. */
const BASE = [0x2020, 0x0600];
/** Handler: writes IPSR to SRAM word 0 and stops. */
const NOTE_IPSR = [...BASE, 0xf3ef, 0x8105, 0x6001, 0xe7fe];

const FAULTS: readonly [string, number[]][] = [
  ["an undefined instruction", [0xde00]],
  ["an unaligned word load", [...BASE, 0x3001, 0x6801]],
  ["an unaligned halfword store", [...BASE, 0x3001, 0x8001]],
  ["an unaligned LDM", [...BASE, 0x3002, 0xc802]],
  ["a branch without the Thumb bit", [...BASE, 0x4700]],
  ["code in a peripheral (XN)", [0x2050, 0x0600, 0x3001, 0x4700]],
  ["an address that nothing answers", [0x2060, 0x0600, 0x6801]],
  ["BKPT without a debugger", [0xbe00]],
  ["running off the end of SRAM", [...BASE, 0x2120, 0x0209, 0x3901, 0x1840, 0x4700]],
];
for (const [what, code] of FAULTS) {
  Deno.test(`Core takes HardFault for ${what}`, () => {
    const { word, mcu } = run(padded(code, NOTE_IPSR), { 3: 0x80 });
    equal(word, 3);
    ok(!mcu.truth.lockup);
  });
}

Deno.test("Core locks up when HardFault's handler faults (B1.5.14)", () => {
  const { mcu } = run(padded([0xde00], [0xde00]), { 3: 0x80 });
  ok(mcu.truth.lockup);
  equal(mcu.run({ nanos: 1000 }), "lockup");
});

Deno.test("Core locks up when the stack cannot take the frame of HardFault", () => {
  const { mcu } = run(padded([0x2000, 0x4685, 0xde00], NOTE_IPSR), { 3: 0x80 });
  ok(mcu.truth.lockup);
});

Deno.test("SVC stacks eight words, returns behind itself and restores r0 to r3 (B1.5.6, B1.5.8)", () => {
  // movs r0,#7; svc 1; base in r1 through lsls; str r0,[r1]; b .
  const code = [0x2007, 0xdf01, 0x2120, 0x0609, 0x6008, 0xe7fe];
  const { word } = run(padded(code, [0x2001, 0x4770]), { 11: 0x80 });
  equal(word, 7);
});

Deno.test("Exception entry aligns the stack to eight bytes and says so in xPSR bit 9 (B1.5.7)", () => {
  // sub sp,#4; svc; handler: ldr r0,[sp,#28]; str r0,[base]
  const code = [0xb081, 0xdf00, 0xe7fe];
  const handler = [0x9807, 0x2120, 0x0609, 0x6008, 0x4668, 0x6048, 0xe7fe];
  const { word, mcu } = run(padded(code, handler), { 11: 0x80 });
  ok((word & 0x200) !== 0);
  equal(new DataView(mcu.ram.buffer).getUint32(4, true) & 7, 0);
});

Deno.test("SysTick interrupts after its reload value and wakes WFI", () => {
  // SYST_RVR = 999, CVR = 0, CSR = 7; wfi; b .-2
  const code = [
    0x20e0,
    0x0600,
    0x21e0,
    0x0209,
    0x1840,
    0x3010,
    0x2101,
    0x0289,
    0x3919,
    0x6041,
    0x6081,
    0x2107,
    0x6001,
  ];
  const { word, mcu } = run(padded([...code, 0xbf30, 0xe7fd], NOTE_IPSR), { 15: 0x80 });
  equal(word, 15);
  ok(mcu.nanos > 62_000);
  deepEqual(mcu.reports, []);
});

Deno.test("PRIMASK holds PendSV back until it is cleared, and WFI does not sleep meanwhile (B1.5.19)", () => {
  // cpsid i; ICSR = 1 << 28; wfi; str r1,[r2] marks; cpsie i; b .
  const icsr = [0x20ed, 0x0200, 0x3004, 0x23e0, 0x061b, 0x18c0, 0x2101, 0x0709];
  const code = [0xb672, ...icsr, 0x6001, 0xbf30, 0x2220, 0x0612, 0x6051, 0xb662, 0xe7fe];
  const { word, mcu } = run(padded(code, NOTE_IPSR), { 14: 0x80 });
  equal(word, 14);
  equal(new DataView(mcu.ram.buffer).getUint32(4, true), 1 << 28);
});

Deno.test("VTOR moves the vectors, a Cortex-M0+ property (B3.2.5)", () => {
  const { mcu } = run([0xe7fe]);
  mcu.plantRam(0x100 + 11 * 4, new Uint8Array(Uint32Array.of(RAM + 0x200 + 1).buffer));
  mcu.plantRam(0x200, new Uint8Array(Uint16Array.of(...NOTE_IPSR).buffer));
  // str r1,[r0]; svc; VTOR in r0
  mcu.plantRam(0x300, new Uint8Array(Uint16Array.of(0x6001, 0xb662, 0xdf00, 0xe7fe).buffer));
  try {
    mcu.call(RAM + 0x300, [0xe000ed08, RAM + 0x100], { maxCycles: 1000 });
  } catch {
    // The handler never returns; what it wrote is the evidence.
  }
  equal(new DataView(mcu.ram.buffer).getUint32(0, true), 11);
});

Deno.test("AIRCR.SYSRESETREQ resets the chip, keeps SRAM and sets SFTRSTF", () => {
  const { mcu } = run([0xe7fe]);
  mcu.plantRam(0, Uint8Array.of(9, 8, 7, 6));
  mcu.plantRam(0x300, new Uint8Array(Uint16Array.of(0x6001, 0xe7fe).buffer));
  try {
    mcu.call(RAM + 0x300, [0xe000ed0c, 0x05fa0004], { maxCycles: 1000 });
  } catch {
    // The reset ends the call.
  }
  deepEqual(mcu.ram.slice(0, 4), Uint8Array.of(9, 8, 7, 6));
  equal(mcu.truth.registers[15]! & ~3, FLASH + 0x40);
});
