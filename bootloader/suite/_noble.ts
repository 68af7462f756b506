/**
 * Suite 1 on @noble/*: the second implementation. `verify` uses it, so that a bug of node:crypto cannot vouch for itself.
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ed25519, x25519 as curve } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { assert, concat, sameBytes, SIGNATURE_BYTES, TAG_BYTES } from "../wire/mod.ts";
import { isAcceptablePublicKey } from "./_strict_ed25519.ts";
import type { AeadInput, HkdfInput, Primitives, Signed } from "./primitives.ts";

const KEY_BYTES = 32;
const { Point } = ed25519;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.slice().reverse().toHex()}`);
}

/**
 * Verifies without the cofactor, as RFC 8032 section 5.1.7 permits and as OpenSSL and the target do. The library's own
 * `verify` multiplies by the cofactor, so it takes signatures with a part of small order that the other two refuse.
 */
function ed25519Verify({ publicKey, message, signature }: Signed): boolean {
  if (signature.length !== SIGNATURE_BYTES || !isAcceptablePublicKey(publicKey)) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= Point.Fn.ORDER) return false;
  let key: InstanceType<typeof Point>;
  try {
    key = Point.fromBytes(publicKey, false);
  } catch {
    // Not a point of the curve: a "no" to outside bytes.
    return false;
  }
  const k = littleEndian(sha512(concat(r, publicKey, message))) % Point.Fn.ORDER;
  // R is compared as bytes, so a non-canonical R cannot be equal.
  return sameBytes(Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k)).toBytes(), r);
}

function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  assert(
    privateKey.length === KEY_BYTES,
    `Cannot use a x25519 private key: it has ${privateKey.length} bytes`,
  );
  assert(publicKey.length === KEY_BYTES, `Cannot use a x25519 public key: it has ${publicKey.length} bytes`);
  try {
    return curve.getSharedSecret(privateKey, publicKey);
  } catch {
    // P-22: with both lengths right, the one thing the library refuses is an all-zero result.
    return undefined;
  }
}

function aead({ key, nonce, ad }: AeadInput): ReturnType<typeof chacha20poly1305> {
  assert(key.length === KEY_BYTES, `Cannot use an AEAD key: it has ${key.length} bytes`);
  assert(nonce.length === 12, `Cannot use an AEAD nonce: it has ${nonce.length} bytes`);
  return chacha20poly1305(key, nonce, ad);
}

/** Suite 1 on @noble/*. */
export const noble: Primitives = Object.freeze({
  name: "noble",
  sha512: (data: Uint8Array) => sha512(data),
  hmac: (key: Uint8Array, data: Uint8Array) => hmac(sha512, key, data),
  hkdf({ salt, ikm, info, length }: HkdfInput) {
    assert(length > 0 && length <= 255 * 64, `Cannot derive ${length} bytes: HKDF gives 1 to 16,320`);
    return hkdf(sha512, ikm, salt, info, length);
  },
  ed25519PublicKey: (seed: Uint8Array) => ed25519.getPublicKey(seed),
  ed25519Sign: (seed: Uint8Array, message: Uint8Array) => ed25519.sign(message, seed),
  ed25519Verify,
  x25519PublicKey: (privateKey: Uint8Array) => curve.getPublicKey(privateKey),
  x25519,
  aeadSeal: (input: AeadInput) => aead(input).encrypt(input.data),
  aeadOpen(input: AeadInput) {
    const cipher = aead(input);
    if (input.data.length < TAG_BYTES) return undefined;
    try {
      return cipher.decrypt(input.data);
    } catch {
      // Key, nonce and length are right, so the tag does not fit.
      return undefined;
    }
  },
  p256Verify({ publicKey, message, signature }: Signed) {
    if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== SIGNATURE_BYTES) return false;
    try {
      // ECDSA as such takes s and n − s; a TPM gives either, so `lowS` would refuse honest signatures.
      return p256.verify(signature, message, publicKey, { prehash: true, lowS: false });
    } catch {
      // The point is outside bytes and not on the curve.
      return false;
    }
  },
});
