/**
 * Key pairs from injected randomness, signatures, derivation, comparison: the suite as other rooms call it.
 * Knows no structure and no ticket. Hot paths run on `native`; a caller that wants the second opinion passes `noble`.
 * @module
 */
import * as node from "node:crypto";
import type { KeyId } from "../wire/mod.ts";
import { assert, concat } from "../wire/mod.ts";
import { native } from "./_native.ts";
import type { Primitives, Signed } from "./primitives.ts";
import type { Random } from "./secret.ts";
import { Secret } from "./secret.ts";

/** A key that signs (Ed25519). */
export interface SigningKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32-byte seed of RFC 8032. */
  readonly seed: Secret;
}

/** A key that agrees on a shared secret (X25519). */
export interface AgreementKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes, clamped at use (RFC 7748). */
  readonly privateKey: Secret;
}

/** Returns the signing key pair of a seed; the pair keeps the seed. */
export function signingKeyPairOf(seed: Secret): SigningKeyPair {
  return { publicKey: seed.use((raw) => native.ed25519PublicKey(raw)), seed };
}

/** Makes a signing key pair from 32 drawn bytes. */
export function makeSigningKeyPair(random: Random): SigningKeyPair {
  return signingKeyPairOf(Secret.draw(random, 32));
}

/** Returns the agreement key pair of a private key; the pair keeps the private key. */
export function agreementKeyPairOf(privateKey: Secret): AgreementKeyPair {
  return { publicKey: privateKey.use((raw) => native.x25519PublicKey(raw)), privateKey };
}

/** Makes an agreement key pair from 32 drawn bytes. */
export function makeAgreementKeyPair(random: Random): AgreementKeyPair {
  return agreementKeyPairOf(Secret.draw(random, 32));
}

/** Returns the Ed25519 signature of `message`, 64 bytes. */
export function sign(seed: Secret, message: Uint8Array): Uint8Array {
  return seed.use((raw) => native.ed25519Sign(raw, message));
}

/** Tells whether an Ed25519 signature holds, strictly (PROTOCOL section 1). */
export function verify(signed: Signed, primitives: Primitives = native): boolean {
  return primitives.ed25519Verify(signed);
}

/** Returns the first 32 bytes of SHA-512 over the concatenation of `parts` (PROTOCOL: H32). */
export function hash32(...parts: readonly Uint8Array[]): Uint8Array {
  return native.sha512(concat(...parts)).slice(0, 32);
}

/** Returns the id of a ticket key: the first 8 bytes of SHA-512 of the public key, as hexadecimal. */
export function keyIdOf(publicKey: Uint8Array): KeyId {
  assert(publicKey.length === 32, `Cannot name a ticket key: it has ${publicKey.length} bytes`);
  return native.sha512(publicKey).slice(0, 8).toHex() as KeyId;
}

/** What a secret is derived under. */
export interface Derivation {
  /** The label: it separates what is derived for different purposes (P-1). */
  readonly label: Uint8Array;
  /** What tells one derived secret from the next, e.g. a ticket id. */
  readonly info: Uint8Array;
}

/** Returns 32 bytes derived from a master secret: HKDF(label, master, info, 32) (P-50). */
export function derive(master: Secret, { label, info }: Derivation): Secret {
  return new Secret(master.use((ikm) => native.hkdf({ salt: label, ikm, info, length: 32 })));
}

/** Tells whether two byte strings are equal, in a time that depends on their lengths only. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && node.timingSafeEqual(a, b);
}

/** Returns the first 32 bytes of HMAC-SHA-512 over `message`: the MAC of receipts (PROTOCOL section 9). */
export function mac32(key: Secret, message: Uint8Array): Uint8Array {
  return key.use((raw) => native.hmac(raw, message)).slice(0, 32);
}
