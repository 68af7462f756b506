/**
 * Two honest appliances, one order, one authority that may be put back: every move is a real request, the game itself counts
 * the devices that exist. Rules of the restore can be taken away by what a wrong authority would have written.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { LeaseUse, OrderId } from "../../../authority/api/mod.ts";
import type { Uid } from "../../../bootloader/wire/mod.ts";
import { type Kept, RestorePlace } from "./_epochs.ts";
import { allow, ask, drawKeys, Lease, OFFLINE, REGION } from "./_vault.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  granted,
  lockProof,
  quotaOf,
  Target,
  ticketRequest,
  uidOf,
} from "./_world.ts";

/** What a wrong authority would do after a restore. */
export type Fault =
  | "waits per appliance"
  | "reserved stays reserved"
  | "returns are free"
  | "earlier tickets get keys"
  | "earlier units go on for nothing";

interface Desk {
  readonly appliance: Appliance;
  readonly tickets: Map<Uid, { readonly ticketId: string; readonly sealed: string; readonly kept?: Kept }>;
  readonly kept: Map<string, Kept>;
  readonly leases: { readonly lease: Lease; readonly uses: LeaseUse[]; readonly returned: Set<number> }[];
  served: boolean;
}

/** One game. */
export class RestoreGame {
  readonly devices = new Set<Uid>();
  ownerGranted: number;
  #backup: string | undefined;
  #offline = 0;

  private constructor(
    readonly place: RestorePlace,
    readonly catalogue: Catalogue,
    readonly order: OrderId,
    readonly desks: readonly Desk[],
    readonly fault: Fault | undefined,
    units: number,
  ) {
    this.ownerGranted = units;
  }

  static async begin(units: number, fault?: Fault): Promise<RestoreGame> {
    const place = new RestorePlace();
    const catalogue = await createCatalogue(place.world, "Widget", {
      offline: OFFLINE,
      personalLength: REGION,
    });
    const order = await createOrder(place.world, catalogue, units);
    const desks: Desk[] = [];
    for (const name of ["line 1", "line 2"]) {
      const appliance = await place.appliance(name);
      granted(await allow(place.world, order, appliance, 4));
      desks.push({ appliance, tickets: new Map(), kept: new Map(), leases: [], served: true });
    }
    return new RestoreGame(place, catalogue, order, desks, fault, units);
  }

