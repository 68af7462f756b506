/**
 * Firmware files that start: bytes that look random behind a vector table whose reset handler is a loop.
 *
 * @module
 */
import { makeElf } from "../vectors/firmware/elf.ts";
import { FLASH, makeFirmware } from "../vectors/firmware/image.ts";
import { makeIntelHex } from "../vectors/firmware/intel_hex.ts";

/** `b .` in Thumb, at the address that the reset vector of `makeFirmware` names. */
const LOOP = [0xfe, 0xe7] as const;
const LOOP_AT = 8;

/** Returns a raw binary of `length` bytes that starts and loops for ever. */
export function loopingFirmware(length: number): Uint8Array<ArrayBuffer> {
  const image = makeFirmware(length);
  image.set(LOOP, LOOP_AT);
  // The last byte counts: 0xFF there would make the image shorter.
  image[length - 1] = 0x5a;
  return image;
}

/** Returns the same as an ELF file. */
export function loopingElf(length: number): Uint8Array {
  return makeElf([{ physical: FLASH, bytes: loopingFirmware(length) }]);
}

/** Returns the same as an Intel HEX file. */
export function loopingHex(length: number): Uint8Array {
  return makeIntelHex([{ address: FLASH, bytes: loopingFirmware(length) }]);
}
