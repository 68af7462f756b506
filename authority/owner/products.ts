/**
 * Products: what is programmed, into which chip, under which lock and options.
 *
 * @module
 */
import type { ProductReply } from "../api/mod.ts";
import type { OptionWords } from "../../bootloader/wire/mod.ts";
import { act, ask, pickOne } from "./calls.ts";
import { type FirmwareFile, firmwareTargetOf, parseChipName, readFirmware } from "./firmware_file/mod.ts";
import type { OwnerSession } from "./profile.ts";
import type { Result } from "./release/mod.ts";

/** What the owner says about a new product. */
export interface NewProduct {
  readonly name: string;
  /** A chip's name, e.g. `stm32g0-8k`. */
  readonly chip: string;
  /** DEV_ID that boards must show; missing: any part of the family. */
  readonly chipId?: number;
  /** 1 unless said otherwise; 2 can never be undone on the chip. */
  readonly lockLevel?: 1 | 2;
  readonly personal?: "required" | "optional" | "none";
  /** A firmware file whose option bytes the product sets on every device, beside the family's own. */
  readonly optionsFrom?: FirmwareFile;
  /** Up to `unitsMax` units lent to one appliance, for `days` days, to vaults of kind `file`; missing: online only. */
  readonly offline?: { readonly unitsMax: number; readonly days: number };
  readonly acknowledges: {
    readonly deviceClassC: boolean;
    readonly lockClass: boolean;
    /** Needed where `offline` is given (THREATS T-6). */
    readonly offline?: boolean;
  };
}

/**
 * Creates a product. Missing acknowledgements are refused by the authority with the sentence that says what they mean.
 *
 * @throws {Malformed} for a chip that is not supported, or option bytes that cannot be used
 */
export async function createProduct(
  session: OwnerSession,
  product: NewProduct,
): Promise<Result<ProductReply>> {
  const { family, flashKb } = parseChipName(product.chip);
  const chip = { family: family.chips.family, chipId: product.chipId ?? null, flashKb };
  const lockLevel = product.lockLevel ?? 1;
  const { value, mask } = optionsOf(product, { ...chip, lockLevel }, family.chips.defaultOptions);
  return await act(session, (options) =>
    session.client.createProduct({
      name: product.name,
      ...chip,
      lockLevel,
      optionValue: [...value],
      optionMask: [...mask],
      personal: product.personal ?? "optional",
      offline: product.offline === undefined ? null : { vault: "file", ...product.offline },
      acknowledges: { ...product.acknowledges },
    }, options));
}

interface OptionDemand {
  readonly value: OptionWords;
  readonly mask: OptionWords;
}

/** The family's own demands and those of the file; where both speak they agree, or the file was refused. */
function optionsOf(
  product: NewProduct,
  chip: Parameters<typeof firmwareTargetOf>[0],
  defaults: OptionDemand,
): OptionDemand {
  const file = product.optionsFrom && readFirmware(product.optionsFrom, firmwareTargetOf(chip)).options;
  if (file === undefined) return defaults;
  const join = (one: OptionWords, other: OptionWords): OptionWords => [
    (one[0] | other[0]) >>> 0,
    (one[1] | other[1]) >>> 0,
    (one[2] | other[2]) >>> 0,
    (one[3] | other[3]) >>> 0,
  ];
  return { value: join(defaults.value, file.value), mask: join(defaults.mask, file.mask) };
}

/** Returns all products. */
export async function listProducts(session: OwnerSession): Promise<Result<readonly ProductReply[]>> {
  const answer = await ask(session, () => session.client.products());
  return "refused" in answer ? answer : { granted: answer.granted.products };
}

/** Returns the product that a name or an id means. */
export async function showProduct(session: OwnerSession, word: string): Promise<Result<ProductReply>> {
  const list = await listProducts(session);
  if ("refused" in list) return list;
  return pickOne(word, {
    items: list.granted,
    namesOf: ({ product, name }) => [product, name],
    missing: "product-unknown",
  });
}
