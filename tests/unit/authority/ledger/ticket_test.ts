/** decideTicket() as a table: one row, one reason. @module */

import assert from "node:assert/strict";
import {
  decideTicket,
  type OrderState,
  ticketDates,
  type TicketQuestion,
  type TicketState,
  type UnitRecord,
} from "../../../../authority/ledger/mod.ts";
import type { OrderId } from "../../../../authority/api/mod.ts";
import { parseApplianceId, parseProductId, parseReleaseId } from "../../../../bootloader/wire/mod.ts";

const NOW = 1_000_000;
const PRODUCT = parseProductId("01".repeat(8));
const OTHER_PRODUCT = parseProductId("02".repeat(8));
const RELEASE = parseReleaseId("03".repeat(16));
const APPLIANCE = parseApplianceId("04".repeat(8));
const OTHER_APPLIANCE = parseApplianceId("05".repeat(8));

function order(
  change: Partial<Omit<OrderState, "counts">> & { readonly granted?: number; readonly used?: number } = {},
): OrderState {
  const { granted = 5, used = 0, ...rest } = change;
  return {
    order: "06".repeat(16) as OrderId,
    product: PRODUCT,
    release: RELEASE,
    frozen: false,
    awaiting: false,
    notBeforeSeconds: NOW - 100,
    notAfterSeconds: NOW + 100,
    message2Limit: 3,
    ticketSeconds: 60,
    counts: { granted, leased: 0, reserved: 0, keyed: 0, committed: used, lost: 0, unaccounted: 0 },
    ...rest,
  };
}

function held(
  state: UnitRecord["state"],
  change: { unit?: Partial<UnitRecord>; order?: OrderState; ticket?: Partial<TicketState> | null } = {},
): NonNullable<TicketQuestion["held"]> {
  return {
    unit: {
      order: "06".repeat(16) as OrderId,
      product: PRODUCT,
      release: RELEASE,
      appliance: APPLIANCE,
      state,
      message2Count: state === "reserved" ? 0 : 1,
      leased: false,
      epoch: 1,
      presumed: false,
      ...change.unit,
    },
    order: change.order ?? order(),
    ticket: change.ticket === null ? undefined : {
      appliance: APPLIANCE,
      notBeforeSeconds: NOW - 50,
      notAfterSeconds: NOW + 50,
      epoch: 1,
      closed: false,
      ...change.ticket,
    },
  };
}

function ask(change: Partial<TicketQuestion> = {}): string {
  const decision = decideTicket({
    appliance: APPLIANCE,
    product: PRODUCT,
    orders: [order()],
    allowed: true,
    chipFits: true,
    uidBlank: false,
    uidDenied: false,
    held: undefined,
    epoch: 1,
    ...change,
  }, NOW);
  if ("refused" in decision) return decision.refused;
  const plan = decision.granted;
  return plan.act === "reserve" && plan.returns ? "reserve after return" : plan.act;
}

const SPENT = order({ granted: 5, used: 5 });

const TABLE: readonly (readonly [name: string, question: Partial<TicketQuestion>, expected: string])[] = [
  ["a new UID", {}, "reserve"],
  ["an unknown product", { orders: undefined }, "product-unknown"],
  ["a product the appliance may not program", { allowed: false }, "product-not-allowed"],
  ["a UID of no chip", { uidBlank: true }, "uid-invalid"],
  ["a denied UID", { uidDenied: true }, "uid-denied"],
  ["a denied UID with an open delivery", { uidDenied: true, held: held("keyed") }, "uid-denied"],
  ["another chip", { chipFits: false }, "chip-wrong"],
  ["no order", { orders: [] }, "order-missing"],
  ["a spent order", { orders: [SPENT] }, "quota-spent"],
  ["a frozen order", { orders: [order({ frozen: true })] }, "order-frozen"],
  ["an order of tomorrow", { orders: [order({ notBeforeSeconds: NOW + 1 })] }, "order-not-begun"],
  ["an order that begins this second", { orders: [order({ notBeforeSeconds: NOW })] }, "reserve"],
  ["an order in its last second", { orders: [order({ notAfterSeconds: NOW })] }, "reserve"],
  ["an order of yesterday", { orders: [order({ notAfterSeconds: NOW - 1 })] }, "order-expired"],
  ["a spent and an open order", { orders: [SPENT, order()] }, "reserve"],
  ["a spent and a frozen order", { orders: [order({ frozen: true }), SPENT] }, "quota-spent"],
  ["the same UID again", { held: held("reserved") }, "repeat"],
  [
    "the same UID again, order spent",
    { held: held("reserved", { order: SPENT }), orders: [SPENT] },
    "repeat",
  ],
  [
    "the same UID, ticket ended",
    { held: held("reserved", { ticket: { notAfterSeconds: NOW - 1 } }) },
    "renew",
  ],
  ["the same UID, ticket closed", { held: held("reserved", { ticket: null }) }, "renew"],
  ["the same UID, ticket of an earlier epoch", { held: held("reserved", { ticket: { epoch: 0 } }) }, "renew"],
  [
    "the same UID at another appliance, no key given",
    { held: held("reserved"), appliance: OTHER_APPLIANCE },
    "renew",
  ],
  [
    "the same UID for another product, no key given",
    { held: held("reserved", { unit: { product: OTHER_PRODUCT } }) },
    "reserve after return",
  ],
  [
    "the same UID, its order frozen, another open",
    { held: held("reserved", { order: order({ frozen: true }) }) },
    "reserve after return",
  ],
  ["a keyed UID again", { held: held("keyed") }, "repeat"],
  ["a keyed UID, ticket ended", { held: held("keyed", { ticket: { notAfterSeconds: NOW - 1 } }) }, "renew"],
  ["a keyed UID at another appliance", { held: held("keyed"), appliance: OTHER_APPLIANCE }, "uid-elsewhere"],
  [
    "a keyed UID for another product",
    { held: held("keyed", { unit: { product: OTHER_PRODUCT } }) },
    "uid-other-release",
  ],
  ["a keyed UID at its limit", { held: held("keyed", { unit: { message2Count: 3 } }) }, "message2-limit"],
  ["a keyed UID, order frozen", { held: held("keyed", { order: order({ frozen: true }) }) }, "order-frozen"],
  [
    "a keyed UID, order ended",
    { held: held("keyed", { order: order({ notAfterSeconds: NOW - 1 }) }) },
    "order-expired",
  ],
  ["a committed UID", { held: held("committed") }, "uid-committed"],
  ["a lost UID", { held: held("lost") }, "uid-lost"],
];

for (const [name, question, expected] of TABLE) {
  Deno.test(`decideTicket() answers ${name} with ${expected}`, () => assert.equal(ask(question), expected));
}

Deno.test("ticketDates() stay within the order and within the ticket's time", () => {
  assert.deepEqual(ticketDates(order({ ticketSeconds: 60 }), NOW), {
    notBefore: NOW - 100,
    notAfter: NOW + 60,
  });
  assert.deepEqual(ticketDates(order({ ticketSeconds: 1_000 }), NOW), {
    notBefore: NOW - 100,
    notAfter: NOW + 100,
  });
});
