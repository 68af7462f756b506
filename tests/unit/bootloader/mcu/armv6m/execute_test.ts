/** Every instruction of ARMv6-M with the flags it sets and the cycles it takes (DDI 0419 A6.7, DDI 0484C table 3-1). @module */
import { equal } from "node:assert/strict";
import type { Mcu, REGISTERS } from "../../../../../bootloader/mcu/mod.ts";
import executeText from "../../../../../bootloader/mcu/armv6m/execute.ts" with { type: "text" };
import { OPS } from "../../../../../bootloader/mcu/armv6m/opcodes.ts";
import { halfwords, makeRunning, RAM } from "../bench.ts";

type Name = keyof typeof REGISTERS;
/** Registers before, flags before ("nzcv", upper case set), registers after, flags after, cycles. */
type Row = readonly [
  string,
  number[],
  Partial<Record<Name, number>>,
  string,
  Partial<Record<Name, number>>,
  string,
  number,
];

const CODE = RAM + 0x100;
const DATA = RAM + 0x200;
const [NEG, MAX] = [0x80000000, 0x7fffffff];

const ROWS: readonly Row[] = [
  ["LSLS #imm shifts the last bit into C", [0x0088], { r1: 0x40000001 }, "nzcv", { r0: 4 }, "nzCv", 1],
  ["LSLS #0 is MOVS and keeps C", [0x0008], { r1: NEG }, "nzCV", { r0: NEG }, "NzCV", 1],
  ["LSRS #32 gives 0 and C = bit 31", [0x0808], { r1: NEG }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["LSRS #1", [0x0848], { r1: 3 }, "nzcV", { r0: 1 }, "nzCV", 1],
  ["ASRS #32 gives the sign", [0x1008], { r1: NEG }, "nzcv", { r0: 0xffffffff }, "NzCv", 1],
  ["ASRS #4", [0x1108], { r1: 0xfffffff7 }, "nzcv", { r0: 0xffffffff }, "Nzcv", 1],
  ["ADDS register overflows", [0x1888], { r1: MAX, r2: 1 }, "nzCv", { r0: NEG }, "NzcV", 1],
  ["ADDS register carries to zero", [0x1888], { r1: 0xffffffff, r2: 1 }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["SUBS register borrows", [0x1a88], { r1: 0, r2: 1 }, "nzCv", { r0: 0xffffffff }, "Nzcv", 1],
  ["SUBS register overflows", [0x1a88], { r1: NEG, r2: 1 }, "nzcv", { r0: MAX }, "nzCV", 1],
  ["ADDS #3 bits", [0x1dc8], { r1: 1 }, "nzcv", { r0: 8 }, "nzcv", 1],
  ["SUBS #3 bits", [0x1fc8], { r1: 7 }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["MOVS #imm keeps C and V", [0x2000], { r0: 5 }, "NzCV", { r0: 0 }, "nZCV", 1],
  ["CMP #imm", [0x2805], { r0: 5 }, "nzcv", { r0: 5 }, "nZCv", 1],
  ["ADDS #8 bits", [0x30ff], { r0: 1 }, "nzcv", { r0: 256 }, "nzcv", 1],
  ["SUBS #8 bits", [0x38ff], { r0: 1 }, "nzcv", { r0: 0xffffff02 }, "Nzcv", 1],
  ["ANDS", [0x4008], { r0: 0xf0, r1: 0x0f }, "nzCV", { r0: 0 }, "nZCV", 1],
  ["EORS", [0x4048], { r0: 0xff, r1: NEG }, "nzcv", { r0: 0x800000ff }, "Nzcv", 1],
  ["LSLS by 0 keeps C", [0x4088], { r0: 1, r1: 0x100 }, "nzCv", { r0: 1 }, "nzCv", 1],
  ["LSLS by 32 gives C = bit 0", [0x4088], { r0: 1, r1: 32 }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["LSLS by 33 clears C", [0x4088], { r0: 1, r1: 33 }, "nzCv", { r0: 0 }, "nZcv", 1],
  ["LSRS by 32", [0x40c8], { r0: NEG, r1: 32 }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["LSRS by 255", [0x40c8], { r0: NEG, r1: 255 }, "nzCv", { r0: 0 }, "nZcv", 1],
  ["ASRS by 255", [0x4108], { r0: NEG, r1: 255 }, "nzcv", { r0: 0xffffffff }, "NzCv", 1],
  ["ASRS by 1", [0x4108], { r0: 4, r1: 1 }, "nzCv", { r0: 2 }, "nzcv", 1],
  ["ADCS with carry overflows", [0x4148], { r0: MAX, r1: 0 }, "nzCv", { r0: NEG }, "NzcV", 1],
  ["ADCS carries out", [0x4148], { r0: 0xffffffff, r1: 0xffffffff }, "nzCv", { r0: 0xffffffff }, "NzCv", 1],
  ["SBCS without carry subtracts one more", [0x4188], { r0: 5, r1: 4 }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["SBCS borrows", [0x4188], { r0: 0, r1: 0 }, "nzcv", { r0: 0xffffffff }, "Nzcv", 1],
  ["RORS by 8", [0x41c8], { r0: 0x80, r1: 8 }, "nzcv", { r0: NEG }, "NzCv", 1],
  ["RORS by 32 gives C = bit 31", [0x41c8], { r0: 1, r1: 32 }, "nzCv", { r0: 1 }, "nzcv", 1],
  ["TST", [0x4208], { r0: 1, r1: 2 }, "nzCV", { r0: 1 }, "nZCV", 1],
  ["RSBS of 0x80000000 overflows", [0x4248], { r1: NEG }, "nzcv", { r0: NEG }, "NzcV", 1],
  ["RSBS of 0 sets C", [0x4248], { r1: 0 }, "nzcv", { r0: 0 }, "nZCv", 1],
  ["CMP register", [0x4288], { r0: 1, r1: 2 }, "nzCv", { r0: 1 }, "Nzcv", 1],
  ["CMN", [0x42c8], { r0: 1, r1: 0xffffffff }, "nzcv", { r0: 1 }, "nZCv", 1],
  ["ORRS", [0x4308], { r0: NEG, r1: 1 }, "nzCv", { r0: 0x80000001 }, "NzCv", 1],
  [
    "MULS takes one cycle and keeps C and V",
    [0x4348],
    { r0: 0x10001, r1: 0x10000 },
    "nzCV",
    { r0: 0x10000 },
    "nzCV",
    1,
  ],
  ["BICS", [0x4388], { r0: 0xff, r1: 0xf0 }, "nzcv", { r0: 0x0f }, "nzcv", 1],
  ["MVNS", [0x43c8], { r1: 0 }, "nzcv", { r0: 0xffffffff }, "Nzcv", 1],
  ["ADD high register keeps the flags", [0x4488], { r8: 1, r1: 0xffffffff }, "NzcV", { r8: 0 }, "NzcV", 1],
  [
    "ADD SP, register clears bits 1:0",
    [0x448d],
    { sp: RAM + 0x800, r1: 7 },
    "nzcv",
    { sp: RAM + 0x804 },
    "nzcv",
    1,
  ],
  ["CMP high register", [0x4588], { r8: 2, r1: 2 }, "nzcv", { r8: 2 }, "nZCv", 1],
  ["MOV from PC gives the address + 4", [0x4678], {}, "nzcv", { r0: CODE + 4 }, "nzcv", 1],
  ["BX", [0x4708], { r1: DATA + 1 }, "nzcv", { pc: DATA }, "nzcv", 2],
  ["BLX", [0x4788], { r1: DATA + 1 }, "nzcv", { pc: DATA, lr: CODE + 3 }, "nzcv", 2],
  ["ADD PC, register", [0x448f], { r1: 8 }, "nzcv", { pc: CODE + 12 }, "nzcv", 2],
  ["MOV PC, register ignores bit 0", [0x468f], { r1: DATA + 1 }, "nzcv", { pc: DATA }, "nzcv", 2],
  ["LDR literal", [0x4800, 0, 0x1234, 0x5678], {}, "nzcv", { r0: 0x56781234 }, "nzcv", 2],
  [
    "STR and LDR register",
    [0x5088, 0x588b],
    { r0: 0x12345678, r1: DATA, r2: 4 },
    "nzcv",
    { r3: 0x12345678 },
    "nzcv",
    4,
  ],
  [
    "STRH and LDRH register",
    [0x5288, 0x5a8b],
    { r0: 0xabcd9876, r1: DATA, r2: 2 },
    "nzcv",
    { r3: 0x9876 },
    "nzcv",
    4,
  ],
  [
    "STRB and LDRSB register",
    [0x5488, 0x568b],
    { r0: 0x80, r1: DATA, r2: 3 },
    "nzcv",
    { r3: 0xffffff80 },
    "nzcv",
    4,
  ],
  ["LDRB register", [0x5488, 0x5c8b], { r0: 0x1ff, r1: DATA, r2: 3 }, "nzcv", { r3: 0xff }, "nzcv", 4],
  [
    "LDRSH register",
    [0x5288, 0x5e8b],
    { r0: 0x8000, r1: DATA, r2: 6 },
    "nzcv",
    { r3: 0xffff8000 },
    "nzcv",
    4,
  ],
  ["STR and LDR immediate", [0x6048, 0x684b], { r0: 7, r1: DATA }, "nzcv", { r3: 7 }, "nzcv", 4],
  ["STRB and LDRB immediate", [0x7048, 0x784b], { r0: 0x107, r1: DATA }, "nzcv", { r3: 7 }, "nzcv", 4],
  ["STRH and LDRH immediate", [0x8048, 0x884b], { r0: 0x10007, r1: DATA }, "nzcv", { r3: 7 }, "nzcv", 4],
  ["STR and LDR SP", [0x9001, 0x9901], { r0: 9, sp: DATA }, "nzcv", { r1: 9 }, "nzcv", 4],
  ["ADR", [0xa002], {}, "nzcv", { r0: CODE + 12 }, "nzcv", 1],
  ["ADD Rd, SP", [0xa802], { sp: DATA }, "nzcv", { r0: DATA + 8 }, "nzcv", 1],
  ["ADD SP, #imm", [0xb002], { sp: DATA }, "nzcv", { sp: DATA + 8 }, "nzcv", 1],
  ["SUB SP, #imm", [0xb082], { sp: DATA }, "nzcv", { sp: DATA - 8 }, "nzcv", 1],
  ["SXTH", [0xb208], { r1: 0x8000 }, "NzCV", { r0: 0xffff8000 }, "NzCV", 1],
  ["SXTB", [0xb248], { r1: 0x80 }, "nzcv", { r0: 0xffffff80 }, "nzcv", 1],
  ["UXTH", [0xb288], { r1: 0xffff8000 }, "nzcv", { r0: 0x8000 }, "nzcv", 1],
  ["UXTB", [0xb2c8], { r1: 0xffff }, "nzcv", { r0: 0xff }, "nzcv", 1],
  ["PUSH takes 1 + N", [0xb507], { sp: DATA + 16, r0: 1, lr: 5 }, "nzcv", { sp: DATA }, "nzcv", 5],
  [
    "PUSH then POP",
    [0xb403, 0xbc30],
    { sp: DATA + 16, r0: 1, r1: 2 },
    "nzcv",
    { r4: 1, r5: 2, sp: DATA + 16 },
    "nzcv",
    6,
  ],
  [
    "POP PC takes 3 + N",
    [0xb501, 0xbd02],
    { sp: DATA + 16, r0: 9, lr: DATA + 1 },
    "nzcv",
    { r1: 9, pc: DATA },
    "nzcv",
    8,
  ],
  ["CPSID i sets PRIMASK", [0xb672], {}, "nzcv", { control: 1 }, "nzcv", 1],
  ["CPSIE i clears PRIMASK", [0xb672, 0xb662], {}, "nzcv", { control: 0 }, "nzcv", 2],
  ["REV", [0xba08], { r1: 0x12345678 }, "nzcv", { r0: 0x78563412 }, "nzcv", 1],
  ["REV16", [0xba48], { r1: 0x12345678 }, "nzcv", { r0: 0x34127856 }, "nzcv", 1],
  ["REVSH", [0xbac8], { r1: 0x0080 }, "nzcv", { r0: 0xffff8000 }, "nzcv", 1],
  ["NOP", [0xbf00], { r0: 1 }, "NZCV", { r0: 1 }, "NZCV", 1],
  ["YIELD", [0xbf10], {}, "nzcv", {}, "nzcv", 1],
  ["SEV then WFE passes", [0xbf40, 0xbf20], {}, "nzcv", { pc: CODE + 4 }, "nzcv", 3],
  ["STM writes back", [0xc103], { r0: 3, r1: DATA }, "nzcv", { r1: DATA + 8 }, "nzcv", 3],
  ["LDM writes back", [0xc103, 0xc90c], { r0: 3, r1: DATA }, "nzcv", { r1: DATA + 16 }, "nzcv", 6],
  [
    "LDM with its base in the list does not write back",
    [0x6008, 0xc902],
    { r0: 77, r1: DATA },
    "nzcv",
    { r1: 77 },
    "nzcv",
    4,
  ],
  ["B", [0xe002], {}, "nzcv", { pc: CODE + 8 }, "nzcv", 2],
  ["B backwards", [0xe7fc], {}, "nzcv", { pc: CODE - 4 }, "nzcv", 2],
  ["BL", [0xf000, 0xf802], {}, "nzcv", { pc: CODE + 8, lr: CODE + 5 }, "nzcv", 3],
  ["BL backwards", [0xf7ff, 0xfffa], {}, "nzcv", { pc: CODE - 8 }, "nzcv", 3],
  ["MSR APSR", [0xf380, 0x8800], { r0: 0xa0000000 }, "nzcv", {}, "NzCv", 3],
  ["MRS PRIMASK", [0xb672, 0xf3ef, 0x8010], {}, "nzcv", { r0: 1 }, "nzcv", 4],
  ["MRS APSR", [0xf3ef, 0x8000], {}, "nZcV", { r0: 0x50000000 }, "nZcV", 3],
  ["MSR PSP clears bits 1:0", [0xf380, 0x8809], { r0: DATA + 3 }, "nzcv", { psp: DATA }, "nzcv", 3],
  [
    "MSR CONTROL selects the process stack",
    [0xf380, 0x8809, 0xf381, 0x8814],
    { r0: DATA, r1: 2 },
    "nzcv",
    { sp: DATA },
    "nzcv",
    6,
  ],
  ["DMB", [0xf3bf, 0x8f5f], {}, "nzcv", { pc: CODE + 4 }, "nzcv", 3],
];

/** Conditions 0 to 13: the flags under which each is taken. */
const CONDITIONS: readonly [string, (n: boolean, z: boolean, c: boolean, v: boolean) => boolean][] = [
  ["BEQ", (_n, z) => z],
  ["BNE", (_n, z) => !z],
  ["BCS", (_n, _z, c) => c],
  ["BCC", (_n, _z, c) => !c],
  ["BMI", (n) => n],
  ["BPL", (n) => !n],
  ["BVS", (_n, _z, _c, v) => v],
  ["BVC", (_n, _z, _c, v) => !v],
  ["BHI", (_n, z, c) => c && !z],
  ["BLS", (_n, z, c) => !c || z],
  ["BGE", (n, _z, _c, v) => n === v],
  ["BLT", (n, _z, _c, v) => n !== v],
  ["BGT", (n, z, _c, v) => !z && n === v],
  ["BLE", (n, z, _c, v) => z || n !== v],
];

function flagsOf(text: string): number {
  return [..."NZCV"].reduce((value, letter, i) => text[i] === letter ? value | (1 << (31 - i)) : value, 0) >>>
    0;
}

/** A halted chip whose core stands before `code` in SRAM. */
function prepare(mcu: Mcu, code: number[], registers: Partial<Record<Name, number>>, flags: string): void {
  const { debug } = mcu;
  debug.attach({ underReset: true });
  mcu.plantRam(0x100, halfwords([...code, 0xbf00, 0xbf00]));
  debug.writeRegister("xpsr", flagsOf(flags));
  for (const [name, value] of Object.entries(registers)) debug.writeRegister(name as Name, value);
  debug.writeRegister("pc", CODE);
}

/** Instructions in the row's code: 32-bit ones count once, literals not at all. */
function instructions(code: number[]): number {
  if (code[0] === 0x4800) return 1;
  let count = 0;
  for (let i = 0; i < code.length; i += code[i]! >= 0xf000 ? 2 : 1) count++;
  return count;
}

for (const [name, code, before, flags, after, flagsAfter, cycles] of ROWS) {
  Deno.test(`execute(): ${name}`, () => {
    const mcu = makeRunning();
    prepare(mcu, code, before, flags);
    const start = mcu.cycles;
    for (let i = 0; i < instructions(code); i++) mcu.debug.step();
    equal(mcu.cycles - start, cycles, "cycles");
    for (const [register, value] of Object.entries(after)) {
      const got = mcu.debug.readRegister(register as Name) as number;
      equal(got.toString(16), (value >>> 0).toString(16), register);
    }
    equal(
      (mcu.truth.xpsr & 0xf0000000) >>> 0,
      flagsOf(flagsAfter),
      `flags ${(mcu.truth.xpsr >>> 28).toString(2)}`,
    );
  });
}

for (const [condition, [name, taken]] of CONDITIONS.entries()) {
  Deno.test(`execute(): ${name} under all sixteen flags, 2 cycles taken, 1 not`, () => {
    const mcu = makeRunning();
    for (let bits = 0; bits < 16; bits++) {
      prepare(mcu, [0xd002 | (condition << 8)], {}, "nzcv");
      mcu.debug.writeRegister("xpsr", (bits << 28) >>> 0);
      const start = mcu.cycles;
      mcu.debug.step();
      const go = taken((bits & 8) !== 0, (bits & 4) !== 0, (bits & 2) !== 0, (bits & 1) !== 0);
      equal(mcu.debug.readRegister("pc"), CODE + (go ? 8 : 2), bits.toString(2));
      equal(mcu.cycles - start, go ? 2 : 1);
    }
  });
}

Deno.test("execute(): its case labels are the numbers of OPS", () => {
  const labels = [...executeText.matchAll(/case (\d+): \{\s*\/\/ (\w+)/g)].map((
    [, number, name],
  ) => [name, Number(number)]);
  equal(labels.length, Object.keys(OPS).length - 1);
  for (const [name, number] of labels) {
    equal((OPS as Record<string, number>)[name as string], number, String(name));
  }
});

Deno.test("execute(): flash costs its wait states once per 64-bit line, SRAM none", () => {
  const mcu = makeRunning({ chip: "stm32g0-64k" });
  // Twelve NOPs from an aligned address, then bx lr: 14 instructions in four lines.
  const code = [...new Array<number>(12).fill(0xbf00), 0x4770];
  mcu.plantFlash(0x100, halfwords(code));
  mcu.plantRam(0x100, halfwords(code));
  const inRam = mcu.call(RAM + 0x100, [], { maxCycles: 1000 }).cycles;
  equal(inRam, 14);
  equal(mcu.call(0x08000100, [], { maxCycles: 1000 }).cycles, 14);
  mcu.plantRam(0x80, halfwords([0x6001, 0x4770]));
  mcu.call(RAM + 0x80, [0x40022000, 0x00040602], { maxCycles: 1000 });
  equal(mcu.call(0x08000100, [], { maxCycles: 1000 }).cycles, 14 + 4 * 2);
  equal(mcu.call(RAM + 0x100, [], { maxCycles: 1000 }).cycles, 14);
});
