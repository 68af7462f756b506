/**
 * The bootloaders that are built in, as a delivery needs them.
 *
 * @module
 */
import { bootloaderFor, withInstallBlock } from "../../bootloader/firmware/mod.ts";
import type { BootloaderImage } from "../delivery/mod.ts";

/** Returns the bootloader of a chip family, or undefined when none is built in. */
export function builtInBootloader(family: string): BootloaderImage | undefined {
  const image = bootloaderFor(family);
  if (image === undefined) return undefined;
  return {
    version: versionNumber(image.version),
    withInstallBlock: (block) => withInstallBlock(image, block),
  };
}

/** Returns `major.minor.patch` as HELLO_REPLY has it: 0x00MMmmpp (PROTOCOL section 4). */
function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return (major << 16) | (minor << 8) | patch;
}
