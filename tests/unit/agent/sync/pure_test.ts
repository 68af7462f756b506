import assert from "node:assert/strict";
import fc from "fast-check";
import type { ApplianceOrder } from "../../../../authority/api/mod.ts";
import {
  BACK_OFF,
  backOffMs,
  Contact,
  isPaused,
  isUnreachable,
  unitsToBorrow,
  unitsToReturn,
} from "../../../../agent/sync/mod.ts";
import { Fault, type FaultPlace } from "../../../../bootloader/wire/mod.ts";

Deno.test("backOffMs() stays between half and whole of its step, within bounds, and never falls with failures", () => {
  const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 10_000 }), jitter, (failures, drawn) => {
    const wait = backOffMs(failures, drawn);
    const whole = Math.min(BACK_OFF.firstMs * 2 ** Math.min(failures - 1, 16), BACK_OFF.mostMs);
    assert.ok(wait >= whole / 2 && wait <= whole, `${wait} of ${whole}`);
    assert.ok(backOffMs(failures + 1, drawn) >= wait);
  }));
  assert.deepEqual([1, 2, 3, 6, 99].map((n) => backOffMs(n, 0)), [500, 1_000, 2_000, 15_000, 15_000]);
});

const order: ApplianceOrder = {
  order: "e5".repeat(16) as ApplianceOrder["order"],
  release: "d4".repeat(16) as ApplianceOrder["release"],
  version: "1.0.0",
  granted: 100,
  free: 50,
  frozen: false,
  notBeforeSeconds: 0,
  notAfterSeconds: 2000,
  refusal: null,
  allowance: null,
};

const plans: readonly (readonly [string, Partial<ApplianceOrder>, number, number])[] = [
  ["no allowance", {}, 0, 0],
  ["all of it", { allowance: { units: 10, open: 0 } }, 10, 0],
  ["what is missing", { allowance: { units: 10, open: 7 } }, 3, 0],
  ["nothing when it is full", { allowance: { units: 10, open: 10 } }, 0, 0],
  ["no more than is free", { allowance: { units: 10, open: 0 }, free: 4 }, 4, 0],
  ["no more than one lease holds", { allowance: { units: 900, open: 0 }, free: 900 }, 256, 0],
  ["the surplus back", { allowance: { units: 2, open: 7 } }, 0, 5],
  ["everything back at zero", { allowance: { units: 0, open: 7 } }, 0, 7],
  [
    "nothing of a frozen order",
    {
      allowance: { units: 10, open: 0 },
      frozen: true,
      refusal: "order-frozen",
    },
    0,
    0,
  ],
];
for (const [what, facts, borrow, giveBack] of plans) {
  Deno.test(`unitsToBorrow() and unitsToReturn(): ${what}`, () => {
    const asked = { ...order, ...facts };
    assert.deepEqual([unitsToBorrow(asked), unitsToReturn(asked)], [borrow, giveBack]);
    assert.equal(isPaused(asked), asked.frozen);
  });
}

Deno.test("Contact tells each change once, keeps the time of answers, and wakes who waits", () => {
  const told: (boolean | null)[] = [];
  const stored: { atMs: number; signedSeconds: number }[] = [];
  let now = 1_000;
  const contact = new Contact({
    journal: { storeContact: (at) => stored.push(at) },
    nowMs: () => now,
    onChange: ({ reachable }) => told.push(reachable),
  });
  contact.heard(10);
  assert.deepEqual([contact.state.reachable, told], [true, []], "the first answer is nothing to tell");
  now += 1_000;
  contact.heard(11);
  assert.equal(stored.length, 1, "not each answer is written");
  now += 5_000;
  contact.heard(16);
  assert.deepEqual(stored.at(-1), { atMs: 7_000, signedSeconds: 16 });
  contact.missed("the network failed");
  contact.missed("the network failed again");
  const { back } = contact;
  assert.deepEqual([contact.state.problem, back.aborted], ["the network failed", false]);
  contact.heard(20);
  assert.deepEqual([told, back.aborted], [[false, true], true]);
});

Deno.test("isUnreachable() is for a network that failed, not for nonsense and not for this appliance's own faults", () => {
  const of = (place: FaultPlace, retry: boolean) => isUnreachable(new Fault("Cannot", { place, retry }));
  assert.deepEqual([of("authority", true), of("authority", false), of("disk", true)], [true, false, false]);
  assert.equal(isUnreachable(new RangeError("no")), false);
});
