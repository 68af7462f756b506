/**
 * Creates products, releases and orders, and changes orders, each within the running transaction of `once`.
 *
 * @module
 */

import { familyByNumber } from "../../bootloader/chips/mod.ts";
import { SEALED_CERTIFICATE_BYTES } from "../../bootloader/ticket/mod.ts";
import {
  CHUNK_BYTES,
  INNER_CHUNK_BYTES,
  PERSONAL_BYTES_MAX,
  type ProductId,
} from "../../bootloader/wire/mod.ts";
import type {
  Decision,
  OrderChange,
  OrderId,
  OrderReply,
  OrderRequest,
  ProductReply,
  ProductRequest,
  Quota,
  ReleaseReply,
  ReleaseRequest,
} from "../api/mod.ts";
import { type Counts, decideChange, freeOf } from "../ledger/mod.ts";
import { appendEvent } from "../log/mod.ts";
import { certificateKeyName } from "../signer/mod.ts";
import {
  findOrder,
  findProduct,
  findRelease,
  insertOrder,
  insertProduct,
  insertRelease,
  insertSealedKey,
  moveUnaccounted,
  noteChange,
  orderNameTaken,
  productNameTaken,
  setOrderTerms,
  type StoredOrder,
  type StoredProduct,
  versionTaken,
  wrappedKeyOf,
} from "../store/mod.ts";
import type { Office } from "./office.ts";

/** Creates a product with a certificate key of its own. What the chip cannot promise must be acknowledged. */
export function createProduct(office: Office, who: string, request: ProductRequest): Decision<ProductReply> {
  const family = familyByNumber(request.family);
  if (family === undefined) return { refused: "chip-unknown" };
  const { chips } = family;
  if (request.chipId !== null && chips.parts[request.chipId] === undefined) {
    return { refused: "chip-unknown" };
  }
  if (chips.deviceClass === "C" && !request.acknowledges.deviceClassC) {
    return { refused: "class-c-not-acknowledged" };
  }
  if (chips.lockClass.number > 1 && !request.acknowledges.lockClass) {
    const detail = `Lock class ${chips.lockClass.number}: ${chips.lockClass.says}`;
    return { refused: "lock-class-not-acknowledged", detail };
  }
  if (request.offline !== null && !request.acknowledges.offline) {
    return { refused: "offline-not-acknowledged" };
  }
  const finding = family.judgeProductOptions(request.optionValue, request.optionMask)[0];
  if (finding !== undefined) {
    return { refused: "options-wrong", detail: `${finding.says}. ${finding.remedy}` };
  }
  if (productNameTaken(office.db, request.name)) return { refused: "name-taken" };
  const id = office.random(8).toHex() as ProductId;
  const key = office.signer.makeCertificateKey(id);
  const product: StoredProduct = {
    ...request,
    // Nothing is acknowledged where nothing is allowed.
    acknowledges: { ...request.acknowledges, offline: request.offline !== null },
    product: id,
    certificatePublicKey: key.publicKey.toHex(),
    createdAtMs: office.nowMs(),
  };
  insertSealedKey(office.db, certificateKeyName(id), key.sealed);
  insertProduct(office.db, product);
  appendEvent(office.db, {
    event: "product-created",
    who,
    about: {
      product: id,
      name: request.name,
      family: request.family,
      flashKb: request.flashKb,
      classC: request.acknowledges.deviceClassC,
      lockClass: request.acknowledges.lockClass,
      offlineUnits: request.offline?.unitsMax ?? null,
      offlineDays: request.offline?.days ?? null,
      certificateKey: product.certificatePublicKey,
    },
  }, product.createdAtMs);
  return { granted: productReply(office, product) };
}

/** Returns a product as owners see it. */
export function productReply(office: Office, product: StoredProduct): ProductReply {
  return { ...product, owner: office.owner };
}

/** Creates a release without content; its content follows in parts. */
export function createRelease(office: Office, who: string, request: ReleaseRequest): Decision<ReleaseReply> {
  const product = findProduct(office.db, request.product);
  if (product === undefined) return { refused: "product-unknown" };
  const misfit = releaseMisfit(product, request);
  if (misfit !== undefined) return { refused: "release-does-not-fit", detail: misfit };
  const kept = findRelease(office.db, request.release);
  if (kept !== undefined) {
    // An upload that is resumed after the idempotency key was forgotten asks for the same release again.
    return isSameRelease(office, kept, request)
      ? { granted: kept }
      : { refused: "name-taken", detail: "There is a release of this id" };
  }
  if (versionTaken(office.db, request.product, request.version)) {
    return { refused: "name-taken", detail: "The product has a release of this version" };
  }
  const context = { owner: office.owner, product: request.product, release: request.release };
  // Tried now: a key that cannot be opened would be found out with a board on the station.
  if (!office.signer.canUnwrap(Uint8Array.fromHex(request.wrappedKey), context)) {
    return { refused: "wrapped-key-wrong" };
  }
  const createdMs = office.nowMs();
  const bytes = request.length / CHUNK_BYTES * INNER_CHUNK_BYTES;
  insertRelease(office.db, request, { bytes, createdMs });
  const { release, version, length, personalLength } = request;
  appendEvent(office.db, {
    event: "release-created",
    who,
    about: {
      product: product.product,
      release,
      version,
      length,
      personalLength,
      imageDigest: request.imageDigest,
    },
  }, createdMs);
  const created = findRelease(office.db, request.release);
  return created === undefined ? { refused: "release-unknown" } : { granted: created };
}

