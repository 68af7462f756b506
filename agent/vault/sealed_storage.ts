/**
 * Private keys of the vault at rest: each sealed with ChaCha20-Poly1305 under the appliance's seal key, bound to its
 * name, so that one sealed key cannot stand for another. The seal key lives in a file outside the appliance's folder:
 * the journal alone, or a backup of it, opens nothing. Knows no journal and no file.
 *
 * @module
 */
import { native, type Random, Secret } from "../../bootloader/suite/mod.ts";
import { assert, concat, Fault, LABELS } from "../../bootloader/wire/mod.ts";

const VERSION = 1;
const NONCE_BYTES = 12;

/** Seals and opens under one seal key, which stays in memory as long as the agent runs. */
export class SealedStorage {
  readonly #sealKey: Secret;
  readonly #random: Random;

  /** Takes the seal key over: 32 bytes, wiped by {@linkcode SealedStorage.wipe}. */
  constructor(sealKey: Secret, random: Random) {
    this.#sealKey = sealKey;
    this.#random = random;
  }

  /** Returns `secret` sealed under `name`: version ‖ nonce ‖ ciphertext ‖ tag. The secret is borrowed. */
  seal(name: string, secret: Secret): Uint8Array {
    // Random nonces: one seal per key made, far below the 2^32 that 96 bits allow.
    const nonce = this.#random(NONCE_BYTES);
    assert(nonce.length === NONCE_BYTES, "Cannot seal a key: the random source gave another length");
    const sealed = this.#sealKey.use((key) =>
      secret.use((data) => native.aeadSeal({ key, nonce, ad: adOf(name), data }))
    );
    return concat(Uint8Array.of(VERSION), nonce, sealed);
  }

  /** Lends what was sealed under `name` to `f`, and wipes it. @throws {Fault} when seal key or content is another. */
  use<T>(name: string, sealed: Uint8Array, f: (secret: Secret) => T): T {
    const nonce = sealed.slice(1, 1 + NONCE_BYTES);
    const data = sealed.slice(1 + NONCE_BYTES);
    const opened = sealed[0] === VERSION && data.length >= 16
      ? this.#sealKey.use((key) => native.aeadOpen({ key, nonce, ad: adOf(name), data }))
      : undefined;
    if (opened === undefined) {
      const text = `Cannot open the vault's key "${name}": the seal key file is not the one of this journal`;
      throw new Fault(text, { place: "disk", retry: false });
    }
    // The key is in clear for this call only.
    const secret = new Secret(opened);
    try {
      return f(secret);
    } finally {
      secret.wipe();
    }
  }

  /** Wipes the seal key; nothing can be sealed or opened afterwards. */
  wipe(): void {
    this.#sealKey.wipe();
  }
}

function adOf(name: string): Uint8Array {
  return concat(LABELS.seal, new TextEncoder().encode(name));
}
