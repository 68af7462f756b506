/**
 * Public keys as the bootloader wants them: 32 bytes and the point -A as y - x, y + x, 2 d x y (PROTOCOL section 10).
 * Made from noble alone, so that it does not share a mistake with the product.
 *
 * @module
 */
import { ed25519 } from "@noble/curves/ed25519.js";

/** p = 2^255 - 19. */
export const PRIME = 2n ** 255n - 19n;
/** L, the order of the base point. */
export const ORDER: bigint = ed25519.Point.Fn.ORDER;

/** Returns a number below 2^256 as 32 bytes, little-endian. */
export function numberBytes(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number(number >> BigInt(8 * i) & 255n));
}

/** Returns the table of a public key: 128 bytes. */
export function tableOf(key: Uint8Array): Uint8Array {
  const { x, y } = ed25519.Point.fromBytes(key).negate().toAffine();
  const coordinates = [y - x, y + x, 2n * ed25519.Point.CURVE().d * x * y];
  return Uint8Array.of(...key, ...coordinates.flatMap((c) => [...numberBytes((c % PRIME + PRIME) % PRIME)]));
}

/** Returns the table of the neutral point, which is no key: h A drops out of the equation. */
export function tableOfIdentity(): Uint8Array {
  return Uint8Array.of(...numberBytes(1n), ...numberBytes(1n), ...numberBytes(1n), ...new Uint8Array(32));
}
