/**
 * From file to image: all three formats give the same image, every size from 256 bytes to the whole flash, and each
 * reason for a refusal with its address.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type FileChoices,
  fillCertificateSlot,
  type Firmware,
  firmwareTargetOf,
  parseAddress,
  parseChipName,
  parseRegion,
  readFirmware,
} from "../../../../../authority/owner/firmware_file/mod.ts";
import { sampleFirmware } from "../../../../../bootloader/firmware/sample/mod.ts";
import { Malformed } from "../../../../../bootloader/wire/mod.ts";
import { makeElf } from "../../../../vectors/firmware/elf.ts";
import { FLASH, makeFirmware, RAM, seededBytes } from "../../../../vectors/firmware/image.ts";
import { HEX_END, hexRecord, makeIntelHex } from "../../../../vectors/firmware/intel_hex.ts";

const FLASH_BYTES = 8192;
const flash = { address: FLASH, length: FLASH_BYTES };
const target = firmwareTargetOf({ family: 1, chipId: 0x466, flashKb: 8, lockLevel: 1 });

const SLOT = new Uint8Array([...new TextEncoder().encode("flashseal certk\0"), ...new Array(160).fill(0xff)]);

function read(bytes: Uint8Array, choices: FileChoices = {}, name = "app"): Firmware {
  return readFirmware({ name, bytes }, target, choices);
}

function whole(content: Uint8Array, at = 0): Uint8Array {
  const image = new Uint8Array(FLASH_BYTES).fill(0xff);
  image.set(content, at);
  return image;
}

function refused(bytes: Uint8Array, message: RegExp, choices: FileChoices = {}, name = "app"): void {
  assert.throws(() => read(bytes, choices, name), (error) => {
    assert.ok(error instanceof Malformed, String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("readFirmware() gives the same image and length for HEX, ELF and raw files of any size and content", () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: FLASH_BYTES }), fc.integer({ min: 1, max: 255 }), (size, seed) => {
      const content = makeFirmware(size, { seed });
      const files = [
        content,
        makeIntelHex([{ address: FLASH, bytes: content }], { recordBytes: seed, entry: FLASH + 9 }),
        makeElf([{ physical: FLASH, bytes: content }], { entry: FLASH + 9 }),
      ];
      for (const [index, file] of files.entries()) {
        const firmware = read(file);
        assert.equal(firmware.format, (["raw", "intel-hex", "elf"] as const)[index]);
        assert.deepEqual(firmware.image, whole(content));
        assert.equal(firmware.length, Math.ceil(size / 512) * 512);
        assert.deepEqual(firmware.personal, { offset: 0, length: 0 });
      }
    }),
  );
});

Deno.test("readFirmware() fills gaps with 0xFF and takes the length from the last byte that is not 0xFF", () => {
  const content = makeFirmware(256);
  const far = new Uint8Array(700).fill(0xff);
  far[0] = 1;
  const firmware = read(
    makeIntelHex([{ address: FLASH, bytes: content }, { address: FLASH + 0x600, bytes: far }]),
  );
  const wanted = whole(content);
  wanted[0x600] = 1;
  assert.deepEqual(firmware.image, wanted);
  assert.equal(firmware.length, 0x800);
});

Deno.test("readFirmware() takes 256 bytes, and exactly the whole flash (8,192 bytes)", () => {
  const small = makeFirmware(256);
  assert.deepEqual([read(small).length, read(small).image], [512, whole(small)]);
  const full = makeFirmware(FLASH_BYTES);
  for (
    const file of [
      full,
      makeIntelHex([{ address: FLASH, bytes: full }]),
      makeElf([{ physical: FLASH, bytes: full }]),
    ]
  ) {
    const firmware = read(file);
    assert.deepEqual([firmware.length, firmware.image], [FLASH_BYTES, full]);
  }
  const over = new Uint8Array(FLASH_BYTES + 1);
  over.set(full);
  const message =
    /at 0x08002000: the firmware does not fit, .* runs 1 bytes past the end: stm32g0-8k has flash at 0x08000000 to 0x08001FFF; make it smaller/;
  refused(over, message);
  refused(makeIntelHex([{ address: FLASH, bytes: over }]), message);
  refused(makeElf([{ physical: FLASH, bytes: over }]), message);
});

Deno.test("readFirmware() refuses data elsewhere, naming the address and what lies there", () => {
  const content = makeFirmware(256);
  const more = (address: number) =>
    makeIntelHex([{ address: FLASH, bytes: content }, { address, bytes: new Uint8Array(4) }]);
  refused(more(FLASH + 0x2000), /at 0x08002000: the firmware does not fit/);
  refused(
    more(RAM + 0x10),
    /at 0x20000010: line \d+ puts data into RAM, which is not programmed: give initial values a load address/,
  );
  refused(more(0x1fff_7000), /at 0x1FFF7000: line \d+ has data where stm32g0-8k has nothing to program/);
  refused(more(0x0900_0000), /at 0x09000000: .*nothing to program/);
  refused(
    makeIntelHex([{ address: 0, bytes: content }]),
    /at 0x00000000: .*nothing to program: .*link for this chip/,
  );
  refused(
    makeIntelHex([{ address: 0x1fff_787e, bytes: new Uint8Array(4) }, { address: FLASH, bytes: content }]),
    /at 0x1FFF7880/,
  );
});

Deno.test("readFirmware() refuses a stack pointer outside RAM and accepts each one inside", () => {
  for (const stackPointer of [RAM + 4, RAM + 0x1000, RAM + 0x2000]) read(makeFirmware(256, { stackPointer }));
  const message =
    /at 0x08000000: the initial stack pointer 0x[0-9A-F]{8} is outside RAM \(stm32g0-8k: 0x20000000 to 0x20001FFF\): check/;
  for (const stackPointer of [0, RAM, RAM + 0x2004, FLASH, 0xffff_ffff]) {
    refused(makeFirmware(256, { stackPointer }), message);
  }
  refused(makeFirmware(256, { stackPointer: RAM + 0x102 }), /at 0x08000000: .* is not a multiple of 4/);
});

Deno.test("readFirmware() refuses a reset vector that is even or outside the image", () => {
  refused(
    makeFirmware(256, { resetVector: FLASH + 0x80 }),
    /at 0x08000004: the reset vector 0x08000080 is even: .*Thumb/,
  );
  const outside =
    /at 0x08000004: the reset vector 0x[0-9A-F]{8} points outside the image: check the linker script/;
  for (
    const resetVector of [FLASH + 0x101, FLASH + 0x1fff, FLASH + 1, 1, 0xffff_ffff, RAM + 1]
  ) {
    refused(makeFirmware(256, { resetVector }), outside);
  }
  const gap = makeIntelHex([{ address: FLASH, bytes: makeFirmware(64, { resetVector: FLASH + 0x81 }) }, {
    address: FLASH + 0x100,
    bytes: new Uint8Array(4),
  }]);
  refused(gap, outside);
  read(makeFirmware(256, { resetVector: FLASH + 0xfd }));
});

Deno.test("readFirmware() refuses a file without stack pointer and reset vector", () => {
  const message = /at 0x08000000: it has no stack pointer and reset vector/;
  refused(makeIntelHex([{ address: FLASH + 8, bytes: makeFirmware(256) }]), message);
  refused(makeFirmware(16).subarray(0, 7), message);
});

Deno.test("readFirmware() chooses the format by content and names a contradiction or a foreign format", () => {
  const content = makeFirmware(256);
  const hex = makeIntelHex([{ address: FLASH, bytes: content }]);
  assert.equal(read(hex, {}, "app.bin").format, "intel-hex");
  assert.equal(read(makeElf([{ physical: FLASH, bytes: content }]), {}, "app").format, "elf");
  refused(
    content,
    /"app.hex": its name promises Intel HEX and its content is neither Intel HEX nor ELF/,
    {},
    "app.hex",
  );
  refused(hex, /"app.elf": its name promises ELF and its content is Intel HEX/, {}, "app.elf");
  const text = (line: string) => new TextEncoder().encode(line);
  refused(text("S00600004844521B\n"), /it is Motorola S-records: convert it with objcopy -O ihex/);
  refused(text("UF2\nWQ]\x9e"), /it is UF2/);
  refused(text("PK\x03\x04...."), /it is a ZIP archive: unpack it/);
  refused(new Uint8Array([0x1f, 0x8b, 8, 0]), /it is a gzip archive: unpack it/);
  refused(new Uint8Array(0), /the file is empty/);
});

Deno.test("readFirmware() takes the personal region from the ELF section and from the command line", () => {
  const content = makeFirmware(1024);
  content.fill(0xff, 0x200, 0x200 + 256);
  const section = {
    name: ".flashseal_personal",
    address: FLASH + 0x200,
    length: 256,
    segment: 0,
    within: 0x200,
  };
  const elf = makeElf([{ physical: FLASH, bytes: content }], { sections: [section] });
  assert.deepEqual(read(elf).personal, { offset: 0x200, length: 256 });
  const personal = parseRegion("0x08000200:256");
  assert.deepEqual(read(content, { personal }).personal, { offset: 0x200, length: 256 });
  assert.deepEqual(read(elf, { personal }).personal, { offset: 0x200, length: 256 });
  refused(
    elf,
    /at 0x08000200: its section puts the personal region here \(256 bytes\) and the command at 0x08000208/,
    {
      personal: parseRegion("0x08000208:248"),
    },
  );
});

Deno.test("readFirmware() counts a personal region behind the content into the length (P-17)", () => {
  const firmware = read(makeFirmware(256), { personal: { address: FLASH + 0x1000, length: 768 } });
  assert.deepEqual([firmware.length, firmware.personal], [0x1400, { offset: 0x1000, length: 768 }]);
  const last = read(makeFirmware(256), { personal: { address: FLASH + FLASH_BYTES - 768, length: 768 } });
  assert.equal(last.length, FLASH_BYTES);
});

Deno.test("readFirmware() refuses personal regions against P-17, naming the address", () => {
  const content = makeFirmware(256);
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      "0x08001004:256",
      /at 0x08001004: the personal region \(256 bytes\) must begin and end at a multiple of 8 bytes: align/,
    ],
    ["0x08001000:252", /must begin and end at a multiple of 8/],
    ["0x08001000:0", /must begin and end at a multiple of 8/],
    ["0x08000000:256", /at 0x08000000: .*must not touch the stack pointer and the reset vector/],
    ["0x08001000:776", /at 0x08001000: .*is too long: at most 768 bytes/],
    ["0x08001000:208", /is too short for a device certificate: give it at least 216 bytes/],
    ["0x08001F80:256", /at 0x08001F80: .*must lie in flash, 0x08000000 to 0x08001FFF/],
    ["0x07FFFF00:256", /must lie in flash/],
    ["0x080000F8:256", /at 0x080000F8: .*must be 0xFF in the firmware file/],
  ];
  for (const [text, message] of cases) refused(content, message, { personal: parseRegion(text) });
  read(content, { personal: parseRegion("0x08000100:216") });
});

Deno.test("parseRegion() and parseAddress() take decimal and hexadecimal numbers and nothing else", () => {
  assert.deepEqual(parseRegion("134217984:0x100"), { address: 0x0800_0100, length: 256 });
  assert.equal(parseAddress("0x08000100"), 0x0800_0100);
  for (const text of ["", ":", "0x08000000", "1:2:3", "-1:5", "0xG:5", "4294967296:1", "1:1e3", " 1:2"]) {
    assert.throws(() => parseRegion(text), Malformed, text);
  }
  for (const text of ["", "x", "0x", "4294967296", "1.5", "-1"]) {
    assert.throws(() => parseAddress(text), Malformed, text);
  }
});

Deno.test("readFirmware() finds the certificate slot by section, by mark and by address, and fills it", () => {
  const content = makeFirmware(1024);
  content.set(SLOT, 0x204);
  const section = {
    name: ".flashseal_certkey",
    address: FLASH + 0x204,
    length: 176,
    segment: 0,
    within: 0x204,
  };
  const sources: readonly Firmware[] = [
    read(makeElf([{ physical: FLASH, bytes: content }], { sections: [section] })),
    read(content),
    read(makeIntelHex([{ address: FLASH, bytes: content }])),
    read(content, { certificateSlotAddress: FLASH + 0x204 }),
  ];
  const key = {
    publicKey: seededBytes(32, 1),
    table: seededBytes(96, 2),
    owner: seededBytes(8, 3),
    product: seededBytes(8, 4),
  };
  for (const firmware of sources) {
    assert.deepEqual(firmware.certificateSlot, { address: FLASH + 0x204, length: 176 });
    const filled = fillCertificateSlot(firmware, flash, key);
    const wanted = whole(content);
    wanted.set(
      [...key.publicKey, ...key.table, ...key.owner, ...key.product, ...new Array(16).fill(0)],
      0x214,
    );
    assert.deepEqual(filled.image, wanted);
    assert.deepEqual(firmware.image, whole(content), "the firmware read is left as it was");
    assert.equal(filled.certificateSlot, undefined);
  }
});

Deno.test("fillCertificateSlot() lets the length grow with a slot at the end, and leaves firmware without one alone", () => {
  const content = new Uint8Array(512 + 176).fill(0xff);
  content.set(makeFirmware(496));
  content.set(SLOT, 496);
  const firmware = read(content);
  assert.equal(firmware.length, 512);
  const key = {
    publicKey: seededBytes(32, 1),
    table: seededBytes(96, 2),
    owner: seededBytes(8, 3),
    product: seededBytes(8, 4),
  };
  assert.equal(fillCertificateSlot(firmware, flash, key).length, 1024);
  const plain = read(makeFirmware(256));
  assert.equal(fillCertificateSlot(plain, flash, key), plain);
});

Deno.test("readFirmware() refuses slots that are ambiguous, filled, misplaced or overlap the personal region", () => {
  const twice = makeFirmware(1024);
  twice.set(SLOT, 0x100);
  twice.set(SLOT, 0x200);
  refused(twice, /at 0x08000100: there are two empty certificate slots, the other at 0x08000200: name one/);
  assert.equal(
    read(twice, { certificateSlotAddress: FLASH + 0x200 }).certificateSlot?.address,
    FLASH + 0x200,
  );
  refused(makeFirmware(1024), /at 0x08000200: the certificate slot must hold the mark/, {
    certificateSlotAddress: FLASH + 0x200,
  });
  refused(makeFirmware(1024), /at 0x08001FFF: the certificate slot \(176 bytes\) must lie in flash/, {
    certificateSlotAddress: FLASH + 0x1fff,
  });
  const filled = makeFirmware(1024);
  filled.set(SLOT, 0x100);
  filled[0x110] = 0;
  assert.equal(read(filled).certificateSlot, undefined);
  const content = makeFirmware(1024);
  content.set(SLOT, 0x100);
  content.fill(0xff, 0x110, 0x300);
  refused(
    content,
    /at 0x08000110: the personal region \(256 bytes\) overlaps the certificate slot at 0x08000100/,
    {
      personal: { address: FLASH + 0x110, length: 256 },
    },
  );
  const short = {
    name: ".flashseal_certkey",
    address: FLASH + 0x100,
    length: 160,
    segment: 0,
    within: 0x100,
  };
  refused(
    makeElf([{ physical: FLASH, bytes: content }], { sections: [short] }),
    /the certificate slot has 160 bytes and must have 176/,
  );
});

Deno.test("readFirmware() tells the owner what it did not use", () => {
  const content = makeFirmware(256);
  const codes = (file: Uint8Array) => read(file).findings.map(({ code }) => code);
  assert.deepEqual(codes(makeIntelHex([{ address: FLASH, bytes: content }], { entry: FLASH + 0x40 })), [
    "entry-ignored",
    "no-personal-region",
  ]);
  assert.deepEqual(codes(makeElf([{ physical: FLASH, bytes: content }], { entry: FLASH + 8 })), [
    "no-personal-region",
  ]);
  assert.deepEqual(read(content, { personal: { address: FLASH + 0x400, length: 256 } }).findings, []);
});

Deno.test("readFirmware() throws nothing but Malformed, whatever the bytes", () => {
  const start = fc.constantFrom<readonly number[]>([], [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1], [0x3a, 0x30], [
    0,
    0x20,
    0,
    0x20,
    9,
    0,
    0,
    8,
  ]);
  fc.assert(
    fc.property(
      start,
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom("a", "a.hex", "a.elf"),
      (head, tail, name) => {
        try {
          const firmware = read(new Uint8Array([...head, ...tail]), {}, name);
          assert.equal(firmware.image.length, FLASH_BYTES);
        } catch (error) {
          assert.ok(error instanceof Malformed, String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("readFirmware() refuses overlapping and damaged HEX with file, line and address in one sentence", () => {
  const damaged = [hexRecord(4, 0, [8, 0]), hexRecord(0, 0x40, [1, 2]).slice(0, -2) + "00", HEX_END].join(
    "\n",
  );
  refused(
    new TextEncoder().encode(damaged),
    /^Cannot use firmware file "app\.hex" at line 2 \(address 0x08000040\): the checksum is 0x00/,
    {},
    "app.hex",
  );
});

Deno.test("firmwareTargetOf() and parseChipName() know the chips of the table and name what they refuse", () => {
  assert.deepEqual(target.chip.ram, [{ address: RAM, length: 8192 }]);
  const bigger = firmwareTargetOf({ family: 1, chipId: 0x460, flashKb: 128, lockLevel: 1 });
  assert.deepEqual([bigger.chip.name, bigger.chip.flash.length, bigger.chip.ram[0]?.length], [
    "stm32g0-128k",
    131_072,
    36_864,
  ]);
  const any = firmwareTargetOf({ family: 1, chipId: null, flashKb: 64, lockLevel: 1 });
  assert.equal(any.chip.ram[0]?.length, 8192, "any part of the family: the least RAM counts");
  assert.deepEqual([parseChipName("stm32g0-8k").family.chips.family, parseChipName("stm32g0-64k").flashKb], [
    1,
    64,
  ]);
  for (const name of ["", "stm32g0", "stm32g0-7k", "stm32g0-256k", "stm32f9-8k", "stm32g0-0k", "stm32g0-8"]) {
    assert.throws(
      () => parseChipName(name),
      /supported are stm32g0-8k, .*stm32g0-128k; see flashseal chips/,
      name,
    );
  }
  assert.throws(
    () => firmwareTargetOf({ family: 9, chipId: null, flashKb: 8, lockLevel: 1 }),
    /chip family 9/,
  );
  assert.throws(
    () => firmwareTargetOf({ family: 1, chipId: 1, flashKb: 8, lockLevel: 1 }),
    /device id 1 of stm32g0/,
  );
});

Deno.test("readFirmware() takes the built-in sample firmware, as a compiler wrote it: slot, personal region, no finding", () => {
  const { file, elf } = sampleFirmware();
  const sample = readFirmware({ name: file, bytes: elf }, target);
  assert.equal(sample.format, "elf");
  assert.ok(
    sample.certificateSlot !== undefined && sample.personal.length >= 216 && sample.length <= FLASH_BYTES,
  );
  assert.deepEqual(sample.findings, []);
});
