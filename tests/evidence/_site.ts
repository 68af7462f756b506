/**
 * A whole deployment in one process for the evidence tests: the real authority on a database file, the real owner's
 * functions, an enrolled appliance with its folder on disk. No socket: the real clients are handed the authority's
 * `fetch`. Every random draw is kept, so that tests can find out which secrets there were.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type AgentEvent, type AgentPorts, DEFAULT_WIRING, enrolAgent } from "../../agent/mod.ts";
import { type Appliance, openAppliance } from "../../agent/control/appliance.ts";
import { type Authority, createAuthority, Database, foundAuthority } from "../../authority/mod.ts";
import {
  createOrder,
  createOwnerHost,
  createProduct,
  type FirmwareFile,
  login,
  makeEnrolmentCode,
  makeRelease,
  type NewRelease,
  openSession,
  type OwnerSession,
  showQuota,
} from "../../authority/owner/mod.ts";
import { findUnit } from "../../authority/store/mod.ts";
import type { ChipName } from "../../bootloader/mcu/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import { parseUid } from "../../bootloader/wire/mod.ts";
import { seededBytes } from "../vectors/firmware/image.ts";

/** The pads that `DEFAULT_WIRING` names. */
export const PADS = Object.freeze({ tx: "PA2", rx: "PA3" });
export const WIRING = DEFAULT_WIRING;
const ORIGIN = "https://authority.test";
const CA = "-----BEGIN CERTIFICATE-----\ntest only\n-----END CERTIFICATE-----\n";
const FLASH = 0x0800_0000;

/** Whether this run may use the disk; without it the evidence tests are ignored. */
const allowed = (["read", "write"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);
if (!allowed) console.log("ignored: the evidence tests need the disk: run deno task test");

/** Registers a test that needs the disk. */
export function evidence(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !allowed, fn });
}

/** Makes one value for all tests of a file, before the first of them; `close` ends it after the last. */
export function shared<T>(make: () => Promise<T>, close: (made: T) => void): () => T {
  let made: T | undefined;
  Deno.test.beforeAll(async () => {
    if (allowed) made = await make();
  });
  Deno.test.afterAll(() => {
    if (made !== undefined) close(made);
  });
  return () => {
    assert.ok(made !== undefined);
    return made;
  };
}

/** Keeps what was drawn: the one way to know a secret that its owner has wiped. */
export class KeptRandom {
  readonly draws: Uint8Array[] = [];
  readonly draw = (length: number): Uint8Array => {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    this.draws.push(bytes.slice());
    return bytes;
  };
}

/**
 * Returns `bytes` bytes of firmware that starts and stays in a loop: stack pointer, reset vector, `b .`, then
 * seeded content whose last byte is not 0xFF.
 */
export function firmware(bytes: number, seed = 7): Uint8Array<ArrayBuffer> {
  const image = seededBytes(bytes, seed);
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x2000_2000, true);
  view.setUint32(4, FLASH + 9, true);
  view.setUint16(8, 0xe7fe, true);
  image[bytes - 1] = 0x5a;
  return image;
}

/** What a site is made with. */
export interface SiteOptions {
  readonly units?: number;
  readonly message2Limit?: number;
  readonly chip?: ChipName;
  readonly file?: FirmwareFile;
  /** What `file` must make of flash, from its start; by default the bytes of a raw file. */
  readonly expected?: Uint8Array;
  /** Offset and length of the personal region; null: none. */
  readonly personal?: { readonly offset: number; readonly length: number } | null;
  readonly stations?: number;
}

/** One request to the authority and its reply, as both are inside TLS. */
export interface Spoken {
  readonly path: string;
  readonly request: Uint8Array;
  readonly reply: Uint8Array;
}

/** The deployment. */
export class Site {
  readonly random = new KeptRandom();
  readonly clock = { nowMs: 1_800_000_000_000 };
  readonly sealKey = this.random.draw(32);
  readonly spoken: Spoken[] = [];
  readonly log: string[] = [];
  readonly events: AgentEvent[] = [];
  authority!: Authority;
  db!: Database;
  apiKey = "";
  rootSeed = new Uint8Array();
  owner!: OwnerSession;
  product = "";
  appliance!: Appliance;
  /** The image as it must lie in flash, its personal region and the rest as 0xFF. */
  image = new Uint8Array();
  personal = { offset: 0, length: 0 };
  readonly chip: ChipName;

  private constructor(readonly folder: string, chip: ChipName) {
    this.chip = chip;
  }

  /** Makes a site with one product, one release of `file`, one order, one enrolled appliance. */
  static async open(options: SiteOptions = {}): Promise<Site> {
    const { chip = "stm32g0-8k" } = options;
    const site = new Site(Deno.makeTempDirSync({ prefix: "flashseal-evidence-" }), chip);
    site.#startAuthority();
    await site.#beOwner();
    await site.#offer(options);
    await site.#enrol(options.stations ?? 1);
    return site;
  }

  get databaseFile(): string {
    return `${this.folder}/authority.sqlite`;
  }
  get agentFolder(): string {
    return `${this.folder}/agent`;
  }
  get sealKeyFile(): string {
    return `${this.folder}/agent.seal-key`;
  }

