/**
 * Decides whether the part of the image that differs per device may lie where the owner wants it (P-17, D§3).
 * Knows the image and the ticket's limits; knows nothing of what is written there.
 *
 * @module
 */
import { COMMIT_WORD_BYTES, type PersonalRegion } from "../../../bootloader/session/mod.ts";
import { certificateLayout, PERSONAL_BYTES_MAX, SIGNATURE_BYTES } from "../../../bootloader/wire/mod.ts";
import { malformed } from "./_malformed.ts";
import { hexAddress, overlaps, type Region } from "./pieces.ts";

/** The shortest region that holds a device certificate: structure and signature (PROTOCOL section 12). */
export const CERTIFICATE_BYTES = certificateLayout.size + SIGNATURE_BYTES;

/** What the region is judged against. */
export interface PersonalBounds {
  readonly flash: Region;
  /** The unit that the chip programs at once, in bytes. */
  readonly wordBytes: number;
  readonly image: Uint8Array;
  readonly certificateSlot: Region | undefined;
}

/**
 * Returns the region as the ticket names it.
 *
 * @throws {Malformed} naming the address and the rule that is broken
 */
export function checkPersonalRegion(what: string, region: Region, bounds: PersonalBounds): PersonalRegion {
  const { flash, wordBytes, image, certificateSlot } = bounds;
  const offset = region.address - flash.address;
  const refuse = (problem: string, address = region.address) =>
    malformed(what, `the personal region (${region.length} bytes) ${problem}`, hexAddress(address));
  if (offset < 0 || offset + region.length > flash.length) {
    throw refuse(`must lie in flash, ${spanOf(flash)}`);
  }
  // P-17: multiples of a flash word, so that no word is shared by the image and the personal region.
  if (offset % wordBytes !== 0 || region.length % wordBytes !== 0 || region.length === 0) {
    throw refuse(`must begin and end at a multiple of ${wordBytes} bytes: align it in the linker script`);
  }
  if (offset < COMMIT_WORD_BYTES) {
    throw refuse("must not touch the stack pointer and the reset vector, which are written last: move it");
  }
  if (region.length > PERSONAL_BYTES_MAX) {
    throw refuse(`is too long: at most ${PERSONAL_BYTES_MAX} bytes`);
  }
  if (region.length < CERTIFICATE_BYTES) {
    throw refuse(`is too short for a device certificate: give it at least ${CERTIFICATE_BYTES} bytes`);
  }
  if (certificateSlot !== undefined && overlaps(region, certificateSlot)) {
    throw refuse(`overlaps the certificate slot at ${hexAddress(certificateSlot.address)}: move one of them`);
  }
  const used = image.subarray(offset, offset + region.length).findIndex((byte) => byte !== 0xff);
  if (used >= 0) {
    throw refuse(
      "must be 0xFF in the firmware file, each device gets its own content: fill it with 0xFF",
      region.address + used,
    );
  }
  return { offset, length: region.length };
}

/**
 * Returns the region that `ADDR:LEN` names, both numbers decimal or hexadecimal with 0x.
 *
 * @throws {Malformed} unless it is two such numbers of at most 32 bits
 */
export function parseRegion(text: string): Region {
  const [, address, length] = /^(0x[0-9a-f]{1,8}|\d{1,10}):(0x[0-9a-f]{1,8}|\d{1,10})$/i.exec(text) ?? [];
  const region = { address: Number(address), length: Number(length) };
  if (!(region.address <= 0xffff_ffff) || !(region.length <= 0xffff_ffff)) {
    throw malformed("the personal region", "it must be ADDR:LEN, e.g. 0x08001C00:256");
  }
  return region;
}

/**
 * Returns the address that the text names, decimal or hexadecimal with 0x.
 *
 * @throws {Malformed} unless it is a number of at most 32 bits
 */
export function parseAddress(text: string): number {
  const address = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : NaN;
  if (!(address <= 0xffff_ffff)) throw malformed("the address", "it must be a number, e.g. 0x08000100");
  return address;
}

/** Returns first and last address of a part of the address space, for messages. */
export function spanOf(region: Region): string {
  return `${hexAddress(region.address)} to ${hexAddress(region.address + region.length - 1)}`;
}
