/**
 * Login: what the owner's machine keeps about its authority. The profile holds no secret but names the file that holds
 * the API key; the root public key in it decides which keys get a release key. Knows no terminal.
 *
 * @module
 */
import * as v from "valibot";
import { createOwnerClient, openKeySet, type OwnerClient, readWith, rootHashOf } from "../api/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import { Malformed, type OwnerId, sameBytes } from "../../bootloader/wire/mod.ts";
import type { OwnerWorld } from "./ports.ts";
import { patiently, type Result } from "./release/mod.ts";

/** What `login` is told. */
export interface LoginOptions {
  /** `https://host:port`. */
  readonly url: string;
  /** File with the authority's certificate authority, PEM. */
  readonly caFile: string;
  /** File with the API key, 64 hexadecimal digits; it stays where it is. */
  readonly apiKeyFile: string;
  /** Where the profile is kept. */
  readonly profileFile: string;
  /** The root public key, 64 hexadecimal digits, when it is known from elsewhere; else the server's word is taken once. */
  readonly rootPublicKey?: string;
}

/** What a profile says. */
export interface Profile {
  readonly url: string;
  readonly caCertificate: string;
  readonly apiKeyFile: string;
  readonly owner: OwnerId;
  readonly name: string;
  /** 32 bytes in hex. */
  readonly rootPublicKey: string;
}

/** A profile that was just made. */
export interface Login extends Profile {
  /** First 10 bytes of SHA-512 of the root public key, in hex: to be compared with the screen of `authority init`. */
  readonly rootHash: string;
  /** Whether the root public key was taken on the server's word. */
  readonly rootTaken: boolean;
}

/** An authority that the owner is logged in to. */
export interface OwnerSession {
  readonly profile: Profile;
  readonly client: OwnerClient;
  readonly world: OwnerWorld;
}

const profileSchema = v.strictObject({
  flashsealProfile: v.literal(1),
  url: v.string(),
  caCertificate: v.string(),
  apiKeyFile: v.string(),
  owner: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/), v.transform((text) => text as OwnerId)),
  name: v.string(),
  rootPublicKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/**
 * Tries the API key, checks the key set against the root, and keeps the profile (mode 0600).
 *
 * @throws {Malformed} for a URL, key or certificate that cannot be used, or a root that is not the one expected
 */
export async function login(options: LoginOptions, world: OwnerWorld): Promise<Result<Login>> {
  const url = originOf(options.url);
  const caCertificate = await textOf(options.caFile, "certificate authority", world);
  if (!caCertificate.includes("-----BEGIN CERTIFICATE-----")) {
    throw malformed("the certificate authority", `"${options.caFile}" holds no PEM certificate`);
  }
  const client = await clientOf({ url, caCertificate, apiKeyFile: options.apiKeyFile }, world);
  const answer = await patiently(world, () => client.owner());
  if ("refused" in answer) return { refused: answer.refused };
  const { owner, name, keySet, rootPublicKey } = answer.granted;
  const root = Uint8Array.fromHex(rootPublicKey);
  if (options.rootPublicKey !== undefined && !sameBytes(root, keyOf(options.rootPublicKey))) {
    throw malformed(
      "the server's root key",
      "it is not the one that was given: this is another server, or its root was lost",
    );
  }
  // A server that does not hold what its root signed is refused now and not at the first release.
  openKeySet(Uint8Array.fromHex(keySet), root);
  const profile: Profile = { url, caCertificate, apiKeyFile: options.apiKeyFile, owner, name, rootPublicKey };
  const text = JSON.stringify({ flashsealProfile: 1, ...profile }, null, 2);
  await world.files.writeSecretly(options.profileFile, new TextEncoder().encode(`${text}\n`));
  const rootHash = rootHashOf(root).toHex();
  return { granted: { ...profile, rootHash, rootTaken: options.rootPublicKey === undefined } };
}

/** Returns the session of a kept profile. @throws {Malformed} when there is none, with what to do. */
export async function openSession(profileFile: string, world: OwnerWorld): Promise<OwnerSession> {
  const kept = await world.files.read(profileFile);
  if (kept === undefined) {
    throw malformed("the profile", `there is no "${profileFile}": log in first with flashseal owner login`);
  }
  const { flashsealProfile: _, ...profile } = readWith(profileSchema, jsonOf(kept), "the profile");
  return { profile, client: await clientOf(profile, world), world };
}

async function clientOf(
  access: Pick<Profile, "url" | "caCertificate" | "apiKeyFile">,
  world: OwnerWorld,
): Promise<OwnerClient> {
  const text = (await textOf(access.apiKeyFile, "API key", world)).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw malformed("the API key", `"${access.apiKeyFile}" does not hold 64 lower-case hexadecimal digits`);
  }
  if (await world.files.isOpenToOthers(access.apiKeyFile)) {
    throw malformed(
      "the API key",
      `others may read "${access.apiKeyFile}": take their rights away with chmod 600`,
    );
  }
  // Lives as long as the session; the client borrows it for each request.
  const apiKey = new Secret(Uint8Array.fromHex(text));
  return createOwnerClient({
    origin: access.url,
    fetch: world.connect(access.caCertificate),
    apiKey: () => apiKey.use((bytes) => bytes.toHex()),
    random: world.random,
  });
}

async function textOf(path: string, what: string, world: OwnerWorld): Promise<string> {
  const content = await world.files.read(path);
  if (content === undefined) throw malformed(`the ${what}`, `there is no file "${path}"`);
  return new TextDecoder("latin1").decode(content);
}

function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    throw malformed("the server's address", "it must be https://HOST:PORT without a path");
  }
  return url.origin;
}

function keyOf(text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(text)) return Uint8Array.fromHex(text);
  throw malformed("the root key", "it must be 64 hexadecimal digits");
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed("the profile", "it is damaged: log in again");
  }
}

function malformed(what: string, problem: string): Malformed {
  return new Malformed(`Cannot use ${what}: ${problem}`, { structure: what });
}
