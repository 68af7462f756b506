/** Frames: CRC, limits, and finding the way back after noise (P-5, P-9). @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as wire from "../../../../bootloader/wire/mod.ts";
import { referenceCrc } from "../../../reference/bytes.ts";

const { BODY_BYTES_MAX, crc32, encodeFrame, FRAME_TYPES, FrameDecoder, frameName } = wire;
const frame = { sequence: 7, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) };

Deno.test("crc32() gives the check value of IEEE 802.3, and what a bitwise reading gives", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => crc32(bytes) === referenceCrc(bytes)), { seed: 1 });
});

Deno.test("encodeFrame() writes length, sequence, type, body, CRC (PROTOCOL section 3)", () => {
  const encoded = encodeFrame(frame);
  assert.equal(encoded.subarray(0, 5).toHex(), "0100070101");
  assert.equal(new DataView(encoded.buffer).getUint32(5, true), referenceCrc(encoded.subarray(0, 5)));
});

Deno.test("encodeFrame() refuses a body above 1,024 bytes and a sequence above 255", () => {
  assert.throws(() => encodeFrame({ ...frame, body: new Uint8Array(BODY_BYTES_MAX + 1) }), {
    name: "Defect",
  });
  assert.throws(() => encodeFrame({ ...frame, sequence: 256 }), { name: "Defect" });
  assert.doesNotThrow(() => encodeFrame({ ...frame, body: new Uint8Array(BODY_BYTES_MAX) }));
});

Deno.test("FrameDecoder gives back every frame, in any cutting of the bytes", () => {
  const frames = fc.array(
    fc.record({ sequence: fc.nat(255), type: fc.nat(255), body: fc.uint8Array({ maxLength: 1024 }) }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 200 })), (sent, cuts) => {
      const bytes = wire.concat(...sent.map(encodeFrame));
      const decoder = new FrameDecoder();
      const got: wire.Frame[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = cuts.next().value as number;
        got.push(...decoder.push(bytes.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(
        got.map((f) => ({ ...f, body: [...f.body] })),
        sent.map((f) => ({ ...f, body: [...f.body] })),
      );
      assert.equal(decoder.pendingBytes, 0);
    }),
    { numRuns: 100, seed: 2 },
  );
});

Deno.test("FrameDecoder drops a frame with any one flipped bit; after a pause the next one comes through (P-9)", () => {
  const encoded = encodeFrame(frame);
  for (let bit = 0; bit < encoded.length * 8; bit += 1) {
    const decoder = new FrameDecoder();
    const changed = encoded.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.deepEqual(decoder.push(changed), [], `bit ${bit}`);
    decoder.silence();
    assert.equal(decoder.push(encoded).length, 1, `bit ${bit}`);
    const { crc, length, pause } = decoder.drops;
    assert.ok(crc + length + pause >= 1, `bit ${bit}`);
  }
});

Deno.test("FrameDecoder drops a length above 1,024 and everything up to the pause (P-9)", () => {
  const decoder = new FrameDecoder();
  assert.deepEqual(decoder.push(wire.concat(Uint8Array.of(1, 4, 0, 1), encodeFrame(frame))), []);
  assert.equal(decoder.drops.length, 1);
  decoder.silence();
  assert.equal(decoder.push(encodeFrame(frame)).length, 1);
});

Deno.test("FrameDecoder.silence() discards part of a frame (P-9)", () => {
  const decoder = new FrameDecoder();
  decoder.push(encodeFrame(frame).subarray(0, 5));
  assert.equal(decoder.pendingBytes, 5);
  decoder.silence();
  assert.deepEqual(decoder.drops, { crc: 0, length: 0, pause: 1 });
  assert.equal(decoder.push(encodeFrame(frame)).length, 1);
});

Deno.test("FrameDecoder survives any bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (parts) => {
      const decoder = new FrameDecoder();
      for (const part of parts) decoder.push(part);
      decoder.silence();
      assert.equal(decoder.push(encodeFrame(frame)).length, 1);
    }),
    { numRuns: 200, seed: 3 },
  );
});

Deno.test("frameName() names known types and shows unknown ones in hexadecimal", () => {
  assert.equal(frameName(0x84), "RECEIPT");
  assert.equal(frameName(0x0a), "0x0a");
});
