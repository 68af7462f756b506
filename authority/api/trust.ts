/**
 * What an appliance checks before it trusts an authority: root against the code, key set against the root, the channel's
 * certificate authority against the log key. The reply comes over a channel that nobody vouches for yet.
 *
 * @module
 */

import { verify } from "../../bootloader/suite/mod.ts";
import { type Keyset, keysetLayout, sameBytes } from "../../bootloader/wire/mod.ts";
import type { TrustReply } from "./appliance_schemas.ts";
import { rootHashOf } from "./enrolment.ts";
import { openStatement, statementSubjects } from "./statement.ts";
import { malformed } from "./_errors.ts";

/** What an appliance may trust after {@linkcode checkTrust}. */
export interface Trust {
  readonly rootPublicKey: Uint8Array;
  /** The signed key set as received: 268 bytes. */
  readonly signedKeySet: Uint8Array;
  readonly keySet: Keyset;
  /** PEM of the certificate authority that the HTTPS channel must lead to. */
  readonly caCertificate: string;
}

/**
 * Returns the trust that follows from a root known beforehand, by its hash (10 bytes of the enrolment code) or whole.
 * @throws {Malformed} naming what does not fit; nothing of the reply may be used then.
 */
export function checkTrust(
  reply: TrustReply,
  root: { readonly rootHash: Uint8Array } | { readonly rootPublicKey: Uint8Array },
): Trust {
  const rootPublicKey = Uint8Array.fromHex(reply.rootPublicKey);
  const expected = "rootHash" in root ? root.rootHash : root.rootPublicKey;
  const offered = "rootHash" in root ? rootHashOf(rootPublicKey) : rootPublicKey;
  if (!sameBytes(expected, offered)) {
    throw malformed(
      "the server's root key",
      "it is not the one that was introduced: this is another server",
    );
  }
  const signedKeySet = Uint8Array.fromHex(reply.keySet);
  const keySet = openKeySet(signedKeySet, rootPublicKey);
  const content = new TextEncoder().encode(reply.caCertificate);
  const statement = openStatement(Uint8Array.fromHex(reply.caStatement), {
    logKeys: [keySet.logKey],
    subject: statementSubjects.caCertificate,
    content,
  });
  // A statement made beside an earlier key set may name a certificate authority that was given up since.
  if (statement.owner !== keySet.owner || statement.number !== keySet.serial) {
    throw malformed("statement", "it does not belong to the key set");
  }
  return { rootPublicKey, signedKeySet, keySet, caCertificate: reply.caCertificate };
}

/** Returns a key set whose signature by the root holds (P-2: verified before it is read). @throws {Malformed} else. */
export function openKeySet(signed: Uint8Array, rootPublicKey: Uint8Array): Keyset {
  const message = signed.subarray(0, keysetLayout.size);
  const signature = signed.subarray(keysetLayout.size);
  if (!verify({ publicKey: rootPublicKey, message, signature })) {
    throw malformed("key set", "the root's signature does not hold");
  }
  return keysetLayout.decode(message);
}
