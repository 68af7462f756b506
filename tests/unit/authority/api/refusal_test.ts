/** The refusal table is extend-only: every number is pinned here. @module */

import assert from "node:assert/strict";
import { refusals, routes } from "../../../../authority/api/mod.ts";

const PINNED = [
  "quota-spent order-frozen order-not-begun order-expired product-unknown order-missing order-unknown release-unknown",
  "release-incomplete appliance-unknown appliance-revoked product-not-allowed request-not-authentic replay uid-invalid",
  "uid-denied uid-committed uid-elsewhere uid-lost uid-other-release chip-wrong chip-unknown ticket-unknown ticket-closed",
  "ticket-expired ticket-epoch message2-limit lock-not-proven message1-not-authentic receipt-not-authentic",
  "receipt-number-unknown receipt-other enrolment-refused api-key-wrong not-permitted class-c-not-acknowledged",
  "lock-class-not-acknowledged idempotency-conflict name-taken order-below-use range-wrong upload-elsewhere",
  "upload-finished digest-wrong wrapped-key-wrong release-does-not-fit body-too-large malformed route-unknown",
  "device-unknown unit-state acknowledge-missing appliance-not-found enrolments-too-many options-wrong",
  "offline-not-acknowledged offline-not-allowed allowance-too-large allowance-spent lease-region-short lease-unknown",
  "lease-key-used use-not-valid appliance-frozen uid-leased rework-not-allowed appliance-outdated renewal-not-asked",
  "denials-too-many allowance-missing order-awaits-confirmation unit-epoch epoch-needed restored-not-authentic",
  "unaccounted-spent unaccounted-not-acknowledged order-not-as-shown record-asked session-missing form-not-ours",
  "too-many-tries",
  "appliance-stopped",
].join(" ").split(" ");

Deno.test("refusals keep their numbers, in this order from 1", () => {
  assert.deepEqual(
    Object.entries(refusals).map(([code, { number }]) => [code, number]),
    PINNED.map((code, i) => [code, i + 1]),
  );
});

Deno.test("refusals have a sentence and a remedy without a final period, and a status of the 400s", () => {
  for (const { says, remedy, status } of Object.values(refusals)) {
    assert.match(says, /^[A-Z].*[^.]$/s);
    assert.match(remedy, /^[A-Z].*[^.]$/s);
    assert(status >= 400 && status < 500);
  }
});

Deno.test("routes are each written once", () => {
  const names = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(names).size, names.length);
});
