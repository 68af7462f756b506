/**
 * Proof by damage that the machine code's checks are the ones that decide: with one arithmetic instruction wrong a good
 * delivery fails; with one decision disabled the matching bad delivery passes. The image is patched at the manifest's
 * symbols and its start-up check is made right again. Runs on the model, no permission.
 * @module
 */
import assert from "node:assert/strict";
import type { BootloaderImage } from "../../../../bootloader/firmware/mod.ts";
import { HostSession } from "../../../../bootloader/session/mod.ts";
import { crc32, encodeFrame, FRAME_TYPES } from "../../../../bootloader/wire/mod.ts";
import { transfer } from "../../../vectors/protocol/deliver.ts";
import { ModelTarget } from "../../../simulation/model_target.ts";
import { record } from "../../../simulation/recording.ts";
import type { World } from "../../../vectors/protocol/world.ts";
import { makeWorld } from "../../../vectors/protocol/world.ts";
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

/** Changes every instruction of a function that looks like `from` under `mask`; there must be one. */
function corrupt(name: string, { mask, from, to }: { mask: number; from: number; to: number }) {
  return (bytes: Uint8Array, image: BootloaderImage): void => {
    const { offset, bytes: size } = placeOf(image, name);
    const view = new DataView(bytes.buffer);
    let found = 0;
    for (let at = offset; at < offset + size; at += 2) {
      const instruction = view.getUint16(at, true);
      if ((instruction & mask) !== from) continue;
      view.setUint16(at, instruction & ~mask | to, true);
      found += 1;
    }
    assert.ok(found > 0, `${name} has no such instruction`);
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

/** Runs a delivery and returns how it ended; a key-holder that refuses ends it too. */
function outcome(world: World, patch?: (bytes: Uint8Array, image: BootloaderImage) => void): string {
  const { uid, installBlock } = world;
  const target = new ModelTarget({
    uid,
    installBlock,
    seed: "patches",
    ...(patch === undefined ? {} : { patch }),
  });
  try {
    const { step } = transfer({ ...world, target: target as unknown as World["target"] }, new HostSession());
    return step.step;
  } catch (error) {
    assert.ok(error instanceof assert.AssertionError);
    return "refused";
  }
}

const world = makeWorld("patches");

Deno.test("a good delivery to the untouched image ends with the receipt", () => {
  assert.equal(outcome(world), "receipt");
});

for (
  const [what, patch] of [
    // movs r2, #3: the factor of the scalar's non-adjacent form.
    ["the signature check", corrupt("ed25519_verify", { mask: 0xffff, from: 0x2203, to: 0x2202 })],
    // eors with the pads of HMAC becomes orrs.
    ["HKDF", corrupt("begin_with_key", { mask: 0xffc0, from: 0x4040, to: 0x4300 })],
    // lsls by 30 becomes lsls by 29: the division by 4 of the reduction.
    ["the tag", corrupt("poly1305_block", { mask: 0xffc0, from: 0x0780, to: 0x0740 })],
  ] as const
) {
  Deno.test(`one wrong arithmetic instruction in ${what} makes a good delivery fail`, () => {
    assert.equal(outcome(world, patch), "refused");
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
  assert.equal(outcome(bad), "refused");
  assert.equal(outcome(bad, disable("decide_signature")), "receipt");
});

Deno.test("decide_digest decides: disabled, an image with another digest is started (P-36)", () => {
  const bad = makeWorld("patches", { ticket: { imageDigest: new Uint8Array(32).fill(9) } });
  assert.equal(outcome(bad), "refused");
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
