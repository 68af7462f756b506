/**
 * The part of strict Ed25519 verification that libraries decide differently (PROTOCOL section 1): which public keys count.
 * node:crypto takes y ≥ p and points of small order, @noble with `zip215: false` takes neither; both are refused here
 * first, so that both implementations and the target give one answer.
 * @module
 */

/** The field prime 2^255 − 19 of RFC 8032. */
const P = 2n ** 255n - 19n;

/**
 * The y coordinates of the eight points of small order: of order 1, 2, 4 and twice 8 (the roots of dy⁴ + 2y² − 1).
 * A test derives them again from the curve.
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  1n,
  P - 1n,
  0n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/** Returns a little-endian integer of 32 bytes without its top bit (the sign of x). */
function readY(bytes: Uint8Array): bigint {
  const turned = bytes.slice().reverse();
  turned[0]! &= 0x7f;
  return BigInt(`0x${turned.toHex()}`);
}

/** Tells whether 32 bytes are a canonical encoding (y < p) of something that is not a point of small order. */
export function isAcceptablePublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const y = readY(publicKey);
  return y < P && !SMALL_ORDER_Y.has(y);
}
