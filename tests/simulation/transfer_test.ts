/**
 * The states TRANSFER and DONE of the machine code: what is written, in which order, and what is refused.
 * @module
 */
import assert from "node:assert/strict";
import type { FlashOperation, Snapshot } from "../../bootloader/mcu/mod.ts";
import { agreementKeyPairOf, native, noiseNonce, Secret } from "../../bootloader/suite/mod.ts";
import { concat, encodeFrame, FRAME_TYPES } from "../../bootloader/wire/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import { contains, leavesTrace } from "./model_target.ts";
import { record } from "./recording.ts";

const FIRMWARE_LOOP = 0x080000c0;
const ERASED = 0xff;

const world = makeWorld("transfer");
const { target, ticket, message2, chunks, acknowledge, keyAnswer } = record(world);
const { mcu } = target;

function answerTo(frame: Uint8Array): number | undefined {
  return target.receive(frame).at(-1)?.[3];
}

/** Seals a transport message from the host with the key that the host really has. */
function chunkFrame(index: number, inner: Uint8Array, nonce: number): Uint8Array {
  const data = concat(Uint8Array.of(index, 0, 0, 0), inner);
  const body = keyAnswer.transport.hostToTarget.use((key) =>
    native.aeadSeal({ key, nonce: noiseNonce(nonce), ad: new Uint8Array(0), data })
  );
  return encodeFrame({ sequence: 90, type: FRAME_TYPES.CHUNK, body });
}

function innerChunk(index: number): Uint8Array {
  return world.release.chunks.slice(index * 528, (index + 1) * 528);
}

/** Asserts that a frame is refused, that flash is erased, and that nothing was programmed on the way. */
function refusesAndErases(from: Snapshot, frame: Uint8Array): void {
  mcu.restore(from);
  const operations: FlashOperation[] = [];
  mcu.onFlashOperation = (operation) => (operations.push(operation), "go");
  assert.equal(answerTo(frame), FRAME_TYPES.STATUS);
  mcu.onFlashOperation = () => "go";
  assert.deepEqual(operations.map(({ kind }) => kind), ["erase-mass"]);
  assert.ok(mcu.flash.every((byte) => byte === ERASED));
  const key = world.release.secrets.releaseKey.use((raw) => raw.slice());
  assert.equal(contains(mcu.ram, key), false);
}

const order = chunks.map(({ sent }, i) => [sent, i] as const);
const first = world.release.count - world.release.count % 4 || world.release.count - 4;

Deno.test("CHUNK: the chunk that was asked for is taken", () => {
  mcu.restore(message2.after);
  assert.equal(answerTo(chunkFrame(first, innerChunk(first), 0)), FRAME_TYPES.NEXT);
});

Deno.test("CHUNK: a right outer tag around a wrong inner tag writes nothing and erases all (P-34)", () => {
  const inner = innerChunk(first);
  inner[100]! ^= 4;
  refusesAndErases(message2.after, chunkFrame(first, inner, 0));
});

Deno.test("CHUNK: another chunk than the one asked for is refused, though both of its tags are right (P-33)", () => {
  refusesAndErases(message2.after, chunkFrame(first + 1, innerChunk(first + 1), 0));
});

Deno.test("CHUNK: a chunk under another chunk's index is refused (P-31)", () => {
  refusesAndErases(message2.after, chunkFrame(first, innerChunk(first + 1), 0));
});

Deno.test("CHUNK: a wrong nonce is refused", () => {
  refusesAndErases(message2.after, chunkFrame(first, innerChunk(first), 1));
});

Deno.test("CHUNK: the first chunk once more, in a new exchange, is refused", () => {
  const again = encodeFrame({ sequence: 91, type: FRAME_TYPES.CHUNK, body: order[0]![0].slice(4, -4) });
  refusesAndErases(chunks[0]!.after, again);
});

for (
  const [what, offset] of [
    ["the personal region (P-36)", world.personal.offset],
    ["the rest of the image (P-36)", world.personal.offset - 8],
    ["the unused flash (P-36)", 8191],
  ] as const
) {
  Deno.test(`commit: a byte that changed in ${what} erases all`, () => {
    const last = chunks.at(-1)!;
    mcu.restore(chunks.at(-2)!.after);
    mcu.plantFlash(offset, Uint8Array.of(mcu.flash[offset]! ^ 1));
    assert.equal(answerTo(last.sent), FRAME_TYPES.STATUS);
    assert.ok(mcu.flash.every((byte) => byte === ERASED));
  });
}

