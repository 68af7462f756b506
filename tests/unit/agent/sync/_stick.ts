/**
 * An appliance and its authority with two ways between them: HTTPS (in-process) and files. The authority, the appliance's
 * folder, journal, vault and commands are the real ones; what is left out is the board, whose receipts are made here
 * (the authority checks all of an offline receipt but its MAC, which only the vault could).
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type CarriedSummary,
  carryMessages,
  decodeMessageFile,
  encodeReplyFile,
  type Fetch,
  type OrderId,
  summaryOf,
} from "../../../../authority/api/mod.ts";
import {
  type AgentEvent,
  type AgentPorts,
  enrolAgent,
  exportMessages,
  type Imported,
  importReplies,
  type ImportResult,
  syncOnce,
} from "../../../../agent/mod.ts";
import { openAppliance } from "../../../../agent/control/appliance.ts";
import { beginEpoch } from "../../../../authority/issuance/mod.ts";
import { Database } from "../../../../authority/store/mod.ts";
import { hash32, Secret } from "../../../../bootloader/suite/mod.ts";
import { leasePersonalContent, makeReceiptReport, openTicket } from "../../../../bootloader/ticket/mod.ts";
import {
  type ApplianceId,
  keyRecordLayout,
  lockRecordLayout,
  padUid,
  parseUid,
} from "../../../../bootloader/wire/mod.ts";
import { OFFLINE, REGION } from "../../authority/_vault.ts";
import {
  type Catalogue,
  createCatalogue,
  createOrder,
  createWorld,
  granted,
  openWorld,
  ORIGIN,
  random,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../../authority/_world.ts";

export const never = new AbortController().signal;
export const ignore = (["read", "write"] as const)
  .some((name) => Deno.permissions.querySync({ name }).state !== "granted");
if (ignore) console.log("sync by file needs a disk: run `deno task test`");

/** One appliance, one authority, and everything on the way between them. */
export class Stick {
  readonly events: AgentEvent[] = [];
  readonly ports: AgentPorts;
  /** Whether HTTPS works. */
  online = true;
  /** Every file that was written, in order: what a thief of the stick has. */
  readonly files: Uint8Array[] = [];
  #count = 0;

  constructor(
    /** The authority that is served now. */
    public world: World,
    readonly catalogue: Catalogue,
    readonly order: OrderId,
    readonly root: string,
  ) {
    const fetch: Fetch = (request) =>
      this.online ? this.world.fetch(request) : Promise.reject(new TypeError("no network here"));
    this.ports = {
      nowMs: () => this.world.clock.nowMs,
      pause: () => Promise.resolve(),
      random,
      network: { blind: fetch, trusting: () => ({ fetch, fetchAlone: fetch, close: () => {} }) },
      onEvent: (event) => this.events.push(event),
    };
  }

  static async make(units = 20): Promise<Stick> {
    const world = createWorld();
    const catalogue = await createCatalogue(world, "Widget", { offline: OFFLINE, personalLength: REGION });
    const order = await createOrder(world, catalogue, units);
    const stick = new Stick(world, catalogue, order, await Deno.makeTempDir({ prefix: "flashseal-test-" }));
    await stick.enrol("line 1", stick.folder);
    return stick;
  }

  get folder(): string {
    return `${this.root}/agent`;
  }

  async enrol(name: string, folder: string): Promise<ApplianceId> {
    const { code } = granted(await this.world.owner.createEnrolment({ name, products: [] }));
    const answer = await enrolAgent({ folder, origin: ORIGIN, code }, this.ports);
    assert.ok("enrolled" in answer);
    return answer.enrolled.appliance as ApplianceId;
  }

  async allow(units: number): Promise<void> {
    const { appliances } = granted(await this.world.owner.appliances());
    granted(
      await this.world.owner.setAllowance(this.order, {
        appliance: appliances[0]!.appliance,
        units,
        acknowledgesOffline: true,
      }),
    );
  }

  /** Copies the authority's database as it is now. */
  async backup(): Promise<string> {
    const file = `${this.root}/backup-${++this.#count}`;
    await this.world.db.backupTo(file);
    return file;
  }

  /** Serves a copy of a backup, in a new epoch unless the test leaves that out. */
  async restore(backup: string, options: { readonly epoch?: boolean } = {}): Promise<void> {
    const { clock, ...secrets } = this.world;
    this.world.close();
    const file = `${this.root}/database-${++this.#count}`;
    await Deno.copyFile(backup, file);
    const db = new Database(file);
    clock.nowMs += 60_000;
    if (options.epoch !== false) beginEpoch(db, { known: [], nowMs: clock.nowMs, why: "restored" });
    this.world = openWorld(db, clock, secrets);
  }

