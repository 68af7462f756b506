/** Boards that are taken up again after a break, and what a unit is then. @module */

import assert from "node:assert/strict";
import { FRAME_TYPES } from "../../../../bootloader/wire/mod.ts";
import { random, TestOffice } from "./office.ts";
import { RigBoard } from "./rig.ts";
import { assertEnd, KEYED, rig } from "./_ends.ts";

Deno.test("deliver() erases nothing when another board lies there after a wait", async () => {
  const { office, station, board } = await rig();
  station.patient = true;
  office.granted = 0;
  station.onWait = () => {
    office.granted = 1;
    board.misdeeds.reads.set(0x1fff_7590, random(12));
  };
  assertEnd(await station.deliver(board), ["refused", "chip-swapped", "reserved for this chip"]);
  assert.equal(board.writes, 0);
});

Deno.test("deliver() takes its own chip up again after each kind of break, on the same ticket and unit", async () => {
  const breaks: readonly (readonly [string, (board: RigBoard, office: TestOffice) => void])[] = [
    ["installing", (board) => board.misdeeds.failAfterWrites = 40],
    ["restartable", (_, office) => office.down.add("message1")],
    ["silent", (board) =>
      board.onFrame = (type) => {
        if (type === FRAME_TYPES.CHUNK) board.misdeeds.silent = true;
      }],
  ];
  for (const [state, spoil] of breaks) {
    const { office, station, board } = await rig();
    spoil(board, office);
    const first = await station.deliver(board);
    assert.equal(first.outcome, "failed", state);
    assert.equal(station.journal.openTicket(board.uid.toHex())?.eraseBegun, true);
    board.misdeeds.failAfterWrites = Infinity;
    board.misdeeds.silent = false;
    board.onFrame = () => {};
    office.down.clear();
    const second = await station.deliver(board);
    assertEnd(second, ["delivered", null, "committed"]);
    assert.deepEqual([second.ticketId, office.used], [first.ticketId, 1], state);
    assert.ok(station.events.some(({ kind }) => kind === "own-chip"));
  }
});

Deno.test("deliver() says so when its own chip cannot be unlocked, and asks for no key", async () => {
  const { office, station, board } = await rig();
  office.down.add("message1");
  await station.deliver(board);
  office.down.clear();
  office.calls.length = 0;
  board.misdeeds.unlockFails = true;
  assertEnd(await station.deliver(board), ["failed", "unlock-failed", "reserved for this chip"]);
  assert.ok(!office.calls.includes("message1"));
});

Deno.test("deliver() retransmits what the wire flips, drops or repeats, and gives each chunk once (P-5 to P-10)", async () => {
  for (const fault of ["drop", "repeat", "flip"] as const) {
    const { office, station, board } = await rig();
    let hits = 0;
    // Every third frame in both directions: no five in a row.
    station.faults = ({ index }) => {
      if (index % 3 !== 1) return "pass";
      hits++;
      return fault === "flip" ? { flip: index * 37 + 16 } : fault;
    };
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    assert.ok(hits >= 8, `only ${hits} frames were hit`);
    assert.deepEqual([office.used, board.target?.state], [1, "started"]);
  }
});

Deno.test("deliver() keeps the unit keyed when no receipt comes: a device may exist, and the same board may try again", async () => {
  const { office, station, board, uid } = await rig();
  let chunks = 0;
  board.onFrame = (type) => {
    if (type === FRAME_TYPES.CHUNK) chunks++;
  };
  station.faults = ({ direction }) =>
    direction === "rx" && chunks >= office.descriptor.count ? "drop" : "pass";
  const first = await station.deliver(board);
  assertEnd(first, ["failed", "receipt-missing", KEYED]);
  assert.match(first.says ?? "", /^A device may exist/);
  assert.deepEqual([office.units.get(uid)?.message2.length, office.units.get(uid)?.committed], [1, false]);
  station.faults = null;
  const second = await station.deliver(board);
  assertEnd(second, ["delivered", null, "committed"]);
  assert.deepEqual([second.ticketId, office.used, office.units.get(uid)?.message2.length], [
    first.ticketId,
    1,
    2,
  ]);
});

Deno.test("deliver() stops at the fourth message 2 of a ticket", async () => {
  const { office, station, board } = await rig();
  board.onFrame = (type) => board.misdeeds.silent = type === FRAME_TYPES.MESSAGE2;
  for (let attempt = 0; attempt < 3; attempt++) {
    board.misdeeds.silent = false;
    assertEnd(await station.deliver(board), ["failed", "receipt-missing", KEYED]);
  }
  board.misdeeds.silent = false;
  assertEnd(await station.deliver(board), ["refused", "authority-message2-limit", KEYED]);
  assert.equal(office.used, 1);
});

Deno.test("deliver() ends as failed when the authority does not accept the receipt; the unit stays keyed", async () => {
  const { office, station, board, uid } = await rig();
  office.misremember = true;
  assertEnd(await station.deliver(board), ["failed", "receipt-refused", KEYED]);
  assert.deepEqual([station.journal.isCommitted(uid), station.journal.unreported()], [false, []]);
});

Deno.test("deliver() puts no message 2 on the link whose key record is of another one (P-63)", async () => {
  const { office, station, board, uid } = await rig();
  office.misnumber = true;
  const result = await station.deliver(board);
  assert.deepEqual([result.outcome, result.cause], ["failed", "authority-unfit"]);
  assert.equal(station.journal.openTicket(uid)?.message2, 0);
  assert.equal(station.journal.epochs.newest(), null);
  office.misnumber = false;
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.deepEqual(station.journal.epochs.keyRecords(result.ticketId ?? "").map(({ number }) => number), [2]);
});

Deno.test("deliver() keeps a receipt that a restored authority does not know yet: it is pending, not refused (P-63)", async () => {
  const { office, station, board, uid } = await rig();
  office.forgotten = true;
  assertEnd(await station.deliver(board), ["delivered", null, KEYED]);
  assert.deepEqual(station.journal.unreported().map((ticket) => ticket.uid), [uid]);
  office.forgotten = false;
});

Deno.test("deliver() takes no ticket of an epoch below one that it has heard of (P-61)", async () => {
  const { station, board } = await rig();
  station.journal.epochs.hear(8);
  const result = await station.deliver(board);
  assert.deepEqual([result.outcome, result.cause], ["failed", "ticket-unfit"]);
  assert.equal(board.writes, 0);
});

Deno.test("deliver() refuses a chip that it has delivered", async () => {
  const { office, station, board } = await rig();
  await station.deliver(board);
  const writes = board.writes;
  assertEnd(await station.deliver(board), ["refused", "delivered-already", "committed"]);
  assert.deepEqual([board.writes, office.used], [writes, 1]);
});
