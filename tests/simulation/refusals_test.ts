/**
 * Everything that the machine code has to refuse before a byte of flash changes: tickets, random numbers, messages 2.
 * Every ticket here is signed by the right key, so that only the field named is wrong.
 * @module
 */
import assert from "node:assert/strict";
import { agreementKeyPairOf, Secret, sign } from "../../bootloader/suite/mod.ts";
import { encodeFrame, FRAME_TYPES, ticketLayout } from "../../bootloader/wire/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import { contains } from "./model_target.ts";
import { record } from "./recording.ts";

const world = makeWorld("refusals");
const { target, hello, ticket, message2 } = record(world);
const { mcu } = target;
const at = ticketLayout.offsets;

/** Type of the final frame that a frame is answered with. */
function answerTo(type: number, body: Uint8Array): number {
  return target.receive(encodeFrame({ sequence: 9, type, body })).at(-1)![3]!;
}

function signed(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = world.ticket.sealed.slice();
  const body = bytes.subarray(0, ticketLayout.size);
  change(new DataView(bytes.buffer), body);
  bytes.set(sign(world.ticketKey.seed, body), ticketLayout.size);
  return bytes;
}

function xor(offset: number, value: number): (view: DataView) => void {
  return (view) => view.setUint8(offset, view.getUint8(offset) ^ value);
}

function u32(offset: number, value: number): (view: DataView) => void {
  return (view) => view.setUint32(offset, value, true);
}

function personal(offset: number, length: number): (view: DataView) => void {
  return (view) => {
    view.setUint32(at.personalOffset, offset, true);
    view.setUint32(at.personalLength, length, true);
  };
}

const length = world.ticket.ticket.length;

const REFUSED: readonly (readonly [what: string, change: (view: DataView, bytes: Uint8Array) => void])[] = [
  ["another label (P-14)", xor(at.label + 15, 1)],
  ["version 2 (P-14)", xor(at.version, 3)],
  ["suite 2 (P-14)", xor(at.suite, 3)],
  ["pattern IK (P-14)", xor(at.pattern, 3)],
  ["another ticket key id (P-14)", xor(at.ticketKeyId, 0x80)],
  ["another epoch (P-14)", xor(at.epoch + 3, 1)],
  ["another family (P-14)", xor(at.family + 1, 1)],
  ["a reserved policy bit (section 1)", xor(at.policy + 3, 0x80)],
  ["a reserved byte (section 1)", xor(at.reserved + 1, 1)],
  ["a byte of reserved2 (section 1)", xor(at.reserved2 + 15, 1)],
  ["another UID (P-15)", xor(at.uidValue + 11, 1)],
  ["a UID beyond the chip's 12 bytes (P-15)", xor(at.uidValue + 12, 1)],
  ["length 0 (P-16)", u32(at.length, 0)],
  ["a length that is no multiple of 512 (P-16)", u32(at.length, length + 8)],
  ["a length above flash (P-16)", u32(at.length, 8192 + 512)],
  ["a length of 2^32 - 512 (P-16)", u32(at.length, 0xfffffe00)],
  ["a personal offset without a region (P-17)", personal(8, 0)],
  ["an offset that is no multiple of 8 (P-17)", personal(12, 8)],
  ["a region that is no multiple of 8 (P-17)", personal(16, 12)],
  ["a region over the first word (P-17)", personal(0, 8)],
  ["a region above 768 bytes (P-17)", personal(8, 776)],
  ["a region that ends behind the length (P-17)", personal(length - 8, 16)],
  ["a region far outside (P-17)", personal(0xfffffff8, 8)],
  ["a region longer than the image (P-17)", (view) => {
    view.setUint32(at.length, 512, true);
    personal(8, 768)(view);
  }],
  ["an option that is not in force (P-18)", (view) => {
    view.setUint32(at.optionMask + 12, 1 << 16, true);
    view.setUint32(at.optionValue + 12, 1 << 16, true);
  }],
  ["lock level 2 on a chip at level 1 (P-18)", xor(at.lockLevel, 3)],
  ["lock level 0 (P-18)", xor(at.lockLevel, 1)],
  ["a T of low order (P-22)", (_, bytes) => bytes.fill(0, at.T, at.T + 32)],
];

