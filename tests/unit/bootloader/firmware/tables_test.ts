/**
 * What is written three times on purpose, compared: the C headers, the host's tables (bootloader/wire, bootloader/chips) and the
 * MCU model. The C is read as text, the model is asked through its debug port. Needs no permission.
 *
 * @module
 */
import assert from "node:assert/strict";
import frames from "../../../../bootloader/firmware/frames.c" with { type: "text" };
import receipt from "../../../../bootloader/firmware/receipt.c" with { type: "text" };
import registers from "../../../../bootloader/firmware/chips/stm32g0/registers.h" with { type: "text" };
import linker from "../../../../bootloader/firmware/chips/stm32g0/small.ld" with { type: "text" };
import startCode from "../../../../bootloader/firmware/chips/stm32g0/start.c" with { type: "text" };
import manifest from "../../../../bootloader/firmware/images/manifest.json" with { type: "json" };
import readme from "../../../../bootloader/README.md" with { type: "text" };
import suite from "../../../../bootloader/firmware/suite.h" with { type: "text" };
import wire from "../../../../bootloader/firmware/wire.h" with { type: "text" };
import { judgeStm32g0Options, stm32g0, stm32g0LockLevel } from "../../../../bootloader/chips/mod.ts";
import { bootloaderFor } from "../../../../bootloader/firmware/mod.ts";
import type { ChipName } from "../../../../bootloader/mcu/mod.ts";
import { CHIPS, Mcu } from "../../../../bootloader/mcu/mod.ts";
import * as host from "../../../../bootloader/wire/mod.ts";
import { ModelTarget } from "../../../simulation/model_target.ts";
import { makeWorld } from "../../../vectors/protocol/world.ts";
import { YES } from "./_machine.ts";

/** Returns the number after `#define NAME`, or fails: a constant that was renamed is not one that agrees. */
function defined(source: string, name: string): number {
  const found = new RegExp(`^#define ${name} (0x[0-9a-fA-F]+|\\d+)u?$`, "m").exec(source);
  assert.ok(found !== null, `there is no "#define ${name}" with a number`);
  return Number(found[1]);
}

/** Returns the first number that a pattern captures. */
function captured(source: string, pattern: RegExp): number {
  const found = pattern.exec(source);
  assert.ok(found !== null, `nothing looks like ${pattern}`);
  return Number(found[1]);
}

Deno.test("wire.h: every frame type has the host's number, and no other is there", () => {
  const types = Object.keys(host.FRAME_TYPES);
  const inC = Object.fromEntries(types.map((name) => [name, defined(wire, name)]));
  assert.deepEqual(inC, { ...host.FRAME_TYPES });
  const block = wire.split("/* Section 3. */")[1]!.split("#define NOT_AUTHENTIC")[0]!;
  assert.equal(block.match(/^#define /gm)!.length, types.length);
});

Deno.test("wire.h: lengths are the host's", () => {
  const same = [
    "BODY_BYTES_MAX",
    "TAG_BYTES",
    "CHUNK_BYTES",
    "PERSONAL_BYTES_MAX",
    "SIGNATURE_BYTES",
  ] as const;
  for (const name of same) assert.equal(defined(wire, name), host[name], name);
  assert.equal(defined(wire, "NOT_AUTHENTIC"), host.STATUS_NOT_AUTHENTIC);
  assert.equal(32 + defined(wire, "KEYS_BYTES") + defined(wire, "TAG_BYTES"), host.MESSAGE2_BYTES_MIN);
  assert.equal(defined(wire, "RECEIPT_CLEAR_BYTES"), host.receiptReportLayout.size);
  assert.ok(host.MESSAGE2_BYTES_MIN + host.PERSONAL_BYTES_MAX <= host.MESSAGE2_BYTES_MAX);
});

Deno.test("wire.h: structures have the host's sizes, and fields the host's offsets", () => {
  const layouts: Readonly<Record<string, host.Layout<never>>> = {
    hello_reply: host.helloReplyLayout as unknown as host.Layout<never>,
    ticket: host.ticketLayout as unknown as host.Layout<never>,
    message1_payload: host.message1PayloadLayout as unknown as host.Layout<never>,
    chunk_binding: host.chunkDataLayout as unknown as host.Layout<never>,
    install_block: host.installBlockLayout as unknown as host.Layout<never>,
  };
  for (const [name, { size }] of Object.entries(layouts)) {
    assert.equal(captured(wire, new RegExp(`_Static_assert\\(sizeof\\(${name}\\) == (\\d+)`)), size, name);
  }
  const offset = (structure: string, field: string) =>
    captured(wire, new RegExp(`offsetof\\(${structure}, ${field}\\) == (\\d+)`));
  const ticket = host.ticketLayout.offsets;
  assert.equal(offset("ticket", "permits"), ticket.release);
  assert.equal(offset("ticket", "uid_value"), ticket.uidValue);
  assert.equal(offset("ticket", "t"), ticket.T);
  assert.equal(offset("ticket", "options"), ticket.optionValue);
  assert.equal(offset("install_block", "ticket_key"), host.installBlockLayout.offsets.ticketKey);
});

Deno.test("times: the pause is the host's, and work that WORKING names ends before DONE does (P-9, P-10, P-37)", () => {
  assert.equal(defined(frames, "PAUSE_MS"), host.PAUSE_MS);
  assert.equal(defined(receipt, "DONE_MS"), 2000);
  assert.ok(defined(frames, "WORKING_MS") + 200 < defined(receipt, "DONE_MS"));
});

Deno.test("suite.h: the tests' word for yes is the program's", () => {
  assert.equal(defined(suite, "SUITE_YES"), YES);
});

Deno.test("registers.h: family, flash, page, UID, size and identity are where the host's chip table has them", () => {
  assert.equal(defined(registers, "CHIP_FAMILY"), stm32g0.family);
  assert.equal(defined(registers, "CHIP_FLASH"), stm32g0.flash.base);
  assert.equal(defined(registers, "CHIP_PAGE_BYTES"), stm32g0.flash.pageBytes);
  assert.equal(defined(registers, "UNIQUE_ID"), stm32g0.uid.address);
  assert.equal(captured(registers, /FLASH_SIZE_KB .*\)(0x[0-9a-f]+)u\)/), stm32g0.flashSizeAddress);
  assert.equal(captured(registers, /DBG_IDCODE REGISTER\((0x[0-9a-f]+)u\)/), stm32g0.debug.idcodeAddress);
  assert.equal(captured(startCode, /memcpy\(self->uid, .*, (\d+)\)/), stm32g0.uid.bytes);
});