  #startAuthority(): void {
    this.db = new Database(this.databaseFile);
    const founding = foundAuthority(this.db, new Secret(this.sealKey.slice()), {
      ownerName: "Evidence Owner",
      random: this.random.draw,
      nowMs: this.clock.nowMs,
    });
    this.apiKey = founding.apiKey;
    this.rootSeed = founding.rootSeed.use((seed) => seed.slice());
    this.authority = createAuthority({
      db: this.db,
      sealKey: new Secret(this.sealKey.slice()),
      caCertificate: CA,
      random: this.random.draw,
      nowMs: () => this.clock.nowMs,
      say: (line) => this.log.push(line),
    });
  }

  /** The network: what the authority's socket would carry inside TLS, kept. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const asked = new Uint8Array(await request.clone().arrayBuffer());
    const response = await this.authority.fetch(request);
    const reply = new Uint8Array(await response.clone().arrayBuffer());
    this.spoken.push({ path: `${request.method} ${new URL(request.url).pathname}`, request: asked, reply });
    return response;
  };

  async #beOwner(): Promise<void> {
    const world = { ...createOwnerHost(), connect: () => this.fetch, random: this.random.draw };
    const at = (name: string) => `${this.folder}/${name}`;
    Deno.writeTextFileSync(at("api-key"), this.apiKey, { mode: 0o600 });
    Deno.writeTextFileSync(at("ca.pem"), CA);
    const profileFile = at("profile.json");
    granted(
      await login({ url: ORIGIN, caFile: at("ca.pem"), apiKeyFile: at("api-key"), profileFile }, world),
    );
    this.owner = await openSession(profileFile, world);
  }

  async #offer(options: SiteOptions): Promise<void> {
    const { chip } = this;
    const made = await createProduct(this.owner, {
      name: "Thermostat",
      chip,
      acknowledges: { deviceClassC: true, lockClass: true },
    });
    this.product = granted(made).product;
    const small = { offset: 2048, length: 256 };
    const personal = options.personal === undefined ? small : options.personal;
    const bytes = firmware(4096);
    if (personal !== null && options.file === undefined) {
      bytes.fill(0xff, personal.offset, personal.offset + personal.length);
    }
    const file = options.file ?? { name: "app.bin", bytes };
    await this.#release(file, personal, options.expected ?? file.bytes);
    await this.order("first", options.units ?? 100, options.message2Limit);
  }

  async #release(file: FirmwareFile, personal: SiteOptions["personal"], expected: Uint8Array): Promise<void> {
    const region = personal === null || personal === undefined
      ? {}
      : { choices: { personal: { address: FLASH + personal.offset, length: personal.length } } };
    const order: NewRelease = {
      product: this.product,
      version: "1.0.0",
      file,
      stateFile: `${this.folder}/upload.json`,
      ...region,
    };
    const { release } = granted(await makeRelease(this.owner, order));
    this.personal = { offset: release.personalOffset, length: release.personalLength };
    this.image = new Uint8Array(this.chip === "stm32g0-8k" ? 8192 : 65_536).fill(0xff);
    this.image.set(expected);
  }

  /** Grants units of version 1.0.0. */
  async order(name: string, units: number, message2Limit?: number): Promise<void> {
    granted(
      await createOrder(this.owner, {
        name,
        product: this.product,
        release: "1.0.0",
        granted: units,
        from: minuteOf(this.clock.nowMs - 60_000),
        until: minuteOf(this.clock.nowMs + 40 * 86_400_000),
        ...(message2Limit === undefined ? {} : { message2Limit }),
      }),
    );
  }

  async #enrol(stations: number): Promise<void> {
    const { code } = granted(await makeEnrolmentCode(this.owner, { name: "Line 1", products: [] }));
    const ports = this.agentPorts();
    const enrolled = await enrolAgent({ folder: this.agentFolder, origin: ORIGIN, code, stations }, ports);
    assert.ok("enrolled" in enrolled, JSON.stringify(enrolled));
    this.appliance = await openAppliance(this.agentFolder, ports);
  }

  /** The agent's ports with this site's network; waits are over at once, deadlines never end. */
  agentPorts(): AgentPorts {
    const trusting = () => ({ fetch: this.fetch, fetchAlone: this.fetch, close: () => {} });
    return {
      nowMs: () => this.clock.nowMs,
      pause: neverLate,
      random: this.random.draw,
      network: { blind: this.fetch, trusting },
      onEvent: (event) => this.events.push(event),
    };
  }

  /** The authority's own record of a chip's unit. */
  unit(uid: string) {
    return findUnit(this.db, { family: 1, uid: parseUid(uid) });
  }

  /** The ledger, over all orders. */
  async quota() {
    return granted(await showQuota(this.owner)).total;
  }

  /** Closes everything and removes the folder. */
  close(): void {
    this.appliance.close();
    this.authority.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** A time as an owner writes it, e.g. 2027-01-15T08:00Z. */
function minuteOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}

/** Nothing hangs in modelled time, so a deadline (long) waits for its end; a retry (2 s or less) comes at once. */
export async function neverLate(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 2_000 || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}

/** Takes what was granted, or fails with the refusal. */
export function granted<T>(result: { readonly granted: T } | { readonly refused: unknown }): T {
  assert.ok("granted" in result, JSON.stringify(result));
  return result.granted;
}
