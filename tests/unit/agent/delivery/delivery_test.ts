/** A delivery from a blank chip to a committed unit: its order, its captures, its record, its end on request. @module */

import assert from "node:assert/strict";
import { reportReceipt } from "../../../../agent/delivery/mod.ts";
import { concat, FRAME_TYPES, frameName } from "../../../../bootloader/wire/mod.ts";
import { ids } from "./office.ts";
import { freshUid, RigBoard } from "./rig.ts";
import { assertEnd, CR, KEYED, never, rig } from "./_ends.ts";

Deno.test("deliver() delivers a blank chip: installed, locked, written, receipted, committed", async () => {
  const { office, station, board, uid } = await rig();
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.equal(board.target?.state, "started");
  const expected = office.image.slice();
  expected.set(board.target.flash.subarray(512, 768), 512);
  assert.deepEqual(board.target.flash.slice(0, expected.length), expected);
  assert.equal(station.journal.isCommitted(uid), true);
  assert.deepEqual(office.calls, ["ticket", "releaseContent", "message1", "receipt"]);
  const phases = station.events.filter(({ kind }) => kind === "phase").map(({ phase }) => phase).join(" ");
  assert.equal(phases, "attach identify ticket release install lock handshake transfer receipt report");
});

Deno.test("deliver() delivers an image of the whole flash, 8,192 bytes", async () => {
  const { station, board } = await rig({ imageBytes: 8192 });
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
});

Deno.test("deliver() fetches a release once and keeps it", async () => {
  const { office, station, board } = await rig();
  await station.deliver(board);
  await station.deliver(new RigBoard(freshUid()));
  assert.equal(office.calls.filter((call) => call === "releaseContent").length, 1);
});

Deno.test("deliver() keeps the order of P-38, P-40 and P-44: record, erase; proof, ticket; message 2; receipt, ACK", async () => {
  const { station, board, uid } = await rig();
  const seen = new Set<string>();
  board.onWrite = (address, bytes) => {
    if (address !== CR || (bytes[2]! & 1) === 0) return;
    seen.add("erase");
    assert.equal(station.journal.openTicket(uid)?.eraseBegun, true, "erased before it was recorded");
  };
  let cyclesAtTicket = 0;
  board.onFrame = (type) => {
    const ticket = station.journal.openTicket(uid);
    if (type === FRAME_TYPES.TICKET) {
      cyclesAtTicket = board.powerCycles.length;
      assert.ok(station.events.some(({ kind }) => kind === "lock-proven"), "TICKET before the proof of lock");
    }
    if (type === FRAME_TYPES.MESSAGE2) {
      assert.equal(ticket?.message2, 1, "message 2 sent before it was recorded");
    }
    if (type === FRAME_TYPES.ACK) {
      assert.equal(ticket?.state, "receipted", "ACK before the receipt was durable");
    }
    seen.add(frameName(type));
  };
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.deepEqual(
    ["erase", "HELLO", "TICKET", "MESSAGE2", "CHUNK", "ACK"].filter((step) => !seen.has(step)),
    [],
  );
  assert.equal(board.powerCycles.length, cyclesAtTicket, "power was cycled after TICKET");
  // Identify, install, then P-44: after install, before the look under reset, before the second HELLO.
  assert.equal(cyclesAtTicket, 5);
});

Deno.test("reportReceipt() may be asked twice at once: one commit stands in the record", async () => {
  const { office, station, board, uid } = await rig();
  office.down.add("receipt");
  await station.deliver(board);
  office.down.clear();
  const [waiting] = station.journal.unreported();
  assert.ok(waiting);
  const ports = station.ports(board);
  const reports = await Promise.all([
    reportReceipt(ports, waiting, never),
    reportReceipt(ports, waiting, never),
  ]);
  assert.ok(reports.every((report) => "committed" in report));
  const commits = station.journal.records().filter(({ kind }) => kind === "committed");
  assert.deepEqual([commits.length, station.journal.isCommitted(uid)], [1, true]);
});

