/**
 * What the appliance trusts, on disk: root, key set, and the certificate authority of the HTTPS channel. Every part
 * is checked again each time it is read, so that a changed file is found before anything is done with it.
 *
 * @module
 */
import * as v from "valibot";
import { hexBytes, logKeysOf, openKeySet, publicKey, readWith, type Trust } from "../../authority/api/mod.ts";
import type { Keyset } from "../../bootloader/wire/mod.ts";
import { parseJson, readFolderFile, syncFolderOf, writeSecretFile } from "./config.ts";

/** How many earlier key sets are kept. */
const EARLIER_MOST = 16;

const schema = v.strictObject({
  rootPublicKey: publicKey,
  keySet: hexBytes(268),
  caCertificate: v.pipe(v.string(), v.minLength(1), v.maxLength(16_384)),
  /** Key sets that were trusted before, newest first. */
  earlierKeySets: v.optional(v.pipe(v.array(hexBytes(268)), v.maxLength(EARLIER_MOST)), []),
});

/** What this appliance trusts now, and has trusted before. */
export interface AgentTrust extends Trust {
  /** Signed key sets of before, newest first: tickets of leases outlive a change of the ticket key (P-70). */
  readonly earlier: readonly Uint8Array[];
}

/** Returns the earlier key sets of the same epoch: what tickets that are held here may have been signed under (P-70). */
export function earlierKeySets({ earlier, rootPublicKey, keySet }: AgentTrust): readonly Keyset[] {
  return earlier.map((signed) => openKeySet(signed, rootPublicKey))
    .filter(({ epoch }) => epoch === keySet.epoch);
}

/**
 * Returns the log keys that may have signed what an authentic reply contains: a statement is older than the reply when the
 * keys have changed in between, and newer than the key set here when the announced keys have been taken over (P-70).
 */
export function statementKeysOf(trust: AgentTrust): readonly Uint8Array[] {
  return [trust.keySet, ...earlierKeySets(trust)].flatMap(logKeysOf);
}

/** Reads the trust file. @throws {Malformed} when the root has not signed its key set; {Fault} when there is none. */
export async function readTrust(path: string): Promise<AgentTrust> {
  const file = readWith(schema, parseJson(await readFolderFile(path), "trust.json"), "trust.json");
  const rootPublicKey = Uint8Array.fromHex(file.rootPublicKey);
  const signedKeySet = Uint8Array.fromHex(file.keySet);
  const keySet = openKeySet(signedKeySet, rootPublicKey);
  const earlier = file.earlierKeySets.map((hex) => Uint8Array.fromHex(hex));
  const trust = { rootPublicKey, signedKeySet, keySet, caCertificate: file.caCertificate, earlier };
  // Each is checked here, so that a changed file is found at the start and not at a ticket.
  earlierKeySets(trust);
  return trust;
}

/** Replaces the trust file as a whole. */
export async function writeTrust(
  path: string,
  trust: Trust & Partial<Pick<AgentTrust, "earlier">>,
): Promise<void> {
  const text = JSON.stringify(
    {
      rootPublicKey: trust.rootPublicKey.toHex(),
      keySet: trust.signedKeySet.toHex(),
      caCertificate: trust.caCertificate,
      earlierKeySets: (trust.earlier ?? []).map((signed) => signed.toHex()),
    },
    null,
    2,
  );
  const draft = `${path}.part`;
  await Deno.remove(draft).catch(() => {});
  await writeSecretFile(draft, text + "\n");
  await Deno.rename(draft, path);
  await syncFolderOf(path);
}

/** Returns the trust with a newer key set in it, or null when `signed` is the same, older, or not the owner's (P-70). @throws {Malformed} when the root did not sign it */
export function renewedTrust(trust: AgentTrust, signed: Uint8Array): AgentTrust | null {
  const keySet = openKeySet(signed, trust.rootPublicKey);
  if (keySet.serial <= trust.keySet.serial || keySet.owner !== trust.keySet.owner) return null;
  const earlier = [trust.signedKeySet, ...trust.earlier].slice(0, EARLIER_MOST);
  return { ...trust, signedKeySet: signed, keySet, earlier };
}