Deno.test("commit: an image with another digest than the ticket's is erased (P-36)", () => {
  const imageDigest = new Uint8Array(32).fill(1);
  assert.throws(
    () => record(makeWorld("digest", { ticket: { imageDigest } })),
    /refused/,
  );
});

/** All flash operations of the delivery from the first chunk to the receipt. */
function operationsOfDelivery(): FlashOperation[] {
  const operations: FlashOperation[] = [];
  mcu.restore(message2.after);
  mcu.onFlashOperation = (operation) => (operations.push({ ...operation }), "go");
  for (const { sent } of chunks) target.receive(sent);
  mcu.onFlashOperation = () => "go";
  return operations;
}

Deno.test("flash: each page is erased once, page 0 after its first word is zero, the first word is last (P-34, P-36)", () => {
  const operations = operationsOfDelivery();
  const erased = operations.filter(({ kind }) => kind === "erase-page").map(({ offset }) => offset / 2048);
  assert.deepEqual(erased, [3, 2, 1, 0]);
  const firstWord = operations.map(({ kind, offset }, i) => kind === "program" && offset === 0 ? i : -1)
    .filter((i) => i >= 0);
  const page0 = operations.findIndex(({ kind, offset }) => kind === "erase-page" && offset === 0);
  assert.deepEqual(firstWord, [page0 - 1, operations.length - 1]);
  // P-34: as many words are programmed as are not all ones, and the zero.
  const whole = world.image.slice();
  whole.set(world.personalBytes, world.personal.offset);
  const words = Array.from({ length: 1024 }, (_, i) => whole.subarray(8 * i, 8 * i + 8));
  const used = words.filter((word) => word.some((byte) => byte !== ERASED)).length;
  assert.equal(operations.filter(({ kind }) => kind === "program").length, used + 1);
});

Deno.test("power: a cut at any kind of flash operation leaves a chip that is silent, or whole and running (D§7)", () => {
  const operations = operationsOfDelivery();
  const start = operations[0]!.number;
  const whole = world.image.slice();
  whole.set(world.personalBytes, world.personal.offset);
  const page0 = operations.findIndex(({ kind, offset }) => kind === "erase-page" && offset === 0);
  const last = operations.length - 1;
  const chosen = new Set([0, 1, 2, 3, 4, page0 - 2, page0 - 1, page0, page0 + 1, page0 + 2, last - 1, last]);
  const outcomes = { silent: 0, whole: 0, bootloader: 0 };
  for (const index of chosen) {
    for (const cut of ["cut-before", "torn", "cut-after"] as const) {
      mcu.restore(message2.after);
      mcu.onFlashOperation = ({ number }) => number - start === index ? cut : "go";
      const patience = target.patienceMs;
      target.patienceMs = 200;
      for (const { sent } of chunks) {
        target.receive(sent);
        if (mcu.run({ nanos: 1 }) === "off") break;
      }
      target.patienceMs = patience;
      mcu.onFlashOperation = () => "go";
      target.powerCycle();
      const complete = mcu.flash.toHex() === whole.toHex();
      const running = mcu.truth.registers[15] === FIRMWARE_LOOP;
      assert.equal(running, complete, `${cut} at operation ${index} of ${last}`);
      const hello = encodeFrame({ sequence: 1, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) });
      target.patienceMs = 100;
      const answered = !running && target.receive(hello).length > 0;
      target.patienceMs = patience;
      // The bootloader answers only while all of it is there: before the first erase of a page that it uses.
      if (answered) {
        assert.ok(index === 0 && cut === "cut-before", `${cut} at operation ${index} still answers`);
      }
      outcomes[answered ? "bootloader" : running ? "whole" : "silent"] += 1;
    }
  }
  // cut-after of the commit is the one cut after which the firmware runs.
  assert.deepEqual(outcomes, { silent: 3 * chosen.size - 2, whole: 1, bootloader: 1 });
});

