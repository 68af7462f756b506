/**
 * The names of the authority's keys, and how a new authority draws them. Knows no database.
 *
 * @module
 */

import { hash32, native, type Random, type Secret } from "../../bootloader/suite/mod.ts";
import { LABELS, type ProductId } from "../../bootloader/wire/mod.ts";
import { sealAtRest } from "./custody.ts";

/** The names under which the keys of every authority are sealed. */
export const keyNames = ["ticket", "log", "unwrap", "T-master", "receipt-master"] as const;
/** One of {@linkcode keyNames}. */
export type KeyName = (typeof keyNames)[number];

/** Returns the name under which a product's certificate key is sealed. */
export function certificateKeyName(product: ProductId): string {
  return `certificate ${product}`;
}

/** The public halves of the keys that a key set names. */
export interface PublicKeys {
  readonly ticketKey: Uint8Array;
  readonly logKey: Uint8Array;
  readonly unwrapKey: Uint8Array;
}

/** Draws the five keys of a new authority, sealed, with the public halves that its first key set names. */
export function drawKeys(
  sealKey: Secret,
  random: Random,
): { readonly sealed: ReadonlyMap<KeyName, Uint8Array>; readonly publicKeys: PublicKeys } {
  // The five secrets live in clear until the loop below has sealed and wiped them.
  const secrets = new Map(keyNames.map((name) => [name, random(32)] as const));
  const of = (name: KeyName) => secrets.get(name) ?? new Uint8Array();
  const publicKeys = {
    ticketKey: native.ed25519PublicKey(of("ticket")),
    logKey: native.ed25519PublicKey(of("log")),
    unwrapKey: native.x25519PublicKey(of("unwrap")),
  };
  const sealed = new Map<KeyName, Uint8Array>();
  for (const [name, secret] of secrets) {
    sealed.set(name, sealAtRest(sealKey, { name, secret }, random));
    secret.fill(0);
  }
  return { sealed, publicKeys };
}

/** Returns the hash under which an API key is kept: 32 bytes. The key is 256 random bits, so no slow hash is needed. */
export function hashApiKey(apiKey: string): Uint8Array {
  const encoder = new TextEncoder();
  return hash32(LABELS.apiKey, encoder.encode(apiKey));
}
