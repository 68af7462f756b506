/**
 * An authority that can be put back: one clock, one seal key, a database that is copied and reopened with a new epoch, and
 * appliances whose clients speak to whichever database is served now. Everything in it is the real thing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { beginEpoch } from "../../../authority/issuance/mod.ts";
import { Database } from "../../../authority/store/mod.ts";
import type { OrderId, RestoredRequest } from "../../../authority/api/mod.ts";
import type { Uid } from "../../../bootloader/wire/mod.ts";
import {
  type Appliance,
  Clock,
  createWorld,
  enrolled,
  granted,
  keyed,
  openWorld,
  quotaOf,
  type World,
} from "./_world.ts";

/** What an appliance of these tests keeps of an online delivery: as its journal does. */
export type Kept = RestoredRequest["tickets"][number];

/** Whether tests with a {@linkcode RestorePlace} must be skipped: backups are files. */
export const cannotRestore = (["read", "write"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (cannotRestore) console.log("tests of restores need the disk: run `deno task test`");

/** A place where backups are taken and restored. */
export class RestorePlace {
  readonly #folder = Deno.makeTempDirSync({ prefix: "flashseal-epochs-" });
  #files = 0;
  world: World;

  constructor() {
    this.world = createWorld(this.#next());
  }

  get clock(): Clock {
    return this.world.clock;
  }

  #next(): string {
    this.#files += 1;
    return `${this.#folder}/${this.#files}.sqlite`;
  }

  /** An appliance that speaks to whichever database is served. */
  async appliance(name: string): Promise<Appliance> {
    const made = await enrolled(this.world, name);
    let sequence = 100;
    return {
      ...made,
      client: made.clientWith((request) => this.world.fetch(request), () => sequence += 1),
    };
  }

  /** Copies the database as it is now; returns the file. */
  async backup(): Promise<string> {
    const file = this.#next();
    await this.world.db.backupTo(file);
    return file;
  }

  /** Serves a copy of a backup, in a new epoch unless the test leaves that out. */
  async restore(backup: string, options: { readonly epoch?: boolean } = {}): Promise<void> {
    const { clock, ...secrets } = this.world;
    this.world.close();
    const file = this.#next();
    await Deno.copyFile(backup, file);
    const db = new Database(file);
    clock.nowMs += 5_000;
    if (options.epoch !== false) beginEpoch(db, { known: [], nowMs: clock.nowMs, why: "restored" });
    this.world = openWorld(db, clock, secrets);
  }

  /** Begins a new epoch in the database that is served. */
  newEpoch(): void {
    const { clock, db, ...secrets } = this.world;
    clock.nowMs += 5_000;
    beginEpoch(db, { known: [], nowMs: clock.nowMs, why: "by hand" });
    this.world = openWorld(db, clock, secrets);
  }

  /** The owner's word on an order, as it is. */
  async confirm(order: OrderId): Promise<void> {
    const { quota, frozen, notBeforeSeconds, notAfterSeconds } = granted(await this.world.owner.order(order));
    const { granted: units } = quota;
    granted(
      await this.world.owner.changeOrder(order, {
        change: "confirm",
        granted: units,
        frozen,
        notBeforeSeconds,
        notAfterSeconds,
      }),
    );
  }

  async counts(order: OrderId): Promise<string> {
    const { free, leased, reserved, keyed, committed, lost, unaccounted, granted: units } = await quotaOf(
      this.world,
      order,
    );
    assert.equal(units, free + leased + reserved + keyed + committed + lost + unaccounted);
    return [free, leased, reserved, keyed, committed, lost, unaccounted].join(" ");
  }

  logged(event: string): readonly Record<string, unknown>[] {
    return this.world.db.all("SELECT entry FROM log ORDER BY position")
      .map(({ entry }) => JSON.parse(String(entry)) as { event: string; about: Record<string, unknown> })
      .filter((entry) => entry.event === event).map(({ about }) => about);
  }

  close(): void {
    this.world.close();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** One delivery up to message 2, and what the appliance keeps of it. */
export async function keyedAndKept(
  place: RestorePlace,
  appliance: Appliance,
  catalogue: Parameters<typeof keyed>[2],
  uid: Uid,
) {
  const done = await keyed(place.world, appliance, catalogue, uid);
  assert(done.reply.keyRecord !== undefined);
  const kept: Kept = { ticket: done.ticket.ticket, keyRecords: [done.reply.keyRecord], receipt: null };
  return { ...done, kept };
}

/** One whole delivery, and what the appliance keeps of it. */
export async function deliveredAndKept(
  place: RestorePlace,
  appliance: Appliance,
  catalogue: Parameters<typeof keyed>[2],
  uid: Uid,
) {
  const { kept, ...done } = await keyedAndKept(place, appliance, catalogue, uid);
  const body = { number: done.reply.number, receipt: done.brought.receipt.toHex() };
  const receipt = granted(await appliance.client.receipt(done.ticket.ticketId, body));
  return { ...done, receipt, kept: { ...kept, receipt: body } };
}
