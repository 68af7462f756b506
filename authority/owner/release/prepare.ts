/**
 * From firmware to what may leave the owner's machine: encrypted chunks, their description, and the release key
 * wrapped to the authority's unwrap key (P-31, P-32, P-51). Draws a new key on each call; knows no network.
 *
 * @module
 */
import type { ProductReply, ReleaseRequest } from "../../api/mod.ts";
import { encryptRelease } from "../../../bootloader/session/mod.ts";
import { pointTable, type Random } from "../../../bootloader/suite/mod.ts";
import { wrapReleaseKey } from "../../../bootloader/ticket/mod.ts";
import { concat, idBytes, Malformed, type OwnerId, parseReleaseId } from "../../../bootloader/wire/mod.ts";
import {
  type FileChoices,
  type FileOptions,
  fillCertificateSlot,
  type Finding,
  type Firmware,
  type FirmwareFile,
  type FirmwareTarget,
  hexAddress,
  readFirmware,
} from "../firmware_file/mod.ts";

/** A release that is ready to be sent: nothing in it is secret. */
export interface PreparedRelease {
  readonly request: ReleaseRequest;
  /** All inner chunks, 528 bytes each. */
  readonly content: Uint8Array;
  readonly findings: readonly Finding[];
}

/** What a release is prepared for. */
export interface ReleaseContext {
  readonly owner: OwnerId;
  readonly product: ProductReply;
  readonly target: FirmwareTarget;
  readonly version: string;
  /** X25519, 32 bytes, out of a key set whose signature by the root was checked. */
  readonly unwrapKey: Uint8Array;
}

/**
 * Returns the release that a firmware file makes. The clear image and the release key exist only inside this call:
 * both are overwritten before it returns (the engine may have moved copies that nobody can reach).
 *
 * @throws {Malformed} when the file cannot be used, or does not go with the product
 */
export function prepareRelease(
  file: FirmwareFile,
  context: ReleaseContext,
  options: { readonly choices: FileChoices; readonly random: Random },
): PreparedRelease {
  const { owner, target, version, unwrapKey } = context;
  const { random } = options;
  const read = readFirmware(file, target, options.choices);
  checkAgainstProduct(file.name, read, context.product);
  const { product } = context.product;
  const publicKey = Uint8Array.fromHex(context.product.certificatePublicKey);
  const points = pointTable(publicKey);
  const firmware = fillCertificateSlot(read, target.chip.flash, {
    publicKey,
    table: concat(points.yMinusX, points.yPlusX, points.twoDxy),
    owner: idBytes(owner),
    product: idBytes(product),
  });
  const release = parseReleaseId(random(16).toHex());
  const { image, personal } = firmware;
  const encrypted = encryptRelease({ image, personal, release, random });
  const wrapped = wrapReleaseKey(encrypted.secrets, { owner, product, release }, { unwrapKey, random });
  encrypted.secrets.releaseKey.wipe();
  encrypted.secrets.salt.wipe();
  read.image.fill(0);
  image.fill(0);
  const request: ReleaseRequest = {
    release,
    product,
    version,
    length: encrypted.length,
    personalOffset: personal.offset,
    personalLength: personal.length,
    imageDigest: encrypted.imageDigest.toHex(),
    wrappedKey: wrapped.toHex(),
  };
  return { request, content: encrypted.chunks, findings: [...firmware.findings, ...slotFinding(read)] };
}

function slotFinding({ certificateSlot }: Firmware): readonly Finding[] {
  if (certificateSlot === undefined) return [];
  const at = hexAddress(certificateSlot.address);
  return [{ code: "certificate-key", says: `The product's certificate key was put into the slot at ${at}` }];
}

function checkAgainstProduct(name: string, firmware: Firmware, product: ProductReply): void {
  const refuse = (problem: string) =>
    new Malformed(`Cannot use firmware file "${name}" for product "${product.name}": ${problem}`, {
      structure: "firmware file",
    });
  const hasPersonal = firmware.personal.length > 0;
  if (product.personal === "required" && !hasPersonal) {
    throw refuse(
      "the product requires a personal region: declare the section .flashseal_personal, or give --personal ADDR:LEN",
    );
  }
  if (product.personal === "none" && hasPersonal) {
    throw refuse("the product allows no personal region: leave it out of the firmware");
  }
  const conflict = firmware.options === undefined ? undefined : optionConflict(firmware.options, product);
  if (conflict !== undefined) throw refuse(conflict);
}

/** Option words are set by the product, for all its devices: a file may repeat them, not change them. */
function optionConflict(options: FileOptions, product: ProductReply): string | undefined {
  for (const index of [0, 1, 2, 3] as const) {
    const demanded = options.mask[index];
    const [value, mask] = [product.optionValue[index], product.optionMask[index]];
    if ((demanded & ~mask) === 0 && ((options.value[index] ^ value) & demanded) === 0) continue;
    return `its option word ${index} (${hexAddress(options.value[index])}, mask ${hexAddress(demanded)}) ` +
      `is not what the product sets (${hexAddress(value)}, mask ${hexAddress(mask)}): ` +
      "create a product with these option words (owner product create --options-from), or leave the option bytes out of the file";
  }
  return undefined;
}
