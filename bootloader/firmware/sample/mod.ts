/**
 * The sample firmware of the demo, as an owner would hand it in: an ELF file for `stm32g0` chips of 8 kB flash and
 * more, with a certificate slot and a personal region. On USART2 (PA2, 115,200 baud 8N1) it prints three lines, each
 * ended by CR LF: `Flashseal sample <version>`, `UID <24 hexadecimal digits>`, and `certificate: valid, serial <n>`,
 * `certificate: valid, lease <32 hexadecimal digits>, serial <n>`, `certificate: none`, `certificate: NOT VALID` or `certificate: no key` (PROTOCOL sections 12 and 13). Knows bytes only; how
 * they are made stands in build.ts.
 *
 * @example
 * ```ts
 * import { sampleFirmware } from "./mod.ts";
 * const { file, elf } = sampleFirmware();
 * console.assert(elf[0] === 0x7f && file.endsWith(".elf"));
 * ```
 * @module
 */
import elf from "./images/sample-stm32g0.elf" with { type: "bytes" };
import manifest from "./images/sample.json" with { type: "json" };

/** The sample firmware and what is known of it. */
export interface SampleFirmware {
  /** Name of the file, e.g. for messages. */
  readonly file: string;
  /** Name of the chip family it is for. */
  readonly chip: string;
  /** The version that the firmware prints. */
  readonly version: string;
  /** SHA-256 of the file, 64 hexadecimal digits. */
  readonly sha256: string;
  /** The file itself, a copy that the caller may change. */
  readonly elf: Uint8Array<ArrayBuffer>;
}

/** Returns the sample firmware that is built in. */
export function sampleFirmware(): SampleFirmware {
  const { file, chip, version, sha256 } = manifest;
  return { file, chip, version, sha256, elf: new Uint8Array(elf) };
}
