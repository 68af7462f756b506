/** Frames to the machine code: repetitions, damage, pauses, WORKING (PROTOCOL section 3). @module */
import assert from "node:assert/strict";
import { concat, crc32, encodeFrame, FRAME_TYPES } from "../../bootloader/wire/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import { frameWithCrc, withCrc } from "./forged_crc.ts";
import { record } from "./recording.ts";

const { target, hello, ticket, message2, chunks } = record(makeWorld("link"));
const { mcu } = target;

function greeting(sequence: number): Uint8Array {
  return encodeFrame({ sequence, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) });
}

/** Sends bytes that nobody should answer, and waits 30 ms. */
function sendUnheard(bytes: Uint8Array): void {
  const patience = target.patienceMs;
  target.patienceMs = 30 + Math.ceil(bytes.length / 11);
  assert.deepEqual(target.receive(bytes), []);
  target.patienceMs = patience;
}

Deno.test("P-8: a frame sent again is answered with the stored frame, without new work", () => {
  mcu.restore(ticket.after);
  const { nanos } = mcu;
  const again = target.receive(ticket.sent);
  assert.deepEqual(again.map((frame) => frame.toHex()), [ticket.received.at(-1)!.toHex()]);
  assert.ok(mcu.nanos - nanos < 60_000_000, "it took as long as a handshake");
  assert.equal(target.receive(message2.sent).at(-1)![3], FRAME_TYPES.NEXT);
});

Deno.test("P-8: the same sequence with other content is a new frame", () => {
  mcu.restore(ticket.after);
  const other = encodeFrame({ sequence: ticket.sent[2]!, type: FRAME_TYPES.POLL, body: new Uint8Array(0) });
  assert.equal(target.receive(other).at(-1)![3], FRAME_TYPES.STATUS);
});

Deno.test("P-8: before the first frame there is nothing to repeat", () => {
  mcu.restore(hello.after);
  target.powerCycle();
  assert.equal(target.receive(greeting(0)).at(-1)![3], FRAME_TYPES.HELLO_REPLY);
});

Deno.test("P-8: before the first frame no sequence and CRC pass for a repetition", () => {
  mcu.restore(hello.after);
  target.powerCycle();
  // RAM starts as zeros: sequence 0, and the CRC that is 0 before its final XOR.
  const zero = frameWithCrc({ sequence: 0, type: 0x42 }, 0xffffffff);
  assert.equal(target.receive(zero).at(-1)![3], FRAME_TYPES.STATUS);
});

Deno.test("P-8: another sequence with the same CRC is a new frame", () => {
  mcu.restore(hello.after);
  const crc = new DataView(hello.sent.buffer).getUint32(hello.sent.length - 4, true);
  const forged = frameWithCrc({ sequence: hello.sent[2]! + 1, type: 0x42 }, crc);
  assert.equal(crc32(forged.subarray(0, -4)), crc);
  assert.equal(target.receive(forged).at(-1)![3], FRAME_TYPES.STATUS);
});

Deno.test("P-9: a wrong CRC is dropped without an answer and changes no state", () => {
  mcu.restore(message2.after);
  for (const offset of [2, 3, 4, 300, 555]) {
    const damaged = chunks[0]!.sent.slice();
    damaged[offset]! ^= 1;
    sendUnheard(damaged);
  }
  assert.equal(target.receive(chunks[0]!.sent).at(-1)![3], FRAME_TYPES.NEXT);
});

Deno.test("P-9: a length above 1,024 makes the target deaf up to a pause", () => {
  mcu.restore(hello.after);
  sendUnheard(Uint8Array.of(1, 4, 9, 1));
  sendUnheard(greeting(9));
  target.elapse(60);
  assert.equal(target.receive(greeting(10)).length, 1);
});

Deno.test("P-9: a frame of the longest length is received whole", () => {
  mcu.restore(hello.after);
  const longest = encodeFrame({ sequence: 9, type: 0x42, body: new Uint8Array(1024).fill(0xa5) });
  assert.equal(target.receive(longest).at(-1)![3], FRAME_TYPES.STATUS);
});

