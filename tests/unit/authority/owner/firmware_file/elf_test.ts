/**
 * ELF reader: round trips, load addresses, Flashseal's sections, each refusal with its header or address, and
 * rubbish.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseElf } from "../../../../../authority/owner/firmware_file/elf.ts";
import { Malformed } from "../../../../../bootloader/wire/mod.ts";
import { makeElf } from "../../../../vectors/firmware/elf.ts";
import { FLASH, RAM, seededBytes, sparseParts } from "../../../../vectors/firmware/image.ts";

const WHAT = 'firmware file "app.elf"';
const text = { physical: FLASH, bytes: seededBytes(64, 1) };

function piecesOf(file: Uint8Array): readonly (readonly [number, string])[] {
  return parseElf(WHAT, file).pieces.map(({ address, bytes }) => [address, bytes.toHex()] as const);
}

Deno.test("parseElf() reads back random segments by physical address, in any order of headers", () => {
  fc.assert(fc.property(sparseParts(FLASH, 0x4000), fc.boolean(), (parts, reverse) => {
    const segments = parts.map(({ address, bytes }) => ({
      physical: address,
      virtual: address ^ 0x1000_0000,
      bytes,
    }));
    const file = makeElf(reverse ? segments.toReversed() : segments);
    assert.deepEqual(piecesOf(file), parts.map(({ address, bytes }) => [address, bytes.toHex()] as const));
  }));
});

Deno.test("parseElf() takes initial values from where they are stored and leaves out what has no bits", () => {
  const file = makeElf([
    text,
    { physical: FLASH + 64, virtual: RAM, bytes: seededBytes(8, 2), memoryBytes: 100 },
    { physical: RAM + 8, virtual: RAM + 8, bytes: new Uint8Array(0), memoryBytes: 92 },
  ], { entry: FLASH + 9 });
  assert.deepEqual(piecesOf(file), [[FLASH, text.bytes.toHex()], [FLASH + 64, seededBytes(8, 2).toHex()]]);
  assert.deepEqual(parseElf(WHAT, file).entries, [FLASH + 9]);
});

Deno.test("parseElf() finds Flashseal's sections by their load address, with bits and without", () => {
  const withBits = makeElf([{ physical: FLASH, virtual: 0x1000, bytes: new Uint8Array(1024) }], {
    sections: [
      { name: ".flashseal_personal", address: 0x1100, length: 256, segment: 0, within: 0x100 },
      { name: ".flashseal_certkey", address: 0x1300, length: 176, segment: 0, within: 0x300 },
    ],
  });
  const found = parseElf(WHAT, withBits);
  assert.deepEqual(found.personal, { address: FLASH + 0x100, length: 256 });
  assert.deepEqual(found.certificateSlot, { address: FLASH + 0x300, length: 176 });
  const noBits = makeElf([text], {
    sections: [{ name: ".flashseal_personal", address: FLASH + 0x400, length: 768 }],
  });
  assert.deepEqual(parseElf(WHAT, noBits).personal, { address: FLASH + 0x400, length: 768 });
  const inSegment = makeElf([{ ...text, virtual: 0x2000, memoryBytes: 0x200 }], {
    sections: [{ name: ".flashseal_personal", address: 0x2100, length: 256 }],
  });
  assert.deepEqual(parseElf(WHAT, inSegment).personal, { address: FLASH + 0x100, length: 256 });
});

Deno.test("parseElf() reads files without section headers", () => {
  assert.equal(parseElf(WHAT, makeElf([text], { patches: [[32, [0, 0, 0, 0]]] })).personal, undefined);
});

const u32 = (value: number) => [value & 0xff, value >>> 8 & 0xff, value >>> 16 & 0xff, value >>> 24];
const twice = { name: ".flashseal_personal", address: FLASH + 0x400, length: 256 };

const refusals: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "a 64-bit file",
    makeElf([text], { patches: [[4, [2]]] }),
    /at the ELF header: it is not 32-bit \(EI_CLASS\): build it/,
  ],
  ["a big-endian file", makeElf([text], { patches: [[5, [2]]] }), /it is not little-endian \(EI_DATA\)/],
  ["another ELF version", makeElf([text], { patches: [[6, [2]]] }), /unknown ELF version/],
  [
    "an object file",
    makeElf([text], { patches: [[16, [1]]] }),
    /it is not an executable \(e_type\): link it/,
  ],
  ["another machine", makeElf([text], { patches: [[18, [3]]] }), /it is not for Arm \(e_machine\)/],
  [
    "a file cut in its header",
    makeElf([text]).subarray(0, 51),
    /the ELF header has 52 bytes and the file 51/,
  ],
  ["no program header", makeElf([]), /no program header loads any data: link the program/],
  [
    "a cut file, naming the address",
    makeElf([text], { patches: [[52 + 16, u32(100_000)], [52 + 20, u32(100_000)]] }),
    /at program header 0 \(address 0x08000000\): its data ends at byte 100084 and the file at \d+: the file was cut short/,
  ],
  [
    "more data than memory",
    makeElf([{ ...text, memoryBytes: 63 }]),
    /at program header 0 \(address 0x08000000\): it loads 64 bytes into 63/,
  ],
  [
    "a segment that holds the ELF header",
    makeElf([text], { patches: [[52 + 4, u32(0)]] }),
    /at program header 0 \(address 0x08000000\): it would load the ELF header itself .*--nmagic/,
  ],
  [
    "a segment past the last address",
    makeElf([{ ...text, physical: 0xffff_fff0 }]),
    /at program header 0 \(address 0xFFFFFFF0\): it runs past the last 32-bit address/,
  ],
  [
    "overlapping segments",
    makeElf([text, { physical: FLASH + 60, bytes: new Uint8Array(8) }]),
    /at 0x0800003C: program header 0 and program header 1 both hold data/,
  ],
  [
    "program headers of another size",
    makeElf([text], { patches: [[42, [56]]] }),
    /at e_phentsize: program headers have 56 bytes/,
  ],
  [
    "section headers of another size",
    makeElf([text], { patches: [[46, [64]]] }),
    /at e_shentsize: section headers have 64 bytes/,
  ],
  [
    "program headers beyond the end",
    makeElf([text], { patches: [[28, u32(0x7fff_0000)]] }),
    /at byte \d+: program header 0 lies beyond/,
  ],
  [
    "section headers beyond the end",
    makeElf([text], { patches: [[32, u32(0x7fff_0000)]] }),
    /at byte \d+: the section name table lies beyond/,
  ],
  [
    "two personal sections",
    makeElf([text], { sections: [twice, twice] }),
    /it has 2 sections \.flashseal_personal: gather them into one/,
  ],
];

for (const [what, file, message] of refusals) {
  Deno.test(`parseElf() refuses ${what}`, () => {
    assert.throws(
      () => parseElf(WHAT, file),
      (error) => error instanceof Malformed && message.test(error.message),
    );
  });
}

Deno.test("parseElf() throws nothing but Malformed for files with any bytes changed or cut away", () => {
  const good = makeElf([text, { physical: FLASH + 0x400, bytes: seededBytes(40, 5) }], { sections: [twice] });
  const change = fc.tuple(
    fc.oneof(fc.nat(120), fc.nat(good.length - 1)),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff, 0x80)),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.nat(good.length), (changes, cut) => {
      const file = good.slice(0, cut % 3 === 0 ? good.length : cut);
      for (const [at, value] of changes) if (at > 3 && at < file.length) file[at] = value;
      try {
        parseElf(WHAT, file);
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
