/**
 * Keys at rest: each sealed with ChaCha20-Poly1305 under the seal key, which lives in a file of its own outside the
 * database; bound to its name, so that one sealed key cannot stand for another. Knows no database and no file.
 *
 * @module
 */

import { native, type Random, Secret } from "../../bootloader/suite/mod.ts";
import { assert, concat, Fault, LABELS } from "../../bootloader/wire/mod.ts";

const VERSION = 1;
const NONCE_BYTES = 12;
const LABEL = LABELS.seal;

/** Returns `secret` sealed for rest: version ‖ nonce ‖ ciphertext ‖ tag. The nonce is random: seals are few. */
export function sealAtRest(
  sealKey: Secret,
  item: { readonly name: string; readonly secret: Uint8Array },
  random: Random,
): Uint8Array {
  const nonce = random(NONCE_BYTES);
  assert(nonce.length === NONCE_BYTES, "Cannot seal a key: the random source gave another length");
  const sealed = sealKey.use((key) =>
    native.aeadSeal({ key, nonce, ad: adOf(item.name), data: item.secret })
  );
  return concat(Uint8Array.of(VERSION), nonce, sealed);
}

/**
 * Returns what was sealed under the name.
 * @throws {Fault} when seal key, name or content is another: the installation's files do not belong together.
 */
export function openAtRest(
  sealKey: Secret,
  item: { readonly name: string; readonly sealed: Uint8Array },
): Secret {
  const { name, sealed } = item;
  const nonce = sealed.slice(1, 1 + NONCE_BYTES);
  const data = sealed.slice(1 + NONCE_BYTES);
  const fits = sealed[0] === VERSION && data.length >= 16;
  const opened = fits
    ? sealKey.use((key) => native.aeadOpen({ key, nonce, ad: adOf(name), data }))
    : undefined;
  if (opened === undefined) {
    throw new Fault(
      `Cannot open the sealed key "${name}": the seal key file is not the one of this database`,
      {
        place: "seal key",
        retry: false,
      },
    );
  }
  return new Secret(opened);
}

function adOf(name: string): Uint8Array {
  return concat(LABEL, new TextEncoder().encode(name));
}
