/**
 * Suite 1 on node:crypto: the hot paths (Ed25519 about 100 times as fast as @noble). Raw keys are wrapped in the fixed
 * DER prefixes of RFC 8410, because that is the only form node:crypto imports.
 * @module
 */
import { Buffer } from "node:buffer";
import * as node from "node:crypto";
import { assert, concat, SIGNATURE_BYTES, TAG_BYTES } from "../wire/mod.ts";
import { isAcceptablePublicKey } from "./_strict_ed25519.ts";
import type { AeadInput, HkdfInput, Primitives, Signed } from "./primitives.ts";

// RFC 8410 section 7 (PKCS #8) and section 4 (SubjectPublicKeyInfo): everything before the 32 raw bytes.
const PRIVATE_PREFIX = {
  ed25519: Uint8Array.fromHex("302e020100300506032b657004220420"),
  x25519: Uint8Array.fromHex("302e020100300506032b656e04220420"),
};
const PUBLIC_PREFIX = {
  ed25519: Uint8Array.fromHex("302a300506032b6570032100"),
  x25519: Uint8Array.fromHex("302a300506032b656e032100"),
};
// RFC 5480: SubjectPublicKeyInfo of an uncompressed P-256 point.
const P256_PREFIX = Uint8Array.fromHex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
const KEY_BYTES = 32;

type Curve = keyof typeof PRIVATE_PREFIX;

function importPrivate(curve: Curve, raw: Uint8Array): node.KeyObject {
  assert(raw.length === KEY_BYTES, `Cannot use a ${curve} private key: it has ${raw.length} bytes`);
  const der = Buffer.from(concat(PRIVATE_PREFIX[curve], raw));
  try {
    return node.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } finally {
    // The secret's copy lived for the import only.
    der.fill(0);
  }
}

function importPublic(curve: Curve, raw: Uint8Array): node.KeyObject {
  assert(raw.length === KEY_BYTES, `Cannot use an ${curve} public key: it has ${raw.length} bytes`);
  const key = Buffer.from(concat(PUBLIC_PREFIX[curve], raw));
  return node.createPublicKey({ key, format: "der", type: "spki" });
}

function publicKeyOf(curve: Curve, raw: Uint8Array): Uint8Array {
  const der = node.createPublicKey(importPrivate(curve, raw)).export({ format: "der", type: "spki" });
  return plain(der.subarray(PUBLIC_PREFIX[curve].length));
}

/** Returns a plain Uint8Array with memory of its own: a Buffer may share a pool with strangers. */
function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}

function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const keys = {
    privateKey: importPrivate("x25519", privateKey),
    publicKey: importPublic("x25519", publicKey),
  };
  let shared: Uint8Array;
  try {
    shared = node.diffieHellman(keys);
  } catch {
    // Both keys were imported, so the one failure left is OpenSSL's refusal of an all-zero result (RFC 7748 section 6.1).
    return undefined;
  }
  // P-22: a runtime that hands out the zero result instead of throwing changes nothing.
  return shared.some((byte) => byte !== 0) ? plain(shared) : undefined;
}

function ed25519Verify({ publicKey, message, signature }: Signed): boolean {
  if (signature.length !== SIGNATURE_BYTES || !isAcceptablePublicKey(publicKey)) return false;
  try {
    return node.verify(null, message, importPublic("ed25519", publicKey), signature);
  } catch {
    // A runtime may throw for bytes that are no point of the curve: that is a "no" to outside bytes, not a fault of ours.
    return false;
  }
}

function p256Verify({ publicKey, message, signature }: Signed): boolean {
  if (publicKey.length !== 65 || publicKey[0] !== 4 || signature.length !== SIGNATURE_BYTES) return false;
  try {
    const key = Buffer.from(concat(P256_PREFIX, publicKey));
    const imported = node.createPublicKey({ key, format: "der", type: "spki" });
    return node.verify("sha256", message, { key: imported, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    // As above: the point or r, s are outside bytes.
    return false;
  }
}

function aeadSeal({ key, nonce, ad, data }: AeadInput): Uint8Array {
  const cipher = node.createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(ad, { plaintextLength: data.length });
  const first = cipher.update(data);
  return concat(first, cipher.final(), cipher.getAuthTag());
}

function aeadOpen({ key, nonce, ad, data }: AeadInput): Uint8Array | undefined {
  if (data.length < TAG_BYTES) return undefined;
  const clearBytes = data.length - TAG_BYTES;
  const decipher = node.createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(ad, { plaintextLength: clearBytes });
  decipher.setAuthTag(data.subarray(clearBytes));
  const first = decipher.update(data.subarray(0, clearBytes));
  try {
    return concat(first, decipher.final());
  } catch {
    // `final` throws for one reason: the tag does not fit. Unauthenticated clear bytes do not leave.
    first.fill(0);
    return undefined;
  }
}

function checkAead(input: AeadInput): void {
  assert(input.key.length === KEY_BYTES, `Cannot use an AEAD key: it has ${input.key.length} bytes`);
  assert(input.nonce.length === 12, `Cannot use an AEAD nonce: it has ${input.nonce.length} bytes`);
}

/** Suite 1 on node:crypto. */
export const native: Primitives = Object.freeze({
  name: "native",
  sha512: (data: Uint8Array) => plain(node.createHash("sha512").update(data).digest()),
  hmac: (key: Uint8Array, data: Uint8Array) => plain(node.createHmac("sha512", key).update(data).digest()),
  hkdf({ salt, ikm, info, length }: HkdfInput) {
    assert(length > 0 && length <= 255 * 64, `Cannot derive ${length} bytes: HKDF gives 1 to 16,320`);
    return new Uint8Array(node.hkdfSync("sha512", ikm, salt, info, length));
  },
  ed25519PublicKey: (seed: Uint8Array) => publicKeyOf("ed25519", seed),
  ed25519Sign: (seed: Uint8Array, message: Uint8Array) =>
    plain(node.sign(null, message, importPrivate("ed25519", seed))),
  ed25519Verify,
  x25519PublicKey: (privateKey: Uint8Array) => publicKeyOf("x25519", privateKey),
  x25519,
  aeadSeal(input: AeadInput) {
    checkAead(input);
    return aeadSeal(input);
  },
  aeadOpen(input: AeadInput) {
    checkAead(input);
    return aeadOpen(input);
  },
  p256Verify,
});
