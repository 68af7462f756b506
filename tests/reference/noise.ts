/**
 * Noise_NK_25519_ChaChaPoly_SHA512 for the initiator, written from the Noise specification (revision 34) alone, on @noble.
 * Slow and obvious; imports nothing of the product, so that it can disagree with it.
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { join } from "./bytes.ts";

function nonceOf(n: number): Uint8Array {
  const nonce = new Uint8Array(12);
  for (let i = 0; i < 4; i++) nonce[4 + i] = Math.floor(n / 256 ** i) % 256;
  return nonce;
}

/** Encrypts with ChaCha20-Poly1305 under message number n. */
export function encrypt(key: Uint8Array, n: number, ad: Uint8Array, clear: Uint8Array): Uint8Array {
  return chacha20poly1305(key, nonceOf(n), ad).encrypt(clear);
}

/** Decrypts, or returns null when the tag is wrong. */
export function decrypt(key: Uint8Array, n: number, ad: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  try {
    return chacha20poly1305(key, nonceOf(n), ad).decrypt(sealed);
  } catch {
    return null;
  }
}

/** What the initiator has after message 2. */
export interface Finished {
  content: Uint8Array;
  hh: Uint8Array;
  send: Uint8Array;
  receive: Uint8Array;
}

/** One handshake as initiator. */
export class Initiator {
  h: Uint8Array;
  ck: Uint8Array;
  k = new Uint8Array(32);
  n = 0;

  constructor(prologue: Uint8Array, public remoteStatic: Uint8Array, public ephemeral: Uint8Array) {
    const name = new TextEncoder().encode("Noise_NK_25519_ChaChaPoly_SHA512");
    this.h = join(name, new Uint8Array(64 - name.length));
    this.ck = this.h;
    this.mixHash(prologue);
    this.mixHash(remoteStatic);
  }

  mixHash(data: Uint8Array): void {
    this.h = sha512(join(this.h, data));
  }

  mixKey(secret: Uint8Array): void {
    const out = hkdf(sha512, secret, this.ck, new Uint8Array(0), 128);
    this.ck = out.slice(0, 64);
    this.k = out.slice(64, 96);
    this.n = 0;
  }

  /** Message 1, or null when the result of es is all zero. */
  message1(payload: Uint8Array): Uint8Array | null {
    const e = x25519.getPublicKey(this.ephemeral);
    this.mixHash(e);
    const es = this.dh(this.remoteStatic);
    if (es === null) return null;
    this.mixKey(es);
    const sealed = encrypt(this.k, this.n, this.h, payload);
    this.mixHash(sealed);
    return join(e, sealed);
  }

  /** What message 2 brings, or null. */
  message2(message: Uint8Array): Finished | null {
    const re = message.slice(0, 32);
    this.mixHash(re);
    const ee = this.dh(re);
    if (ee === null) return null;
    this.mixKey(ee);
    const content = decrypt(this.k, this.n, this.h, message.slice(32));
    if (content === null) return null;
    this.mixHash(message.slice(32));
    const out = hkdf(sha512, new Uint8Array(0), this.ck, new Uint8Array(0), 128);
    return { content, hh: this.h, send: out.slice(0, 32), receive: out.slice(64, 96) };
  }

  dh(publicKey: Uint8Array): Uint8Array | null {
    try {
      return x25519.getSharedSecret(this.ephemeral, publicKey);
    } catch {
      return null; // The library refuses an all-zero result (P-22).
    }
  }
}
