/** Tickets: sealed, opened, and refused for each rule of section 5 (P-1, P-2, P-3, P-13 to P-18). @module */
import assert from "node:assert/strict";
import { native, noble, sign } from "../../../../bootloader/suite/mod.ts";
import * as ticket from "../../../../bootloader/ticket/mod.ts";
import type { Ticket } from "../../../../bootloader/wire/mod.ts";
import { concat, NO_LEASE, parseLeaseId, ticketLayout } from "../../../../bootloader/wire/mod.ts";
import { makeWorld } from "../../../vectors/protocol/world.ts";

const world = makeWorld("ticket_test");
const { ticket: sealedTicket, ticketKey } = world;
const plain = sealedTicket.ticket;
const open = (sealed: Uint8Array, publicKey = ticketKey.publicKey) =>
  ticket.openTicket(sealed, { publicKey });

/** Signs any field values as a ticket, also ones that `sealTicket` refuses. */
function forge(changes: Partial<Ticket>): Uint8Array {
  const body = ticketLayout.encode({ ...plain, ...changes });
  return concat(body, sign(ticketKey.seed, body));
}

Deno.test("sealTicket() and openTicket() are inverse, on both implementations", () => {
  assert.equal(sealedTicket.sealed.length, 352);
  for (const primitives of [native, noble]) {
    const result = ticket.openTicket(sealedTicket.sealed, { publicKey: ticketKey.publicKey, primitives });
    assert.ok("opened" in result);
    assert.deepEqual(result.opened, sealedTicket);
  }
});

Deno.test("openTicket() refuses each flipped bit of body and signature as not authentic, before parsing (P-2, P-13)", () => {
  for (let at = 0; at < 352; at += 1) {
    const changed = sealedTicket.sealed.slice();
    changed[at]! ^= 1 << (at & 7);
    assert.deepEqual(open(changed), { refused: "not-authentic" }, `byte ${at}`);
  }
  assert.deepEqual(open(sealedTicket.sealed, world.identity.publicKey), { refused: "not-authentic" });
});

Deno.test("openTicket() refuses another length as Malformed (P-3)", () => {
  for (
    const wrong of [
      sealedTicket.sealed.slice(1),
      concat(sealedTicket.sealed, Uint8Array.of(0)),
      new Uint8Array(0),
    ]
  ) {
    assert.throws(() => open(wrong), { name: "Malformed", structure: "ticket" });
  }
});

Deno.test("openTicket() refuses an authentic structure under another label (P-1)", () => {
  const body = ticketLayout.encode(plain);
  body.set(new TextEncoder().encode("flashseal digest"));
  assert.throws(() => open(concat(body, sign(ticketKey.seed, body))), { name: "Malformed", field: "label" });
});

const WRONG: readonly [clause: string, field: keyof Ticket, changes: Partial<Ticket>][] = [
  ["P-14", "suite", { suite: 2 }],
  ["P-14", "pattern", { pattern: 0 }],
  ["P-14", "pattern", { pattern: 3 }],
  ["P-18", "lockLevel", { lockLevel: 0 }],
  ["P-18", "lockLevel", { lockLevel: 3 }],
  ["section 1", "policy", { policy: 2 }],
  ["section 1", "policy", { policy: 0x80000000 }],
  ["P-16", "length", { length: 0 }],
  ["P-16", "length", { length: 513 }],
  ["P-17", "personalLength", { personalOffset: 8, personalLength: 0 }],
  ["P-17", "personalLength", { personalOffset: 0, personalLength: 8 }],
  ["P-17", "personalLength", { personalOffset: 12, personalLength: 8 }],
  ["P-17", "personalLength", { personalOffset: 16, personalLength: 12 }],
  ["P-17", "personalLength", { personalOffset: 16, personalLength: 776 }],
  ["P-17", "personalLength", { personalOffset: plain.length - 248, personalLength: 256 }],
  ["P-19", "notAfter", { notAfter: plain.notBefore - 1 }],
  ["section 5", "lease", { lease: parseLeaseId("1".repeat(32)) }],
  ["section 5", "lease", { leaseIndex: 1 }],
  ["section 5", "lease", { policy: ticket.POLICY.offline }],
];

for (const [clause, field, changes] of WRONG) {
  const shown = JSON.stringify(changes);
  Deno.test(`openTicket() names ${field} for ${shown}, sealTicket() will not seal it (${clause})`, () => {
    assert.throws(() => open(forge(changes)), {
      name: "Malformed",
      field,
      offset: ticketLayout.offsets[field],
    });
    if (!("suite" in changes)) {
      assert.throws(() => ticket.sealTicket({ ...plain, ...changes }, ticketKey), { name: "Defect" });
    }
  });
}

const RIGHT: readonly [string, Partial<Ticket>][] = [
  ["an offline ticket with its lease", { policy: 1, lease: parseLeaseId("1".repeat(32)), leaseIndex: 4 }],
  ["a pattern that is IK", { pattern: ticket.PATTERNS.IK }],
  ["no personal region", { personalOffset: 0, personalLength: 0 }],
  ["a personal region of 768 bytes right behind the first word", { personalOffset: 8, personalLength: 768 }],
  ["a personal region that ends with the length", { personalOffset: plain.length - 8, personalLength: 8 }],
  ["one single valid second", { notAfter: plain.notBefore }],
];

for (const [what, changes] of RIGHT) {
  Deno.test(`openTicket() takes ${what}`, () => {
    const sealed = ticket.sealTicket({ ...plain, ...changes }, ticketKey);
    assert.deepEqual(open(sealed.sealed), { opened: sealed });
  });
}

Deno.test("openTicket() refuses a ticket that names another key than the one that signed it (P-14)", () => {
  const body = ticketLayout.encode({ ...plain, ticketKeyId: "0".repeat(16) as Ticket["ticketKeyId"] });
  assert.throws(() => open(concat(body, sign(ticketKey.seed, body))), {
    name: "Malformed",
    field: "ticketKeyId",
  });
});

Deno.test("uidMatches() compares under the mask only (P-15)", () => {
  const uidValue = Uint8Array.from({ length: 16 }, (_, i) => i);
  const uidMask = Uint8Array.from({ length: 16 }, (_, i) => i < 8 ? 0xff : i === 8 ? 0xf0 : 0);
  const match = (uid: Uint8Array) => ticket.uidMatches(uid, { uidValue, uidMask });
  assert.ok(match(uidValue));
  const other = uidValue.slice();
  other[8] = 0x0f;
  other[12] = 0xaa;
  assert.ok(match(other));
  other[8] = 0x18;
  assert.ok(!match(other));
  assert.ok(!match(uidValue.slice(0, 15)));
  assert.equal(NO_LEASE.length, 32);
});