const TAKEN: typeof REFUSED = [
  ["as it is", () => {}],
  ["with another UID where the mask is clear (P-15)", (view) => {
    xor(at.uidValue + 11, 0xff)(view);
    view.setUint8(at.uidMask + 11, 0);
  }],
  ["with the offline flag, a lease and dates that have passed (P-19)", (view, bytes) => {
    view.setUint8(at.policy, 1);
    bytes.fill(3, at.lease, at.lease + 16);
    view.setBigUint64(at.notAfter, 1n, true);
  }],
  ["with the longest image and region (P-16, P-17)", (view) => {
    view.setUint32(at.length, 8192, true);
    personal(8192 - 768, 768)(view);
  }],
  ["with another option where the mask is clear (P-18)", xor(at.optionValue + 4, 1)],
];

for (const [what, change] of REFUSED) {
  Deno.test(`TICKET: the target refuses ${what}`, () => {
    mcu.restore(hello.after);
    const before = mcu.flashOperations;
    assert.equal(answerTo(FRAME_TYPES.TICKET, signed(change)), FRAME_TYPES.STATUS);
    assert.equal(mcu.flashOperations, before);
  });
}

for (const [what, change] of TAKEN) {
  Deno.test(`TICKET: the target takes a ticket ${what}`, () => {
    mcu.restore(hello.after);
    assert.equal(answerTo(FRAME_TYPES.TICKET, signed(change)), FRAME_TYPES.MESSAGE1);
  });
}

for (const [part, offset] of [["the ticket", 100], ["R", 288], ["s", 320], ["the top of s", 351]] as const) {
  Deno.test(`TICKET: the target refuses a signature when a bit of ${part} is flipped (P-13)`, () => {
    mcu.restore(hello.after);
    const bytes = world.ticket.sealed.slice();
    bytes[offset]! ^= 0x10;
    assert.equal(answerTo(FRAME_TYPES.TICKET, bytes), FRAME_TYPES.STATUS);
  });
}

for (const failure of ["stuck", "seed-error", "clock-error"] as const) {
  Deno.test(`TICKET: the target goes to FAIL when the random number generator is "${failure}" (P-24)`, () => {
    mcu.restore(hello.after);
    mcu.failRng(failure);
    assert.equal(answerTo(FRAME_TYPES.TICKET, world.ticket.sealed), FRAME_TYPES.STATUS);
    mcu.failRng(null);
    assert.equal(answerTo(FRAME_TYPES.HELLO, Uint8Array.of(1)), FRAME_TYPES.STATUS);
  });
}

Deno.test("TICKET: two handshakes have different ephemeral keys (P-23)", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 2; i++) {
    mcu.restore(hello.after);
    const frame = target.receive(
      encodeFrame({ sequence: 9, type: FRAME_TYPES.TICKET, body: world.ticket.sealed }),
    );
    seen.add(frame.at(-1)!.slice(4, 36).toHex());
  }
  assert.equal(seen.size, 2);
});

for (
  const [what, change] of [
    ["a flipped bit of its tag", (body: Uint8Array) => body[body.length - 1]! ^= 1],
    ["a flipped bit of its content", (body: Uint8Array) => body[40]! ^= 1],
    ["another ephemeral key", (body: Uint8Array) => body[0]! ^= 1],
    ["an ephemeral key of low order (P-22)", (body: Uint8Array) => body.fill(0, 0, 32)],
  ] as const
) {
  Deno.test(`MESSAGE2: the target refuses ${what} and keeps no secret (P-27, P-47)`, () => {
    mcu.restore(ticket.after);
    const body = message2.sent.slice(4, -4);
    change(body);
    const ephemeral = mcu.ram.slice(...ramRange("session")).slice(136, 168);
    const { publicKey } = agreementKeyPairOf(new Secret(ephemeral.slice()));
    assert.equal(
      publicKey.toHex(),
      ticket.received.at(-1)!.slice(4, 36).toHex(),
      "this is not the ephemeral key",
    );
    assert.equal(answerTo(FRAME_TYPES.MESSAGE2, body), FRAME_TYPES.STATUS);
    assert.equal(contains(mcu.ram, ephemeral), false);
  });
}

function ramRange(symbol: string): [number, number] {
  const [address, bytes] = target.image.symbols[symbol]!;
  return [address - 0x20000000, address - 0x20000000 + bytes];
}
