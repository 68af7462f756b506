/**
 * Rounds against a small lender that books like the authority: idempotent leases, uses that only go forward, returns.
 * It can lose its answers after it has booked, which is what a bad network does.
 */
import assert from "node:assert/strict";
import {
  type ApplianceClient,
  type LeaseGrant,
  type RefusalCode,
  refusals,
  type RequestOf,
  statementSubjects,
  type StateReply,
  writeDenials,
  writeStatement,
} from "../../../../authority/api/mod.ts";
import { type RoundOptions, syncRound } from "../../../../agent/sync/mod.ts";
import { sign } from "../../../../bootloader/suite/mod.ts";
import { Fault, Malformed, parseUid } from "../../../../bootloader/wire/mod.ts";
import type { ReleaseStore } from "../../../../agent/journal/mod.ts";
import { ids } from "../delivery/office.ts";
import { MemoryReleases } from "../delivery/rig.ts";
import { chip, Lender, openVault, ORDER, uidOf } from "../vault/lender.ts";

type UseReport = RequestOf<"leaseUses">["uses"][number];

class LendingOffice {
  readonly calls: string[] = [];
  readonly leases = new Map<
    string,
    { grant: LeaseGrant; uses: Map<string, UseReport>; returned: Set<string> }
  >();
  readonly heads: number[] = [];
  units = 0;
  free = 100;
  frozen = false;
  notAfterSeconds = 2000;
  /** Calls of these names are booked and their answer is lost. */
  deaf = new Set<string>();
  refuse = new Map<string, RefusalCode>();
  epoch = 7;
  awaiting = false;
  /** A use of this UID never fits. */
  badUid = "";
  /** The list of denied chips: its number, and what is signed. */
  denied = { number: 0, said: 0, uids: [] as string[] };

  constructor(readonly lender: Lender) {}

  get open(): number {
    return [...this.leases.values()].reduce(
      (sum, { grant, uses, returned }) => sum + grant.units - uses.size - returned.size,
      0,
    );
  }

  get client(): ApplianceClient {
    const { office } = this.lender;
    return {
      ...{ ticket: never, message1: never, receipt: never, failure: never },
      denials: () => this.#answer("denials", () => this.#denials()),
      renewal: () => this.#answer("renewal", () => ({ standing: "asked" as const })),
      state: () => this.#answer("state", () => this.#state()),
      lease: (asked) => this.#answer("lease", () => this.#lend(asked)),
      leaseUses: (lease, { uses, chain }) =>
        this.#answer("leaseUses", () => {
          this.heads.push(chain.number);
          if (uses.some(({ uid }) => uid === this.badUid)) return "use-not-valid";
          const known = this.leases.get(lease)!;
          for (const use of uses) known.uses.set(use.ticketId, use);
          const accepted = uses.map(({ ticketId }) => ticketId) as LeaseTicketIds;
          return { epoch: this.epoch, accepted, alarms: [] };
        }),
      leaseReturns: (lease, { ticketIds }) =>
        this.#answer("leaseReturns", () => {
          for (const ticketId of ticketIds) this.leases.get(lease)!.returned.add(ticketId);
          return { epoch: this.epoch, returned: ticketIds as LeaseTicketIds };
        }),
      restored: never,
      restoredLease: (asked) =>
        this.#answer("restoredLease", () => {
          const lease = [...this.leases.keys()].find((known) => asked.delegation.includes(known));
          return lease === undefined ? "restored-not-authentic" : { lease: lease as LeaseGrant["lease"] };
        }),
      releaseContent: (release, range) => {
        this.calls.push("releaseContent");
        return office.releaseContent(release, range);
      },
    };
  }

  #lend(asked: RequestOf<"lease">): LeaseGrant | RefusalCode {
    const known = [...this.leases.values()].find(({ grant }) => keysOf(grant) === asked.ticketKeys.join());
    if (known !== undefined) return known.grant;
    if (asked.units > this.units - this.open) return "allowance-spent";
    const grant = this.lender.grant(asked, { notAfterSeconds: this.notAfterSeconds });
    keysByGrant.set(grant, asked.ticketKeys.join());
    this.leases.set(grant.lease, { grant, uses: new Map(), returned: new Set() });
    return grant;
  }

  #denials() {
    const chips = this.denied.uids.map((uid) => ({ family: 1, uid: parseUid(uid) }));
    const { seed } = this.lender.office.logKey;
    const facts = { subject: statementSubjects.denials, owner: ids.owner, atMs: 1, number: this.denied.said };
    const message = writeStatement(facts, writeDenials(chips));
    return { chips, statement: message.toHex() + sign(seed, message).toHex() };
  }

  #state(): StateReply {
    return {
      atMs: 5,
      epoch: this.epoch,
      ticketKnown: null,
      owner: ids.owner,
      appliance: ids.appliance,
      name: "Line 1",
      keySet: "00".repeat(268),
      denials: this.denied.number,
      record: null,
      products: [{
        product: ids.product,
        name: "Thermostat",
        family: 1,
        chipId: null,
        flashKb: 8,
        lockLevel: 1,
        orders: [{
          order: ORDER as StateReply["products"][number]["orders"][number]["order"],
          release: ids.release,
          version: "1.0.0",
          granted: 100,
          free: this.free,
          frozen: this.frozen,
          notBeforeSeconds: 0,
          notAfterSeconds: 9000,
          refusal: this.awaiting ? "order-awaits-confirmation" : this.frozen ? "order-frozen" : null,
          allowance: { units: this.units, open: this.open },
        }],
      }],
    };
  }

  #answer<T>(name: string, act: () => T | RefusalCode) {
    this.calls.push(name);
    const refused = this.refuse.get(name);
    const result = refused ?? act();
    if (this.deaf.has(name)) {
      return Promise.reject(new Fault("Cannot reach the server", { place: "authority", retry: true }));
    }
    if (typeof result === "string") {
      const code = result as RefusalCode;
      return Promise.resolve({ refused: { code, ...refusals[code], detail: undefined }, atSeconds: 1000 });
    }
    return Promise.resolve({ granted: result as T, atSeconds: 1000 });
  }
}

