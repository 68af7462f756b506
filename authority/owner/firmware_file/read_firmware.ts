/**
 * What the owner hands over becomes what a release is made of: image, length, personal region, certificate slot and
 * option words, or one sentence that says what to mend. Knows the order of the checks; each rule has its own file.
 *
 * @module
 */
import { imageLength, NO_PERSONAL_REGION, type PersonalRegion } from "../../../bootloader/session/mod.ts";
import { malformed } from "./_malformed.ts";
import type { FirmwareTarget } from "./chip.ts";
import { checkSlot, findSlot, SLOT_BYTES, type SlotContent, withSlotFilled } from "./certificate_slot.ts";
import { buildImage, checkVectors, sortByMemory } from "./image.ts";
import { type FileOptions, judgeOptions } from "./option_words.ts";
import { checkPersonalRegion } from "./personal_region.ts";
import { type FileContent, type Finding, hexAddress, type Region } from "./pieces.ts";
import { nameOf, readContent } from "./recognise.ts";

/** A file as the owner's machine holds it; it is never written anywhere. */
export interface FirmwareFile {
  /** For messages, and as a promise of the format. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the owner says beside the file, for files without Flashseal's sections. */
export interface FileChoices {
  readonly personal?: Region;
  readonly certificateSlotAddress?: number;
}

/** Firmware for one chip. Its image is secret: it lives in memory only. */
export interface Firmware {
  readonly format: FileContent["format"];
  /** The whole content of flash, gaps and tail 0xFF. */
  readonly image: Uint8Array<ArrayBuffer>;
  /** Bytes that chunks cover: a multiple of 512. */
  readonly length: number;
  readonly personal: PersonalRegion;
  /** The empty slot that waits for the certificate key. */
  readonly certificateSlot: Region | undefined;
  /** Option words that the file holds. */
  readonly options: FileOptions | undefined;
  /** What the owner should know although the file is good. */
  readonly findings: readonly Finding[];
}

/**
 * Returns the firmware that a file holds for a chip.
 *
 * @throws {Malformed} naming the file, the place or address in it, and what to do
 */
export function readFirmware(
  file: FirmwareFile,
  target: FirmwareTarget,
  choices: FileChoices = {},
): Firmware {
  const what = nameOf(file.name);
  const { chip } = target;
  const { flash } = chip;
  const content = readContent(file.name, file.bytes, flash.address);
  const pieces = sortByMemory(what, content.pieces, chip);
  checkVectors(what, pieces.flash, chip);
  const image = buildImage(flash, pieces.flash);
  const options = judgeOptions(what, pieces.options, { rules: target.options, lockLevel: target.lockLevel });
  const slotAt = oneOf(what, content.certificateSlot, slotChoice(choices), "certificate slot");
  const certificateSlot = slotAt === undefined
    ? findSlot(what, image, flash)
    : checkSlot(what, image, flash, slotAt);
  const region = oneOf(what, content.personal, choices.personal, "personal region");
  const personal = region === undefined
    ? NO_PERSONAL_REGION
    : checkPersonalRegion(what, region, { flash, wordBytes: chip.wordBytes, image, certificateSlot });
  return {
    format: content.format,
    image,
    length: imageLength(image, personal),
    personal,
    certificateSlot,
    options,
    findings: [...listFindings(content, image, personal), ...options?.findings ?? []],
  };
}

/** Returns the firmware with the certificate key in its slot, or as it was when it has none. */
export function fillCertificateSlot(firmware: Firmware, flash: Region, key: SlotContent): Firmware {
  const { certificateSlot, personal } = firmware;
  if (certificateSlot === undefined) return firmware;
  const image = withSlotFilled(firmware.image, certificateSlot.address - flash.address, key);
  // A slot at the end of the image was 0xFF and counted for nothing; filled, it belongs to the length.
  return { ...firmware, image, length: imageLength(image, personal), certificateSlot: undefined };
}

function slotChoice({ certificateSlotAddress: address }: FileChoices): Region | undefined {
  return address === undefined ? undefined : { address, length: SLOT_BYTES };
}

/** What the file declares, or else what the owner chose; both are welcome while they say the same. */
function oneOf(
  what: string,
  declared: Region | undefined,
  chosen: Region | undefined,
  name: string,
): Region | undefined {
  if (declared === undefined || chosen === undefined) return declared ?? chosen;
  if (declared.address === chosen.address && declared.length === chosen.length) return declared;
  throw malformed(
    what,
    `its section puts the ${name} here (${declared.length} bytes) and the command at ${
      hexAddress(chosen.address)
    } ` +
      `(${chosen.length} bytes): leave the choice on the command line out, or make them agree`,
    hexAddress(declared.address),
  );
}

function listFindings(content: FileContent, image: Uint8Array, personal: PersonalRegion): readonly Finding[] {
  const reset = new DataView(image.buffer, image.byteOffset).getUint32(4, true);
  const findings: Finding[] = [];
  for (const entry of content.entries) {
    if ((entry | 1) >>> 0 === reset || entry === 0) continue;
    findings.push({
      code: "entry-ignored",
      says: `The file asks to be started at ${hexAddress(entry)}; the chip starts at its reset vector ${
        hexAddress(reset)
      }`,
    });
  }
  if (personal.length === 0) {
    findings.push({
      code: "no-personal-region",
      says:
        "The firmware declares no personal region: its devices are uncertified in flash, their certificates live in the records",
    });
  }
  return findings;
}
