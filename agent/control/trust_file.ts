/**
 * What the appliance trusts, on disk: root, key set, and the certificate authority of the HTTPS channel. Every part
 * is checked again each time it is read, so that a changed file is found before anything is done with it.
 *
 * @module
 */
import * as v from "valibot";
import { hexBytes, openKeySet, publicKey, readWith, type Trust } from "../../authority/api/mod.ts";
import { parseJson, readFolderFile, syncFolderOf, writeSecretFile } from "./config.ts";

const schema = v.strictObject({
  rootPublicKey: publicKey,
  keySet: hexBytes(268),
  caCertificate: v.pipe(v.string(), v.minLength(1), v.maxLength(16_384)),
});

/** Reads the trust file. @throws {Malformed} when the root has not signed its key set; {Fault} when there is none. */
export async function readTrust(path: string): Promise<Trust> {
  const file = readWith(schema, parseJson(await readFolderFile(path), "trust.json"), "trust.json");
  const rootPublicKey = Uint8Array.fromHex(file.rootPublicKey);
  const signedKeySet = Uint8Array.fromHex(file.keySet);
  const keySet = openKeySet(signedKeySet, rootPublicKey);
  return { rootPublicKey, signedKeySet, keySet, caCertificate: file.caCertificate };
}

/** Replaces the trust file as a whole. */
export async function writeTrust(path: string, trust: Trust): Promise<void> {
  const text = JSON.stringify(
    {
      rootPublicKey: trust.rootPublicKey.toHex(),
      keySet: trust.signedKeySet.toHex(),
      caCertificate: trust.caCertificate,
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

/** Returns the trust with a newer key set in it, or null when `signed` is the same, older, or not the root's. */
export function renewedTrust(trust: Trust, signed: Uint8Array): Trust | null {
  const keySet = openKeySet(signed, trust.rootPublicKey);
  if (keySet.serial <= trust.keySet.serial || keySet.owner !== trust.keySet.owner) return null;
  return { ...trust, signedKeySet: signed, keySet };
}
