/**
 * Whole deliveries: host session and key-holder against the real bootloader on the model, in process, no permission.
 * @module
 */
import assert from "node:assert/strict";
import { checkReceipt, receiptKeyOf } from "../../bootloader/ticket/mod.ts";
import { padUid } from "../../bootloader/wire/mod.ts";
import { makeWorld, seededRandom, testImage } from "../vectors/protocol/world.ts";
import { contains } from "./model_target.ts";
import type { Recording } from "./recording.ts";
import { record } from "./recording.ts";

/** Acknowledges the receipt, lets the firmware start and checks what every good delivery leaves. */
function finish({ target, world, acknowledge, receipt, keyAnswer }: Recording): void {
  const checked = checkReceipt(receipt, {
    record: { hh: keyAnswer.hh, uid: padUid(world.uid), ticketId: world.ticket.ticket.ticketId },
    receiptKey: receiptKeyOf(world.receiptMaster, world.ticket.ticket.ticketId, keyAnswer.h2),
    demand: { imageDigest: world.release.imageDigest, personal: world.personalBytes, lockLevel: 1 },
  });
  assert.ok("genuine" in checked, JSON.stringify(checked));
  const [bye] = target.receive(acknowledge);
  assert.equal(bye?.[3], 0x85);
  target.elapse(20);

  const whole = world.image.slice();
  whole.set(world.personalBytes, world.personal.offset);
  assert.equal(target.mcu.flash.toHex().slice(0, 2 * whole.length), whole.toHex());
  assert.ok(target.mcu.flash.subarray(whole.length).every((byte) => byte === 0xff));
  // P-48: testImage() loops at its reset handler.
  assert.equal(target.mcu.truth.registers[15], 0x080000c0);
  assert.equal(target.mcu.truth.level, 1);
  assert.deepEqual(target.mcu.reports, []);
}

/** Returns an image of random bytes with room for a personal region. */
function imageWith(personal: { offset: number; length: number }, { used, flash = 8192 }: {
  used: number;
  flash?: number;
}) {
  const image = new Uint8Array(flash).fill(0xff);
  image.set(testImage(seededRandom(`image of ${used}`), Math.min(used, 8192)).subarray(0, used));
  return image.fill(0xff, personal.offset, personal.offset + personal.length);
}

Deno.test("a delivery of 8,192 bytes overwrites the whole bootloader and starts the firmware (P-33 to P-39)", () => {
  const personal = { offset: 7424, length: 768 };
  const recording = record(makeWorld("whole", { image: imageWith(personal, { used: 8192 }), personal }));
  assert.equal(recording.chunks.length, 16);
  finish(recording);
  assert.equal(contains(recording.target.mcu.ram, recording.world.personalBytes), false);
});

Deno.test("a delivery of one chunk without a personal region erases the rest of flash (P-34)", () => {
  const personal = { offset: 0, length: 0 };
  const world = makeWorld("short", { image: imageWith(personal, { used: 300 }), personal });
  const recording = record(world);
  assert.equal(recording.chunks.length, 1);
  finish(recording);
});

Deno.test("a delivery to a chip of 64 kB erases every page beyond the image (P-34)", () => {
  const personal = { offset: 200, length: 216 };
  const image = imageWith(personal, { used: 5000, flash: 65536 });
  const recording = record(makeWorld("large", { image, personal }), { chip: "stm32g0-64k" }, ({ mcu }) => {
    mcu.plantFlash(60000, new Uint8Array(100).fill(0x5a));
  });
  assert.equal(recording.target.mcu.flash[60000], 0xff);
  finish(recording);
});

Deno.test("start-up wipes all of RAM but the routine that does it (P-37)", () => {
  const recording = record(makeWorld("wiped"));
  const { target } = recording;
  finish(recording);
  const last = target.mcu.ram.findLastIndex((byte) => byte !== 0);
  assert.ok(last < target.image.symbols["chacha20_rounds"]![0] - 0x20000000 + 4, `byte ${last} is not zero`);
});
