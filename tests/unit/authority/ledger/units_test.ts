/** Moves of units, changes of orders, sequence windows: the invariant under any sequence of them. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  admitSequence,
  assertWhole,
  type Counts,
  decideChange,
  decideFailure,
  decideMessage2,
  decidePerson,
  decideReceipt,
  type Delivery,
  emptyWindow,
  freeOf,
  moves,
  moveUnit,
  type OrderState,
  type Place,
  type UnitRecord,
} from "../../../../authority/ledger/mod.ts";
import { limits, type OrderId } from "../../../../authority/api/mod.ts";
import { Defect, parseApplianceId, parseProductId, parseReleaseId } from "../../../../bootloader/wire/mod.ts";

const PLACES = Object.keys(moves) as Place[];
const NONE: Counts = { granted: 0, leased: 0, reserved: 0, keyed: 0, committed: 0, lost: 0, unaccounted: 0 };
const APPLIANCE = parseApplianceId("04".repeat(8));

Deno.test("moveUnit() keeps granted = the sum and free >= 0 under every sequence of moves", () => {
  const step = fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...PLACES));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.array(step, { maxLength: 60 }), (granted, steps) => {
      let counts: Counts = { ...NONE, granted };
      // The reference: a list with one place for each unit.
      const units: Place[] = Array.from({ length: granted }, () => "free");
      for (const [from, to] of steps) {
        const at = units.indexOf(from);
        const legal = at >= 0 && moves[from].includes(to);
        if (!legal) {
          assert.throws(() => moveUnit(counts, from, to), Defect);
          continue;
        }
        units[at] = to;
        counts = moveUnit(counts, from, to);
        for (const place of PLACES) {
          const expected = units.filter((unit) => unit === place).length;
          assert.equal(place === "free" ? freeOf(counts) : counts[place], expected);
        }
      }
      assertWhole(counts);
    }),
  );
});

Deno.test("moves lead from committed to a rework and nowhere else, and from keyed only by receipt or person", () => {
  assert.deepEqual(moves.committed, ["keyed"]);
  assert.deepEqual(moves.keyed, ["committed", "lost"]);
  assert.deepEqual(moves.lost, ["free"]);
});

function orderOf(counts: Partial<Counts>): OrderState {
  return {
    order: "06".repeat(16) as OrderId,
    product: parseProductId("01".repeat(8)),
    release: parseReleaseId("03".repeat(16)),
    frozen: false,
    awaiting: false,
    notBeforeSeconds: 0,
    notAfterSeconds: 100,
    message2Limit: 3,
    ticketSeconds: 60,
    counts: { ...NONE, ...counts },
  };
}

Deno.test("decideChange() raises without end short of the bound and lowers by free units only", () => {
  const order = orderOf({ granted: 10, committed: 4, reserved: 2, leased: 1 });
  const grantedAfter = (change: Parameters<typeof decideChange>[1]) => {
    const decision = decideChange(order, change);
    return "granted" in decision ? decision.granted.granted : decision.refused;
  };
  assert.equal(grantedAfter({ change: "raise", by: 5 }), 15);
  assert.equal(grantedAfter({ change: "raise", by: 999_999_991 }), "malformed");
  assert.equal(grantedAfter({ change: "lower", by: 3 }), 7);
  assert.equal(grantedAfter({ change: "lower", by: 4 }), "order-below-use");
  assert.equal(grantedAfter({ change: "dates", notBeforeSeconds: 5, notAfterSeconds: 4 }), "malformed");
});

function unit(state: UnitRecord["state"], message2Count = state === "reserved" ? 0 : 1): UnitRecord {
  const { order, product, release } = orderOf({});
  return {
    order,
    product,
    release,
    appliance: APPLIANCE,
    state,
    message2Count,
    leased: false,
    epoch: 1,
    presumed: false,
  };
}

function delivery(
  change: Partial<Delivery> & { readonly closed?: boolean; readonly epochOfTicket?: number } = {},
): Delivery {
  const { closed = false, epochOfTicket = 1, ...rest } = change;
  return {
    ticket: { appliance: APPLIANCE, notBeforeSeconds: 10, notAfterSeconds: 50, epoch: epochOfTicket, closed },
    order: orderOf({ granted: 1 }),
    unit: unit("reserved"),
    denied: false,
    epoch: 1,
    ...rest,
  };
}

const MESSAGE2: readonly (readonly [name: string, delivery: Delivery, now: number, expected: string])[] = [
  ["a reserved unit", delivery(), 20, "1 becomes keyed"],
  ["a keyed unit", delivery({ unit: unit("keyed", 2) }), 20, "3"],
  ["the first second", delivery(), 10, "1 becomes keyed"],
  ["the last second", delivery(), 50, "1 becomes keyed"],
  ["a second too early", delivery(), 9, "ticket-expired"],
  ["a second too late", delivery(), 51, "ticket-expired"],
  ["a keyed unit at its limit", delivery({ unit: unit("keyed", 3) }), 20, "message2-limit"],
  ["a committed unit", delivery({ unit: unit("committed"), closed: true }), 20, "uid-committed"],
  ["a lost unit", delivery({ unit: unit("lost") }), 20, "uid-lost"],
  ["a UID that was denied since", delivery({ denied: true }), 20, "uid-denied"],
  [
    "a keyed unit's UID that was denied since",
    delivery({ unit: unit("keyed"), denied: true }),
    20,
    "uid-denied",
  ],
  ["a closed ticket", delivery({ closed: true }), 20, "ticket-closed"],
  ["a unit that went back", delivery({ unit: undefined }), 20, "ticket-closed"],
  ["a ticket of an earlier epoch", delivery({ epochOfTicket: 0 }), 20, "ticket-epoch"],
  ["a frozen order", delivery({ order: { ...orderOf({ granted: 1 }), frozen: true } }), 20, "order-frozen"],
  [
    "an order that was cut short",
    delivery({ order: { ...orderOf({ granted: 1 }), notAfterSeconds: 15 } }),
    20,
    "order-expired",
  ],
];

for (const [name, given, now, expected] of MESSAGE2) {
  Deno.test(`decideMessage2() answers ${name} with ${expected} (P-19, P-29)`, () => {
    const decision = decideMessage2(given, APPLIANCE, now);
    const text = "refused" in decision
      ? decision.refused
      : `${decision.granted.number}${decision.granted.becomesKeyed ? " becomes keyed" : ""}`;
    assert.equal(text, expected);
  });
}

Deno.test("decideMessage2(), decideReceipt() and decideFailure() know no ticket of another appliance", () => {
  const other = parseApplianceId("05".repeat(8));
  const receipt = { number: 1, numberKnown: true, authentic: true, repeated: false };
  assert.deepEqual(decideMessage2(delivery(), other, 20), { refused: "ticket-unknown" });
  assert.deepEqual(decideReceipt(delivery({ unit: unit("keyed") }), other, receipt), {
    refused: "ticket-unknown",
  });
  assert.deepEqual(decideFailure(delivery(), other, true), { refused: "ticket-unknown" });
});

Deno.test("decideReceipt() commits once, whatever the date and however frozen", () => {
  const good = { number: 1, numberKnown: true, authentic: true, repeated: false };
  const late = delivery({
    unit: unit("keyed"),
    order: { ...orderOf({ granted: 1 }), frozen: true, notAfterSeconds: 1 },
  });
  assert.deepEqual(decideReceipt(late, APPLIANCE, good), { granted: "commit" });
  const committed = delivery({ unit: unit("committed") });
  assert.deepEqual(decideReceipt(committed, APPLIANCE, { ...good, repeated: true }), { granted: "repeat" });
  assert.deepEqual(decideReceipt(committed, APPLIANCE, good), { refused: "receipt-other" });
  const keyed = delivery({ unit: unit("keyed") });
  assert.deepEqual(decideReceipt(keyed, APPLIANCE, { ...good, authentic: false }), {
    refused: "receipt-not-authentic",
  });
  assert.deepEqual(decideReceipt(keyed, APPLIANCE, { ...good, numberKnown: false }), {
    refused: "receipt-number-unknown",
  });
  assert.deepEqual(decideReceipt(delivery({ unit: unit("lost") }), APPLIANCE, good), { refused: "uid-lost" });
  assert.deepEqual(decideReceipt(delivery(), APPLIANCE, good), { refused: "unit-state" });
  assert.deepEqual(decideReceipt(delivery({ unit: undefined }), APPLIANCE, good), {
    refused: "ticket-closed",
  });
});

Deno.test("decideFailure() returns a unit only when given up before any message 2", () => {
  const plan = (given: Delivery, abandon: boolean) => decideFailure(given, APPLIANCE, abandon);
  assert.deepEqual(plan(delivery(), false), { granted: { closesTicket: false, returnsUnit: false } });
  assert.deepEqual(plan(delivery(), true), { granted: { closesTicket: true, returnsUnit: true } });
  assert.deepEqual(plan(delivery({ unit: unit("keyed") }), true), {
    granted: { closesTicket: true, returnsUnit: false },
  });
  assert.deepEqual(plan(delivery({ closed: true }), true), {
    granted: { closesTicket: false, returnsUnit: false },
  });
});

Deno.test("decidePerson() books keyed units lost and gives lost ones back only with the acknowledgement", () => {
  const states: readonly UnitRecord["state"][] = ["reserved", "keyed", "committed", "lost"];
  const lost = states.map((state) => decidePerson(unit(state), { decision: "lost" }));
  assert.deepEqual(lost.map((d) => "granted" in d ? d.granted : d.refused), [
    "unit-state",
    "book lost",
    "unit-state",
    "unit-state",
  ]);
  const back = states.map((state) =>
    decidePerson(unit(state), { decision: "re-credit", deviceMayExist: true })
  );
  assert.deepEqual(back.map((d) => "granted" in d ? d.granted : d.refused), [
    "unit-state",
    "unit-state",
    "unit-state",
    "give back",
  ]);
  assert.deepEqual(decidePerson(unit("lost"), { decision: "re-credit", deviceMayExist: false }), {
    refused: "acknowledge-missing",
  });
  assert.deepEqual(decidePerson(undefined, { decision: "lost" }), { refused: "device-unknown" });
  assert.deepEqual(decidePerson(undefined, { decision: "deny" }), { granted: "deny" });
});

Deno.test("admitSequence() admits each number once within the window, whatever the order", () => {
  const near = fc.integer({ min: 0, max: 40 }).map((n) => n * 97 % 3000);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(near, fc.integer({ min: 0, max: 3000 })), { maxLength: 200 }),
      (numbers) => {
        let window = emptyWindow();
        // The reference: all numbers ever seen, and the highest.
        const seen = new Set<number>();
        let highest = -1;
        for (const number of numbers) {
          const fresh = !seen.has(number) && number > highest - limits.sequenceWindow;
          const after = admitSequence(window, number);
          assert.equal(after !== undefined, fresh, `number ${number} under highest ${highest}`);
          if (after === undefined) continue;
          window = after;
          seen.add(number);
          highest = Math.max(highest, number);
          assert.equal(window.highest, highest);
        }
      },
    ),
  );
});

Deno.test("admitSequence() takes a jump to 2^53 − 1 and then nothing below its window", () => {
  const top = admitSequence(emptyWindow(), Number.MAX_SAFE_INTEGER);
  assert(top !== undefined);
  assert.equal(admitSequence(top, 0), undefined);
  assert(admitSequence(top, Number.MAX_SAFE_INTEGER - 1023) !== undefined);
  assert.equal(admitSequence(top, Number.MAX_SAFE_INTEGER - 1024), undefined);
});
