/**
 * What an implementation of suite 1 offers: X25519, Ed25519, ChaCha20-Poly1305, SHA-512, HMAC and HKDF over it, and P-256
 * signatures of lease keys. There are two, `native` and `noble`, held equal by `selfTest` and by tests.
 * Knows no key in particular; raw secret bytes pass through here and are never kept.
 * @module
 */

/** One implementation of every primitive. Lengths are checked; a wrong one is a Defect. */
export interface Primitives {
  /** "native" (node:crypto) or "noble" (@noble/*). */
  readonly name: "native" | "noble";
  /** Returns SHA-512 of `data`, 64 bytes (FIPS 180-4). */
  sha512(data: Uint8Array): Uint8Array;
  /** Returns HMAC-SHA-512 of `data`, 64 bytes (RFC 2104). */
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Returns `length` bytes of HKDF with SHA-512 (RFC 5869); `length` is at most 16,320. */
  hkdf(input: HkdfInput): Uint8Array;
  /** Returns the Ed25519 public key of a 32-byte seed (RFC 8032). */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** Returns the Ed25519 signature of `message`, 64 bytes. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** Tells whether a signature holds under the strict rules of `_strict_ed25519.ts`; never throws for outside bytes. */
  ed25519Verify(signed: Signed): boolean;
  /** Returns the X25519 public key of a 32-byte private key (RFC 7748). */
  x25519PublicKey(privateKey: Uint8Array): Uint8Array;
  /** Returns the shared secret, or undefined when it is all zero (P-22). */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** Returns ciphertext ‖ tag of ChaCha20-Poly1305 (RFC 8439). */
  aeadSeal(input: AeadInput): Uint8Array;
  /** Returns the clear bytes, or undefined when the tag does not fit. */
  aeadOpen(input: AeadInput): Uint8Array | undefined;
  /** Tells whether an ECDSA P-256 SHA-256 signature (r ‖ s, 64 bytes) holds; the key is SEC 1, uncompressed. */
  p256Verify(signed: Signed): boolean;
}

/** A message, its signature, and the key that should have made it; all from outside, all public. */
export interface Signed {
  /** The signer's public key. */
  readonly publicKey: Uint8Array;
  /** The bytes that were signed, as received (P-2). */
  readonly message: Uint8Array;
  /** The signature. */
  readonly signature: Uint8Array;
}

/** Input of HKDF (RFC 5869). */
export interface HkdfInput {
  /** Salt; here a label. */
  readonly salt: Uint8Array;
  /** Input keying material; secret. */
  readonly ikm: Uint8Array;
  /** Context. */
  readonly info: Uint8Array;
  /** Bytes wanted. */
  readonly length: number;
}

/** Input of the AEAD in either direction. */
export interface AeadInput {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes; see `noiseNonce`. */
  readonly nonce: Uint8Array;
  /** Authenticated, not encrypted. */
  readonly ad: Uint8Array;
  /** Clear bytes to seal, or ciphertext ‖ tag to open. */
  readonly data: Uint8Array;
}