Deno.test("start.c: the four option words are the host's registers, in its order, read and written (P-18)", () => {
  const flash = defined(registers, "FLASH");
  const expected = stm32g0.optionRegisters.map(({ address }) => address - flash);
  const written = /option_registers\[4\] = \{ (.*) \}/.exec(startCode)![1]!;
  assert.deepEqual(written.split(", ").map((each) => Number(each.replace(" / 4", ""))), expected);
  const read = [...startCode.matchAll(/self->options\[(\d)\] = flash\[(0x[0-9a-f]+) \/ 4\]/g)];
  assert.deepEqual(read.map(([, index]) => Number(index)), [0, 1, 2, 3]);
  assert.deepEqual(read.map(([, , offset]) => Number(offset)), expected);
});

Deno.test("small.ld: RAM and flash are in every part of the host's chip table", () => {
  assert.equal(captured(linker, /ram .*ORIGIN = (0x[0-9a-f]+)/), stm32g0.ram.base);
  assert.equal(captured(linker, /flash .*ORIGIN = (0x[0-9a-f]+)/), stm32g0.flash.base);
  const ramBytes = captured(linker, /ram .*LENGTH = (\d+)K/) * 1024;
  for (const { name, ramBytes: has } of Object.values(stm32g0.parts)) assert.ok(ramBytes <= has, name);
  assert.equal(captured(registers, /RAM_VECTORS (0x[0-9a-f]+)u/), stm32g0.ram.base);
});

Deno.test("registers.h: the manifest's wait states are those that the program sets", () => {
  assert.equal(
    defined(registers, "ACR_RUNNING") & defined(registers, "ACR_LATENCY"),
    bootloaderFor("stm32g0")!.waitStates,
  );
});

for (const chip of Object.keys(CHIPS) as ChipName[]) {
  Deno.test(`the model's ${chip} answers at the addresses of the host's chip table`, () => {
    const uid = Uint8Array.from({ length: 12 }, (_, i) => 0x30 + i);
    const mcu = new Mcu({ chip, uid, random: (n) => new Uint8Array(n) });
    mcu.powerOn();
    assert.ok(mcu.debug.attach({ underReset: true }));
    const word = (address: number): number => {
      const value = mcu.debug.readWord(address);
      assert.ok(typeof value === "number", `0x${address.toString(16)} gives no answer`);
      return value;
    };
    const row = CHIPS[chip];
    assert.deepEqual(mcu.debug.read(stm32g0.uid.address, stm32g0.uid.bytes), uid);
    assert.equal(word(stm32g0.flashSizeAddress) & 0xffff, row.flashSize / 1024);
    assert.equal(row.pageSize, stm32g0.flash.pageBytes);
    const part = stm32g0.parts[word(stm32g0.debug.idcodeAddress) & 0xfff];
    assert.ok(part !== undefined && part.flashKbMax * 1024 >= row.flashSize && part.ramBytes >= row.ramSize);
    assert.ok(stm32g0.debug.dpidr.includes(row.dpidr));
    const options: Record<string, number> = {};
    for (const { name, address, optionAddress } of [...stm32g0.optionRegisters, ...stm32g0.judgedRegisters]) {
      options[name] = word(address);
      assert.equal(word(optionAddress), options[name], name);
    }
    assert.deepEqual(judgeStm32g0Options(options), []);
    assert.deepEqual(mcu.reports, []);
  });
}

for (const level of [1, 2] as const) {
  Deno.test(`lock level ${level} means the same RDP byte to the program, the model and the host`, () => {
    const { uid, installBlock: plain } = makeWorld("tables");
    const installBlock = plain.with(host.installBlockLayout.offsets.lockLevel, level);
    const { mcu } = new ModelTarget({ uid, installBlock, seed: "tables" });
    assert.equal(mcu.truth.level, level);
    assert.equal(stm32g0LockLevel(mcu.truth.optr), level);
  });
}

Deno.test("bootloader/README.md: the sizes in its table of flash are the committed image's", () => {
  const [image] = manifest;
  assert.ok(image !== undefined);
  const number = (text: string | undefined) => Number(text?.replace(",", ""));
  const [, stored] = /\| behind it \| ([\d,]+) \| stage 2 as it is stored/.exec(readme) ?? [];
  assert.equal(number(stored), image.resident.bytes);
  const [, taken] = /of which the bootloader takes ([\d,]+) bytes/.exec(readme) ?? [];
  assert.equal(number(taken), image.flashBytes);
  assert.equal(image.resident.offset + image.resident.bytes, image.flashBytes);
});
