/**
 * Proof by damage that the machine code's checks are the ones that decide: with one arithmetic instruction wrong a good
 * delivery fails; with one decision disabled the matching bad delivery passes. The image is patched at the manifest's
 * symbols and its start-up check is made right again. Runs on the model, no permission.
 * @module
 */
import assert from "node:assert/strict";
import type { BootloaderImage } from "../../../../bootloader/firmware/mod.ts";
import type { HostStep } from "../../../../bootloader/session/mod.ts";
import { chunkSourceOf, HostSession } from "../../../../bootloader/session/mod.ts";
import { crc32, encodeFrame, FRAME_TYPES } from "../../../../bootloader/wire/mod.ts";
import { exchange } from "../../../vectors/protocol/deliver.ts";
import { ModelTarget } from "../../../simulation/model_target.ts";
import { record } from "../../../simulation/recording.ts";
import type { World } from "../../../vectors/protocol/world.ts";
import { answer, makeWorld } from "../../../vectors/protocol/world.ts";
import { YES } from "./_machine.ts";

const PAGE_BYTES = 2048;
const FLASH_START = 0x08000000;

/** Where a symbol's bytes are in the file: what runs from RAM is stored behind what runs from flash. */
function placeOf(image: BootloaderImage, name: string): { offset: number; bytes: number } {
  const symbol = image.symbols[name];
  assert.ok(symbol !== undefined, `the manifest has no symbol "${name}"`);
  const [address, bytes] = symbol;
  const { resident } = image;
  const inRam = address >= resident.address;
  return { offset: inRam ? address - resident.address + resident.offset : address - FLASH_START, bytes };
}

/** Makes the start-up check right again (P-41). */
function renewCheck(bytes: Uint8Array, image: BootloaderImage): void {
  new DataView(bytes.buffer).setUint32(image.checkOffset + 4, crc32(bytes.subarray(PAGE_BYTES)), true);
}

/** An instruction to be changed: what it looks like under `mask`, and which of the `of` that look so it is. */
interface Wrong {
  readonly mask: number;
  readonly from: number;
  readonly to: number;
  readonly which?: number;
  readonly of?: number;
}

/** Changes one instruction of a function; as many as `of` says must look like it, so that it is surely the one that is meant. */
function corrupt(name: string, { mask, from, to, which = 0, of = 1 }: Wrong) {
  return (bytes: Uint8Array, image: BootloaderImage): void => {
    const { offset, bytes: size } = placeOf(image, name);
    const view = new DataView(bytes.buffer);
    const found: number[] = [];
    for (let at = offset; at < offset + size; at += 2) {
      if ((view.getUint16(at, true) & mask) === from) found.push(at);
    }
    assert.equal(found.length, of, `instructions of ${name} that look like the one to change`);
    const at = found[which]!;
    view.setUint16(at, view.getUint16(at, true) & ~mask | to, true);
    renewCheck(bytes, image);
  };
}

/** Makes a function return SUITE_YES at once: `ldr r0, [pc]; bx lr`, then the word. */
function disable(name: string) {
  return (bytes: Uint8Array, image: BootloaderImage): void => {
    const { offset, bytes: size } = placeOf(image, name);
    assert.ok(size >= 10);
    const view = new DataView(bytes.buffer);
    const odd = offset % 4 !== 0;
    view.setUint16(offset, odd ? 0x4801 : 0x4800, true);
    view.setUint16(offset + 2, 0x4770, true);
    view.setUint32(offset + (odd ? 6 : 4), YES, true);
    renewCheck(bytes, image);
  };
}

