/**
 * Enrolment: a code from the owner introduces this appliance and its authority to each other (D§3). Makes the
 * appliance's folder; nothing is left behind when it fails before the authority has agreed.
 *
 * @module
 */
import {
  enrolAppliance,
  enrolmentWords,
  fetchTrust,
  parseEnrolmentCode,
  type Refused,
} from "../../authority/api/mod.ts";
import { makeSigningKeyPair, type Random } from "../../bootloader/suite/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { agentPaths, DEFAULT_WIRING, writeConfig, writeSecretFile } from "./config.ts";
import { storeIdentity } from "./identity.ts";
import type { Network } from "./network.ts";
import { writeTrust } from "./trust_file.ts";

/** What enrolment is told. */
export interface EnrolOptions {
  /** The appliance's folder; made when missing, must not be enrolled already. */
  readonly folder: string;
  /** `https://HOST:PORT`. */
  readonly origin: string;
  /** The owner's code: eight groups of four letters and digits. */
  readonly code: string;
  /** Where the seal key goes; by default beside the folder, so that a copy of the folder alone opens nothing. */
  readonly sealKeyFile?: string;
  /** How many model stations the configuration begins with; 1 by default. */
  readonly stations?: number;
  readonly signal?: AbortSignal;
}

/** What enrolment is given. */
export interface EnrolPorts {
  readonly network: Network;
  readonly random: Random;
}

/** An enrolled appliance. */
export interface Enrolled {
  readonly appliance: string;
  readonly owner: string;
  readonly name: string;
  readonly products: readonly string[];
  /** Six words that must be the same on the owner's screen. */
  readonly words: string;
  readonly folder: string;
  readonly sealKeyFile: string;
}

/**
 * Enrols the appliance and writes its folder. A refusal of the code is a value.
 * @throws {Malformed} the code is no code, or the server is another one than the code's; {Fault} network or disk.
 */
export async function enrolAgent(
  options: EnrolOptions,
  ports: EnrolPorts,
): Promise<{ readonly enrolled: Enrolled } | { readonly refused: Refused }> {
  const code = parseEnrolmentCode(options.code);
  const origin = new URL(options.origin).origin;
  const folder = await makeFolder(options.folder);
  const sealKeyFile = options.sealKeyFile ?? `${folder}.seal-key`;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const trust = await fetchTrust({ origin, fetch: ports.network.blind, ...signal }, code);
  // Drawn only now, with the root at hand: whoever stands between could search for words that fit if it knew this key
  // before it has to say its root (P-76).
  const pair = makeSigningKeyPair(ports.random);
  const client = ports.network.trusting(trust.caCertificate);
  try {
    const { publicKey } = pair;
    const enrolment = { code, trust, publicKey, nonce: ports.random(32) };
    const answer = await enrolAppliance({ origin, fetch: client.fetch, ...signal }, enrolment);
    if ("refused" in answer) return { refused: answer.refused };
    const { appliance, owner, name, products } = answer.granted;
    const paths = agentPaths(folder);
    await storeIdentity(pair, { identity: paths.identity, sealKey: sealKeyFile }, ports.random);
    await writeTrust(paths.trust, trust);
    await writeSecretFile(
      paths.config,
      writeConfig({
        version: 1,
        origin,
        appliance,
        owner,
        name,
        sealKeyFile,
        statusPort: 0,
        stations: Array.from({ length: options.stations ?? 1 }, (_, index) => ({
          name: `station-${index + 1}`,
          product: products.length === 1 ? products[0]! : null,
          driver: "model" as const,
          boards: "boards",
          wiring: DEFAULT_WIRING,
        })),
      }),
    );
    const words = enrolmentWords(trust.rootPublicKey, publicKey);
    return { enrolled: { appliance, owner, name, products, words, folder, sealKeyFile } };
  } finally {
    pair.seed.wipe();
    client.close();
  }
}

async function makeFolder(path: string): Promise<string> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
    const folder = await Deno.realPath(path);
    const paths = agentPaths(folder);
    for (const part of [paths.releases, paths.boards]) await Deno.mkdir(part, { recursive: true });
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name !== "config.json" && entry.name !== "identity.json") continue;
      throw new Fault(`Cannot enrol in "${folder}": an appliance is enrolled there; use another folder`, {
        place: "disk",
        retry: false,
      });
    }
    return folder;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(`Cannot make the appliance's folder "${path}": check the path and its rights`, {
      place: "disk",
      retry: false,
      cause,
    });
  }
}
