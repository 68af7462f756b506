/**
 * The certificate slot: a place in the firmware, marked by its author, into which the owner's command puts the
 * product's certificate key, so that a device can check its own certificate without a key baked into its source.
 * Knows marks and bytes; knows nothing of how the key's table is computed.
 *
 * Slot, 176 bytes: label `flashseal certk` filled up with NUL to 16; then, 0xFF in the file, A (32) ‖ yMinusX (32)
 * ‖ yPlusX (32) ‖ twoDxy (32) of −A ‖ owner (8) ‖ product (8) ‖ 16 zero bytes.
 *
 * @module
 */
import { COMMIT_WORD_BYTES } from "../../../bootloader/session/mod.ts";
import { LABELS } from "../../../bootloader/wire/mod.ts";
import { malformed } from "./_malformed.ts";
import { spanOf } from "./personal_region.ts";
import { hexAddress, type Region } from "./pieces.ts";

/** The mark that stands in front of the key. */
const MARK = LABELS.certificateSlot;

/** Bytes of the slot, its mark included. */
export const SLOT_BYTES = 176;

/** What goes into a slot behind its mark. */
export interface SlotContent {
  /** Ed25519 public key A, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The point table of −A: yMinusX ‖ yPlusX ‖ twoDxy, 32 bytes each (PROTOCOL section 10). */
  readonly table: Uint8Array;
  /** 8 bytes. */
  readonly owner: Uint8Array;
  /** 8 bytes. */
  readonly product: Uint8Array;
}

/**
 * Returns the slot at a declared address.
 *
 * @throws {Malformed} naming the address when it lies outside flash, touches the commit word or is not an empty slot
 */
export function checkSlot(what: string, image: Uint8Array, flash: Region, declared: Region): Region {
  const { address, length } = declared;
  const offset = address - flash.address;
  const refuse = (problem: string) => malformed(what, `the certificate slot ${problem}`, hexAddress(address));
  if (offset < COMMIT_WORD_BYTES || offset + SLOT_BYTES > flash.length) {
    throw refuse(
      `(${SLOT_BYTES} bytes) must lie in flash, ${spanOf(flash)}, behind stack pointer and reset vector`,
    );
  }
  if (length !== SLOT_BYTES) throw refuse(`has ${length} bytes and must have ${SLOT_BYTES}`);
  if (!isEmptySlot(image, offset)) {
    throw refuse(
      'must hold the mark "flashseal certk", one NUL and 160 bytes 0xFF: declare it as the sample firmware does',
    );
  }
  return { address, length };
}

/**
 * Returns the one empty slot that the image holds, if it holds any.
 *
 * @throws {Malformed} naming the first two addresses when there are several
 */
export function findSlot(what: string, image: Uint8Array, flash: Region): Region | undefined {
  const found: number[] = [];
  for (let offset = COMMIT_WORD_BYTES; offset + SLOT_BYTES <= image.length; offset++) {
    if (isEmptySlot(image, offset)) found.push(offset);
  }
  const [first, second] = found.map((offset) => flash.address + offset);
  if (second !== undefined) {
    throw malformed(
      what,
      `there are two empty certificate slots, the other at ${
        hexAddress(second)
      }: name one with --certificate-key-slot`,
      hexAddress(first!),
    );
  }
  return first === undefined ? undefined : { address: first, length: SLOT_BYTES };
}

/** Returns a copy of the image in which the slot holds the key. */
export function withSlotFilled(
  image: Uint8Array,
  offset: number,
  content: SlotContent,
): Uint8Array<ArrayBuffer> {
  const filled = new Uint8Array(image);
  const { publicKey, table, owner, product } = content;
  let at = offset + MARK.length;
  for (const part of [publicKey, table, owner, product, new Uint8Array(16)]) {
    filled.set(part, at);
    at += part.length;
  }
  return filled;
}

function isEmptySlot(image: Uint8Array, offset: number): boolean {
  for (let at = 0; at < SLOT_BYTES; at++) {
    if (image[offset + at] !== (MARK[at] ?? 0xff)) return false;
  }
  return true;
}