/** Runs a delivery and returns "receipt", or what was sent last and what came of it. */
function outcome(world: World, patch?: (bytes: Uint8Array, image: BootloaderImage) => void): string {
  const { uid, installBlock } = world;
  const target = new ModelTarget({
    uid,
    installBlock,
    seed: "patches",
    ...(patch === undefined ? {} : { patch }),
  });
  const here = { ...world, target: target as unknown as World["target"] };
  const session = new HostSession();
  const take = (sent: HostStep) => sent.step === "send" ? exchange(here, session, sent.exchange) : sent;
  assert.equal(exchange(here, session, session.hello()).step, "hello");
  const greeted = take(session.ticket(world.ticket, { record: world.lockRecord, ramClosed: false }));
  if (greeted.step !== "message1") return `TICKET: ${codeOf(greeted)}`;
  const keys = answer(here, greeted.message1);
  if ("refused" in keys) return `message 1: ${keys.refused}`;
  let step = session.message2(keys.message2, keys.transport, chunkSourceOf(world.release.chunks));
  let sent = "";
  // Bound: the session names each chunk once.
  while (step.step === "send") {
    const { chunk } = step;
    sent = chunk === undefined ? "MESSAGE2" : chunk.outstanding === 1 ? "last CHUNK" : "CHUNK";
    step = take(step);
  }
  return step.step === "receipt" ? "receipt" : `${sent}: ${codeOf(step)}`;
}

function codeOf(step: HostStep): string {
  return step.step === "refused" ? step.code : step.step;
}

const world = makeWorld("patches");

Deno.test("a good delivery to the untouched image ends with the receipt", () => {
  assert.equal(outcome(world), "receipt");
});

// movs r2, #3: the factor of a scalar's non-adjacent form, once for s and once for h.
const factor = { mask: 0xffff, from: 0x2203, to: 0x2202, of: 2 };

for (
  const [what, patch, ends] of [
    [
      "the signature check (its multiple of B)",
      corrupt("ed25519_verify", { ...factor, which: 0 }),
      "TICKET: not-authentic",
    ],
    [
      "the signature check (its multiple of A)",
      corrupt("ed25519_verify", { ...factor, which: 1 }),
      "TICKET: not-authentic",
    ],
    // eors with the pads of HMAC becomes orrs.
    [
      "HKDF",
      corrupt("begin_with_key", { mask: 0xffc0, from: 0x4040, to: 0x4300 }),
      "message 1: not-authentic",
    ],
    // lsls by 30 becomes lsls by 29: the division by 4 of the reduction.
    [
      "the tag",
      corrupt("poly1305_block", { mask: 0xffc0, from: 0x0780, to: 0x0740 }),
      "message 1: not-authentic",
    ],
  ] as const
) {
  Deno.test(`one wrong arithmetic instruction in ${what} makes a good delivery end with ${ends}`, () => {
    assert.equal(outcome(world, patch), ends);
  });
}

/** The world with a ticket whose signature has one bit flipped; the key-holder knows it by the same bytes. */
function withBadSignature(): World {
  const sealed = world.ticket.sealed.slice();
  sealed[290]! ^= 1;
  return { ...world, ticket: { ...world.ticket, sealed } };
}

Deno.test("decide_signature decides: disabled, a ticket with a wrong signature is taken (P-13)", () => {
  const bad = withBadSignature();
  assert.equal(outcome(bad), "TICKET: not-authentic");
  assert.equal(outcome(bad, disable("decide_signature")), "receipt");
});

Deno.test("decide_digest decides: disabled, an image with another digest is started (P-36)", () => {
  const bad = makeWorld("patches", { ticket: { imageDigest: new Uint8Array(32).fill(9) } });
  assert.equal(outcome(bad), "last CHUNK: not-authentic");
  assert.equal(outcome(bad, disable("decide_digest")), "receipt");
});

Deno.test("decide_tag decides: disabled, a chunk with a wrong tag is taken (P-34)", () => {
  for (
    const [patch, answer] of [[undefined, FRAME_TYPES.STATUS], [
      disable("decide_tag"),
      FRAME_TYPES.NEXT,
    ]] as const
  ) {
    const { target, message2, chunks } = record(world, patch === undefined ? {} : { patch });
    target.mcu.restore(message2.after);
    const body = chunks[0]!.sent.slice(4, -4);
    body[body.length - 1]! ^= 1;
    body[4 + 512]! ^= 1;
    const frames = target.receive(encodeFrame({ sequence: 90, type: FRAME_TYPES.CHUNK, body }));
    assert.equal(frames.at(-1)![3], answer);
  }
});
