/**
 * Random days of lending at a real authority, compared after each step with a reference that is one list of tickets and one
 * map of chips: same answers, same counts, never more lent or made than granted, each contradiction found.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import type { LeaseUse, OrderId } from "../../../../authority/api/mod.ts";
import { allow, ask, drawKeys, Lease, scene } from "../_vault.ts";
import {
  type Appliance,
  type Catalogue,
  createWorld,
  enrolled,
  granted,
  quotaOf,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";

type UseState = LeaseUse["state"];
const RANK = { reserved: 0, keyed: 1, committed: 2 } as const;

/** One lent unit as the reference knows it. `counts`: the state that the order counts it in, null once a person freed it. */
interface Lent {
  readonly appliance: number;
  readonly lease: number;
  readonly index: number;
  state: "leased" | "used" | "returned" | "unaccounted";
  use?: { readonly uid: number; state: UseState; counts: UseState | "lost" | null; readonly holds: boolean };
}

/** The reference: what D§6 and P-58, P-59 say, in the plainest form. */
class Reference {
  readonly lent: Lent[] = [];
  /** Who holds a chip: a lent unit, or the appliance that reserved it online. */
  readonly holders = new Map<number, Lent | number>();
  readonly allowances = [0, 0];
  readonly frozen = [false, false];

  constructor(public granted: number) {}

  count(state: string): number {
    const online = [...this.holders.values()].filter((holder) => typeof holder === "number").length;
    return this.lent.filter((one) => (one.state === "used" ? one.use?.counts : one.state) === state).length +
      (state === "reserved" ? online : 0);
  }

  get free(): number {
    const taken = ["leased", "unaccounted", "reserved", "keyed", "committed", "lost"];
    return this.granted - taken.reduce((sum, state) => sum + this.count(state), 0);
  }

  open(appliance: number): number {
    return this.lent.filter((one) => one.appliance === appliance && one.state === "leased").length;
  }

  lend(appliance: number, units: number, lease: number): string {
    if (this.frozen[appliance]) return "appliance-frozen";
    if (this.open(appliance) + units > (this.allowances[appliance] ?? 0)) return "allowance-spent";
    if (units > this.free) return "quota-spent";
    for (let index = 0; index < units; index += 1) {
      this.lent.push({ appliance, lease, index, state: "leased" });
    }
    return "granted";
  }

  use(lent: Lent, uid: number, state: UseState): string {
    if (this.frozen[lent.appliance]) return "appliance-frozen";
    const { use } = lent;
    if (lent.state === "returned" || (use !== undefined && use.uid !== uid)) return this.fork(lent);
    if (use === undefined) {
      const holder = this.holders.get(uid);
      const holds = holder === undefined || typeof holder === "number";
      lent.state = "used";
      lent.use = { uid, state, counts: state, holds };
      if (holds) this.holders.set(uid, lent);
    } else if (RANK[state] > RANK[use.state]) {
      use.state = state;
      // A unit that a person called lost or freed stays so.
      if (use.counts !== "lost" && use.counts !== null) use.counts = state;
    }
    return "granted";
  }

  giveBack(lent: Lent): string {
    if (this.frozen[lent.appliance]) return "appliance-frozen";
    if (lent.state === "used") return this.fork(lent);
    if (lent.state === "leased") lent.state = "returned";
    return "granted";
  }

  fork(lent: Lent): string {
    this.frozen[lent.appliance] = true;
    return "appliance-frozen";
  }

  online(uid: number, appliance: number): string {
    if (this.frozen[appliance]) return "appliance-frozen";
    const holder = this.holders.get(uid);
    if (holder !== undefined && typeof holder !== "number") {
      const counts = holder.use?.counts;
      return counts === "committed" ? "uid-committed" : counts === "lost" ? "uid-lost" : "uid-leased";
    }
    if (holder === undefined && this.free === 0) return "quota-spent";
    this.holders.set(uid, appliance);
    return "granted";
  }

