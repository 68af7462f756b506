/**
 * Random days at the authority, compared after each step with a reference ledger of thirty lines that knows no database:
 * same answers, same counts, never more devices than were granted.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import {
  type Appliance,
  type Catalogue,
  createCatalogue,
  createOrder,
  createWorld,
  enrolled,
  granted,
  lockProof,
  quotaOf,
  refusedCode,
  Target,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";
import type { OrderId, TicketReply } from "../../../../authority/api/mod.ts";

/** What the reference knows of one UID. */
interface Known {
  state: "reserved" | "keyed" | "committed" | "lost";
  appliance: number;
  messages2: number;
}

/** The reference: what D§6 says, in the plainest form. */
class Reference {
  readonly units = new Map<number, Known>();
  granted: number;
  frozen = false;

  constructor(granted: number) {
    this.granted = granted;
  }

  get free(): number {
    return this.granted - this.units.size;
  }

  ticket(uid: number, appliance: number): string {
    const known = this.units.get(uid);
    if (known?.state === "committed") return "uid-committed";
    if (known?.state === "lost") return "uid-lost";
    if (known?.state === "keyed") {
      if (known.appliance !== appliance) return "uid-elsewhere";
      if (known.messages2 >= 3) return "message2-limit";
    }
    if (this.frozen) return "order-frozen";
    if (known === undefined) {
      if (this.free === 0) return "quota-spent";
      this.units.set(uid, { state: "reserved", appliance, messages2: 0 });
    } else known.appliance = appliance;
    return "granted";
  }

  message2(uid: number): boolean {
    const known = this.units.get(uid);
    if (this.frozen || known === undefined || known.messages2 >= 3) return false;
    if (known.state !== "reserved" && known.state !== "keyed") return false;
    known.state = "keyed";
    known.messages2 += 1;
    return true;
  }
}

interface Open {
  readonly ticket: TicketReply;
  readonly appliance: number;
  receipts: { readonly number: number; readonly receipt: string }[];
}

type Step =
  | {
    readonly act: "ticket" | "message2" | "receipt" | "abandon";
    readonly uid: number;
    readonly appliance: number;
  }
  | { readonly act: "lost" | "re-credit"; readonly uid: number }
  | { readonly act: "raise" | "lower" | "freeze" | "thaw" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constantFrom("ticket", "message2", "message2", "receipt", "abandon"),
      uid: fc.integer({ min: 1, max: 5 }),
      appliance: fc.integer({ min: 0, max: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constantFrom("lost", "re-credit"), uid: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constantFrom("raise", "lower", "freeze", "thaw") }) },
) as fc.Arbitrary<Step>;

/** One day: the real thing and the reference side by side. */
class Day {
  readonly open = new Map<number, Open>();
  readonly certified = new Set<string>();

  constructor(
    readonly world: World,
    readonly catalogue: Catalogue,
    readonly order: OrderId,
    readonly appliances: readonly Appliance[],
    readonly ticketKey: Uint8Array,
    readonly reference: Reference,
  ) {}

  async run(step: Step): Promise<void> {
    switch (step.act) {
      case "ticket":
        return await this.ticket(step.uid, step.appliance);
      case "message2":
        return await this.message2(step.uid);
      case "receipt":
        return await this.receipt(step.uid);
      case "abandon":
        return await this.abandon(step.uid);
      case "lost":
      case "re-credit":
        return await this.person(step.act, step.uid);
      default:
        return await this.change(step.act);
    }
  }

  appliance(index: number): Appliance {
    const appliance = this.appliances[index];
    assert(appliance !== undefined);
    return appliance;
  }

  async ticket(uid: number, index: number): Promise<void> {
    const answer = await this.appliance(index).client.ticket(ticketRequest(this.catalogue, uidOf(uid)));
    assert.equal(refusedCode(answer), this.reference.ticket(uid, index));
    if ("refused" in answer) return;
    const before = this.open.get(uid);
    const same = before?.ticket.ticketId === answer.granted.ticketId;
    this.open.set(uid, { ticket: answer.granted, appliance: index, receipts: same ? before.receipts : [] });
  }

  async message2(uid: number): Promise<void> {
    const open = this.open.get(uid);
    if (open === undefined) return;
    const { ticketId } = open.ticket;
    const appliance = this.appliance(open.appliance);
    const target = new Target(open.ticket, this.ticketKey, uidOf(uid));
    const answer = await appliance.client.message1(ticketId, {
      message1: target.message1.toHex(),
      ...lockProof(appliance, ticketId, uidOf(uid)),
    });
    assert.equal(
      "granted" in answer,
      this.reference.message2(uid),
      `message 2 of UID ${uid}: ${refusedCode(answer)}`,
    );
    if ("refused" in answer) return;
    const brought = target.finish(Uint8Array.fromHex(answer.granted.message2));
    this.certified.add(brought.personal.subarray(0, 216).toHex());
    open.receipts.push({ number: answer.granted.number, receipt: brought.receipt.toHex() });
  }

