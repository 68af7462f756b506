/**
 * A production line whose records can be copied as they are at one instant: authority and appliance with their files,
 * opened again as after a power cut. Deliveries run through the agent's own `deliver`, the real authority and the real
 * bootloader.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { type Appliance, openAppliance } from "../../agent/control/appliance.ts";
import { statementKeysOf } from "../../agent/control/trust_file.ts";
import {
  type BootloaderImage,
  deliver,
  type DeliveryEvent,
  type DeliveryPorts,
  type DeliveryResult,
} from "../../agent/delivery/mod.ts";
import { createModelChannel } from "../../agent/link/model/mod.ts";
import { builtInBootloader } from "../../agent/mod.ts";
import { createProbe, type DebugPort } from "../../agent/probe/mod.ts";
import { createModelPort } from "../../agent/probe/model/mod.ts";
import { type Authority, createAuthority, Database } from "../../authority/mod.ts";
import { findUnit } from "../../authority/store/mod.ts";
import type { Mcu } from "../../bootloader/mcu/mod.ts";
import { Secret } from "../../bootloader/suite/mod.ts";
import { parseUid } from "../../bootloader/wire/mod.ts";
import { seededBytes } from "../vectors/firmware/image.ts";
import { neverLate, Site, WIRING } from "./_site.ts";

const FLASH = 0x0800_0000;
const FLASH_BYTES = 8192;
const VECTORS = 48;
/** The first message 2 and two retries are the default; random double cuts need more. */
const MESSAGE2_LIMIT = 8;
/** Where the image has its personal region. */
export const PERSONAL = { offset: 4096, length: 256 };

/** Firmware of exactly 8 kB: every vector but reset leads to a loop of its own, the content is random. */
export function wholeFirmware(): Uint8Array<ArrayBuffer> {
  const image = seededBytes(FLASH_BYTES, 4711);
  const view = new DataView(image.buffer);
  view.setUint32(0, 0x2000_2000, true);
  for (let vector = 1; vector < VECTORS; vector++) {
    view.setUint32(4 * vector, FLASH + 4 * VECTORS + (vector === 1 ? 1 : 3), true);
  }
  view.setUint16(4 * VECTORS, 0xe7fe, true);
  view.setUint16(4 * VECTORS + 2, 0xe7fe, true);
  image.fill(0xff, PERSONAL.offset, PERSONAL.offset + PERSONAL.length);
  image[FLASH_BYTES - 1] = 0x5a;
  return image;
}

/** How one delivery is run. */
export interface Run {
  readonly bootloader?: BootloaderImage;
  readonly port?: (port: DebugPort) => DebugPort;
  /** Ends the delivery between two steps. */
  readonly signal?: AbortSignal;
}

/** One delivery, over. */
export interface Delivered {
  readonly result: DeliveryResult;
  readonly events: readonly DeliveryEvent[];
}

/** Authority and appliance, open. */
export class Line {
  readonly #site: Site;
  readonly #folder: string;
  readonly #authority: Authority;
  readonly #db: Database;
  readonly #appliance: Appliance;

  private constructor(
    site: Site,
    parts: { folder: string; db: Database; authority: Authority; appliance: Appliance },
  ) {
    this.#site = site;
    this.#folder = parts.folder;
    this.#db = parts.db;
    this.#authority = parts.authority;
    this.#appliance = parts.appliance;
  }

  /** Opens the records in `folder` as authority and appliance do when power is back. */
  static async open(site: Site, folder: string): Promise<Line> {
    const db = new Database(`${folder}/authority.sqlite`);
    const { random, clock } = site;
    const authority = createAuthority({
      db,
      sealKey: new Secret(site.sealKey.slice()),
      caCertificate: "",
      random: random.draw,
      nowMs: () => clock.nowMs,
      say: () => {},
    });
    const fetch = (request: Request) => authority.fetch(request);
    const network = { blind: fetch, trusting: () => ({ fetch, fetchAlone: fetch, close: () => {} }) };
    const ports = {
      nowMs: () => clock.nowMs,
      pause: neverLate,
      random: random.draw,
      network,
      onEvent: () => {},
    };
    const appliance = await openAppliance(`${folder}/agent`, ports);
    return new Line(site, { folder, db, authority, appliance });
  }

  /** What authority and appliance have recorded of a chip. */
  recordsOf(uid: string): string {
    const open = this.#appliance.journal.openTicket(uid);
    const unit = findUnit(this.#db, { family: 1, uid: parseUid(uid) });
    return JSON.stringify([open, unit]);
  }

  /** The authority's record of a chip's unit. */
  unit(uid: string) {
    return findUnit(this.#db, { family: 1, uid: parseUid(uid) });
  }

  /** What this appliance has recorded of a chip's ticket. */
  ticket(uid: string) {
    return this.#appliance.journal.openTicket(uid);
  }

  /** Copies all records as they are at this instant. */
  copyTo(folder: string): void {
    Line.copy(this.#folder, folder);
  }

  /** Copies the records of a line, open or not: databases by SQLite itself, the rest file by file. */
  static copy(from: string, to: string): void {
    copyRecords(from, to);
  }

  /** Runs one delivery at a chip. */
  async deliver(mcu: Mcu, how: Run = {}): Promise<Delivered> {
    const events: DeliveryEvent[] = [];
    const appliance = this.#appliance;
    const port = createModelPort(mcu, { name: "model" });
    const ports: DeliveryPorts = {
      probe: createProbe((how.port ?? ((same) => same))(port)),
      channel: createModelChannel(mcu),
      office: appliance.client,
      journal: appliance.journal,
      releases: appliance.releases,
      identity: { appliance: appliance.config.appliance, sign: appliance.identity.sign },
      keySet: appliance.trust().keySet,
      statementKeys: () => statementKeysOf(appliance.trust()),
      bootloaderFor: (family) => how.bootloader ?? builtInBootloader(family),
      nowMs: () => this.#site.clock.nowMs,
      pause: neverLate,
      emit: (event) => events.push(event),
    };
    const never = new AbortController().signal;
    const result = await deliver(ports, {
      station: "station-1",
      product: this.#site.product,
      wiring: WIRING,
      patient: false,
      listenMs: 0,
      stopping: never,
      signal: how.signal ?? never,
    });
    return { result, events };
  }

  close(): void {
    this.#appliance.close();
    this.#authority.close();
  }
}

function copyRecords(from: string, to: string): void {
  Deno.mkdirSync(`${to}/agent/releases`, { recursive: true });
  for (const name of ["authority.sqlite", "agent/journal.db"]) {
    const database = new DatabaseSync(`${from}/${name}`);
    database.prepare("VACUUM INTO ?").run(`${to}/${name}`);
    database.close();
  }
  for (const name of ["config.json", "trust.json", "identity.json"]) {
    Deno.copyFileSync(`${from}/agent/${name}`, `${to}/agent/${name}`);
  }
  for (const { name } of Deno.readDirSync(`${from}/agent/releases`)) {
    Deno.copyFileSync(`${from}/agent/releases/${name}`, `${to}/agent/releases/${name}`);
  }
}

/** Makes a site for the firmware of 8 kB; its own authority and appliance are closed, its records lie in its folder. */
export async function makeSite(units: number): Promise<Site> {
  const file = { name: "app.bin", bytes: wholeFirmware() };
  const site = await Site.open({ file, personal: PERSONAL, units, message2Limit: MESSAGE2_LIMIT });
  site.appliance.close();
  site.authority.close();
  return site;
}
