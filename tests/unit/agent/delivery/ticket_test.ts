/** Tickets that deliver() does not take, and what it waits for. @module */

import assert from "node:assert/strict";
import type { RefusalCode } from "../../../../authority/api/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { random, TestOffice } from "./office.ts";
import { assertEnd, rig } from "./_ends.ts";

const badTickets: readonly (readonly [string, (office: TestOffice) => void])[] = [
  ["a flipped signature bit", (office) => {
    office.alter = (reply) => ({
      ...reply,
      ticket: reply.ticket.slice(0, -2) + (reply.ticket.endsWith("00") ? "01" : "00"),
    });
  }],
  ["a flipped bit in the ticket", (office) => {
    office.alter = (reply) => ({
      ...reply,
      ticket: reply.ticket.slice(0, 250) + "ffff" + reply.ticket.slice(254),
    });
  }],
  [
    "another appliance's ticket",
    (office) => office.bend = (fields) => ({ ...fields, appliance: "ee".repeat(8) as never }),
  ],
  [
    "another product's ticket",
    (office) => office.bend = (fields) => ({ ...fields, product: "ee".repeat(8) as never }),
  ],
  [
    "another owner's ticket",
    (office) => office.bend = (fields) => ({ ...fields, owner: "ee".repeat(8) as never }),
  ],
  [
    "a ticket of an epoch before the key set's (P-61)",
    (office) => office.bend = (fields) => ({ ...fields, epoch: 6 }),
  ],
  ["a ticket for another UID", (office) => office.bend = (fields) => ({ ...fields, uidValue: random(16) })],
  ["a ticket for another family", (office) => office.bend = (fields) => ({ ...fields, family: 2 })],
  [
    "a ticket that is longer than the flash",
    (office) => office.bend = (fields) => ({ ...fields, length: 16_384 }),
  ],
  [
    "another release's digest",
    (office) => office.bend = (fields) => ({ ...fields, imageDigest: random(32) }),
  ],
  ["another ticket id than the reply's", (office) => {
    office.alter = (reply) => ({ ...reply, ticketId: "ee".repeat(16) as never });
  }],
  ["a ticket signed by a key that the root has not named (P-53)", (office) => {
    Object.defineProperty(office, "keySet", { value: { ...office.keySet, ticketKey: random(32) } });
  }],
];
for (const [name, spoil] of badTickets) {
  Deno.test(`deliver() touches nothing on ${name}`, async () => {
    const { office, station, board } = await rig();
    spoil(office);
    assertEnd(await station.deliver(board), ["failed", "ticket-unfit", "none used"]);
    assert.deepEqual([board.writes, office.calls.includes("message1")], [0, false]);
  });
}

Deno.test("deliver() at a starved order refuses with the authority's sentence when it is not to wait", async () => {
  const { office, station, board } = await rig();
  office.granted = 0;
  const result = await station.deliver(board);
  assertEnd(result, ["refused", "authority-quota-spent", "none used"]);
  assert.deepEqual([result.says, result.remedy], [
    "The order has no units left",
    "Ask the owner to raise the order",
  ]);
  assert.equal(board.writes, 0);
});

for (
  const code of [
    "quota-spent",
    "order-frozen",
    "order-missing",
    "order-expired",
    "appliance-stopped",
  ] as const
) {
  Deno.test(`deliver() waits while the authority says ${code}, and continues by itself`, async () => {
    const { office, station, board } = await rig();
    station.patient = true;
    office.refuse = code;
    let asked = 0;
    const ticket = office.ticket.bind(office);
    office.ticket = (request) => {
      if (++asked === 4) office.refuse = null;
      return ticket(request);
    };
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    const waits = station.events.filter(({ kind }) => kind === "waiting");
    assert.deepEqual([waits.length, asked], [1, 4]);
    assert.ok(waits[0]?.kind === "waiting" && waits[0].says.length > 0);
  });
}

Deno.test("deliver() does not wait on a refusal that is about this chip or this appliance", async () => {
  for (const code of ["uid-denied", "appliance-revoked", "chip-wrong"] as RefusalCode[]) {
    const { office, station, board } = await rig();
    station.patient = true;
    office.refuse = code;
    assertEnd(await station.deliver(board), ["refused", `authority-${code}`, "none used"]);
  }
});

Deno.test("deliver() waits for a network that is away, when it may", async () => {
  const { office, station, board } = await rig();
  office.down.add("ticket");
  assertEnd(await station.deliver(board), ["failed", "authority-unreachable", "none used"]);
  station.patient = true;
  station.onWait = () => office.down.clear();
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
});

Deno.test("deliver() waits for a release that cannot be fetched yet, and asks for a key once more when an answer is lost", async () => {
  const { office, station, board, uid } = await rig();
  station.patient = true;
  office.down.add("releaseContent");
  station.onWait = () => office.down.clear();
  const message1 = office.message1.bind(office);
  office.message1 = async (ticketId, request) => {
    const answer = await message1(ticketId, request);
    if (office.units.get(uid)?.message2.length !== 1) return answer;
    throw new Fault("Cannot reach the owner's server: the answer was lost", {
      place: "authority",
      retry: true,
    });
  };
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.equal(office.units.get(uid)?.message2.length, 2);
});