type LeaseTicketIds = Parameters<ApplianceClient["message1"]>[0][];
const keysByGrant = new WeakMap<LeaseGrant, string>();

function keysOf(grant: LeaseGrant): string {
  return keysByGrant.get(grant) ?? "";
}

function never(): never {
  throw new RangeError("a round makes no delivery");
}

async function world() {
  const lender = await Lender.make();
  const vaultWorld = openVault(lender);
  const { journal, vault } = vaultWorld;
  const office = new LendingOffice(lender);
  const releases = new MemoryReleases();
  const round = (options: RoundOptions = {}) =>
    syncRound(
      {
        client: office.client,
        vault,
        journal,
        releases: releases as unknown as ReleaseStore,
        nowSeconds: () => vaultWorld.now,
        takeState: () => Promise.resolve(),
        logKeys: () => [lender.office.logKey.publicKey],
      },
      new AbortController().signal,
      options,
    );
  const begin = (n: number) => {
    const answer = vault.use(chip(uidOf(n)));
    assert.ok("ticket" in answer, JSON.stringify(answer));
    return answer.ticket;
  };
  return { lender, office, vault, journal, releases, round, begin, time: vaultWorld };
}

Deno.test("syncRound() borrows up to the allowance, fetches the release, and then has nothing to do", async () => {
  const { office, vault, round } = await world();
  office.units = 3;
  const first = await round();
  assert.deepEqual([first.lent, first.refusals, vault.left().get(ids.product)], [3, [], 3]);
  assert.deepEqual(office.calls, ["state", "lease", "releaseContent"]);
  office.calls.length = 0;
  const second = await round();
  assert.deepEqual([second.lent, second.reported, second.returned], [0, 0, 0]);
  assert.deepEqual(office.calls, ["state"]);
});

Deno.test("syncRound() reports uses, then refills what they took, on the authority's own count", async () => {
  const { office, vault, journal, round, begin } = await world();
  office.units = 2;
  await round();
  const [one, two] = [begin(1), begin(2)];
  assert.equal(vault.left().get(ids.product), 0);
  const result = await round();
  assert.deepEqual([result.reported, result.lent], [2, 2]);
  assert.equal(vault.left().get(ids.product), 2);
  const [lease] = [...office.leases.values()];
  assert.deepEqual([...lease!.uses.values()].map(({ uid, state }) => [uid, state]), [
    [uidOf(1), "reserved"],
    [uidOf(2), "reserved"],
  ]);
  assert.equal(office.heads[0]! > 0, true);
  // A step further is reported again, what has not moved is not.
  journal.leases.storeMessage2(one.ticketId, { number: 1, hh: new Uint8Array(64), h2: new Uint8Array(64) });
  assert.equal((await round()).reported, 1);
  assert.deepEqual(lease!.uses.get(one.ticketId)?.state, "keyed");
  assert.deepEqual(lease!.uses.get(two.ticketId)?.state, "reserved");
  assert.equal((await round()).reported, 0);
});

