/**
 * Intel HEX reader: round trips against two independent writers, each record type, each refusal with its line and
 * address, and rubbish.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import nrfIntelHex from "nrf-intel-hex";
import { parseIntelHex } from "../../../../../authority/owner/firmware_file/intel_hex.ts";
import type { FileContent } from "../../../../../authority/owner/firmware_file/pieces.ts";
import { Malformed } from "../../../../../bootloader/wire/mod.ts";
import { FLASH, seededBytes, sparseParts } from "../../../../vectors/firmware/image.ts";
import { HEX_END, hexRecord, makeIntelHex, type Part } from "../../../../vectors/firmware/intel_hex.ts";

// Its CommonJS build exports the class itself; its types speak of the module build.
const MemoryMap = nrfIntelHex as unknown as typeof nrfIntelHex.default;

const WHAT = 'firmware file "app.hex"';
const flashBase = hexRecord(4, 0, [0x08, 0x00]);

function parseLines(...lines: readonly string[]): FileContent {
  return parseIntelHex(WHAT, new TextEncoder().encode(lines.join("\n")));
}

/** Pieces of either source joined where they touch, so that record borders do not matter. */
function joined(parts: readonly Part[]): readonly (readonly [number, string])[] {
  const runs: { address: number; hex: string }[] = [];
  for (const { address, bytes } of parts) {
    const last = runs.at(-1);
    if (last !== undefined && last.address + last.hex.length / 2 === address) last.hex += bytes.toHex();
    else runs.push({ address, hex: bytes.toHex() });
  }
  return runs.map(({ address, hex }) => [address, hex] as const);
}

Deno.test("parseIntelHex() reads back what our writer wrote, whatever the record length, base and line end", () => {
  fc.assert(fc.property(
    fc.constantFrom(0x0800_0000, 0x0800_ff80, 0, 0xfff0_0000),
    fc.integer({ min: 1, max: 255 }),
    fc.constantFrom("\n", "\r\n", "\r", " \r\n\r\n"),
    fc.boolean(),
    fc.constant(undefined).chain(() => sparseParts(0, 0x3000)),
    (start, recordBytes, lineEnd, lowerCase, relative) => {
      const parts = relative.map(({ address, bytes }) => ({ address: address + start, bytes }));
      const content = parseIntelHex(WHAT, makeIntelHex(parts, { recordBytes, lineEnd, lowerCase }));
      assert.deepEqual(joined(content.pieces), joined(parts));
    },
  ));
});

Deno.test("parseIntelHex() reads segment addresses (record type 02), wrapping within 64 KiB", () => {
  fc.assert(fc.property(sparseParts(0x1_fe00, 0x3000), (parts) => {
    const content = parseIntelHex(WHAT, makeIntelHex(parts, { base: "segment" }));
    assert.deepEqual(joined(content.pieces), joined(parts));
  }));
  const wrapped = parseLines(hexRecord(2, 0, [0x10, 0x00]), hexRecord(0, 0xfffe, [1, 2, 3, 4]), HEX_END);
  assert.deepEqual(joined(wrapped.pieces), [[0x1_0000, "0304"], [0x1_fffe, "0102"]]);
});

Deno.test("parseIntelHex() lets data cross a 64 KiB border after record type 04", () => {
  const content = parseLines(flashBase, hexRecord(0, 0xfffe, [1, 2, 3, 4]), HEX_END);
  assert.deepEqual(joined(content.pieces), [[0x0800_fffe, "01020304"]]);
});

Deno.test("parseIntelHex() agrees with nrf-intel-hex in both directions", () => {
  fc.assert(
    fc.property(sparseParts(FLASH, 0x4000), fc.integer({ min: 1, max: 255 }), (parts, recordBytes) => {
      const theirs = new MemoryMap(
        parts.map(({ address, bytes }) => [address, bytes] as [number, Uint8Array]),
      );
      const ours = parseIntelHex(WHAT, new TextEncoder().encode(theirs.asHexString(recordBytes)));
      assert.deepEqual(joined(ours.pieces), joined(parts));
      const back = MemoryMap.fromHex(new TextDecoder().decode(makeIntelHex(parts, { recordBytes })));
      assert.deepEqual(joined([...back].map(([address, bytes]) => ({ address, bytes }))), joined(parts));
    }),
  );
});

Deno.test("parseIntelHex() reports start addresses (record types 03 and 05) and loads nothing from them", () => {
  const content = parseLines(
    hexRecord(5, 0, [0x08, 0x00, 0x01, 0x01]),
    hexRecord(3, 0, [0x12, 0x34, 0x00, 0x10]),
    hexRecord(0, 0, [0xaa]),
    HEX_END,
  );
  assert.deepEqual(content.entries, [0x0800_0101, 0x1_2350]);
  assert.deepEqual(joined(content.pieces), [[0, "aa"]]);
});

