/** The decisions about lending and its reports, as tables: pure, no database. @module */

import assert from "node:assert/strict";
import {
  alarmsOfBooking,
  decideHolder,
  decideLease,
  decideReturn,
  decideUse,
  type LeaseQuestion,
  type LentState,
  type UnitRecord,
  type UseFacts,
  useFlaw,
} from "../../../../authority/ledger/mod.ts";
import type { OrderId } from "../../../../authority/api/mod.ts";
import {
  parseApplianceId,
  parseProductId,
  parseReleaseId,
  parseUid,
} from "../../../../bootloader/wire/mod.ts";

const NOW = 1_000_000;
const appliance = parseApplianceId("a1".repeat(8));
const product = parseProductId("b2".repeat(8));
const release = parseReleaseId("c3".repeat(16));
const order = "d4".repeat(16) as OrderId;

function question(changes: Partial<LeaseQuestion> = {}): LeaseQuestion {
  const counts = {
    granted: 10,
    leased: 1,
    reserved: 1,
    keyed: 1,
    committed: 1,
    lost: 1,
    unaccounted: 1,
  };
  return {
    order: {
      order,
      product,
      release,
      frozen: false,
      awaiting: false,
      notBeforeSeconds: NOW - 5,
      notAfterSeconds: NOW + 100_000,
      message2Limit: 3,
      ticketSeconds: 60,
      counts,
    },
    allowed: true,
    offline: { vault: "file", unitsMax: 8, days: 1 },
    regionTakesLease: true,
    allowance: { units: 5, open: 1 },
    units: 4,
    ...changes,
  };
}

Deno.test("decideLease(): all that was asked for, until the order or the product's days end, whichever is first", () => {
  assert.deepEqual(decideLease(question(), NOW), {
    granted: { notBefore: NOW - 5, notAfter: NOW + 86_400 },
  });
  const long = question({ offline: { vault: "file", unitsMax: 8, days: 9 } });
  assert.deepEqual(decideLease(long, NOW), { granted: { notBefore: NOW - 5, notAfter: NOW + 100_000 } });
});

const { order: open } = question();
assert(open !== undefined);
const refused: readonly (readonly [string, Partial<LeaseQuestion>])[] = [
  ["order-unknown", { order: undefined }],
  ["product-not-allowed", { allowed: false }],
  ["offline-not-allowed", { offline: null }],
  ["order-frozen", { order: { ...open, frozen: true } }],
  ["order-not-begun", { order: { ...open, notBeforeSeconds: NOW + 1 } }],
  ["order-expired", { order: { ...open, notAfterSeconds: NOW - 1 } }],
  ["lease-region-short", { regionTakesLease: false }],
  ["allowance-spent", { allowance: undefined }],
  ["allowance-spent", { units: 5 }],
  ["allowance-spent", { allowance: { units: 0, open: 3 } }],
  // Allowed when the product lent more: what it lends now counts.
  ["allowance-spent", { offline: { vault: "file", unitsMax: 4, days: 1 } }],
  ["quota-spent", { units: 5, allowance: { units: 8, open: 0 } }],
];

for (const [code, changes] of refused) {
  Deno.test(`decideLease() refuses ${code}: ${JSON.stringify(changes).slice(0, 60)}`, () => {
    const decision = decideLease(question(changes), NOW);
    assert.equal("refused" in decision && decision.refused, code);
  });
}

const uid = parseUid("0123456789abcdef01234567");
const receipt = { number: 1, record: "aa" };
const RECORDS: Readonly<Record<string, UseFacts>> = {
  reserved: { uid, family: 1, certificate: "cc", state: "reserved", message2Count: 0, receipt: null },
  keyed: { uid, family: 1, certificate: "cc", state: "keyed", message2Count: 1, receipt: null },
  twice: { uid, family: 1, certificate: "cc", state: "keyed", message2Count: 2, receipt: null },
  committed: { uid, family: 1, certificate: "cc", state: "committed", message2Count: 1, receipt },
};
/** Rows: what is known; columns: what is reported, in the order of RECORDS. */
const PLANS: Readonly<Record<string, readonly string[]>> = {
  reserved: ["nothing", "advance", "advance", "advance"],
  keyed: ["nothing", "nothing", "advance", "advance"],
  twice: ["nothing", "nothing", "nothing", "advance"],
  committed: ["nothing", "nothing", "nothing", "nothing"],
};