for (const call of ["lease", "leaseUses", "leaseReturns"]) {
  Deno.test(`syncRound() repeats "${call}" whose answer was lost, and nothing is booked twice`, async () => {
    const { office, vault, journal, round, begin } = await world();
    office.units = 3;
    if (call !== "lease") {
      await round();
      begin(1);
    }
    if (call === "leaseReturns") office.units = 0;
    office.deaf.add(call);
    await assert.rejects(round(), Fault);
    office.deaf.clear();
    await round();
    const used = [...office.leases.values()].reduce((sum, { uses }) => sum + uses.size, 0);
    const returned = [...office.leases.values()].reduce((sum, { returned }) => sum + returned.size, 0);
    const expected = { lease: [0, 0, 3], leaseUses: [1, 0, 3], leaseReturns: [1, 2, 0] }[call];
    assert.deepEqual([used, returned, vault.left().get(ids.product)], expected);
    assert.equal(office.open, vault.left().get(ids.product), "both sides count the same");
    assert.equal(journal.leases.counts().untold, 0);
    assert.equal(journal.leases.drafts().length, 0);
  });
}

Deno.test("syncRound() gives back what the owner no longer allows, closed durably first (P-58)", async () => {
  const { office, vault, journal, round, begin } = await world();
  office.units = 4;
  await round();
  begin(1);
  office.units = 1;
  const result = await round();
  assert.deepEqual([result.returned, result.lent], [2, 0]);
  assert.deepEqual([office.open, vault.left().get(ids.product)], [1, 1]);
  const kinds = journal.records().map(({ kind }) => kind);
  assert.ok(kinds.indexOf("lease closed") < kinds.indexOf("lease returned"));
});

Deno.test("syncRound() returns the unused units of a lease that is over, and borrows afresh", async () => {
  const { office, vault, round, begin, time } = await world();
  office.units = 3;
  await round();
  begin(1);
  time.now = 2001;
  office.notAfterSeconds = 4000;
  const result = await round();
  assert.deepEqual([result.returned, result.reported, result.lent], [2, 1, 3]);
  assert.deepEqual([office.open, vault.left().get(ids.product)], [3, 3]);
});

Deno.test("syncRound() gives everything back on request and borrows nothing in the same round", async () => {
  const { office, vault, round, begin } = await world();
  office.units = 3;
  await round();
  begin(1);
  const result = await round({ giveBack: true });
  assert.deepEqual([result.returned, result.reported, result.lent], [2, 1, 0]);
  assert.deepEqual([office.open, vault.left().get(ids.product)], [0, 0]);
});

Deno.test("syncRound() holds back what was lent of an order that its owner has frozen, until it is thawed", async () => {
  const { office, vault, round } = await world();
  office.units = 2;
  await round();
  office.frozen = true;
  await round();
  assert.equal(vault.left().get(ids.product), 0);
  assert.deepEqual(vault.use(chip(uidOf(1))), { refused: "order-frozen" });
  office.frozen = false;
  await round();
  assert.equal(vault.left().get(ids.product), 2);
});

Deno.test("syncRound() reports in batches, and one use that does not fit holds up no other", async () => {
  const { office, journal, round, begin } = await world();
  office.units = 70;
  await round();
  for (let n = 1; n <= 70; n++) begin(n);
  office.badUid = uidOf(40);
  const result = await round();
  assert.equal(result.reported, 69);
  assert.deepEqual(result.refusals.map(({ at, code }) => [at, code]), [["uses", "use-not-valid"]]);
  assert.equal(journal.leases.counts().untold, 1);
  office.badUid = "";
  assert.equal((await round()).reported, 1);
});

Deno.test("syncRound() drops a request that is refused and asks with new keys later", async () => {
  const { office, journal, vault, round } = await world();
  office.units = 2;
  office.refuse.set("lease", "order-frozen");
  const first = await round();
  assert.deepEqual(first.refusals.map(({ at, code }) => [at, code]), [["lease", "order-frozen"]]);
  assert.equal(journal.leases.drafts().length, 0);
  office.refuse.clear();
  assert.equal((await round()).lent, 2);
  assert.equal(vault.left().get(ids.product), 2);
});

for (const code of ["replay", "request-not-authentic", "record-asked", "appliance-frozen"] as const) {
  Deno.test(`syncRound() keeps a request that "${code}" left unheard: its lease may have been granted before`, async () => {
    const { office, journal, vault, round } = await world();
    office.units = 2;
    office.deaf.add("lease");
    await assert.rejects(round(), Fault);
    office.deaf.clear();
    office.refuse.set("lease", code);
    await round();
    assert.equal(journal.leases.drafts().length, 1);
    office.refuse.clear();
    await round();
    assert.deepEqual([office.open, vault.left().get(ids.product), office.leases.size], [2, 2, 1]);
  });
}

