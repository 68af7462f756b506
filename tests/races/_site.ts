/**
 * One authority as two processes would run it: two offices, each with a connection of its own to one database file, the real
 * acts and the real HTTP application on both. A made site is kept as a template and copied for each day.
 *
 * @module
 */

import { createApp } from "../../authority/http/mod.ts";
import type { Office } from "../../authority/issuance/mod.ts";
import {
  createApplianceClient,
  createOwnerClient,
  type OrderId,
  type TrustReply,
} from "../../authority/api/mod.ts";
import { createSigner } from "../../authority/signer/mod.ts";
import { Database, newestKeySet, readSealedKey, readSetting } from "../../authority/store/mod.ts";
import { Secret, sign, type SigningKeyPair } from "../../bootloader/suite/mod.ts";
import type { ApplianceId, OwnerId, ProductId } from "../../bootloader/wire/mod.ts";
import {
  type Appliance,
  Clock,
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  ORIGIN,
} from "../unit/authority/_world.ts";
import { allow, OFFLINE, REGION } from "../unit/authority/_vault.ts";
import type { Bug } from "./_bugs.ts";

/** An order of the template, as the reference is told of it. */
export interface KnownOrder {
  readonly order: OrderId;
  readonly product: ProductId;
  readonly granted: number;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly rework: boolean;
}

/** What a template's makers know of it. */
export interface Template {
  readonly path: string;
  readonly sealKey: Uint8Array;
  readonly apiKey: string;
  readonly trust: TrustReply;
  readonly ticketKey: Uint8Array;
  readonly logKey: Uint8Array;
  readonly startMs: number;
  /** Two of one product that may be lent, one of a product that is online only. */
  readonly orders: readonly KnownOrder[];
  /** The third may program the first product only. */
  readonly appliances: readonly { readonly id: ApplianceId; readonly identity: SigningKeyPair }[];
  readonly remove: () => void;
}

export const LIMIT = 3;
/** Units of each lent order that the first two appliances may have when a day begins. */
export const ALLOWED_FIRST = 3;
export const TICKET_SECONDS = 600;
export const UNITS_LENT_MOST = OFFLINE.unitsMax;
export const LEASE_DAYS = OFFLINE.days;

