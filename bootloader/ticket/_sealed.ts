/**
 * A structure with an Ed25519 signature behind it: sealed here, verified here, and only then parsed (P-1, P-2, P-3).
 * Knows no structure in particular.
 * @module
 */
import type { Primitives } from "../suite/mod.ts";
import { native, type Secret, sign, verify } from "../suite/mod.ts";
import type { Layout, Shape, Values } from "../wire/mod.ts";
import { concat, Malformed, SIGNATURE_BYTES } from "../wire/mod.ts";

/** A structure whose signature held, or the refusal "not-authentic". */
export type Opening<T> = { readonly opened: T } | { readonly refused: "not-authentic" };

/** Returns the structure's bytes followed by their signature. */
export function seal<S extends Shape>(
  layout: Layout<S>,
  values: Values<S>,
  seed: Secret,
): Uint8Array<ArrayBuffer> {
  const body = layout.encode(values);
  return concat(body, sign(seed, body));
}

/** Whose signature is expected, and on which implementation it is checked. */
export interface OpenOptions {
  /** The signer's Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The implementation; `native` unless a second opinion is wanted. */
  readonly primitives?: Primitives;
}

/**
 * Verifies the received bytes, then parses them.
 * @throws {Malformed} when the length is wrong, or when authentic bytes are not what the table says.
 */
export function open<S extends Shape>(
  layout: Layout<S>,
  sealed: Uint8Array,
  options: OpenOptions,
): Opening<Values<S>> {
  const wanted = layout.size + SIGNATURE_BYTES;
  if (sealed.length !== wanted) {
    // P-3, before anything else: the length is not secret and decides where the signature stands.
    throw new Malformed(
      `Cannot read the sealed ${layout.name}: it has ${sealed.length} bytes and must have ${wanted}`,
      {
        structure: layout.name,
      },
    );
  }
  const message = sealed.subarray(0, layout.size);
  const signature = sealed.subarray(layout.size);
  // P-2: the signature covers the bytes as received; parsing comes afterwards.
  if (!verify({ publicKey: options.publicKey, message, signature }, options.primitives ?? native)) {
    return { refused: "not-authentic" };
  }
  return { opened: layout.decode(message) };
}
