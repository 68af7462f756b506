/**
 * Products, releases and the parts of encrypted releases. Knows rows; knows no key and no decision.
 *
 * @module
 */

import type { OptionWords, ProductId, ReleaseId } from "../../bootloader/wire/mod.ts";
import type { ProductReply, ReleaseReply, ReleaseRequest } from "../api/mod.ts";
import {
  bytesOf,
  bytesOrNull,
  type Database,
  integerOf,
  integerOrNull,
  type Row,
  textOf,
} from "./database.ts";

/** A product as it is kept: the reply without the owner, which is the same for all. */
export type StoredProduct = Omit<ProductReply, "owner">;

/** Returns a product, or undefined. */
export function findProduct(db: Database, product: ProductId): StoredProduct | undefined {
  const row = db.first("SELECT * FROM products WHERE id = ?", product);
  return row === undefined ? undefined : productOf(row);
}

/** Returns all products, oldest first. */
export function listProducts(db: Database): readonly StoredProduct[] {
  return db.all("SELECT * FROM products ORDER BY created_ms, id").map(productOf);
}

/** Whether a product has the name. */
export function productNameTaken(db: Database, name: string): boolean {
  return db.first("SELECT 1 FROM products WHERE name = ?", name) !== undefined;
}

/** Keeps a new product. */
export function insertProduct(db: Database, product: StoredProduct): void {
  db.run(
    `INSERT INTO products (id, name, family, chip_id, flash_kb, lock_level, option_value, option_mask, personal, class_c,
      lock_class, certificate_key, created_ms, offline_units, offline_days)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    product.product,
    product.name,
    product.family,
    product.chipId,
    product.flashKb,
    product.lockLevel,
    JSON.stringify(product.optionValue),
    JSON.stringify(product.optionMask),
    product.personal,
    Number(product.acknowledges.deviceClassC),
    Number(product.acknowledges.lockClass),
    Uint8Array.fromHex(product.certificatePublicKey),
    product.createdAtMs,
    product.offline?.unitsMax ?? null,
    product.offline?.days ?? null,
  );
}

function productOf(row: Row): StoredProduct {
  const unitsMax = integerOrNull(row, "offline_units");
  return {
    product: textOf(row, "id") as ProductId,
    name: textOf(row, "name"),
    family: integerOf(row, "family"),
    chipId: integerOrNull(row, "chip_id"),
    flashKb: integerOf(row, "flash_kb"),
    lockLevel: integerOf(row, "lock_level"),
    optionValue: wordsOf(textOf(row, "option_value")),
    optionMask: wordsOf(textOf(row, "option_mask")),
    personal: textOf(row, "personal") as StoredProduct["personal"],
    offline: unitsMax === null ? null : { vault: "file", unitsMax, days: integerOf(row, "offline_days") },
    acknowledges: {
      deviceClassC: integerOf(row, "class_c") === 1,
      lockClass: integerOf(row, "lock_class") === 1,
      // Offline terms are kept only where they were acknowledged.
      offline: unitsMax !== null,
    },
    certificatePublicKey: bytesOf(row, "certificate_key").toHex(),
    createdAtMs: integerOf(row, "created_ms"),
  };
}

function wordsOf(text: string): [number, number, number, number] {
  const [a, b, c, d] = JSON.parse(text) as OptionWords;
  return [a, b, c, d];
}

/** Returns a release, or undefined. */
export function findRelease(db: Database, release: ReleaseId): ReleaseReply | undefined {
  const row = db.first("SELECT * FROM releases WHERE id = ?", release);
  return row === undefined ? undefined : releaseOf(row);
}

/** Returns all releases, oldest first. */
export function listReleases(db: Database): readonly ReleaseReply[] {
  return db.all("SELECT * FROM releases ORDER BY created_ms, id").map(releaseOf);
}

/** Whether the product has a release of the version. */
export function versionTaken(db: Database, product: ProductId, version: string): boolean {
  return db.first("SELECT 1 FROM releases WHERE product = ? AND version = ?", product, version) !== undefined;
}

/** Keeps a new release without content. */
export function insertRelease(
  db: Database,
  release: ReleaseRequest,
  facts: { bytes: number; createdMs: number },
): void {
  db.run(
    `INSERT INTO releases (id, product, version, length, personal_offset, personal_length, image_digest, wrapped_key,
      bytes, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    release.release,
    release.product,
    release.version,
    release.length,
    release.personalOffset,
    release.personalLength,
    Uint8Array.fromHex(release.imageDigest),
    Uint8Array.fromHex(release.wrappedKey),
    facts.bytes,
    facts.createdMs,
  );
}

/** Returns the wrapped key of a release that exists. */
export function wrappedKeyOf(db: Database, release: ReleaseId): Uint8Array {
  return bytesOf(db.one("SELECT wrapped_key FROM releases WHERE id = ?", release), "wrapped_key");
}

/** Appends a part at `offset` when the content ends there; returns whether it did. */
export function appendPart(
  db: Database,
  release: ReleaseId,
  part: { readonly offset: number; readonly content: Uint8Array },
): boolean {
  const { offset, content } = part;
  const moved = db.run(
    "UPDATE releases SET received_bytes = ? WHERE id = ? AND received_bytes = ? AND sha256 IS NULL AND ? <= bytes",
    offset + content.length,
    release,
    offset,
    offset + content.length,
  );
  if (moved === 0) return false;
  db.run("INSERT INTO release_parts (release, offset, content) VALUES (?, ?, ?)", release, offset, content);
  return true;
}

/** Returns the bytes [offset, offset + length) of a release's content, as far as they are here. */
export function readContent(
  db: Database,
  release: ReleaseId,
  range: { readonly offset: number; readonly length: number },
): Uint8Array {
  const end = range.offset + range.length;
  const rows = db.all(
    `SELECT offset, content FROM release_parts
      WHERE release = ? AND offset < ? AND offset + length(content) > ? ORDER BY offset`,
    release,
    end,
    range.offset,
  );
  const found = new Uint8Array(range.length);
  let filled = 0;
  for (const row of rows) {
    const partOffset = integerOf(row, "offset");
    const content = bytesOf(row, "content");
    const from = Math.max(0, range.offset - partOffset);
    const wanted = content.subarray(from, Math.min(content.length, end - partOffset));
    found.set(wanted, partOffset + from - range.offset);
    filled = partOffset + from + wanted.length - range.offset;
  }
  return found.subarray(0, filled);
}

/** Marks a release as complete under its SHA-256; returns whether all of it was here and it was not complete before. */
export function completeRelease(db: Database, release: ReleaseId, sha256: Uint8Array): boolean {
  return db.run(
    "UPDATE releases SET sha256 = ? WHERE id = ? AND sha256 IS NULL AND received_bytes = bytes",
    sha256,
    release,
  ) === 1;
}

/** Forgets the parts of an upload whose digest was wrong, so that it can begin again. */
export function dropContent(db: Database, release: ReleaseId): void {
  db.run("DELETE FROM release_parts WHERE release = ?", release);
  db.run("UPDATE releases SET received_bytes = 0 WHERE id = ? AND sha256 IS NULL", release);
}

function releaseOf(row: Row): ReleaseReply {
  const sha256 = bytesOrNull(row, "sha256");
  const length = integerOf(row, "length");
  return {
    release: textOf(row, "id") as ReleaseId,
    product: textOf(row, "product") as ProductId,
    version: textOf(row, "version"),
    length,
    count: length / 512,
    personalOffset: integerOf(row, "personal_offset"),
    personalLength: integerOf(row, "personal_length"),
    imageDigest: bytesOf(row, "image_digest").toHex(),
    bytes: integerOf(row, "bytes"),
    sha256: sha256 === null ? null : sha256.toHex(),
    complete: sha256 !== null,
    receivedBytes: integerOf(row, "received_bytes"),
    createdAtMs: integerOf(row, "created_ms"),
  };
}