  #desk(n: number): Desk {
    const desk = this.desks[n % this.desks.length];
    assert(desk !== undefined);
    return desk;
  }

  /** Asks for a ticket; chips belong to their desk, as boards do. */
  async ticket(n: number, chip: number): Promise<void> {
    const desk = this.#desk(n);
    if (!desk.served) return;
    const uid = uidOf(1000 * (n % 2) + chip);
    const answer = await desk.appliance.client.ticket(ticketRequest(this.catalogue, uid));
    if ("refused" in answer) return;
    desk.tickets.set(uid, { ticketId: answer.granted.ticketId, sealed: answer.granted.ticket });
  }

  /** Asks for message 2 with the ticket that is held; what comes reaches the chip: a device exists. */
  async key(n: number, chip: number): Promise<void> {
    const desk = this.#desk(n);
    const uid = uidOf(1000 * (n % 2) + chip);
    const held = desk.tickets.get(uid);
    if (held === undefined || !desk.served) return;
    const ticketId = held.ticketId as Parameters<typeof desk.appliance.client.message1>[0];
    const { ticketKey } = (await this.place.world.trust()).keySet;
    const target = new Target({ ticket: held.sealed } as never, ticketKey, uid);
    const answer = await desk.appliance.client.message1(ticketId, {
      message1: target.message1.toHex(),
      ...lockProof(desk.appliance, ticketId, uid),
    });
    if ("refused" in answer) return;
    const { number, message2, keyRecord } = answer.granted;
    assert(keyRecord !== undefined);
    this.devices.add(uid);
    const { receipt } = target.finish(Uint8Array.fromHex(message2));
    const before = desk.kept.get(held.ticketId)?.keyRecords ?? [];
    desk.kept.set(held.ticketId, {
      ticket: held.sealed,
      keyRecords: [...before, keyRecord],
      receipt: { number, receipt: receipt.toHex() },
    });
  }

  /** Gives a board up before its key. An honest appliance forgets the ticket; `keep`: whoever holds its disk does not. */
  async abandon(n: number, chip: number, keep = false): Promise<void> {
    const desk = this.#desk(n);
    const uid = uidOf(1000 * (n % 2) + chip);
    const held = desk.tickets.get(uid);
    if (held === undefined || desk.kept.has(held.ticketId)) return;
    const failure = { cause: "no-answer", phase: "install", atMs: 1, abandon: true };
    const answer = await desk.appliance.client.failure(held.ticketId as never, failure);
    if ("granted" in answer && !keep) desk.tickets.delete(uid);
  }

  async receipt(n: number, chip: number): Promise<void> {
    const desk = this.#desk(n);
    const held = desk.tickets.get(uidOf(1000 * (n % 2) + chip));
    const kept = held === undefined ? undefined : desk.kept.get(held.ticketId);
    if (held === undefined || kept === undefined || kept.receipt === null) return;
    await desk.appliance.client.receipt(held.ticketId as never, kept.receipt);
  }

  async lend(n: number, units: number): Promise<void> {
    const desk = this.#desk(n);
    if (!desk.served) return;
    const keys = drawKeys(units);
    const answer = await ask(desk.appliance, this.order, keys);
    if ("refused" in answer) return;
    const { ticketKey } = (await this.place.world.trust()).keySet;
    desk.leases.push({
      lease: new Lease(answer.granted, keys, desk.appliance, ticketKey),
      uses: [],
      returned: new Set(),
    });
  }

  /** Uses the next free ticket that was lent: a device exists, whether anybody hears of it or not. */
  use(n: number): void {
    for (const held of this.#desk(n).leases) {
      const index = this.#nextFree(held);
      if (index === undefined) continue;
      const uid = uidOf(100_000 + (this.#offline += 1));
      held.uses.push(held.lease.use(index, uid, "committed"));
      this.devices.add(uid);
      return;
    }
  }

  #nextFree({ lease, uses, returned }: Desk["leases"][number]): number | undefined {
    const used = new Set(uses.map(({ ticketId }) => ticketId));
    const index = lease.tickets.findIndex(({ ticketId }, at) => !used.has(ticketId) && !returned.has(at));
    return index < 0 ? undefined : index;
  }

  /** Closes the next free ticket and gives it back. */
  async giveBack(n: number): Promise<void> {
    for (const held of this.#desk(n).leases) {
      const index = this.#nextFree(held);
      if (index === undefined) continue;
      held.returned.add(index);
      const before = await quotaOf(this.place.world, this.order);
      await held.lease.giveBack(index);
      const { unaccounted } = await quotaOf(this.place.world, this.order);
      if (this.fault === "returns are free") this.#free(unaccounted - before.unaccounted);
      return;
    }
  }

  #free(units: number): void {
    if (units <= 0) return;
    this.place.world.db.run(
      "INSERT INTO unaccounted_moves (order_id, units, cause, at_ms) VALUES (?, ?, 'freed', 0)",
      this.order,
      -units,
    );
  }

  /** Reports everything that the appliance holds, as a round of its agent does after a restore. */
  async report(n: number): Promise<void> {
    const desk = this.#desk(n);
    const { client } = desk.appliance;
    for (const kept of desk.kept.values()) {
      const answer = await client.restored({ tickets: [kept] });
      assert("granted" in answer, JSON.stringify(answer));
    }
    for (const { lease, uses, returned } of desk.leases) {
      const { delegation, tickets } = lease.grant;
      granted(await client.restoredLease({ order: this.order, delegation, tickets }));
      const before = await quotaOf(this.place.world, this.order);
      for (const use of uses) {
        const answer = await lease.report([use]);
        // An order without a unit for a device says so; anything else would be a contradiction.
        if ("refused" in answer) assert.equal(answer.refused.code, "unaccounted-spent");
      }
      for (const index of returned) granted(await lease.giveBack(index));
      const { unaccounted } = await quotaOf(this.place.world, this.order);
      if (this.fault === "returns are free") this.#free(unaccounted - before.unaccounted);
    }
    desk.served = true;
  }

  async backup(): Promise<void> {
    this.#backup ??= await this.place.backup();
  }

  async restore(): Promise<void> {
    if (this.#backup === undefined) return;
    await this.place.restore(this.#backup);
    this.#spoil();
    await this.place.confirm(this.order);
    if (this.fault === "waits per appliance") { for (const desk of this.desks) desk.served = false; }
  }

  async raise(by: number): Promise<void> {
    granted(await this.place.world.owner.changeOrder(this.order, { change: "raise", by }));
    this.ownerGranted += by;
  }

  /** Writes what a wrong authority would have written at the restore. */
  #spoil(): void {
    const { db } = this.place.world;
    const epoch = "(SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'epoch')";
    const drop = (...triggers: string[]) => triggers.forEach((name) => db.run(`DROP TRIGGER ${name}`));
    switch (this.fault) {
      case undefined:
      case "returns are free":
        return;
      case "waits per appliance":
        db.run(
          `INSERT INTO unaccounted_moves (order_id, units, cause, at_ms)
            SELECT id, -unaccounted, 'freed', 0 FROM orders WHERE unaccounted > 0`,
        );
        return;
      case "reserved stays reserved":
        drop("units_move_legally", "units_count_upwards");
        db.run(
          `UPDATE units SET state = 'reserved', presumed = 0, serial = NULL, message2_count = 0, epoch = ${epoch}
            WHERE presumed = 1`,
        );
        return;
      case "earlier tickets get keys":
        drop("tickets_change_by_closing");
        db.run(`UPDATE tickets SET epoch = ${epoch} WHERE closed = 0`);
        db.run(`UPDATE units SET epoch = ${epoch}`);
        return;
      case "earlier units go on for nothing":
        db.run("UPDATE units SET presumed = 0 WHERE presumed = 1");
        return;
    }
  }

  /** The laws: never more certified devices than the owner granted; the sum; nobody frozen. */
  async laws(): Promise<void> {
    assert(
      this.devices.size <= this.ownerGranted,
      `over-production: ${this.devices.size} devices of ${this.ownerGranted} granted`,
    );
    // The counts and their sum are held by `counts`.
    await this.place.counts(this.order);
    const { appliances } = granted(await this.place.world.owner.appliances());
    assert(appliances.every(({ frozenAtMs }) => frozenAtMs === null), "an honest appliance is frozen");
  }

  /** Every device is inside its unit or inside what is unaccounted. */
  async everyDeviceIsCounted(): Promise<void> {
    const { keyed, committed, unaccounted, leased, reserved } = await quotaOf(this.place.world, this.order);
    assert(this.devices.size <= keyed + committed + unaccounted + leased + reserved);
  }
}
