/**
 * What a target refuses in ticket, message 2 and chunks, clause by clause, on the reference target (P-13 to P-18, P-22, P-24,
 * P-27, P-31, P-33, P-34, P-36, P-42, P-49). The cases are data, so that the machine code can be held against the same list.
 * @module
 */
import assert from "node:assert/strict";
import type { HostStep } from "../../bootloader/session/mod.ts";
import { chunkSourceOf, HostSession } from "../../bootloader/session/mod.ts";
import { encodeFrame, FRAME_TYPES, FrameDecoder, frameName } from "../../bootloader/wire/mod.ts";
import { ReferenceTarget } from "../reference/target.ts";
import { badChunks, badMessage2s, badTickets } from "../vectors/protocol/bad.ts";
import { exchange, transfer } from "../vectors/protocol/deliver.ts";
import type { World } from "../vectors/protocol/world.ts";
import { answer, makeWorld } from "../vectors/protocol/world.ts";

function send(world: World, sequence: number, type: number, body: Uint8Array): string {
  const decoder = new FrameDecoder();
  const frames = world.target.receive(encodeFrame({ sequence, type, body })).flatMap((bytes) =>
    decoder.push(bytes)
  );
  return frameName(frames.at(-1)!.type);
}

for (const { name, sealed } of badTickets(makeWorld("bad tickets"))) {
  Deno.test(`target refuses a ticket with ${name}`, () => {
    const world = makeWorld("bad tickets");
    assert.equal(send(world, 1, FRAME_TYPES.TICKET, sealed), "STATUS");
    assert.equal(world.target.state, "FAIL");
    assert.equal(world.target.operations.length, 0, "no flash operation");
  });
}

/** Brings a world to the point where message 2 is sent, and gives message 1. */
function keying(seed: string): { world: World; session: HostSession; message1: Uint8Array } {
  const world = makeWorld(seed);
  const session = new HostSession();
  exchange(world, session, session.hello());
  const sent = session.ticket(world.ticket, { record: world.lockRecord, ramClosed: false });
  const step = exchange(world, session, (sent as Extract<HostStep, { step: "send" }>).exchange);
  return { world, session, message1: (step as Extract<HostStep, { step: "message1" }>).message1 };
}

for (const { name, change } of badMessage2s) {
  Deno.test(`target refuses message 2 with ${name}`, () => {
    const { world, message1 } = keying("bad message 2");
    const keys = answer(world, message1);
    assert.ok("message2" in keys);
    assert.equal(send(world, 9, FRAME_TYPES.MESSAGE2, change(keys.message2)), "STATUS");
    assert.equal(world.target.state, "FAIL");
    assert.equal(world.target.operations.length, 0, "no flash operation");
  });
}

for (const { name, chunks } of badChunks) {
  Deno.test(`target refuses ${name}: all of flash is erased, no byte of that chunk was written (P-34, P-47)`, () => {
    const plain = makeWorld("bad chunks");
    const world = { ...plain, release: { ...plain.release, chunks: chunks(plain) } };
    const { step, chunkOrder } = transfer(world, new HostSession());
    assert.equal(step.step, "refused");
    assert.equal(world.target.state, "FAIL");
    assert.ok(world.target.flash.every((x) => x === 0xff));
    const wrong = chunkOrder.at(-1)!;
    const touched = world.target.operations.filter((op) =>
      "program" in op && Math.floor(op.program / 512) === wrong
    );
    assert.deepEqual(touched, []);
  });
}

Deno.test("target refuses a chunk other than the one it named, though authentic (P-33)", () => {
  const { world, session, message1 } = keying("other chunk");
  const keys = answer(world, message1);
  assert.ok("message2" in keys);
  const source = chunkSourceOf(world.release.chunks);
  const swapped = { count: source.count, chunk: (index: number) => source.chunk(index === 4 ? 5 : index) };
  const sent = session.message2(keys.message2, keys.transport, swapped);
  const next = exchange(world, session, (sent as Extract<HostStep, { step: "send" }>).exchange);
  const refused = exchange(world, session, (next as Extract<HostStep, { step: "send" }>).exchange);
  assert.equal(refused.step, "refused");
  assert.equal(world.target.state, "FAIL");
});

Deno.test("target: every page is erased once, no all-0xFF word is programmed, the first word is the last (P-34, P-36)", () => {
  const world = makeWorld("operations");
  transfer(world, new HostSession());
  const { operations } = world.target;
  const erased = operations.filter((op) => "erase" in op).map((op) => (op as { erase: number }).erase);
  assert.deepEqual(erased.sort(), [0, 1, 2, 3]);
  const programmed = operations.filter((op) => "program" in op).map((op) =>
    (op as { program: number }).program
  );
  assert.equal(new Set(programmed).size, programmed.length);
  assert.equal(programmed.at(-1), 0);
  assert.equal(programmed.indexOf(0), programmed.length - 1);
  for (const at of programmed) assert.ok(world.target.flash.slice(at, at + 8).some((x) => x !== 0xff));
  assert.equal(world.target.state, "DONE");
});

Deno.test("target: a random number generator that is stuck or in error never gives a message 1 (P-24)", () => {
  const stuck = { word: () => 7 };
  const failing = { word: () => null };
  let calls = 0;
  const late = { word: () => (calls += 1) === 16 ? 15 : calls };
  for (const chip of [stuck, failing, late]) {
    const world = makeWorld("stuck", { chip });
    assert.equal(send(world, 1, FRAME_TYPES.TICKET, world.ticket.sealed), "STATUS");
    assert.equal(world.target.state, "FAIL");
  }
  assert.equal(calls, 16);
});

Deno.test("target: options and lock are set once per power-on; without success it stays OPEN (P-42)", () => {
  const { chip } = makeWorld("options");
  const fresh = { ...chip, lock: 0, options: [0xfafffeaa, 0x1f, 0x1f, 0] };
  const good = new ReferenceTarget(fresh);
  assert.deepEqual([good.state, good.lock, good.options[0]], ["READY", 1, 0xfffffeaa]);
  const bad = new ReferenceTarget({ ...fresh, optionsCanBeSet: false });
  assert.deepEqual([bad.state, bad.lock, bad.options[0]], ["OPEN", 0, 0xfafffeaa]);
});
