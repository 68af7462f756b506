/**
 * What a checker trusts: a root public key it was given, and the key sets that this root signed (P-53). Knows no
 * network; where root and key sets come from is the caller's business.
 *
 * @module
 */
import * as v from "valibot";
import { readWith } from "../../api/mod.ts";
import { noble } from "../../../bootloader/suite/mod.ts";
import { openKeyset } from "../../../bootloader/ticket/mod.ts";
import { type Keyset, Malformed } from "../../../bootloader/wire/mod.ts";
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