  async receipt(uid: number): Promise<void> {
    const open = this.open.get(uid);
    const receipt = open?.receipts.at(-1);
    if (open === undefined || receipt === undefined) return;
    const known = this.reference.units.get(uid);
    const answer = await this.appliance(open.appliance).client.receipt(open.ticket.ticketId, receipt);
    const expected = known?.state === "keyed" || known?.state === "committed";
    assert.equal("granted" in answer, expected, `receipt of UID ${uid}: ${refusedCode(answer)}`);
    if (known?.state === "keyed") known.state = "committed";
  }

  async abandon(uid: number): Promise<void> {
    const open = this.open.get(uid);
    if (open === undefined) return;
    const request = { cause: "test", phase: "install", atMs: 1, abandon: true };
    const { unit } = granted(
      await this.appliance(open.appliance).client.failure(open.ticket.ticketId, request),
    );
    const known = this.reference.units.get(uid);
    if (known?.state === "reserved") this.reference.units.delete(uid);
    assert.equal(unit, this.reference.units.get(uid)?.state ?? "free");
    // The device may still answer to a message 2 that it has; a new message 2 needs a new ticket.
    if (known === undefined || known.state === "reserved") this.open.delete(uid);
    else this.open.set(uid, { ...open, ticket: open.ticket });
    if (known?.state === "keyed") await this.reopen(uid, open);
  }

  /** A keyed unit whose ticket was closed gets a new one on the same unit, under the same rules. */
  async reopen(uid: number, open: Open): Promise<void> {
    const answer = await this.appliance(open.appliance).client.ticket(
      ticketRequest(this.catalogue, uidOf(uid)),
    );
    assert.equal(refusedCode(answer), this.reference.ticket(uid, open.appliance));
    if ("granted" in answer) {
      this.open.set(uid, { ticket: answer.granted, appliance: open.appliance, receipts: [] });
    } else this.open.delete(uid);
  }

  async person(act: "lost" | "re-credit", uid: number): Promise<void> {
    const known = this.reference.units.get(uid);
    const decision = act === "lost" ? { decision: act } : { decision: act, deviceMayExist: true };
    const answer = await this.world.owner.decideDevice({ family: 1, uid: uidOf(uid) }, decision);
    assert.equal("granted" in answer, known?.state === (act === "lost" ? "keyed" : "lost"));
    if ("refused" in answer || known === undefined) return;
    if (act === "lost") known.state = "lost";
    else {
      this.reference.units.delete(uid);
      this.open.delete(uid);
    }
  }

  async change(act: "raise" | "lower" | "freeze" | "thaw"): Promise<void> {
    const change = act === "raise" || act === "lower" ? { change: act, by: 1 } : { change: act };
    const answer = await this.world.owner.changeOrder(this.order, change);
    assert.equal("granted" in answer, act !== "lower" || this.reference.free > 0);
    if ("refused" in answer) return;
    if (act === "raise") this.reference.granted += 1;
    if (act === "lower") this.reference.granted -= 1;
    if (act === "freeze" || act === "thaw") this.reference.frozen = act === "freeze";
  }

  async compare(): Promise<void> {
    const quota = await quotaOf(this.world, this.order);
    const count = (state: Known["state"]) =>
      [...this.reference.units.values()].filter((unit) => unit.state === state).length;
    assert.deepEqual(quota, {
      granted: this.reference.granted,
      free: this.reference.free,
      leased: 0,
      reserved: count("reserved"),
      keyed: count("keyed"),
      committed: count("committed"),
      lost: count("lost"),
      unaccounted: 0,
    });
  }
}

Deno.test("the authority agrees with the reference ledger on every step of random days", async () => {
  let steps = 0;
  const days = fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    fc.array(step, { minLength: 5, maxLength: 40 }),
    async (units, plan) => {
      const world = createWorld();
      try {
        const catalogue = await createCatalogue(world);
        const order = await createOrder(world, catalogue, units);
        const appliances = [await enrolled(world, "line 1"), await enrolled(world, "line 2")];
        const { ticketKey } = (await world.trust()).keySet;
        const day = new Day(world, catalogue, order, appliances, ticketKey, new Reference(units));
        for (const one of plan) {
          await day.run(one);
          await day.compare();
          steps += 1;
        }
        // Every certificate that ever left is in the records, and none twice.
        const kept = world.db.all("SELECT sealed FROM certificates").map((row) =>
          (row["sealed"] as Uint8Array).toHex()
        );
        assert.deepEqual(new Set(kept), day.certified);
        const { entries } = granted(await world.owner.log());
        checkChain(entries, LOG_START);
      } finally {
        world.close();
      }
    },
  );
  await fc.assert(days, { numRuns: 30 });
  assert(steps > 200, `only ${steps} steps were compared`);
});
