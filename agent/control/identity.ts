/**
 * The appliance's identity: an Ed25519 seed, sealed under a key that lies in a file of its own (mode 0600), so that
 * a backup of the appliance's folder without that file signs nothing (PROTOCOL section 14).
 *
 * @module
 */
import * as v from "valibot";
import { hexBytes, publicKey as publicKeySchema, readWith } from "../../authority/api/mod.ts";
import {
  native,
  type Random,
  Secret,
  sign,
  type SigningKeyPair,
  signingKeyPairOf,
} from "../../bootloader/suite/mod.ts";
import { Fault, LABELS, sameBytes } from "../../bootloader/wire/mod.ts";
import { parseJson, readFolderFile, writeSecretFile } from "./config.ts";

const fileSchema = v.strictObject({ publicKey: publicKeySchema, nonce: hexBytes(12), sealed: hexBytes(48) });

/** What the rest of the agent sees of the identity. */
export interface Identity {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Returns a 64-byte Ed25519 signature. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Writes a new seal key and the identity's seed sealed under it. Neither file may exist. */
export async function storeIdentity(
  pair: SigningKeyPair,
  paths: { readonly identity: string; readonly sealKey: string },
  random: Random,
): Promise<void> {
  // The seal key is in memory for this call only; its home is the file.
  const sealKey = Secret.draw(random, 32);
  const nonce = random(12);
  const ad = adOf(pair.publicKey);
  const sealed = sealKey.use((key) => pair.seed.use((data) => native.aeadSeal({ key, nonce, ad, data })));
  const text = JSON.stringify({
    publicKey: pair.publicKey.toHex(),
    nonce: nonce.toHex(),
    sealed: sealed.toHex(),
  });
  await writeSecretFile(paths.sealKey, sealKey.use((key) => key.toHex()) + "\n");
  await writeSecretFile(paths.identity, text + "\n");
  sealKey.wipe();
}

/** Returns the identity's public key as its file says it, without opening the identity: 32 bytes. @throws {Malformed} {Fault} */
export async function readIdentityKey(path: string): Promise<Uint8Array> {
  return Uint8Array.fromHex((await readIdentityFile(path)).publicKey);
}

async function readIdentityFile(path: string): Promise<v.InferOutput<typeof fileSchema>> {
  return readWith(fileSchema, parseJson(await readFolderFile(path), "identity.json"), "identity.json");
}

/** Reads the seal key; the caller wipes it. @throws {Fault} when it is missing or open to others, {Malformed} when it is none. */
export async function openSealKey(path: string): Promise<Secret> {
  const text = (await readSealKey(path)).trim();
  return new Secret(Uint8Array.fromHex(readWith(hexBytes(32), text, `the seal key file "${path}"`)));
}

/** Opens the identity with the seal key, which is borrowed. @throws {Fault} when it was sealed under another one. */
export async function openIdentity(
  paths: { readonly identity: string; readonly sealKey: string },
  sealKey: Secret,
): Promise<Identity> {
  const file = await readIdentityFile(paths.identity);
  const publicKey = Uint8Array.fromHex(file.publicKey);
  const input = { nonce: Uint8Array.fromHex(file.nonce), ad: adOf(publicKey) };
  const data = Uint8Array.fromHex(file.sealed);
  const seed = sealKey.use((key) => native.aeadOpen({ key, ...input, data }));
  if (seed === undefined) {
    throw new Fault(`Cannot open the appliance's identity: "${paths.sealKey}" is not its seal key`, {
      place: "disk",
      retry: false,
    });
  }
  // The seed lives in this pair as long as the agent runs: every request is signed with it.
  const pair = signingKeyPairOf(new Secret(seed));
  if (!sameBytes(pair.publicKey, publicKey)) {
    throw new Fault("Cannot open the appliance's identity: its public key is another one", {
      place: "disk",
      retry: false,
    });
  }
  return { publicKey, sign: (message) => sign(pair.seed, message) };
}

/** Refuses a file that others may read: whoever has it and a copy of the folder is this appliance. */
async function readSealKey(path: string): Promise<string> {
  const fault = (problem: string, cause?: unknown) =>
    new Fault(`Cannot use the seal key "${path}": ${problem}`, { place: "disk", retry: false, cause });
  try {
    const { mode } = await Deno.stat(path);
    if (mode !== null && (mode & 0o077) !== 0) throw fault("others may read it; set its mode to 0600");
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw cause instanceof Deno.errors.NotFound
      ? fault("there is no such file; put it back, or enrol this appliance anew in another folder", cause)
      : fault("check the rights of the file", cause);
  }
}

function adOf(publicKey: Uint8Array): Uint8Array {
  const ad = new Uint8Array(LABELS.identity.length + publicKey.length);
  ad.set(LABELS.identity);
  ad.set(publicKey, LABELS.identity.length);
  return ad;
}