function isSameRelease(office: Office, kept: ReleaseReply, request: ReleaseRequest): boolean {
  const { wrappedKey, ...described } = request;
  return Object.entries(described).every(([key, value]) => kept[key as keyof typeof described] === value) &&
    wrappedKeyOf(office.db, kept.release).toHex() === wrappedKey;
}

/** Returns why a release does not fit its product's chip (P-16, P-17), or undefined. */
function releaseMisfit(product: StoredProduct, release: ReleaseRequest): string | undefined {
  const { length, personalOffset, personalLength } = release;
  if (length === 0 || length % CHUNK_BYTES !== 0) return "The length is not a multiple of 512 bytes above 0";
  if (length > product.flashKb * 1024) {
    return `The length is above the chip's ${product.flashKb} KiB of flash`;
  }
  if (personalLength === 0) {
    if (personalOffset !== 0) return "There is a personal offset without a personal region";
    return product.personal === "required" ? "The product requires a personal region" : undefined;
  }
  if (product.personal === "none") return "The product allows no personal region";
  if (personalOffset % 8 !== 0 || personalLength % 8 !== 0) {
    return "The personal region is not aligned to 8 bytes";
  }
  if (personalOffset < 8) return "The personal region covers the first flash word";
  if (personalLength > PERSONAL_BYTES_MAX) {
    return `The personal region is longer than ${PERSONAL_BYTES_MAX} bytes`;
  }
  if (personalLength < SEALED_CERTIFICATE_BYTES) {
    return `The personal region is shorter than the device certificate's ${SEALED_CERTIFICATE_BYTES} bytes`;
  }
  return personalOffset + personalLength > length ? "The personal region lies beyond the length" : undefined;
}

/** Creates an order of a complete release. */
export function createOrder(office: Office, who: string, request: OrderRequest): Decision<OrderReply> {
  if (findProduct(office.db, request.product) === undefined) return { refused: "product-unknown" };
  const release = findRelease(office.db, request.release);
  if (release === undefined || release.product !== request.product) return { refused: "release-unknown" };
  if (!release.complete) return { refused: "release-incomplete" };
  if (request.notBeforeSeconds > request.notAfterSeconds) {
    return { refused: "malformed", detail: "The order would end before it begins" };
  }
  if (orderNameTaken(office.db, request.name)) return { refused: "name-taken" };
  const order = office.random(16).toHex() as OrderId;
  const nowMs = office.nowMs();
  insertOrder(office.db, order, request, nowMs);
  const { product, granted, notBeforeSeconds, notAfterSeconds, name } = request;
  appendEvent(office.db, {
    event: "order-created",
    who,
    about: { order, name, product, release: request.release, granted, notBeforeSeconds, notAfterSeconds },
  }, nowMs);
  const created = findOrder(office.db, order);
  return created === undefined ? { refused: "order-unknown" } : { granted: orderReply(created) };
}

/** Changes an order; never below what is used or lent. */
export function changeOrder(
  office: Office,
  who: string,
  order: OrderId,
  change: OrderChange,
): Decision<OrderReply> {
  const found = findOrder(office.db, order);
  if (found === undefined) return { refused: "order-unknown" };
  const decision = decideChange(found, change);
  if ("refused" in decision) return decision;
  const { freed, ...terms } = decision.granted;
  const nowMs = office.nowMs();
  setOrderTerms(office.db, order, terms);
  noteChange(office.db, { order }, change.change, nowMs);
  if (freed > 0) moveUnaccounted(office.db, order, { units: -freed, cause: "freed", nowMs });
  appendEvent(
    office.db,
    { event: "order-changed", who, about: { order, change: change.change, ...decision.granted } },
    nowMs,
  );
  const changed = findOrder(office.db, order);
  return changed === undefined ? { refused: "order-unknown" } : { granted: orderReply(changed) };
}

/** Returns an order as owners see it. */
export function orderReply(order: StoredOrder): OrderReply {
  const { name, product, release, version, frozen, message2Limit, ticketSeconds, createdAtMs } = order;
  return {
    order: order.order,
    name,
    product,
    release,
    version,
    frozen,
    awaiting: order.awaiting,
    notBeforeSeconds: order.notBeforeSeconds,
    notAfterSeconds: order.notAfterSeconds,
    message2Limit,
    ticketSeconds,
    rework: order.rework,
    createdAtMs,
    quota: quotaOf(order.counts),
  };
}

/** Returns the counts with what is free. */
export function quotaOf(counts: Counts): Quota {
  const { granted, leased, reserved, keyed, committed, lost, unaccounted } = counts;
  return { granted, free: freeOf(counts), leased, reserved, keyed, committed, lost, unaccounted };
}
