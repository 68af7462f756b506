/**
 * Makes clear images for tests: plausible Cortex-M firmware of any size, filled from a seed, and random sparse
 * content for round trips.
 *
 * @module
 */
import fc from "fast-check";
import type { Part } from "./intel_hex.ts";

/** Where flash and RAM of the test chip begin (`stm32g0`). */
export const FLASH = 0x0800_0000;
export const RAM = 0x2000_0000;

/** Returns `length` bytes that look random and are the same for each seed (xorshift32). */
export function seededBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 24;
  });
}

/** Options of {@linkcode makeFirmware}. */
export interface FirmwareOptions {
  readonly seed?: number;
  readonly stackPointer?: number;
  readonly resetVector?: number;
}

/** Returns `length` bytes (at least 16) of firmware for flash: stack pointer, reset vector, then seeded content that does not end in 0xFF. */
export function makeFirmware(length: number, options: FirmwareOptions = {}): Uint8Array<ArrayBuffer> {
  const { seed = 1, stackPointer = RAM + 0x2000, resetVector = FLASH + 9 } = options;
  const image = seededBytes(length, seed);
  const view = new DataView(image.buffer);
  view.setUint32(0, stackPointer, true);
  view.setUint32(4, resetVector, true);
  image[length - 1] = 0x5a;
  return image;
}

/** Sparse content: parts in ascending order that never touch each other, within `[start, start + span)`. */
export function sparseParts(start: number, span: number): fc.Arbitrary<readonly Part[]> {
  return fc.array(
    fc.record({
      gap: fc.integer({ min: 1, max: 300 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 400 }),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  ).map((rows) => {
    const parts: Part[] = [];
    let address = start;
    for (const { gap, bytes } of rows) {
      address += gap;
      if (address + bytes.length > start + span) break;
      parts.push({ address, bytes });
      address += bytes.length;
    }
    return parts;
  }).filter((parts) => parts.length > 0);
}
