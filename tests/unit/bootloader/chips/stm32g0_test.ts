/** The chip table: identification, judged options, addresses; and the same facts in the MCU model (D§10). @module */
import assert from "node:assert/strict";
import type { OptionFinding } from "../../../../bootloader/chips/mod.ts";
import * as chips from "../../../../bootloader/chips/mod.ts";
import { CHIPS } from "../../../../bootloader/mcu/mod.ts";
import protocol from "../../../../bootloader/PROTOCOL.md" with { type: "text" };

const { judgeStm32g0Options, judgeStm32g0ProductOptions, stm32g0, STM32G0_FACTORY_OPTIONS } = chips;
const codes = (findings: readonly OptionFinding[]) => findings.map(({ code }) => code);
const judged = (changes: Record<string, number>) =>
  codes(judgeStm32g0Options({ ...STM32G0_FACTORY_OPTIONS, ...changes }));
const optr = (clear: number, set = 0) => ((STM32G0_FACTORY_OPTIONS["FLASH_OPTR"]! & ~clear) | set) >>> 0;

Deno.test("judgeStm32g0Options(): factory options are fit, at level 0 and level 1", () => {
  assert.deepEqual(judged({}), []);
  assert.deepEqual(judged({ FLASH_OPTR: optr(0xff, 0xbb) }), []);
  // The areas of a die with 5-bit page numbers.
  assert.deepEqual(
    judged({ FLASH_WRP1AR: 0x1f, FLASH_WRP1BR: 0x1f, FLASH_PCROP1ASR: 0x7f, FLASH_PCROP1BSR: 0x7f }),
    [],
  );
});

const BAD: readonly [string, Record<string, number>][] = [
  ["rdp-2", { FLASH_OPTR: optr(0xff, 0xcc) }],
  ["boot-lock", { FLASH_SECR: 1 << 16 }],
  ["pcrop", { FLASH_PCROP1ASR: 0 }],
  ["pcrop", { FLASH_PCROP1ASR: 3, FLASH_PCROP1AER: 0x80000003 }],
  ["pcrop", { FLASH_PCROP1BSR: 0 }],
  ["write-protection", { FLASH_WRP1AR: 0 }],
  ["write-protection", { FLASH_WRP1BR: 0x00020001 }],
  ["boot-pin", { FLASH_OPTR: optr(1 << 24) }],
  ["boot-elsewhere", { FLASH_OPTR: optr(1 << 26) }],
  ["watchdog", { FLASH_OPTR: optr(1 << 16) }],
  ["reset-pin", { FLASH_OPTR: optr(1 << 27) }],
  ["ram-parity", { FLASH_OPTR: optr(1 << 22) }],
];

for (const [code, changes] of BAD) {
  const shown = Object.entries(changes).map(([name, value]) => `${name} = 0x${value.toString(16)}`).join(
    ", ",
  );
  Deno.test(`judgeStm32g0Options(): ${shown} is found as ${code} alone, with a remedy`, () => {
    assert.deepEqual(judged(changes), [code]);
    const [finding] = judgeStm32g0Options({ ...STM32G0_FACTORY_OPTIONS, ...changes });
    assert.match(finding!.remedy, /\w+ .*[^.]$/);
    assert.match(finding!.says, /[^.]$/);
  });
}

Deno.test("judgeStm32g0Options(): a register that was not read is a Defect, not harmless", () => {
  for (const missing of Object.keys(STM32G0_FACTORY_OPTIONS)) {
    const { [missing]: _, ...rest } = STM32G0_FACTORY_OPTIONS;
    assert.throws(() => judgeStm32g0Options(rest), { name: "Defect" });
  }
});

Deno.test("judgeStm32g0ProductOptions(): the same rules for what a product wants; the RDP byte stays outside the mask (P-18)", () => {
  const { value, mask } = stm32g0.defaultOptions;
  assert.deepEqual(judgeStm32g0ProductOptions(value, mask), []);
  assert.deepEqual(codes(judgeStm32g0ProductOptions([0xbb, 0, 0, 0], [0xff, 0, 0, 0])), ["rdp-in-mask"]);
  assert.deepEqual(codes(judgeStm32g0ProductOptions([0, 0, 0, 0], [1 << 24, 0, 0, 0])), ["boot-pin"]);
  assert.deepEqual(codes(judgeStm32g0ProductOptions([0, 0, 0, 1 << 16], [0, 0, 0, 1 << 16])), ["boot-lock"]);
  assert.deepEqual(codes(judgeStm32g0ProductOptions([0, 0x001f0000, 0, 0], [0, 0x001f007f, 0, 0])), [
    "write-protection",
  ]);
  // Outside the mask a value says nothing.
  assert.deepEqual(judgeStm32g0ProductOptions([0, 0, 0, 1 << 16], [0, 0, 0, 0]), []);
});