  /** The owner's word on the order, as it is. */
  async confirm(): Promise<void> {
    const { quota, frozen, notBeforeSeconds, notAfterSeconds } = granted(
      await this.world.owner.order(this.order),
    );
    const word = { granted: quota.granted, frozen, notBeforeSeconds, notAfterSeconds };
    granted(await this.world.owner.changeOrder(this.order, { change: "confirm", ...word }));
  }

  /** Entries of the authority's log with this event. */
  logged(event: string): readonly Record<string, unknown>[] {
    return this.world.db.all("SELECT entry FROM log ORDER BY position")
      .map(({ entry }) => JSON.parse(String(entry)) as { event: string; about: Record<string, unknown> })
      .filter((entry) => entry.event === event).map(({ about }) => about);
  }

  async https() {
    return await syncOnce({ folder: this.folder, signal: never }, this.ports);
  }

  /** Exports, and returns the bytes of the file. */
  async export(folder = this.folder): Promise<Uint8Array> {
    const file = `${this.root}/messages-${++this.#count}`;
    await exportMessages({ folder, file }, this.ports);
    return this.#kept(await Deno.readFile(file));
  }

  /** Carries a file to the authority; `most`: the network fails after so many messages. */
  async carry(
    bytes: Uint8Array,
    most = Infinity,
  ): Promise<{ readonly reply: Uint8Array | null; readonly said: readonly CarriedSummary[] }> {
    const file = decodeMessageFile(bytes);
    // A walk takes its time.
    this.world.clock.nowMs += 60_000;
    let sent = 0;
    const fetch: Fetch = (request) =>
      !request.url.endsWith("/v1/trust") && ++sent > most
        ? Promise.reject(new TypeError("cut"))
        : this.world.fetch(request);
    const { replies, keySet } = await carryMessages(file, { fetch });
    if (replies.length === 0) return { reply: null, said: [] };
    const { owner, appliance, origin } = file;
    const reply = encodeReplyFile({
      owner,
      appliance,
      origin,
      atMs: this.world.clock.nowMs,
      keySet,
      replies,
    });
    return { reply: this.#kept(reply), said: summaryOf(replies) };
  }

  async importFile(bytes: Uint8Array, folder = this.folder): Promise<ImportResult> {
    const file = `${this.root}/replies-${++this.#count}`;
    await Deno.writeFile(file, bytes);
    return await importReplies({ folder, file, signal: never }, this.ports);
  }

  async import(bytes: Uint8Array): Promise<Imported> {
    const result = await this.importFile(bytes);
    assert.ok("imported" in result, JSON.stringify(result));
    return result.imported;
  }

  /** One whole round trip by file. */
  async trip(): Promise<Imported> {
    const { reply } = await this.carry(await this.export());
    assert.ok(reply);
    return await this.import(reply);
  }

  /** Uses a lent unit for a chip as far as `state`; false when nothing is left for it. */
  async use(n: number, state: "bound" | "keyed" | "committed"): Promise<boolean> {
    const appliance = await openAppliance(this.folder, this.ports);
    try {
      const { vault, journal } = appliance;
      const uid = chipOf(n);
      const known = journal.leases.useOf({ family: 1, uid });
      if (known?.state === "committed") return true;
      const answer = vault.use({ family: 1, uid, flashKb: 8, product: this.catalogue.product });
      if (!("ticket" in answer)) return false;
      const { ticketId } = answer.ticket;
      if (state === "bound") return true;
      const hh = new Uint8Array(64).fill(n);
      if (answer.ticket.message2 === 0) journal.leases.storeMessage2(ticketId, { number: 1, hh, h2: hh });
      if (state === "keyed") return true;
      const opened = openTicket(answer.ticket.sealed, { publicKey: appliance.trust().keySet.ticketKey });
      assert.ok("opened" in opened);
      const proof = { certificate: answer.ticket.certificate!, delegation: answer.lease.delegation };
      const report = makeReceiptReport({
        hh,
        uid: padUid(parseUid(uid)),
        ticketId: opened.opened.ticket.ticketId,
        digest: opened.opened.ticket.imageDigest,
        personalHash: hash32(leasePersonalContent(proof, opened.opened.ticket.personalLength)),
        lock: 1,
        entropy: 1,
        outcome: 1,
      }, new Secret(new Uint8Array(32).fill(n))).toHex();
      journal.leases.commit(ticketId, { number: 1, report, record: "00".repeat(212), hh: hh.toHex() });
      return true;
    } finally {
      appliance.close();
    }
  }

  /** A delivery with a ticket of the authority, made over HTTPS up to a receipt that is kept and not reported; returns the UID. */
  async keepReceipt(n: number): Promise<string> {
    const appliance = await openAppliance(this.folder, this.ports);
    try {
      const { client, journal, identity, config } = appliance;
      const uid = uidOf(n);
      const reply = granted(await client.ticket(ticketRequest(this.catalogue, uid)));
      const { ticketId, release } = reply;
      const target = new Target(reply, appliance.trust().keySet.ticketKey, uid);
      const record = lockRecordLayout.encode({
        ticketId,
        uid: padUid(uid),
        appliance: config.appliance,
        at: 1,
        lock: 1,
        debug: 1,
        flashUnderReset: 0,
        ramUnderReset: 1,
        plainAttach: 0,
      });
      const lock = { lockRecord: record.toHex(), lockSignature: identity.sign(record).toHex() };
      const answer = await client.message1(ticketId, { message1: target.message1.toHex(), ...lock });
      const { number, message2, keyRecord } = granted(answer);
      assert.ok(keyRecord);
      const { receipt } = target.finish(Uint8Array.fromHex(message2));
      const delivery = journal.startDelivery("station-1", "receipt");
      journal.identifyDelivery(delivery, { uid, chip: "stm32g0" });
      const sealed = Uint8Array.fromHex(reply.ticket);
      const { product } = this.catalogue;
      journal.storeTicket(delivery, { ticketId, uid, product, release: release.release, sealed });
      journal.storeMessage2(ticketId, number, {
        record: Uint8Array.fromHex(keyRecord.record),
        statement: Uint8Array.fromHex(keyRecord.statement),
        epoch: keyRecordLayout.decode(Uint8Array.fromHex(keyRecord.record)).epoch,
      });
      journal.storeReceipt(ticketId, receipt);
      journal.endDelivery(delivery, { outcome: "delivered", cause: null });
      return uid;
    } finally {
      appliance.close();
    }
  }

  /** The ledger at the authority and the record here, without what is drawn afresh in each run. */
  async state() {
    const { quota } = granted(await this.world.owner.order(this.order));
    const { devices } = granted(await this.world.owner.devices());
    const { leases } = granted(await this.world.owner.leases());
    const appliance = await openAppliance(this.folder, this.ports);
    try {
      const { journal, vault } = appliance;
      assert.ok("head" in journal.checkChain());
      return {
        quota,
        devices: devices.map(({ uid, state }) => ({ uid, state })).sort((a, b) => a.uid < b.uid ? -1 : 1),
        open: leases.reduce((sum, { open }) => sum + open, 0),
        left: vault.left().get(this.catalogue.product) ?? 0,
        untold: journal.leases.counts().untold,
        drafts: journal.leases.drafts().length,
        barred: journal.leases.barred(),
        paused: journal.leases.leases().some(({ paused }) => paused),
      };
    } finally {
      appliance.close();
    }
  }

  async stop(): Promise<void> {
    this.world.close();
    await Deno.remove(this.root, { recursive: true });
  }

  #kept(bytes: Uint8Array): Uint8Array {
    this.files.push(bytes);
    return bytes;
  }
}

/** The UID of chip `n`. */
export function chipOf(n: number): string {
  return n.toString(16).padStart(24, "a");
}

/** Gives `work` a world and takes it away afterwards. */
export async function withStick(work: (stick: Stick) => Promise<void>, units = 20): Promise<void> {
  const stick = await Stick.make(units);
  try {
    await work(stick);
  } finally {
    await stick.stop();
  }
}

/** A test of one appliance, its authority and the ways between them. */
export function stickTest(name: string, work: (stick: Stick) => Promise<void>): void {
  Deno.test({ name, ignore, fn: () => withStick(work) });
}

/** Borrows by file alone: news, then the lease, then its release. */
export async function lentByFile(stick: Stick, units: number): Promise<void> {
  stick.online = false;
  await stick.allow(units);
  await stick.trip();
  assert.equal((await stick.trip()).lent, units);
  assert.equal((await stick.trip()).releases, 1);
}
