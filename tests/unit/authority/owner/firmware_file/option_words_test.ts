/**
 * Option bytes in firmware files: what becomes option words, and each setting that is refused by name (RM0444
 * section 3.4.1).
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type FileOptions,
  firmwareTargetOf,
  readFirmware,
} from "../../../../../authority/owner/firmware_file/mod.ts";
import { Malformed } from "../../../../../bootloader/wire/mod.ts";
import { FLASH, makeFirmware } from "../../../../vectors/firmware/image.ts";
import { makeIntelHex } from "../../../../vectors/firmware/intel_hex.ts";

const OPTR = 0x1fff_7800;
/** The factory value but for level 1 in the RDP byte. */
const GOOD = 0xffff_febb;

function word(value: number): number[] {
  return [value & 0xff, value >>> 8 & 0xff, value >>> 16 & 0xff, value >>> 24];
}

function optionsOf(address: number, bytes: readonly number[], lockLevel = 1): FileOptions | undefined {
  const file = makeIntelHex([{ address: FLASH, bytes: makeFirmware(256) }, {
    address,
    bytes: Uint8Array.from(bytes),
  }]);
  const target = firmwareTargetOf({ family: 1, chipId: 0x466, flashKb: 8, lockLevel });
  return readFirmware({ name: "app.hex", bytes: file }, target).options;
}

function refused(address: number, bytes: readonly number[], message: RegExp, lockLevel = 1): void {
  assert.throws(() => optionsOf(address, bytes, lockLevel), (error) => {
    assert.ok(error instanceof Malformed, String(error));
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("readFirmware() takes option bytes as option words, the RDP byte outside the mask (P-18)", () => {
  const options = optionsOf(OPTR, word(GOOD));
  assert.deepEqual(options?.value, [0x3f4f_fe00, 0, 0, 0]);
  assert.deepEqual(options?.mask, [0x3f4f_ff00, 0, 0, 0]);
  assert.match(options?.findings[0]?.says ?? "", /FLASH_OPTR = 0x3F4FFE00, mask 0x3F4FFF00/);
  assert.deepEqual(optionsOf(OPTR, [...word(GOOD), ...word(~GOOD)])?.value, [0x3f4f_fe00, 0, 0, 0]);
  assert.deepEqual(optionsOf(0x1fff_7870, word(3))?.value, [0, 0, 0, 3]);
});

Deno.test("readFirmware() reads a dump of the whole area and demands nothing of the fields that say none", () => {
  const dump = new Array<number>(0x80).fill(0xff);
  const put = (offset: number, value: number) => dump.splice(offset, 8, ...word(value), ...word(~value));
  put(0x00, GOOD);
  put(0x08, 0xffff_ffff);
  put(0x10, 0);
  put(0x18, 0x7f);
  put(0x20, 0x7f);
  put(0x28, 0x1ff);
  put(0x30, 0);
  put(0x70, 0);
  const options = optionsOf(OPTR, dump);
  assert.deepEqual(options?.mask, [0x3f4f_ff00, 0, 0, 0x7f]);
});

Deno.test("readFirmware() refuses option bytes that are half, doubtful or unknown", () => {
  refused(OPTR, word(GOOD).slice(0, 3), /at 0x1FFF7803: it gives only a part of FLASH_OPTR/);
  refused(OPTR, [...word(GOOD), ...word(GOOD)], /at 0x1FFF7804: the complement of FLASH_OPTR does not fit/);
  refused(OPTR + 4, word(GOOD), /at 0x1FFF7800: it gives the complement of FLASH_OPTR and not its value/);
  refused(0x1fff_7838, [0], /at 0x1FFF7838: there is no option word here/);
});

const without = (...bits: readonly number[]) =>
  bits.reduce((value, bit) => (value & ~(1 << bit)) >>> 0, GOOD);
const conflicts: readonly (readonly [string, number, readonly number[], RegExp])[] = [
  [
    "RDP level 0",
    OPTR,
    word(0xffff_feaa),
    /at 0x1FFF7800: option bytes of FLASH_OPTR: the RDP byte asks for protection level 0 and the product's lock level is 1; make/,
  ],
  ["RDP level 2", OPTR, word(0xffff_fecc), /the RDP byte asks for protection level 2/],
  [
    "nBOOT_SEL",
    OPTR,
    word(without(24)),
    /at 0x1FFF7800: option bytes of FLASH_OPTR: nBOOT_SEL is 0: .*; set it as the factory leaves it, or leave/,
  ],
  ["nBOOT0", OPTR, word(without(26)), /option bytes of FLASH_OPTR: nBOOT0 is 0/],
  ["IWDG_SW", OPTR, word(without(16)), /option bytes of FLASH_OPTR: The hardware watchdog is on/],
  ["WWDG_SW", OPTR, word(without(19)), /option bytes of FLASH_OPTR: WWDG_SW is 0/],
  ["NRST_MODE", OPTR, word(without(27)), /option bytes of FLASH_OPTR: The reset pin is an ordinary pin/],
  ["RAM_PARITY_CHECK", OPTR, word(without(22)), /option bytes of FLASH_OPTR: RAM parity check is on/],
  [
    "PCROP1A",
    0x1fff_7808,
    [...word(0), ...word(~0), ...word(3), ...word(~3)],
    /at 0x1FFF7808: option bytes of FLASH_PCROP1ASR: A PCROP area is set/,
  ],
  [
    "PCROP1A with its end",
    0x1fff_7808,
    [...word(2), ...word(~2), ...word(3), ...word(~3)],
    /at 0x1FFF7810: option bytes of FLASH_PCROP1AER: A PCROP area is set/,
  ],
  ["PCROP1B", 0x1fff_7828, word(0), /at 0x1FFF7828: option bytes of FLASH_PCROP1BSR: A PCROP area is set/],
  [
    "WRP1A over the image",
    0x1fff_7818,
    word(0x0001_0000),
    /at 0x1FFF7818: option bytes of FLASH_WRP1AR: Pages are write-protected/,
  ],
  [
    "WRP1B",
    0x1fff_7820,
    word(0x0003_0003),
    /at 0x1FFF7820: option bytes of FLASH_WRP1BR: Pages are write-protected/,
  ],
  [
    "BOOT_LOCK",
    0x1fff_7870,
    word(0x0001_0000),
    /at 0x1FFF7870: option bytes of FLASH_SECR: BOOT_LOCK is set/,
  ],
];

for (const [name, address, bytes, message] of conflicts) {
  Deno.test(`readFirmware() refuses option bytes against the protection: ${name}`, () => {
    refused(address, bytes, message);
  });
}

Deno.test("readFirmware() measures the RDP byte against the product's lock level", () => {
  assert.ok(optionsOf(OPTR, word(0xffff_fecc), 2) !== undefined);
  refused(
    OPTR,
    word(GOOD),
    /asks for protection level 1 and the product's lock level is 2; make them agree/,
    2,
  );
});