Deno.test("DONE: each POLL is answered with the same RECEIPT, and the chip waits 2 s for the next frame (P-37)", () => {
  mcu.restore(chunks.at(-1)!.after);
  const receipt = chunks.at(-1)!.received.at(-1)!.slice(4, -4).toHex();
  for (let sequence = 100; sequence < 103; sequence++) {
    const [frame] = target.receive(
      encodeFrame({ sequence, type: FRAME_TYPES.POLL, body: new Uint8Array(0) }),
    );
    assert.equal(frame!.slice(4, -4).toHex(), receipt);
    target.elapse(sequence === 102 ? 1900 : 300);
    assert.notEqual(mcu.truth.registers[15], FIRMWARE_LOOP);
  }
  target.elapse(200);
  assert.equal(mcu.truth.registers[15], FIRMWARE_LOOP);
});

Deno.test("DONE: the last chunk once more is answered with the stored RECEIPT (P-8)", () => {
  mcu.restore(chunks.at(-1)!.after);
  const [again] = target.receive(chunks.at(-1)!.sent);
  assert.equal(again!.toHex(), chunks.at(-1)!.received.at(-1)!.toHex());
  assert.equal(answerTo(acknowledge), FRAME_TYPES.BYE);
});

Deno.test("KEYING: message 2's keys are not in RAM before it, the handshake's are not after Split()", () => {
  const key = world.release.secrets.releaseKey.use((raw) => raw.slice());
  const start = target.image.symbols["session"]![0] - 0x20000000;
  mcu.restore(ticket.after);
  // session.h: ephemeral lies behind self, permitted and ticket_id; the chaining key 64 bytes of hash further.
  const ephemeral = mcu.ram.slice(start + 136, start + 168);
  const chainingKey = mcu.ram.slice(start + 232, start + 296);
  const { publicKey } = agreementKeyPairOf(new Secret(ephemeral.slice()));
  assert.equal(
    publicKey.toHex(),
    ticket.received.at(-1)!.slice(4, 36).toHex(),
    "this is not the ephemeral key",
  );
  assert.ok(chainingKey.some((byte) => byte !== 0));
  assert.equal(contains(mcu.ram, key), false);
  mcu.restore(message2.after);
  assert.equal(contains(mcu.ram, key), true);
  assert.equal(contains(mcu.ram, ephemeral), false);
  assert.equal(contains(mcu.ram, chainingKey), false);
});

/** What must not be found in RAM once a run has been ended from outside or by a fault. */
function keysOfRun(): Uint8Array[] {
  const { targetToHost, hostToTarget } = keyAnswer.transport;
  return [targetToHost, hostToTarget, world.release.secrets.releaseKey].map((key) =>
    key.use((raw) => raw.slice())
  );
}

Deno.test("reset: in TRANSFER, start-up wipes RAM before the check that stops it, with the debug port still open (P-41)", () => {
  mcu.restore(chunks[0]!.after);
  assert.ok(keysOfRun().every((key) => leavesTrace(mcu.ram, key)));
  mcu.holdReset(true);
  mcu.holdReset(false);
  target.elapse(1);
  assert.ok(keysOfRun().every((key) => !leavesTrace(mcu.ram, key)));
  target.elapse(100);
  assert.equal(mcu.truth.registers[15], target.image.symbols["stop"]![0]);
});

Deno.test("fault: in TRANSFER it wipes RAM and resets; it never runs the handlers of an image that is not committed", () => {
  mcu.restore(chunks.at(-2)!.after);
  assert.ok(keysOfRun().every((key) => leavesTrace(mcu.ram, key)));
  const [address] = target.image.symbols["decide_digest"]!;
  // UDF: by then page 0 holds the image's vectors.
  mcu.plantRam(address - 0x20000000, Uint8Array.of(0x00, 0xde));
  target.patienceMs = 200;
  const frames = target.receive(chunks.at(-1)!.sent);
  target.patienceMs = 3000;
  assert.deepEqual(frames.map((frame) => frame[3]), [FRAME_TYPES.WORKING]);
  assert.ok(keysOfRun().every((key) => !leavesTrace(mcu.ram, key)));
  // The reset found no start address: the first word is not written.
  assert.ok(mcu.flash.subarray(0, 8).every((byte) => byte === ERASED));
  assert.notDeepEqual(mcu.flash.subarray(8, 64), new Uint8Array(56).fill(ERASED));
});
