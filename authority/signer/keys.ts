/**
 * The names of the authority's keys, and how a new authority draws them. Knows no database.
 *
 * @module
 */

import { hash32, native, type Random, type Secret } from "../../bootloader/suite/mod.ts";
import { LABELS, type ProductId } from "../../bootloader/wire/mod.ts";
import { openAtRest, sealAtRest } from "./custody.ts";

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

/** The keys that a key set announces before they are used, and the names under which they wait. */
const nextNames = [["next ticket", "ticket"], ["next log", "log"]] as const;

/** Draws the keys that come next, sealed, with the public halves that a key set announces. */
export function drawNextKeys(
  sealKey: Secret,
  random: Random,
): { readonly sealed: ReadonlyMap<string, Uint8Array>; readonly publicKeys: Omit<PublicKeys, "unwrapKey"> } {
  const sealed = new Map<string, Uint8Array>();
  const publicKeys = nextNames.map(([name]) => {
    // The seed lives in clear from here to the wipe.
    const secret = random(32);
    const publicKey = native.ed25519PublicKey(secret);
    sealed.set(name, sealAtRest(sealKey, { name, secret }, random));
    secret.fill(0);
    return publicKey;
  });
  return { sealed, publicKeys: { ticketKey: publicKeys[0]!, logKey: publicKeys[1]! } };
}

/** Returns each waiting key sealed anew under the name of a current one: a seal is bound to its name. */
export function takeOverNextKeys(
  sealKey: Secret,
  readSealed: (name: string) => Uint8Array,
  random: Random,
): readonly { readonly from: string; readonly to: KeyName; readonly sealed: Uint8Array }[] {
  return nextNames.map(([from, to]) => {
    const opened = openAtRest(sealKey, { name: from, sealed: readSealed(from) });
    try {
      const sealed = opened.use((secret) => sealAtRest(sealKey, { name: to, secret }, random));
      return { from, to, sealed };
    } finally {
      opened.wipe();
    }
  });
}
