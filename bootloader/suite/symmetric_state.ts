/**
 * The inner objects of the Noise Protocol Framework, revision 34, for ChaChaPoly and SHA512: transport cipher and symmetric
 * state (P-28). Knows no pattern and no curve.
 * @module
 */
import { assert, concat } from "../wire/mod.ts";
import { native } from "./_native.ts";
import type { Primitives } from "./primitives.ts";
import { Secret } from "./secret.ts";

const EMPTY = new Uint8Array(0);
const KEY_BYTES = 32;
const HASH_BYTES = 64;

/** Returns the nonce of message number `n`: four zero bytes, then n as u64 (Noise section 12.3). */
export function noiseNonce(n: number): Uint8Array<ArrayBuffer> {
  assert(Number.isSafeInteger(n) && n >= 0, "Cannot make a nonce: the counter left its range");
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(n), true);
  return nonce;
}

/** One direction of a transport: a key and a counter that only rises, no rekey (P-28). */
export class CipherState {
  // The key lives here from Split() to `wipe()`.
  readonly #key: Secret;
  readonly #primitives: Primitives;
  #n = 0;

  /** Takes over the key. */
  constructor(key: Secret, primitives: Primitives = native) {
    this.#key = key;
    this.#primitives = primitives;
  }

  /** Returns the next transport message with `content`. */
  seal(content: Uint8Array): Uint8Array {
    const nonce = noiseNonce(this.#n);
    this.#n += 1;
    return this.#key.use((key) => this.#primitives.aeadSeal({ key, nonce, ad: EMPTY, data: content }));
  }

  /** Returns the content of the next transport message, or undefined: then nothing changes here, and the session is over. */
  open(message: Uint8Array): Uint8Array | undefined {
    const nonce = noiseNonce(this.#n);
    const content = this.#key.use((key) =>
      this.#primitives.aeadOpen({ key, nonce, ad: EMPTY, data: message })
    );
    if (content !== undefined) this.#n += 1;
    return content;
  }

  /** Wipes the key. */
  wipe(): void {
    this.#key.wipe();
  }
}

/** The two keys that Split() gives, each with nonces from 0. */
export interface SplitKeys {
  /** Key of what the initiator sends. */
  readonly fromInitiator: Secret;
  /** Key of what the responder sends. */
  readonly fromResponder: Secret;
}

/** Chaining key, hash and cipher of a handshake (Noise section 5.2). */
export class SymmetricState {
  readonly #primitives: Primitives;
  #h: Uint8Array;
  // Chaining key and message key live from construction to `wipe()`, which `split()` calls too.
  #ck: Uint8Array;
  #key: Uint8Array | undefined;
  #n = 0;

  /** Starts from a protocol name. */
  constructor(protocolName: string, primitives: Primitives) {
    const name = new TextEncoder().encode(protocolName);
    assert(
      name.length <= HASH_BYTES,
      "Cannot start a handshake: the protocol's name is longer than the hash",
    );
    this.#primitives = primitives;
    this.#h = concat(name, new Uint8Array(HASH_BYTES - name.length));
    this.#ck = this.#h.slice();
  }

  /** The handshake hash so far, 64 bytes, copied. */
  get hash(): Uint8Array {
    return this.#h.slice();
  }

  /** Mixes public bytes into the hash. */
  mixHash(data: Uint8Array): void {
    this.#h = this.#primitives.sha512(concat(this.#h, data));
  }

  /** Mixes a shared secret into the chaining key, makes a fresh message key, and wipes the shared secret. */
  mixKey(shared: Uint8Array): void {
    const [ck, key] = this.#derive(shared);
    shared.fill(0);
    this.wipe();
    this.#ck = ck;
    this.#key = key;
    this.#n = 0;
  }

  /** Encrypts under the message key with the hash as associated data, and mixes the result into the hash. */
  encryptAndHash(data: Uint8Array): Uint8Array {
    assert(this.#key !== undefined, "Cannot encrypt in a handshake: there is no key yet");
    const sealed = this.#primitives.aeadSeal({
      key: this.#key,
      nonce: noiseNonce(this.#n),
      ad: this.#h,
      data,
    });
    this.#n += 1;
    this.mixHash(sealed);
    return sealed;
  }

  /** Decrypts what `encryptAndHash` made, or returns undefined. */
  decryptAndHash(data: Uint8Array): Uint8Array | undefined {
    assert(this.#key !== undefined, "Cannot decrypt in a handshake: there is no key yet");
    const opened = this.#primitives.aeadOpen({
      key: this.#key,
      nonce: noiseNonce(this.#n),
      ad: this.#h,
      data,
    });
    if (opened === undefined) return undefined;
    this.#n += 1;
    this.mixHash(data);
    return opened;
  }

  /** Returns the two transport keys and wipes the state. */
  split(): SplitKeys {
    const [first, second] = this.#derive(EMPTY);
    this.wipe();
    // Noise section 5.2: with a 64-byte hash both outputs are cut to 32 bytes.
    const keys = { fromInitiator: new Secret(first.slice(0, KEY_BYTES)), fromResponder: new Secret(second) };
    first.fill(0);
    return keys;
  }

  /** Wipes chaining key and message key. */
  wipe(): void {
    this.#ck.fill(0);
    this.#key?.fill(0);
    this.#key = undefined;
  }

  #derive(ikm: Uint8Array): [Uint8Array, Uint8Array] {
    const both = this.#primitives.hkdf({ salt: this.#ck, ikm, info: EMPTY, length: 2 * HASH_BYTES });
    const outputs: [Uint8Array, Uint8Array] = [
      both.slice(0, HASH_BYTES),
      both.slice(HASH_BYTES, HASH_BYTES + KEY_BYTES),
    ];
    both.fill(0);
    return outputs;
  }
}
