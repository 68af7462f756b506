/**
 * What a checker trusts: a root public key it was given, and the key sets that this root signed (P-53). Knows no
 * network; where root and key sets come from is the caller's business.
 *
 * @module
 */
import * as v from "valibot";
import { readWith } from "../../api/mod.ts";
import { noble, verify } from "../../../bootloader/suite/mod.ts";
import { openKeyset } from "../../../bootloader/ticket/mod.ts";
import { type Keyset, Malformed, statementLayout } from "../../../bootloader/wire/mod.ts";
import { readJson } from "./proof_file.ts";

/** Root and key sets as received: what `GET /v1/trust` and `GET /v1/owner` give. */
export interface ProofTrust {
  /** Ed25519, 32 bytes. */
  readonly rootPublicKey: Uint8Array;
  /** Signed key sets, 268 bytes each; older ones are needed for proofs of earlier epochs. */
  readonly signedKeySets: readonly Uint8Array[];
}

const keySetHex = v.pipe(v.string(), v.regex(/^[0-9a-f]{536}$/, "must be 268 bytes in lower-case hex"));

const schema = v.object({
  rootPublicKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "must be 32 bytes in lower-case hex")),
  keySet: keySetHex,
  earlierKeySets: v.optional(v.array(keySetHex), []),
});

/** Returns the trust that a file holds: JSON with `rootPublicKey`, `keySet` and perhaps `earlierKeySets`. @throws {Malformed} */
export function readTrust(file: Uint8Array): ProofTrust {
  const read = readWith(schema, readJson(file, "the trust file"), "the trust file");
  return {
    rootPublicKey: Uint8Array.fromHex(read.rootPublicKey),
    signedKeySets: [read.keySet, ...read.earlierKeySets].map((hex) => Uint8Array.fromHex(hex)),
  };
}

/** A log key with the owner that its key set names. */
export interface LogKey {
  readonly owner: Keyset["owner"];
  readonly logKey: Uint8Array;
}

/** Returns the log keys of the key sets, the next ones included. @throws {Malformed} as `openKeySets` */
export function logKeysOf(trust: ProofTrust): readonly LogKey[] {
  return openKeySets(trust).flatMap(({ owner, logKey, nextLogKey }) => [
    { owner, logKey },
    { owner, logKey: nextLogKey },
  ]).filter(({ logKey }) => logKey.some((byte) => byte !== 0));
}

/** Returns the key that signed a statement, by the second implementation; undefined when none of them did. */
export function signedBy(statement: Uint8Array, keys: readonly LogKey[]): LogKey | undefined {
  const message = statement.subarray(0, statementLayout.size);
  const signature = statement.subarray(statementLayout.size);
  const signers = keys.filter(({ logKey }) => verify({ publicKey: logKey, message, signature }, noble));
  if (signers.length === 0) return undefined;
  const { owner } = statementLayout.decode(message);
  return signers.find((one) => one.owner === owner) ?? signers[0];
}

/** Returns the key sets after the root's signature over each was checked. @throws {Malformed} for one that does not hold. */
export function openKeySets({ rootPublicKey, signedKeySets }: ProofTrust): readonly Keyset[] {
  return signedKeySets.map((signed) => {
    const opening = openKeyset(signed, { publicKey: rootPublicKey, primitives: noble });
    if ("opened" in opening) return opening.opened;
    throw new Malformed(
      "Cannot trust the key set: it is not signed by this root; check which root key was given",
      {
        structure: "keyset",
      },
    );
  });
}
