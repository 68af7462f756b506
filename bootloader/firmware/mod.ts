/**
 * The bootloader images that are in the repository, and what is known of them (D§7). Pure: images are imported as bytes.
 * Knows where the install block goes (PROTOCOL section 10), not what is in it. How images are made stands in build.ts.
 *
 * @example
 * ```ts
 * import { bootloaderFor } from "./mod.ts";
 * const bootloader = bootloaderFor("stm32g0");
 * console.assert(bootloader !== undefined && bootloader.bytes.length === bootloader.flashBytes);
 * ```
 * @module
 */
import { assert } from "../wire/mod.ts";
export { type SampleFirmware, sampleFirmware } from "./sample/mod.ts";
import stm32g0Small from "./images/stm32g0-small.bin" with { type: "bytes" };
import manifest from "./images/manifest.json" with { type: "json" };

/** Bytes of an install block (PROTOCOL section 10). */
export const INSTALL_BLOCK_BYTES = 200;

/** One bootloader image and what the manifest says of it. */
export interface BootloaderImage {
  /** Name of the file in images/. */
  readonly file: string;
  /** Chip family it is for, e.g. "stm32g0". */
  readonly chip: string;
  /** Which of a family's images it is: "small" is made for 8 kB of flash and 8 kB of RAM. */
  readonly variant: string;
  /** major.minor.patch; HELLO_REPLY says the same. */
  readonly version: string;
  /** First line of the compiler's `--version`. */
  readonly compiler: string;
  /** Bytes of flash that it takes. */
  readonly flashBytes: number;
  /** Bytes of RAM that it takes, the deepest stack that was measured included. */
  readonly ramBytes: number;
  /** The deepest stack that was measured on the model, in bytes. */
  readonly stackBytes: number;
  /** Core cycles from the last byte of TICKET to the first of MESSAGE1 and from MESSAGE2 to NEXT, added. */
  readonly handshakeCycles: number;
  /** Flash wait states at which they were counted. */
  readonly waitStates: number;
  /** SHA-256 of the committed file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Offset of the install block; the committed image has 0xFF there. */
  readonly installBlockOffset: number;
  /** Offset of the start-up check: end address and CRC-32 (P-41). */
  readonly checkOffset: number;
  /** What is copied to RAM at start: where it is stored, where it runs. */
  readonly resident: { readonly offset: number; readonly address: number; readonly bytes: number };
  /** Every function and variable: name to address and size in bytes. */
  readonly symbols: Readonly<Record<string, readonly [address: number, bytes: number]>>;
  /** The image, a copy that the caller may change. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Files by name; the manifest says what they are. */
const FILES: Readonly<Record<string, Uint8Array>> = { "stm32g0-small.bin": stm32g0Small };

/** Returns all images that are built in. */
export function bootloaderImages(): readonly BootloaderImage[] {
  return manifest.map((entry) => {
    const bytes = FILES[entry.file];
    assert(bytes !== undefined, `Cannot find the image "${entry.file}" of the manifest`);
    const symbols = entry.symbols as unknown as BootloaderImage["symbols"];
    return { ...entry, symbols, bytes: new Uint8Array(bytes) };
  });
}

/** Returns the image for a chip family, or undefined when there is none. */
export function bootloaderFor(chip: string): BootloaderImage | undefined {
  return bootloaderImages().find((image) => image.chip === chip);
}

/** Returns the bytes of an image with an install block put in, and nothing else changed. */
export function withInstallBlock(
  image: Pick<BootloaderImage, "bytes" | "installBlockOffset">,
  block: Uint8Array,
): Uint8Array<ArrayBuffer> {
  assert(
    block.length === INSTALL_BLOCK_BYTES,
    `Cannot put in the install block: it has ${block.length} bytes, not ${INSTALL_BLOCK_BYTES}`,
  );
  const bytes = image.bytes.slice();
  bytes.set(block, image.installBlockOffset);
  return bytes;
}
