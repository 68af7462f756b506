/**
 * Firmware files: from what a compiler wrote to the image of one chip, with every reason to refuse one named by its
 * address and remedy. Pure; knows no network, no key and no disk.
 *
 * @example The smallest firmware: stack pointer, reset vector, a loop
 * ```ts
 * import { firmwareTargetOf, readFirmware } from "./mod.ts";
 * const bytes = Uint8Array.fromHex("0020002009000008fee7");
 * const target = firmwareTargetOf({ family: 1, chipId: null, flashKb: 8, lockLevel: 1 });
 * console.assert(readFirmware({ name: "loop.bin", bytes }, target).length === 512);
 * ```
 * @module
 */
export { type FirmwareTarget, firmwareTargetOf, type NamedChip, parseChipName } from "./chip.ts";
export { SLOT_BYTES, type SlotContent } from "./certificate_slot.ts";
export type { ChipMemory } from "./image.ts";
export type { FileOptions } from "./option_words.ts";
export { parseAddress, parseRegion } from "./personal_region.ts";
export { type Finding, hexAddress, type Region } from "./pieces.ts";
export {
  type FileChoices,
  fillCertificateSlot,
  type Firmware,
  type FirmwareFile,
  readFirmware,
} from "./read_firmware.ts";
