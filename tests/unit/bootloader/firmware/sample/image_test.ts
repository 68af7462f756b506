/**
 * Holds the sample's committed file to what owner and bootloader rely on (its sections, P-17, no trace of the
 * machine that built it) and its life after the three lines: it blinks, sleeps and never faults.
 *
 * @module
 */
import assert from "node:assert/strict";
import { sampleFirmware } from "../../../../../bootloader/firmware/sample/mod.ts";
import type { Mcu } from "../../../../../bootloader/mcu/mod.ts";
import { noble } from "../../../../../bootloader/suite/mod.ts";
import { assertUnharmed, plainImage, powerUp, readElf, readLines, sealed, slotContent } from "./_bench.ts";

const GPIOA_ODR = 0x50000014;
const LAMP = 1 << 5;
const PERIOD_NANOS = 500_000_000;
const RAM_BYTES = 8192;

Deno.test("sampleFirmware() has the SHA-256 that its manifest names", async () => {
  const { elf, sha256 } = sampleFirmware();
  assert.equal(new Uint8Array(await crypto.subtle.digest("SHA-256", elf)).toHex(), sha256);
});

Deno.test("sampleFirmware() hands out copies", () => {
  sampleFirmware().elf.fill(0);
  assert.equal(sampleFirmware().elf[0], 0x7f);
});

Deno.test("sample declares an empty certificate slot of 176 bytes, aligned to flash words", () => {
  const slot = readElf(sampleFirmware().elf).sections.get(".flashseal_certkey")!;
  assert.equal(slot.length, 176);
  assert.equal(slot.address % 8, 0);
  const bytes = plainImage().subarray(slot.address - 0x08000000).subarray(0, 176);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 16)), "flashseal certk\0");
  assert.ok(bytes.subarray(16).every((byte) => byte === 0xff));
});

Deno.test("sample declares a personal region that P-17 allows, 0xFF, apart from slot and commit word", () => {
  const { sections, segments } = readElf(sampleFirmware().elf);
  const region = sections.get(".flashseal_personal")!;
  const slot = sections.get(".flashseal_certkey")!;
  const offset = region.address - 0x08000000;
  assert.deepEqual([offset % 8, region.length % 8], [0, 0]);
  assert.ok(offset >= 8 && region.length >= 216 && region.length <= 768);
  assert.ok(slot.address + slot.length <= region.address || region.address + region.length <= slot.address);
  assert.ok(plainImage().subarray(offset, offset + region.length).every((byte) => byte === 0xff));
  const end = Math.max(...segments.map(({ address, bytes }) => address + bytes.length));
  assert.ok(region.address + region.length <= end, "the image's length has to cover the region");
});

Deno.test("sample begins with a stack pointer at the end of RAM and an odd reset vector inside the image", () => {
  const image = plainImage();
  const view = new DataView(image.buffer);
  assert.equal(view.getUint32(0, true), 0x20000000 + RAM_BYTES);
  const reset = view.getUint32(4, true);
  assert.equal(reset & 1, 1);
  assert.ok(reset > 0x08000000 && reset < 0x08000000 + image.length);
});

Deno.test("sample file names no path, no compiler and has no symbols", () => {
  const { elf } = sampleFirmware();
  const text = new TextDecoder("latin1").decode(elf);
  for (const trace of ["/home", "/work", "/tmp", "/usr", "GCC", ".c\0"]) {
    assert.ok(!text.includes(trace), trace);
  }
  const { sections } = readElf(elf);
  assert.deepEqual([...sections.keys()].filter((name) => /symtab|debug|comment|note/.test(name)), []);
});

function lampIsOn(mcu: Mcu): boolean {
  const word = mcu.debug.readWord(GPIOA_ODR);
  assert.ok(typeof word === "number", "the lamp's register has to be readable");
  return (word & LAMP) !== 0;
}

Deno.test("sample with a valid certificate blinks once a second, sleeps in between and never faults", () => {
  const mcu = powerUp({ slot: slotContent(), personal: sealed() });
  readLines(mcu);
  assert.ok(mcu.debug.attach({ underReset: false }));
  const start = mcu.cycles;
  const seen = Array.from({ length: 8 }, () => {
    mcu.run({ nanos: PERIOD_NANOS });
    return lampIsOn(mcu);
  });
  assert.deepEqual(seen, seen.map((_, index) => index % 2 === 0 ? seen[0] : !seen[0]));
  assert.equal(mcu.uart.take().length, 0);
  assertUnharmed(mcu);
  // 4 s are 64 M cycles of the clock; the core is awake for its 8 interrupts alone.
  const awake = mcu.cycles - start;
  assert.ok(awake > 0 && awake < 8 * 100, `the core was awake for ${awake} cycles`);
});

Deno.test("sample needs at most 2 s and 1,024 bytes of stack to judge a certificate", () => {
  const mcu = powerUp({ slot: slotContent(), personal: sealed() });
  const bssEnd = readElf(sampleFirmware().elf).sections.get(".bss")!.length;
  mcu.paintStack(bssEnd, RAM_BYTES - 256);
  const from = mcu.nanos;
  readLines(mcu);
  const milliseconds = Math.round((mcu.nanos - from) / 1e6);
  const stack = mcu.stackUsed(bssEnd, RAM_BYTES);
  console.log(
    `sample: ${milliseconds} ms to the third line, ${bssEnd} bytes of variables, ${stack} of stack`,
  );
  assert.ok(milliseconds <= 2000);
  assert.ok(stack <= 1024);
});

Deno.test("the bench's slot table is checked by the second implementation too", () => {
  const whole = sealed();
  const signed = { publicKey: slotContent().subarray(0, 32), message: whole.subarray(0, 152) };
  assert.ok(noble.ed25519Verify({ ...signed, signature: whole.subarray(152) }));
});