Deno.test("P-9: a frame of 1,025 bytes with a right CRC is dropped and writes nothing behind the buffer", () => {
  const head = concat(Uint8Array.of(1, 4, 9, 0x42), new Uint8Array(1025).fill(0xa5));
  const [address, bytes] = target.image.symbols["frame"]!;
  const behind = address + bytes - 0x20000000;
  mcu.restore(hello.after);
  const before = mcu.ram.slice(behind, behind + 64);
  sendUnheard(concat(head, new Uint8Array(Uint32Array.of(crc32(head)).buffer)));
  assert.deepEqual(mcu.ram.slice(behind, behind + 64), before);
  target.elapse(60);
  assert.equal(target.receive(greeting(10)).at(-1)![3], FRAME_TYPES.HELLO_REPLY);
});

Deno.test("P-9: a part of a frame is dropped though its CRC so far would pass for the one that is missing", () => {
  mcu.restore(hello.after);
  // No CRC byte came: what was collected of it is 0.
  sendUnheard(withCrc(Uint8Array.of(0x60, 1, 9, FRAME_TYPES.TICKET), 0));
  target.elapse(60);
  assert.equal(target.receive(greeting(10)).at(-1)![3], FRAME_TYPES.HELLO_REPLY);
});

Deno.test("P-9: a byte that comes while the target answers is not the first of the next frame", () => {
  mcu.restore(hello.after);
  mcu.uart.send(greeting(9));
  target.elapse(3);
  mcu.uart.send(Uint8Array.of(0x55));
  target.elapse(5);
  assert.equal(mcu.uart.take().length, 68);
  assert.equal(target.receive(greeting(10)).at(-1)?.[3], FRAME_TYPES.HELLO_REPLY);
});

Deno.test("P-9: a pause within a frame discards what was received of it", () => {
  mcu.restore(hello.after);
  sendUnheard(greeting(9).slice(0, 5));
  target.elapse(40);
  assert.equal(target.receive(greeting(10)).length, 1);
});

Deno.test("P-9: without a pause, the rest of a frame belongs to it", () => {
  mcu.restore(hello.after);
  mcu.uart.send(greeting(9).slice(0, 5));
  target.elapse(10);
  sendUnheard(greeting(10));
  target.elapse(60);
  assert.equal(target.receive(greeting(10)).length, 1);
});

Deno.test("P-9: bytes that came while the target worked do not harm the next frame after a pause", () => {
  mcu.restore(hello.after);
  mcu.uart.send(ticket.sent);
  target.elapse(60);
  mcu.uart.send(ticket.sent.slice(0, 100));
  target.elapse(800);
  mcu.uart.take();
  sendUnheard(new Uint8Array(3));
  target.elapse(60);
  assert.equal(target.receive(greeting(11)).at(-1)![3], FRAME_TYPES.STATUS);
});

Deno.test("P-5, P-11: WORKING comes before TICKET, MESSAGE2, the first and the last chunk, once, with their sequence", () => {
  for (const { sent, received, nanos } of [hello, ticket, message2, ...chunks]) {
    const types = received.map((frame) => frame[3]);
    assert.ok(received.length <= 2);
    assert.ok(received.every((frame) => frame[2] === sent[2]));
    const wire = (sent.length + received.reduce((sum, frame) => sum + frame.length, 0)) * 86_806;
    if (nanos - wire > 100_000_000) assert.equal(types[0], FRAME_TYPES.WORKING);
    if (types[0] !== FRAME_TYPES.WORKING) continue;
    const named = received[0]![4]! | received[0]![5]! << 8;
    assert.ok(nanos / 1e6 < named, "the work took longer than WORKING said");
  }
  assert.equal(ticket.received.length, 2);
  assert.equal(message2.received.length, 2);
});