const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["a record without a colon", [flashBase, "10000000"], /at line 2: the record does not begin with a colon/],
  ["a digit that is none", [":0000000IFF"], /at line 1: column 9 is not a hexadecimal digit/],
  ["an odd number of digits", [":00000001F"], /at line 1: .*odd number of digits/],
  ["a record that is too short", [":000000"], /at line 1: the record has 3 bytes, the shortest has 5/],
  [
    "a wrong record length, with its address",
    [flashBase, ":02001000AA44"],
    /at line 2 \(address 0x08000010\): the record says 2 data bytes and holds 1/,
  ],
  [
    "a bad checksum, with its address and a remedy",
    [flashBase, ":02001000AABB8A", HEX_END],
    /at line 2 \(address 0x08000010\): the checksum is 0x8A and should be 0x89: .*copy it again/,
  ],
  [
    "a bad checksum of a base record",
    [":020000040800F3", HEX_END],
    /at line 1: the checksum is 0xF3 and should be 0xF2/,
  ],
  ["an unknown record type", [hexRecord(6, 0, [])], /at line 1: record type 06 is unknown: types 00 to 05/],
  [
    "a base record of the wrong length",
    [hexRecord(4, 0, [8])],
    /record type 04 \(extended linear address\) must hold 2 data bytes and holds 1/,
  ],
  [
    "a segment record of the wrong length",
    [hexRecord(2, 0, [8, 0, 0])],
    /record type 02 \(extended segment address\) must hold 2 data bytes and holds 3/,
  ],
  [
    "a start record of the wrong length",
    [hexRecord(3, 0, [8])],
    /record type 03 \(start segment address\) must hold 4/,
  ],
  [
    "a start record of the wrong length",
    [hexRecord(5, 0, [8])],
    /record type 05 \(start linear address\) must hold 4/,
  ],
  [
    "an end record with data",
    [hexRecord(1, 0, [8])],
    /record type 01 \(end of file\) must hold 0 data bytes and holds 1/,
  ],
  [
    "a missing end record",
    [flashBase, hexRecord(0, 0, [1])],
    /the end-of-file record \(:00000001FF\) is missing: the file was cut/,
  ],
  [
    "records behind the end",
    [HEX_END, hexRecord(0, 0, [1])],
    /at line 2: there is more after the end-of-file record of line 1/,
  ],
  [
    "overlapping data, naming the address and both lines",
    [flashBase, hexRecord(0, 0x20, [1, 2, 3, 4]), hexRecord(0, 0x22, [3]), HEX_END],
    /at 0x08000022: line 2 and line 3 both hold data for this address; remove one/,
  ],
  [
    "data past the last address",
    [hexRecord(4, 0, [0xff, 0xff]), hexRecord(0, 0xfffe, [1, 2, 3]), HEX_END],
    /at line 2 \(address 0xFFFFFFFE\): the data runs past the last 32-bit address/,
  ],
];

for (const [what, lines, message] of refusals) {
  Deno.test(`parseIntelHex() refuses ${what}: ${lines.length} records`, () => {
    assert.throws(
      () => parseLines(...lines),
      (error) => error instanceof Malformed && message.test(error.message),
    );
  });
}

Deno.test("parseIntelHex() finds an overlap with a long record that ended two records earlier", () => {
  assert.throws(
    () =>
      parseLines(
        flashBase,
        hexRecord(0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
        hexRecord(0, 2, [3]),
        hexRecord(0, 6, [7]),
        HEX_END,
      ),
    /at 0x08000002: line 2 and line 3/,
  );
});

Deno.test("parseIntelHex() never shows data in an error", () => {
  const secret = seededBytes(32, 7);
  const good = new TextDecoder().decode(makeIntelHex([{ address: FLASH, bytes: secret }]));
  const line = good.split("\n")[1]!;
  for (let at = 0; at < line.length; at++) {
    const broken = good.replace(
      line,
      line.slice(0, at) + (line[at] === "0" ? "1" : "0") + line.slice(at + 1),
    );
    try {
      parseLines(broken);
    } catch (error) {
      assert.ok(error instanceof Malformed, String(error));
      for (let i = 0; i + 3 <= secret.length; i++) {
        assert.ok(!error.message.toLowerCase().includes(secret.subarray(i, i + 3).toHex()), error.message);
      }
    }
  }
});

Deno.test("parseIntelHex() throws nothing but Malformed, and never accepts a file with one digit changed as the same", () => {
  const lines = fc.array(
    fc.oneof(
      fc.tuple(fc.nat(8), fc.nat(0xffff), fc.uint8Array({ maxLength: 20 })).map(([t, o, d]) =>
        hexRecord(t, o, d)
      ),
      fc.string({ maxLength: 30 }),
      fc.constantFrom(HEX_END, ":", flashBase),
    ),
    { maxLength: 12 },
  ).map((all) => all.join("\n"));
  fc.assert(
    fc.property(
      fc.oneof(lines, fc.string(), fc.uint8Array().map((bytes) => new TextDecoder("latin1").decode(bytes))),
      (text) => {
        try {
          parseIntelHex(WHAT, new TextEncoder().encode(text));
        } catch (error) {
          assert.ok(error instanceof Malformed, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
  const good = new TextDecoder().decode(makeIntelHex([{ address: FLASH, bytes: seededBytes(64, 3) }]));
  const wanted = joined(parseLines(good).pieces);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.constantFrom(..."0123456789ABCDEF:\n"), (at, character) => {
      fc.pre(good[at] !== character);
      try {
        assert.notDeepEqual(
          joined(parseLines(good.slice(0, at) + character + good.slice(at + 1)).pieces),
          wanted,
        );
      } catch (error) {
        if (error instanceof Malformed) return;
        // A line end exchanged for nothing visible changes no data; everything else must be noticed.
        assert.ok(good[at] === "\n" || character === "\n", String(error));
      }
    }),
  );
});
