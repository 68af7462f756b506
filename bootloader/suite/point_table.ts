/**
 * A ticket key as the point table of the install block (PROTOCOL section 10): the target adds −A without decompressing it.
 * Knows nothing of the block around it.
 * @module
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { Malformed } from "../wire/mod.ts";
import { isAcceptablePublicKey } from "./_strict_ed25519.ts";

const { Point } = ed25519;

/** The affine coordinates of −A, prepared for mixed addition; each 32 bytes, little-endian. */
export interface PointTable {
  /** y − x of −A. */
  readonly yMinusX: Uint8Array;
  /** y + x of −A. */
  readonly yPlusX: Uint8Array;
  /** 2·d·x·y of −A. */
  readonly twoDxy: Uint8Array;
}

/**
 * Returns the table of −A for the Ed25519 public key A.
 * @throws {Malformed} when the key is not canonical, not on the curve, or of small order.
 */
export function pointTable(publicKey: Uint8Array): PointTable {
  if (!isAcceptablePublicKey(publicKey)) throw notAKey();
  let point: InstanceType<typeof Point>;
  try {
    point = Point.fromBytes(publicKey, false).negate();
  } catch {
    // The library's reason may quote the bytes; ours does not.
    throw notAKey();
  }
  const { Fp } = Point;
  const { d } = Point.CURVE();
  const { x, y } = point.toAffine();
  return {
    yMinusX: Fp.toBytes(Fp.sub(y, x)),
    yPlusX: Fp.toBytes(Fp.add(y, x)),
    twoDxy: Fp.toBytes(Fp.mul(Fp.mul(Fp.mul(2n, d), x), y)),
  };
}

function notAKey(): Malformed {
  return new Malformed("Cannot use the ticket key: it is not a canonical Ed25519 public key of full order", {
    structure: "ticket key",
  });
}
