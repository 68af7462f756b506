/**
 * Makes an authority's folder: database, keys, channel certificates, configuration. Refuses to overwrite anything, and
 * tells which files must leave the machine.
 *
 * @module
 */

import * as v from "valibot";
import { Secret } from "../bootloader/suite/mod.ts";
import { concat, Malformed, type OwnerId } from "../bootloader/wire/mod.ts";
import { lineOfText, OWNER_NAME_MOST, rootHashOf } from "./api/mod.ts";
import { initialConfig } from "./config.ts";
import { foundAuthority } from "./found.ts";
import type { Host } from "./host/mod.ts";
import { makeChannelCertificates, pemOf } from "./http/mod.ts";
import { Database } from "./store/mod.ts";

/** What a new authority is made of. */
export interface InitOptions {
  /** The folder to make. */
  readonly folder: string;
  /** The owner's name, as people read it. */
  readonly ownerName: string;
  /** Host names and IP addresses that appliances and owners reach the server by. */
  readonly names: readonly string[];
  readonly listen?: { readonly host?: string; readonly port?: number };
}

/** Where everything is. */
export interface InitResult {
  readonly owner: OwnerId;
  readonly folder: string;
  readonly configFile: string;
  readonly rootKeyFile: string;
  readonly apiKeyFile: string;
  readonly sealKeyFile: string;
  readonly caCertificateFile: string;
  readonly rootPublicKey: Uint8Array;
  /** First 10 bytes of SHA-512 of the root public key, in hex: what `owner login` shows again. */
  readonly rootHash: string;
}

/** Makes an authority. @throws {Fault} when the folder is there already or the disk fails; {Malformed} for an owner's name that is none. */
export async function initAuthority(
  options: InitOptions,
  ports: Pick<Host, "nowMs" | "random" | "files"> & { readonly say: (line: string) => void },
): Promise<InitResult> {
  const { files, random } = ports;
  const { folder } = options;
  checkOwnerName(options.ownerName);
  const at = (name: string) => `${folder}/${name}`;
  await files.makeNewFolder(folder);
  await files.makeNewFolder(at("database"));
  await files.makeNewFolder(at("tls"));

  // The seal key lives in its file, outside the database's folder: a copy of the database alone opens nothing.
  const sealKey = Secret.draw(random, 32);
  await files.writeNew(at(initialConfig.sealKeyFile), sealKey.use((key) => `${key.toHex()}\n`), {
    secret: true,
  });

  const db = new Database(at(initialConfig.database));
  const founding = foundAuthority(db, sealKey, {
    ownerName: options.ownerName,
    random,
    nowMs: ports.nowMs(),
  });
  db.close();
  sealKey.wipe();

  const rootKeyFile = at("root-key-TAKE-OFFLINE.pem");
  await files.writeNew(rootKeyFile, founding.rootSeed.use(ed25519Pem), { secret: true });
  founding.rootSeed.wipe();
  const apiKeyFile = at("owner-api-key.txt");
  await files.writeNew(apiKeyFile, `${founding.apiKey}\n`, { secret: true });

  const channel = await makeChannelCertificates({ names: options.names, nowMs: ports.nowMs(), random });
  await files.writeNew(at(initialConfig.caCertificateFile), channel.caCertificate, { secret: false });
  await files.writeNew(at(initialConfig.caKeyFile), channel.caKey, { secret: true });
  await files.writeNew(at(initialConfig.certificateFile), channel.certificate, { secret: false });
  await files.writeNew(at(initialConfig.certificateKeyFile), channel.key, { secret: true });
  const config = { ...initialConfig, listen: { ...initialConfig.listen, ...options.listen } };
  await files.writeNew(at("config.json"), `${JSON.stringify(config, null, 2)}\n`, { secret: false });

  const rootHash = rootHashOf(founding.rootPublicKey).toHex();
  ports.say(`The authority of "${options.ownerName}" is in ${folder}`);
  ports.say(
    `TAKE OFFLINE: ${rootKeyFile} is the root key. Move it to a medium that is locked away; the server never needs it`,
  );
  ports.say(`Root key ${rootHash}: the owner's first login must show the same`);
  ports.say(
    `The owner's API key is in ${apiKeyFile}. Move it to the owner's machine; it is shown nowhere else`,
  );
  ports.say(
    `Without ${at(initialConfig.sealKeyFile)} the database opens nothing: back it up apart from the database`,
  );
  return {
    owner: founding.owner,
    folder,
    configFile: at("config.json"),
    rootKeyFile,
    apiKeyFile,
    sealKeyFile: at(initialConfig.sealKeyFile),
    caCertificateFile: at(initialConfig.caCertificateFile),
    rootPublicKey: founding.rootPublicKey,
    rootHash,
  };
}

/** What the contract cannot say in a reply is refused before there is a folder. */
function checkOwnerName(name: string): void {
  if (v.is(lineOfText(OWNER_NAME_MOST), name)) return;
  throw new Malformed(
    `Cannot make an authority: the owner's name must be one line of 1 to ${OWNER_NAME_MOST} characters without spaces at its ends`,
    { structure: "owner name" },
  );
}

// RFC 8410: PKCS #8 of an Ed25519 seed.
const ED25519_PKCS8 = Uint8Array.fromHex("302e020100300506032b657004220420");

function ed25519Pem(seed: Uint8Array): string {
  return pemOf("PRIVATE KEY", concat(ED25519_PKCS8, seed));
}