Deno.test("deliver() tells what the loop for waiting receipts was quicker to record: committed, with its certificate", async () => {
  const { office, station, board } = await rig();
  const ports = station.ports.bind(station);
  station.ports = (of) => {
    const given = ports(of);
    const emit: typeof given.emit = (event) => {
      given.emit(event);
      const [waiting] = event.kind === "receipt" ? station.journal.unreported() : [];
      if (waiting !== undefined) void reportReceipt(given, waiting, never);
    };
    return { ...given, emit };
  };
  const result = await station.deliver(board);
  assertEnd(result, ["delivered", null, "committed"]);
  assert.match(result.certificate ?? "", /^[0-9a-f]+$/);
  assert.equal(office.calls.filter((call) => call === "receipt").length, 1, "the loop was not quicker");
  assert.equal(station.events.filter(({ kind }) => kind === "committed").length, 1);
});

Deno.test("deliver() delivers when only the report is missing; the receipt is reported later from the record", async () => {
  const { office, station, board, uid } = await rig();
  office.down.add("receipt");
  const result = await station.deliver(board);
  assertEnd(result, ["delivered", null, KEYED]);
  const [waiting] = station.journal.unreported();
  assert.equal(waiting?.uid, uid);
  // The same board again in the meantime is not touched.
  const writes = board.writes;
  assertEnd(await station.deliver(board), ["refused", "delivered-already", "committed"]);
  assert.equal(board.writes, writes);
  office.down.clear();
  const report = await reportReceipt(station.ports(board), waiting, never);
  assert.ok("committed" in report);
  assert.deepEqual([station.journal.isCommitted(uid), station.journal.unreported()], [true, []]);
});

Deno.test("deliver() ends the link capture at the answer to ACK, also when BYE is lost and the firmware speaks (D§12)", async () => {
  for (const isLost of [false, true]) {
    const { station, board } = await rig();
    station.listenMs = 100;
    const words = new TextEncoder().encode("The firmware speaks on the same wire");
    const plain = board.receive.bind(board);
    let said = false;
    board.receive = async (untilMs, signal) => {
      const bytes = await plain(untilMs, signal);
      if (board.target?.state !== "started" || said) return bytes;
      said = true;
      return isLost ? words : concat(bytes, words);
    };
    assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
    const heard = concat(
      ...station.wiretap.filter(({ direction }) => direction === "rx").map(({ bytes }) => bytes),
    );
    const firmware = concat(...station.firmware);
    const text = new TextDecoder().decode(firmware);
    assert.equal(text, isLost ? "ware speaks on the same wire" : "The firmware speaks on the same wire");
    assert.ok(!new TextDecoder().decode(heard).includes("speaks"));
    assert.equal(heard.at(-5) === FRAME_TYPES.BYE, !isLost);
  }
});

Deno.test("deliver() ends as stopped when its signal is aborted, and the chip is taken up again", async () => {
  const { office, station, board } = await rig();
  board.onFrame = (type) => {
    if (type === FRAME_TYPES.CHUNK) station.stop.abort();
  };
  assertEnd(await station.deliver(board), ["failed", "stopped", KEYED]);
  board.onFrame = () => {};
  station.stop = new AbortController();
  assertEnd(await station.deliver(board), ["delivered", null, "committed"]);
  assert.equal(office.used, 1);
});

Deno.test("deliver() leaves no transport key in events or record, and a chain that holds", async () => {
  const { office, station, board } = await rig();
  const keys: string[] = [];
  const message1 = office.message1.bind(office);
  office.message1 = async (ticketId, request) => {
    const answer = await message1(ticketId, request);
    if ("granted" in answer) {
      keys.push(...Object.values(answer.granted.transport), answer.granted.message2.slice(0, 64));
    }
    return answer;
  };
  await station.deliver(board);
  const told = JSON.stringify(station.events) + JSON.stringify(station.journal.deliveries(10)) +
    JSON.stringify(station.journal.records());
  assert.equal(keys.length, 3);
  for (const key of keys) assert.ok(!told.includes(key), "a secret was told");
  const chain = station.journal.checkChain();
  assert.ok("head" in chain && chain.count > 10);
  assert.equal(ids.product.length, 16);
});
