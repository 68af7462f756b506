/**
 * The build of the bootloader: what the linker wrote becomes an image, or is refused. No compiler is needed.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Elf, ElfSymbol } from "../../../../bootloader/firmware/elf.ts";
import { parseElf } from "../../../../bootloader/firmware/elf.ts";
import { makeImage, residentStrays } from "../../../../bootloader/firmware/image.ts";
import { crc32, Fault, Malformed } from "../../../../bootloader/wire/mod.ts";
import sample from "../../../../bootloader/firmware/sample/images/sample-stm32g0.elf" with { type: "bytes" };

function symbol(name: string, address: number, size = 0, isFunction = false): ElfSymbol {
  return { name, address, size, isFunction };
}

/** A page 0 and 8 bytes beyond it; one function in RAM. */
function linked(to: ElfSymbol): Elf {
  return {
    segments: [
      { address: 0x08000000, bytes: new Uint8Array(2048).fill(1) },
      { address: 0x08000800, bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      { address: 0x20000100, bytes: new Uint8Array(4) },
    ],
    symbols: [
      symbol("installed", 0x08000010, 200),
      symbol("start_check", 0x080000d8, 8),
      symbol("beyond_page0", 0x08000800),
      symbol("resident_load", 0x08000804),
      symbol("resident_start", 0x20000000),
      symbol("resident_end", 0x20000004),
      symbol("sha512_add", 0x20000000, 4, true),
    ],
    references: [{ at: 0x20000002, to }],
  };
}

Deno.test("makeImage() fills in end and CRC-32 of what lies beyond page 0 (P-41)", () => {
  const image = makeImage(linked(symbol("memset", 0x20000000)));
  const view = new DataView(image.bytes.buffer);
  assert.equal(image.bytes.length, 2056);
  assert.deepEqual([image.installBlockOffset, image.checkOffset], [16, 216]);
  assert.equal(view.getUint32(216, true), 0x08000808);
  assert.equal(view.getUint32(220, true), crc32(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)));
  assert.deepEqual(image.resident, { offset: 2052, address: 0x20000000, bytes: 4 });
});

Deno.test("makeImage() refuses code in RAM that refers to flash (P-35) and names both", () => {
  const elf = linked(symbol("noise_hkdf", 0x08000900));
  assert.deepEqual(residentStrays(elf), ["sha512_add -> noise_hkdf"]);
  assert.throws(() => makeImage(elf), (error) => {
    return error instanceof Fault && error.message.includes("sha512_add -> noise_hkdf");
  });
});

Deno.test("parseElf() reads what is loaded and refuses other or cut-off files", () => {
  const bytes = new Uint8Array(sample);
  const { segments } = parseElf(bytes);
  assert.ok(segments.some(({ address }) => address === 0x08000000));
  assert.throws(() => parseElf(bytes.subarray(0, 51)), Malformed);
  assert.throws(() => parseElf(bytes.subarray(0, 60)), Malformed);
  assert.throws(() => parseElf(bytes.with(4, 2)), Malformed);
  assert.throws(() => parseElf(bytes.with(18, 3)), Malformed);
});