/** Makes the template: an authority with two products, three orders and three appliances. */
export async function makeTemplate(): Promise<Template> {
  const folder = Deno.makeTempDirSync({ prefix: "flashseal-races-" });
  const path = `${folder}/template.sqlite`;
  const world = createWorld(path);
  const lent = await createCatalogue(world, "Lent", { offline: OFFLINE, personalLength: REGION });
  const near = await createCatalogue(world, "Near");
  const orders: KnownOrder[] = [];
  for (const [catalogue, units] of [[lent, 2], [lent, 3], [near, 2]] as const) {
    const name = `order ${orders.length}`;
    const terms = { name, message2Limit: LIMIT, ticketSeconds: TICKET_SECONDS };
    const order = await createOrder(world, catalogue, units, terms);
    const { seconds } = world.clock;
    const dates = { notBefore: seconds - 10, notAfter: seconds + 1_000_000 };
    const rework = orders.length !== 1;
    if (rework) granted(await world.owner.changeOrder(order, { change: "rework", allowed: true }));
    orders.push({ order, product: catalogue.product, granted: units, rework, ...dates });
    // Orders are told apart by when they were made.
    world.clock.nowMs += 1000;
  }
  const appliances: Appliance[] = [];
  for (const [name, products] of [["line 1", []], ["line 2", []], ["line 3", [lent.product]]] as const) {
    appliances.push(await enrolled(world, name, [...products]));
  }
  const allowed = orders.slice(0, 2).flatMap(({ order }) =>
    appliances.slice(0, 2).map((appliance) => ({ order, appliance }))
  );
  for (const { order, appliance } of allowed) granted(await allow(world, order, appliance, ALLOWED_FIRST));
  const { keySet } = await world.trust();
  const reply = await world.fetch(new Request(`${ORIGIN}/v1/trust`));
  const trust = await reply.json() as TrustReply;
  world.db.first("PRAGMA wal_checkpoint(TRUNCATE)");
  world.close();
  return {
    path,
    sealKey: world.sealKey,
    apiKey: world.apiKey,
    trust,
    ticketKey: keySet.ticketKey,
    logKey: keySet.logKey,
    startMs: world.clock.nowMs,
    orders,
    appliances,
    remove: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** A connection that lets something else happen before a transaction begins: the place where processes interleave. */
export class SteppedDatabase extends Database {
  // Opening reads and migrates before these exist: both are undefined then.
  readonly bug: Bug | undefined;
  waiting: { readonly act: () => void; after: number } | undefined;

  constructor(path: string, bug: Bug | undefined) {
    super(path);
    this.bug = bug;
    // Power loss is tested elsewhere; here nothing waits for a disk.
    this.first("PRAGMA synchronous = OFF");
    if (bug?.unchecked) this.first("PRAGMA ignore_check_constraints = ON");
  }

  /** Runs `act` before the transaction that begins after `after` others. */
  interrupt(act: () => void, after: number): void {
    this.waiting = { act, after };
  }

  /** Forgets an interruption that did not come about, and returns whether there was one. */
  calm(): boolean {
    const waited = this.waiting !== undefined;
    this.waiting = undefined;
    return waited;
  }

  /** Lets the waiting interruption happen now, once. */
  happen(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.act();
  }

  override transact<T>(act: () => T): T {
    if (this.waiting === undefined) return super.transact(act);
    if (this.waiting.after > 0) {
      this.waiting.after -= 1;
      return super.transact(act);
    }
    // Without the lock from the start, what was read is old when the first write comes: see `run`.
    if (this.bug?.readsBeforeItLocks) return act();
    this.happen();
    return super.transact(act);
  }

  override first(sql: string, ...values: readonly Value[]): Row | undefined {
    const row = super.first(this.bug?.sql?.(sql) ?? sql, ...values);
    return row === undefined ? row : this.bug?.row?.(sql, row) ?? row;
  }

  override all(sql: string, ...values: readonly Value[]): readonly Row[] {
    const rows = super.all(this.bug?.sql?.(sql) ?? sql, ...values);
    const bend = this.bug?.row;
    return bend === undefined ? rows : rows.map((row) => bend(sql, row) ?? row);
  }

  override run(sql: string, ...values: readonly Value[]): number {
    if (this.bug?.readsBeforeItLocks && /^\s*(INSERT|UPDATE|DELETE)/.test(sql)) this.happen();
    return super.run(this.bug?.sql?.(sql) ?? sql, ...values);
  }
}

type Row = Readonly<Record<string, unknown>>;
type Value = Parameters<Database["run"]>[1];

/** An office at work, and its HTTP application. */
export interface Desk {
  readonly db: SteppedDatabase;
  readonly office: Office;
  readonly fetch: (request: Request) => Promise<Response>;
}

/** Opens an office on a day's file. */
export function openDesk(
  template: Template,
  path: string,
  clock: Clock,
  random: (n: number) => Uint8Array,
  bug?: Bug,
): Desk {
  const db = new SteppedDatabase(path, bug);
  const signer = createSigner({
    sealKey: new Secret(template.sealKey.slice()),
    readSealed: (name) => readSealedKey(db, name),
    random,
  });
  const honest: Office = {
    db,
    signer,
    owner: readSetting(db, "owner") as OwnerId,
    ownerName: readSetting(db, "owner-name") ?? "",
    epoch: Number(readSetting(db, "epoch")),
    rootPublicKey: Uint8Array.fromHex(readSetting(db, "root-public-key") ?? ""),
    keySet: newestKeySet(db) ?? new Uint8Array(),
    outdatedAfterMs: 365 * 86_400_000,
    random,
    nowMs: () => clock.nowMs,
  };
  const office = bug?.office?.(honest) ?? honest;
  const app = createApp(office, { trust: template.trust, say: () => {} });
  return { db, office, fetch: async (request) => await app.fetch(request) };
}

/** The clients of one desk: one of each appliance, and the owner's. Sequences are shared: an appliance has one of them. */
export function clientsOf(
  template: Template,
  fetch: (request: Request) => Promise<Response>,
  clock: Clock,
  nextSequence: (appliance: number) => number,
  random: (n: number) => Uint8Array,
) {
  const owner = createOwnerClient({ origin: ORIGIN, fetch, apiKey: () => template.apiKey, random });
  const appliances = template.appliances.map(({ id, identity }, index) =>
    createApplianceClient({
      origin: ORIGIN,
      fetch,
      appliance: id,
      sign: (message) => sign(identity.seed, message),
      logKeys: [template.logKey],
      nextSequence: () => nextSequence(index),
      nowSeconds: () => clock.seconds,
    })
  );
  return { owner, appliances };
}

/** Randomness that a seed repeats: a failing day must fail again. Not for keys of anybody. */
export function repeatable(seed: number): (n: number) => Uint8Array {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return (n) => {
    const bytes = new Uint8Array(n);
    for (let index = 0; index < n; index += 1) {
      // xorshift32.
      state = (state ^ (state << 13)) >>> 0;
      state = (state ^ (state >>> 17)) >>> 0;
      state = (state ^ (state << 5)) >>> 0;
      bytes[index] = state >>> 8;
    }
    return bytes;
  };
}