Deno.test("stm32g0LockLevel(): 0xAA is 0, 0xCC is 2, every other byte is 1", () => {
  for (let rdp = 0; rdp < 256; rdp += 1) {
    const level = rdp === 0xaa ? 0 : rdp === 0xcc ? 2 : 1;
    assert.equal(chips.stm32g0LockLevel(0xfffffe00 + rdp), level);
  }
});

Deno.test("identifyChip(): DEV_ID and DPIDR both count; strangers are undefined", () => {
  const known = chips.identifyChip({ dpidr: 0x0bc11477, idcode: 0x10000466 });
  assert.equal(known?.part?.name, "STM32G03x/G041");
  assert.equal(known?.family.chips, stm32g0);
  assert.equal(chips.identifyChip({ dpidr: 0x0bc11477, idcode: 0x10000467 }), undefined); // Two banks: not supported.
  assert.equal(chips.identifyChip({ dpidr: 0x2ba01477, idcode: 0x10000466 }), undefined);
  assert.equal(chips.identifyChip({ dpidr: 0x0bc11477, idcode: 0 }), undefined);
});

Deno.test("kindOfAddress(): flash up to its size, the option area, and nothing else", () => {
  const kind = (address: number, bytes: number, flashKb = 8) =>
    chips.kindOfAddress(stm32g0, { address, bytes }, flashKb);
  assert.equal(kind(0x08000000, 8192), "flash");
  assert.equal(kind(0x08001fff, 1), "flash");
  assert.equal(kind(0x08001fff, 2), "unknown");
  assert.equal(kind(0x08001fff, 2, 64), "flash");
  assert.equal(kind(0x07ffffff, 2), "unknown");
  assert.equal(kind(0x1fff7800, 128), "options");
  assert.equal(kind(0x1fff7878, 9), "unknown");
  assert.equal(kind(0x1fff7000, 4), "unknown"); // OTP: written once, never by a delivery.
  assert.equal(kind(0x20000000, 4), "unknown");
  assert.equal(kind(0, 4), "unknown");
});

Deno.test("isStackPointer(): aligned, in RAM, its end included", () => {
  const fits = (value: number, devId = 0x466) => chips.isStackPointer(stm32g0, devId, value);
  assert.ok(fits(0x20002000) && fits(0x20000008));
  for (const wrong of [0x20000000, 0x20002008, 0x20001ffc, 0x08000000, 0xffffffff, 0]) {
    assert.ok(!fits(wrong));
  }
  assert.ok(fits(0x20009000, 0x460));
  assert.ok(!fits(0x20002000, 0x999));
});

Deno.test("families are found by number and name; number 1 is stm32g0 in PROTOCOL.md too", () => {
  assert.equal(chips.familyByNumber(1)?.chips.name, "stm32g0");
  assert.equal(chips.familyByName("stm32g0")?.chips.family, 1);
  assert.equal(chips.familyByNumber(9), undefined);
  assert.equal(chips.familyByName("stm32h7"), undefined);
  assert.match(protocol, /chip family: 1 `stm32g0`/);
  const names = stm32g0.optionRegisters.map(({ name }) => name);
  assert.ok(protocol.includes(`the words are ${names.join(", ")}`));
});

Deno.test("the MCU model's chips of this family have the same identity, page size, RAM and factory options", () => {
  const models = Object.values(CHIPS).filter((chip) => chip.family === stm32g0.name);
  assert.ok(models.length >= 2);
  for (const model of models) {
    const found = chips.identifyChip({ dpidr: model.dpidr, idcode: model.idcode });
    assert.equal(found?.family.chips, stm32g0, model.name);
    assert.equal(found?.part?.ramBytes, model.ramSize, model.name);
    assert.ok(model.flashSize <= found!.part!.flashKbMax * 1024, model.name);
    assert.equal(model.pageSize, stm32g0.flash.pageBytes, model.name);
    assert.equal(model.factoryOptions, STM32G0_FACTORY_OPTIONS["FLASH_OPTR"], model.name);
    assert.equal(model.hasRng, true, "entropy class 1 needs a generator");
  }
});