for (const [known, plans] of Object.entries(PLANS)) {
  Deno.test(`decideUse(): after ${known}, each report goes forward or changes nothing (P-59)`, () => {
    const plan = (reported: UseFacts) => decideUse("used", RECORDS[known], reported);
    assert.deepEqual(Object.values(RECORDS).map(plan), plans);
  });
}

Deno.test("decideUse(): a first report is booked out of leased and out of unaccounted, never after a return", () => {
  const plan = (lent: LentState) => decideUse(lent, undefined, RECORDS["keyed"]!);
  assert.deepEqual([plan("leased"), plan("unaccounted"), plan("returned")], ["book", "book", "fork"]);
});

Deno.test("decideUse(): another chip, family, certificate or receipt for a ticket is a fork, in every state (P-58, P-59)", () => {
  const others: readonly Partial<UseFacts>[] = [
    { uid: parseUid("ff".repeat(12)) },
    { family: 2 },
    { certificate: "cd" },
  ];
  for (const known of Object.values(RECORDS)) {
    for (const reported of Object.values(RECORDS)) {
      for (const other of others) {
        assert.equal(decideUse("used", known, { ...reported, ...other }), "fork");
      }
    }
  }
  const committed = RECORDS["committed"]!;
  for (const other of [{ number: 2, record: "aa" }, { number: 1, record: "ab" }]) {
    assert.equal(decideUse("used", committed, { ...committed, message2Count: 2, receipt: other }), "fork");
  }
});

Deno.test("decideReturn(): a leased ticket comes back once; a used one cannot; one given up stays so", () => {
  const states: readonly LentState[] = ["leased", "returned", "unaccounted", "used"];
  assert.deepEqual(states.map(decideReturn), ["return", "nothing", "nothing", "fork"]);
});

Deno.test("useFlaw(): state, count and receipt have to agree", () => {
  const offline = { number: 1, hh: "", report: "" };
  const rows = [
    ["reserved", 0, null, true],
    ["reserved", 1, null, false],
    ["keyed", 0, null, false],
    ["keyed", 1, null, true],
    ["keyed", 1, offline, false],
    ["committed", 1, null, false],
    ["committed", 1, offline, true],
    ["committed", 0, offline, false],
    ["committed", 1, { ...offline, number: 2 }, false],
  ] as const;
  for (const [state, message2Count, receipt, good] of rows) {
    const flaw = useFlaw({ state, message2Count, receipt });
    assert.equal(flaw === undefined, good, `${state} ${message2Count} ${receipt?.number}: ${flaw}`);
  }
});

function unit(state: UnitRecord["state"], leased: boolean, by = appliance): UnitRecord {
  return {
    order,
    product,
    release,
    appliance: by,
    state,
    message2Count: 1,
    leased,
    epoch: 1,
    presumed: false,
  };
}

Deno.test("decideHolder(): only an online unit that never got a key gives way", () => {
  assert.equal(decideHolder(undefined), "free");
  assert.equal(decideHolder(unit("reserved", false)), "reserved");
  for (const state of ["keyed", "committed", "lost"] as const) {
    assert.equal(decideHolder(unit(state, false)), "held");
    assert.equal(decideHolder(unit(state, true)), "held");
  }
  assert.equal(decideHolder(unit("reserved", true)), "held");
});

Deno.test("alarmsOfBooking(): each alarm by itself, none for an ordinary use", () => {
  const facts = {
    appliance,
    holder: undefined,
    denied: false,
    message2Count: 3,
    message2Limit: 3,
    atSeconds: 9,
    notAfterSeconds: 9,
  };
  const other = parseApplianceId("ee".repeat(8));
  const rows: readonly (readonly [Partial<Parameters<typeof alarmsOfBooking>[0]>, readonly string[]])[] = [
    [{}, []],
    [{ holder: unit("reserved", false) }, []],
    [{ holder: unit("reserved", false, other) }, ["uid-elsewhere"]],
    [{ holder: unit("keyed", false) }, ["uid-held"]],
    [{ holder: unit("keyed", false, other) }, ["uid-held"]],
    [{ denied: true }, ["uid-denied"]],
    [{ message2Count: 4 }, ["message2-limit"]],
    [{ atSeconds: 10 }, ["lease-expired"]],
  ];
  for (const [changes, alarms] of rows) assert.deepEqual(alarmsOfBooking({ ...facts, ...changes }), alarms);
});