Deno.test("syncRound() stops at a frozen appliance: nothing more is sent in that round", async () => {
  const { office, vault, round, begin } = await world();
  office.units = 2;
  await round();
  begin(1);
  office.refuse.set("leaseUses", "appliance-frozen");
  office.units = 5;
  office.calls.length = 0;
  const result = await round();
  assert.deepEqual(office.calls, ["state", "leaseUses"]);
  assert.deepEqual(result.refusals.map(({ code }) => code), ["appliance-frozen"]);
  assert.deepEqual([vault.left().get(ids.product), vault.use(chip(uidOf(2)))], [0, {
    refused: "appliance-frozen",
  }]);
  office.refuse.clear();
  await round();
  assert.equal(vault.left().get(ids.product), 5, "an authority that books again lends again");
});

Deno.test("syncRound() takes a newer list of denied chips once, and never an older one (P-74)", async () => {
  const { office, journal, round, vault } = await world();
  office.units = 2;
  office.denied = { number: 7, said: 7, uids: [uidOf(1)] };
  await round();
  assert.deepEqual([journal.denials.number(), journal.denials.has({ family: 1, uid: uidOf(1) })], [7, true]);
  assert.deepEqual(vault.use(chip(uidOf(1))), { refused: "uid-denied" });
  await round();
  assert.equal(office.calls.filter((call) => call === "denials").length, 1);
  // A state that names more than the signed list says, and an older list in its place.
  office.denied = { number: 9, said: 6, uids: [] };
  await round();
  assert.deepEqual([journal.denials.number(), journal.denials.has({ family: 1, uid: uidOf(1) })], [7, true]);
  office.denied = { number: 9, said: 9, uids: [uidOf(2)] };
  await round();
  assert.deepEqual([journal.denials.number(), journal.denials.has({ family: 1, uid: uidOf(1) })], [9, false]);
  assert.ok("ticket" in vault.use(chip(uidOf(1))));
});

Deno.test("syncRound() takes no list of denied chips that the log key did not sign (P-74)", async () => {
  const { office, journal, round } = await world();
  office.denied = { number: 7, said: 7, uids: [uidOf(1)] };
  const { client } = office;
  const forged = async () => {
    const answer = await client.denials();
    assert.ok("granted" in answer);
    return { ...answer, granted: { ...answer.granted, chips: [] } };
  };
  Object.defineProperty(office, "client", { get: () => ({ ...client, denials: forged }) });
  await assert.rejects(round(), Malformed);
  assert.equal(journal.denials.number(), 0);
});

Deno.test("syncRound() tells a restored authority everything again, and shows it every lease (P-63)", async () => {
  const { office, journal, round, begin } = await world();
  office.units = 2;
  await round();
  begin(1);
  assert.deepEqual([(await round()).reported, (await round()).reported], [1, 0]);
  office.epoch = 9;
  office.calls.length = 0;
  const result = await round();
  assert.deepEqual([result.reported, result.refusals], [1, []]);
  const leases = journal.leases.leases().length;
  assert.equal(office.calls.filter((call) => call === "restoredLease").length, leases);
  assert.ok(office.calls.indexOf("restoredLease") < office.calls.indexOf("leaseUses"));
  office.calls.length = 0;
  assert.equal((await round()).reported, 0);
  assert.deepEqual(office.calls, ["state"]);
});

Deno.test("syncRound() works with no authority of an epoch below one that it has heard of (P-61)", async () => {
  const { office, round, begin } = await world();
  office.units = 1;
  await round();
  begin(1);
  office.epoch = 6;
  office.calls.length = 0;
  const { refusals: refused, reported } = await round();
  assert.deepEqual(refused.map(({ at, code }) => [at, code]), [["state", "epoch-needed"]]);
  assert.match(refused[0]?.detail ?? "", /epoch 6, and this appliance has heard of 7/);
  assert.deepEqual([reported, office.calls], [0, ["state"]]);
});

Deno.test("syncRound() keeps what the owner last said while a restored authority awaits the owner (P-62)", async () => {
  const { office, journal, vault, round } = await world();
  office.units = 2;
  await round();
  office.frozen = true;
  await round();
  assert.equal(journal.leases.leases().every(({ paused }) => paused), true);
  // The backup knows neither the freeze nor the allowance.
  office.frozen = false;
  office.awaiting = true;
  office.units = 0;
  office.epoch = 9;
  const result = await round();
  assert.equal(journal.leases.leases().every(({ paused }) => paused), true);
  assert.deepEqual([result.returned, vault.left().get(ids.product) ?? 0], [0, 0]);
  office.awaiting = false;
  await round();
  assert.equal(journal.leases.leases().some(({ paused }) => paused), false);
});
