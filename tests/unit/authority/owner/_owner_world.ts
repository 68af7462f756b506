/**
 * The owner's world for tests: the real authority on a database in memory, with every request recorded and its unwrap
 * key at hand; a network that can fail before or after a request; a disk in memory; seeded randomness.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Authority, createAuthority, Database, foundAuthority } from "../../../../authority/mod.ts";
import type { Fetch, ReleaseReply } from "../../../../authority/api/mod.ts";
import {
  createProduct,
  login,
  openSession,
  type OwnerFiles,
  type OwnerWorld,
} from "../../../../authority/owner/mod.ts";
import { openAtRest } from "../../../../authority/signer/mod.ts";
import {
  findRelease,
  listReleases,
  readContent,
  readSealedKey,
  wrappedKeyOf,
} from "../../../../authority/store/mod.ts";
import { type AgreementKeyPair, agreementKeyPairOf, Secret } from "../../../../bootloader/suite/mod.ts";
import type { ReleaseId } from "../../../../bootloader/wire/mod.ts";
import { seededBytes } from "../../../vectors/firmware/image.ts";

export const CA = "-----BEGIN CERTIFICATE-----\ntest only\n-----END CERTIFICATE-----\n";
export const URL_OF_AUTHORITY = "https://authority.test";
const NOW_MS = 1_800_000_000_000;

/** Returns a source of randomness that gives the same bytes for the same seed, and never the same twice. */
export function seededRandom(seed: number): (n: number) => Uint8Array {
  let draw = 0;
  return (n) => seededBytes(n, seed * 7919 + 31 * ++draw);
}

/** A disk in memory. */
export class MemoryFiles implements OwnerFiles {
  readonly files = new Map<string, Uint8Array>();
  /** Everything that was ever written. */
  readonly written: Uint8Array[] = [];
  read(path: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.files.get(path)?.slice());
  }
  writeOpenly(path: string, content: Uint8Array): Promise<void> {
    return this.writeSecretly(path, content);
  }

  writeSecretly(path: string, content: Uint8Array): Promise<void> {
    this.files.set(path, content.slice());
    this.written.push(content.slice());
    return Promise.resolve();
  }
  /** Names of files that others may read. */
  readonly open = new Set<string>();
  isOpenToOthers(path: string): Promise<boolean> {
    return Promise.resolve(this.open.has(path));
  }
  remove(path: string): Promise<void> {
    this.files.delete(path);
    return Promise.resolve();
  }
}

/** A request as it left the owner's machine. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: string;
  readonly body: Uint8Array;
}

/** The real authority on a database in memory, with one product, "blinker". */
export class OwnersAuthority {
  readonly authority: Authority;
  readonly apiKey: string;
  readonly rootPublicKey: Uint8Array;
  /** Every request since {@linkcode OwnersAuthority.make}. */
  readonly seen: Seen[] = [];
  readonly #db = new Database(":memory:");
  readonly #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
    const random = seededRandom(seed + 1000);
    const founding = foundAuthority(this.#db, this.#sealKey(), { ownerName: "Ada", random, nowMs: NOW_MS });
    this.apiKey = founding.apiKey;
    this.rootPublicKey = founding.rootPublicKey;
    const ports = {
      db: this.#db,
      sealKey: this.#sealKey(),
      caCertificate: CA,
      random,
      nowMs: () => NOW_MS,
      say: () => {},
    };
    this.authority = createAuthority(ports);
  }

  static async make(seed = 1): Promise<OwnersAuthority> {
    const made = new OwnersAuthority(seed);
    const { session } = await sessionOf(made, { seed: 900 });
    const acknowledges = { deviceClassC: true, lockClass: true };
    const product = await createProduct(session, { name: "blinker", chip: "stm32g0-8k", acknowledges });
    assert.ok("granted" in product, JSON.stringify(product));
    made.seen.length = 0;
    return made;
  }

  readonly fetch: Fetch = async (request) => {
    const body = new Uint8Array(await request.clone().arrayBuffer());
    const headers = [...request.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    this.seen.push({ method: request.method, url: request.url, headers, body });
    return await this.authority.fetch(request);
  };

  #sealKey(): Secret {
    return new Secret(seededRandom(this.#seed + 2000)(32));
  }

  /** The key that release keys are wrapped to: only the authority's signer holds it outside of tests. */
  unwrapKey(): AgreementKeyPair {
    const sealed = readSealedKey(this.#db, "unwrap");
    assert.ok(sealed !== undefined);
    return agreementKeyPairOf(openAtRest(this.#sealKey(), { name: "unwrap", sealed }));
  }

  /** All releases, whole or not. */
  releases(): readonly ReleaseReply[] {
    return listReleases(this.#db);
  }

  /** What is stored of a release. */
  stored(release: ReleaseId): { readonly wrappedKey: Uint8Array; readonly content: Uint8Array } {
    const { receivedBytes = 0 } = findRelease(this.#db, release) ?? {};
    return {
      wrappedKey: wrappedKeyOf(this.#db, release),
      content: readContent(this.#db, release, { offset: 0, length: receivedBytes }),
    };
  }
}

/** A session of the authority's owner; `fetch` may stand in for its network. */
export async function sessionOf(
  authority: OwnersAuthority,
  { seed = 1, fetch = authority.fetch }: { readonly seed?: number; readonly fetch?: Fetch } = {},
) {
  const world = smallWorld(authority, { seed, fetch });
  const files = { caFile: "ca.pem", apiKeyFile: "key", profileFile: "profile" };
  const result = await login({ url: URL_OF_AUTHORITY, ...files }, world);
  assert.ok("granted" in result, JSON.stringify(result));
  return { session: await openSession("profile", world), world };
}

/** Where a network fails: at request number `at` (from 0), before it is sent or after it was acted upon. */
export interface Cut {
  readonly at: number;
  readonly when: "before" | "after";
  /** Requests that fail from there on. */
  readonly count: number;
}

/** Returns a network that fails as told; a failure looks like that of a real `fetch`. */
export function cutNetwork(fetch: Fetch, { at, when, count }: Cut): Fetch {
  let number = -1;
  return async (request) => {
    number++;
    const cut = number >= at && number < at + count;
    if (cut && when === "before") throw new TypeError("connection refused");
    const response = await fetch(request);
    if (cut) throw new TypeError("connection reset");
    return response;
  };
}

/** A world around an authority; `waits` lists the pauses that were asked for. */
export interface SmallWorld extends OwnerWorld {
  readonly files: MemoryFiles;
  readonly waits: number[];
}

/** Returns a world on an authority, with its API key and certificate authority on the disk. */
export function smallWorld(
  authority: OwnersAuthority,
  { seed = 1, fetch = authority.fetch }: { readonly seed?: number; readonly fetch?: Fetch } = {},
): SmallWorld {
  const files = new MemoryFiles();
  files.files.set("key", new TextEncoder().encode(`${authority.apiKey}\n`));
  files.files.set("ca.pem", new TextEncoder().encode(CA));
  const waits: number[] = [];
  return {
    files,
    waits,
    random: seededRandom(seed),
    nowMs: () => NOW_MS,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    connect: (certificate) => {
      assert.equal(certificate, CA);
      return fetch;
    },
  };
}