  person(act: "lost" | "re-credit", uid: number): boolean {
    const holder = this.holders.get(uid);
    if (holder === undefined || typeof holder === "number" || holder.use === undefined) return false;
    if (holder.use.counts !== (act === "lost" ? "keyed" : "lost")) return false;
    holder.use.counts = act === "lost" ? "lost" : null;
    if (act === "re-credit") this.holders.delete(uid);
    return true;
  }

  giveUp(lease: number): boolean {
    const open = this.lent.filter((one) => one.lease === lease && one.state === "leased");
    for (const one of open) one.state = "unaccounted";
    return open.length > 0;
  }
}

type Step =
  | { readonly act: "lend"; readonly appliance: number; readonly n: number }
  | { readonly act: "use"; readonly lent: number; readonly uid: number; readonly state: UseState }
  | { readonly act: "return" | "give-up"; readonly lent: number }
  | { readonly act: "allow"; readonly appliance: number; readonly n: number }
  | { readonly act: "online"; readonly appliance: number; readonly uid: number }
  | { readonly act: "lost" | "re-credit"; readonly uid: number }
  | { readonly act: "raise" | "lower"; readonly n: number };

const uid = fc.integer({ min: 1, max: 4 });
const appliance = fc.integer({ min: 0, max: 1 });
const lent = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ act: fc.constant("lend"), appliance, n: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constant("use"),
      lent,
      uid,
      state: fc.constantFrom("reserved", "keyed", "keyed", "committed"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("return"), lent }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("give-up"), lent }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant("allow"), appliance, n: fc.integer({ min: 0, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("online"), appliance, uid }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom("lost", "re-credit"), uid }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom("raise", "lower"), n: fc.integer({ min: 1, max: 2 }) }),
  },
) as fc.Arbitrary<Step>;

/** One day: the real thing and the reference side by side. */
class Day {
  readonly leases: Lease[] = [];
  /** A vault whose lent ticket goes to one chip only is honest; half of the days are made of those. */
  constructor(
    readonly world: World,
    readonly catalogue: Catalogue,
    readonly order: OrderId,
    readonly appliances: readonly Appliance[],
    readonly ticketKey: Uint8Array,
    readonly reference: Reference,
    readonly honest: boolean,
  ) {}

  async run(step: Step): Promise<void> {
    switch (step.act) {
      case "lend":
        return await this.lend(step.appliance, step.n);
      case "use":
        return await this.use(step.lent, step.uid, step.state);
      case "return":
        return await this.giveBack(step.lent);
      case "give-up":
        return await this.giveUp(step.lent);
      case "allow":
        return await this.allow(step.appliance, step.n);
      case "online":
        return await this.online(step.appliance, step.uid);
      case "lost":
      case "re-credit":
        return await this.person(step.act, step.uid);
      default:
        return await this.change(step.act, step.n);
    }
  }

  appliance(index: number): Appliance {
    return this.appliances[index] ?? assert.fail();
  }

  pick(n: number): { readonly lent: Lent; readonly lease: Lease } | undefined {
    const { lent } = this.reference;
    const one = lent[n % Math.max(1, lent.length)];
    return one === undefined ? undefined : { lent: one, lease: this.leases[one.lease] ?? assert.fail() };
  }

  async lend(index: number, units: number): Promise<void> {
    const keys = drawKeys(units);
    const answer = await ask(this.appliance(index), this.order, keys);
    assert.equal(refusedCode(answer), this.reference.lend(index, units, this.leases.length), "lend");
    if ("refused" in answer) return;
    assert.deepEqual(granted(await ask(this.appliance(index), this.order, keys)), answer.granted);
    this.leases.push(new Lease(answer.granted, keys, this.appliance(index), this.ticketKey));
  }

  async use(n: number, uid: number, state: UseState): Promise<void> {
    const picked = this.pick(n);
    if (picked === undefined) return;
    const { lent, lease } = picked;
    const chip = this.honest ? lent.use?.uid ?? uid : uid;
    if (this.honest && lent.state === "returned") return;
    const answer = await lease.report([lease.use(lent.index, uidOf(chip), state)]);
    assert.equal(refusedCode(answer), this.reference.use(lent, chip, state), "use");
  }

