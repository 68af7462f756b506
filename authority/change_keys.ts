/**
 * `authority keys`: opens the folder, borrows the root key's file for one change, and says what a person has to do then.
 *
 * @module
 */

import { Secret, type SigningKeyPair, signingKeyPairOf } from "../bootloader/suite/mod.ts";
import { Malformed } from "../bootloader/wire/mod.ts";
import { namingSealKey, readFolder, readSealKey } from "./folder.ts";
import type { Host } from "./host/mod.ts";
import {
  announceNextKeys,
  type KeySetChange,
  type KeySetRefusal,
  type KeySetsShown,
  showKeySets,
  switchKeys,
} from "./key_set.ts";
import { Database } from "./store/mod.ts";

/** Which change, and with whose word. */
export interface ChangeOptions {
  readonly folder: string;
  /** The PEM file that `init` made: it is read and stays where it is. */
  readonly rootKeyFile: string;
  readonly change: "next" | "switch";
}

/** What a person reads of a refused change. */
export const keySetRefusals: Readonly<
  Record<KeySetRefusal, { readonly says: string; readonly remedy: string }>
> = {
  "root-key-wrong": {
    says: "The root key is another one than this authority was founded with",
    remedy:
      "Bring the file that init made for this authority; compare the root's hash with authority keys show",
  },
  "next-keys-announced": {
    says: "The next keys are announced already",
    remedy: "Wait until the appliances have heard of them, then run: flashseal authority keys switch",
  },
  "next-keys-missing": {
    says: "No next keys are announced",
    remedy: "Run: flashseal authority keys next; then wait until the appliances have heard of them",
  },
};

/**
 * Announces or takes over the next ticket and log key. A server that runs sees it at its next request.
 * @throws {Fault} disk, database or seal key; {Malformed} when a file is not what it must be
 */
export async function changeKeys(
  options: ChangeOptions,
  ports: Pick<Host, "files" | "random" | "nowMs">,
): Promise<KeySetChange> {
  const { database, sealKeyFile } = await readFolder(options.folder, ports);
  const sealKey = await readSealKey(ports, sealKeyFile);
  // The root lives here from the read to the `finally`: as long as one signature takes.
  const root = readRootKey(await ports.files.readText(options.rootKeyFile), options.rootKeyFile);
  const db = new Database(database);
  try {
    const parts = { db, sealKey, root, random: ports.random, nowMs: ports.nowMs() };
    return namingSealKey(
      sealKeyFile,
      () => options.change === "next" ? announceNextKeys(parts) : switchKeys(parts),
    );
  } finally {
    root.seed.wipe();
    sealKey.wipe();
    db.close();
  }
}

/** Returns what there is to see of an authority's key sets. @throws {Fault} {Malformed} as {@linkcode changeKeys} */
export async function showKeys(
  options: { readonly folder: string },
  ports: Pick<Host, "files">,
): Promise<KeySetsShown> {
  const { database } = await readFolder(options.folder, ports);
  const db = new Database(database);
  try {
    return showKeySets(db);
  } finally {
    db.close();
  }
}

// RFC 8410: PKCS #8 of an Ed25519 seed, 48 bytes.
const ED25519_PEM = /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/]{64})\s+-----END PRIVATE KEY-----\s*$/;
const ED25519_PKCS8 = "302e020100300506032b657004220420";

/** Returns the key pair of a root key's PEM text. @throws {Malformed} when it is none; nothing of it is repeated */
export function readRootKey(text: string, path: string): SigningKeyPair {
  const bytes = Uint8Array.fromBase64(ED25519_PEM.exec(text)?.[1] ?? "");
  const seedAt = ED25519_PKCS8.length / 2;
  if (bytes.length === 0 || bytes.subarray(0, seedAt).toHex() !== ED25519_PKCS8) {
    throw new Malformed(`Cannot read the root key "${path}": it is not the PEM file that init makes`, {
      structure: "root key",
    });
  }
  const seed = new Secret(bytes.slice(seedAt));
  bytes.fill(0);
  return signingKeyPairOf(seed);
}