  async giveBack(n: number): Promise<void> {
    const picked = this.pick(n);
    if (picked === undefined || (this.honest && picked.lent.state === "used")) return;
    const answer = await picked.lease.giveBack(picked.lent.index);
    assert.equal(refusedCode(answer), this.reference.giveBack(picked.lent), "return");
  }

  async giveUp(n: number): Promise<void> {
    const picked = this.pick(n);
    if (picked === undefined) return;
    const answer = await this.world.owner.decideLease(picked.lease.grant.lease, { decision: "unaccounted" });
    assert.equal("granted" in answer, this.reference.giveUp(picked.lent.lease), "give up");
  }

  async allow(index: number, units: number): Promise<void> {
    const answer = await allow(this.world, this.order, this.appliance(index), units);
    const barred = this.reference.frozen[index] === true && units > 0;
    assert.equal(refusedCode(answer), barred ? "appliance-revoked" : "granted", "allow");
    if (!barred) this.reference.allowances[index] = units;
  }

  async online(index: number, uid: number): Promise<void> {
    const answer = await this.appliance(index).client.ticket(ticketRequest(this.catalogue, uidOf(uid)));
    assert.equal(refusedCode(answer), this.reference.online(uid, index), "online");
  }

  async person(act: "lost" | "re-credit", uid: number): Promise<void> {
    const decision = act === "lost" ? { decision: act } : { decision: act, deviceMayExist: true };
    const answer = await this.world.owner.decideDevice({ family: 1, uid: uidOf(uid) }, decision);
    assert.equal("granted" in answer, this.reference.person(act, uid), act);
  }

  async change(change: "raise" | "lower", by: number): Promise<void> {
    const answer = await this.world.owner.changeOrder(this.order, { change, by });
    assert.equal("granted" in answer, change === "raise" || this.reference.free >= by, change);
    if ("granted" in answer) this.reference.granted += change === "raise" ? by : -by;
  }

  async compare(): Promise<void> {
    const { reference } = this;
    const quota = await quotaOf(this.world, this.order);
    const counts = ["leased", "reserved", "keyed", "committed", "lost", "unaccounted"];
    assert.deepEqual(quota, {
      granted: reference.granted,
      free: reference.free,
      ...Object.fromEntries(counts.map((state) => [state, reference.count(state)])),
    });
    const { allowances } = granted(await this.world.owner.allowances(this.order));
    for (const { appliance, open } of allowances) {
      assert.equal(open, reference.open(this.appliances.findIndex(({ id }) => id === appliance)));
    }
  }
}

Deno.test("lending agrees with the reference on every step of random days, honest and dishonest", async () => {
  let steps = 0;
  let frozen = 0;
  let doubled = 0;
  const days = fc.asyncProperty(
    fc.integer({ min: 1, max: 6 }),
    fc.boolean(),
    fc.array(step, { minLength: 25, maxLength: 50, size: "max" }),
    async (units, honest, plan) => {
      const world = createWorld();
      try {
        const { catalogue, order, appliance } = await scene(world, units, 0);
        const appliances = [appliance, await enrolled(world, "line 2")];
        const { ticketKey } = (await world.trust()).keySet;
        const reference = new Reference(units);
        const day = new Day(world, catalogue, order, appliances, ticketKey, reference, honest);
        await day.allow(0, 4);
        await day.allow(1, 3);
        for (const one of plan) {
          await day.run(one);
          await day.compare();
          steps += 1;
        }
        frozen += reference.frozen.filter(Boolean).length;
        doubled += reference.lent.filter(({ use }) => use?.holds === false).length;
        if (honest) assert.deepEqual(reference.frozen, [false, false], "an honest appliance is never frozen");
        const { entries } = granted(await world.owner.log());
        checkChain(entries, LOG_START);
      } finally {
        world.close();
      }
    },
  );
  await fc.assert(days, { numRuns: 30 });
  console.log(`lending: ${steps} steps, ${frozen} appliances frozen, ${doubled} chips made twice`);
  assert(steps > 700 && frozen > 0 && doubled > 0, "the days have to reach what they are about");
});
