/**
 * The machine code from power-on to the first HELLO: start-up check, options, lock, debug port, wiring.
 * @module
 */
import assert from "node:assert/strict";
import type { FlashOperation } from "../../bootloader/mcu/mod.ts";
import { crc32, encodeFrame, FRAME_TYPES, helloReplyLayout } from "../../bootloader/wire/mod.ts";
import { makeWorld } from "../vectors/protocol/world.ts";
import type { ModelTargetOptions } from "./model_target.ts";
import { ModelTarget } from "./model_target.ts";

const world = makeWorld("start");
const HELLO = encodeFrame({ sequence: 1, type: FRAME_TYPES.HELLO, body: Uint8Array.of(1) });
const PAGE_BYTES = 2048;
const RAM_BYTES = 8192;

function start(options: Partial<ModelTargetOptions> = {}): ModelTarget {
  const target = new ModelTarget({
    uid: world.uid,
    installBlock: world.installBlock,
    seed: "start",
    ...options,
  });
  target.patienceMs = 50;
  return target;
}

function changed(change: (block: Uint8Array) => void): Uint8Array {
  const block = world.installBlock.slice();
  change(block);
  return block;
}

function greet(target: ModelTarget) {
  const [frame] = target.receive(HELLO);
  assert.ok(frame !== undefined, "the bootloader gives no answer");
  return helloReplyLayout.decode(frame.slice(4, -4));
}

Deno.test("HELLO_REPLY says what the chip is and what is in force (section 4)", () => {
  const target = start();
  const reply = greet(target);
  assert.deepEqual({ ...reply, uid: reply.uid.toHex() }, {
    version: 1,
    window: 1,
    lock: 1,
    debug: 1,
    entropy: 1,
    family: 1,
    flashKb: 8,
    chipId: 0x466,
    bootloader: target.image.version.split(".").reduce((sum, part) => sum << 8 | Number(part), 0),
    uid: `${world.uid}00000000`,
    options: [target.mcu.truth.optr, 0x1f, 0x1f, 0],
    ticketKeyId: world.ticket.ticket.ticketKeyId,
    epoch: world.ticket.ticket.epoch,
  });
  assert.deepEqual(target.mcu.reports, []);
});

Deno.test("HELLO of another protocol version gets the same answer (P-54)", () => {
  const target = start();
  const [frame] = target.receive(
    encodeFrame({ sequence: 5, type: FRAME_TYPES.HELLO, body: Uint8Array.of(9) }),
  );
  assert.equal(frame![3], FRAME_TYPES.HELLO_REPLY);
});

for (
  const [pads, wiring, fields] of [
    ["USART1 on PA9 and PA10", { tx: "PA9", rx: "PA10" }, [1, 9, 10, 1]],
    ["USART1 on PB6 and PB7", { tx: "PB6", rx: "PB7" }, [1, 0x16, 0x17, 0]],
  ] as const
) {
  Deno.test(`the link can be ${pads} (section 10)`, () => {
    const target = start({ wiring, installBlock: changed((block) => block.set(fields, 20)) });
    assert.equal(greet(target).lock, 1);
  });
}

Deno.test("P-41: a bootloader with any byte changed beyond page 0 gives no answer and writes no options", () => {
  const size = start().image.flashBytes;
  for (let offset = PAGE_BYTES; offset < size; offset += offset < size - 700 ? 611 : size - 1 - offset || 1) {
    const target = start({ patch: (bytes) => bytes[offset]! ^= 0x10 });
    assert.deepEqual(target.receive(HELLO), [], `byte ${offset}`);
    assert.equal(target.mcu.flashOperations, 0);
    assert.equal(target.mcu.truth.level, 0);
  }
});

Deno.test("P-41: a page beyond page 0 that is erased, or holds something else, is never executed", () => {
  for (const page of [1, 2, 3]) {
    for (const filling of [0xff, 0x00]) {
      const target = start({
        patch: (bytes) => bytes.fill(filling, page * PAGE_BYTES, (page + 1) * PAGE_BYTES),
      });
      const { image, mcu } = target;
      assert.deepEqual(target.receive(HELLO), []);
      const stop = image.symbols["stop"]![0];
      assert.equal(mcu.truth.registers[15], stop);
    }
  }
});

Deno.test("an image without an install block stays shut: no answer, no option write", () => {
  const target = start({ installBlock: new Uint8Array(200).fill(0xff) });
  assert.deepEqual(target.receive(HELLO), []);
  assert.equal(target.mcu.flashOperations, 0);
});

for (
  const [what, change] of [
    ["version 2", (block: Uint8Array) => block[16] = 2],
    ["lock level 0", (block: Uint8Array) => block[17] = 0],
    ["lock level 3", (block: Uint8Array) => block[17] = 3],
    ["another family", (block: Uint8Array) => block[18] = 2],
  ] as const
) {
  Deno.test(`an install block with ${what} is not obeyed`, () => {
    const target = start({ installBlock: changed(change) });
    assert.deepEqual(target.receive(HELLO), []);
    assert.equal(target.mcu.truth.level, 0);
  });
}

Deno.test("P-42: options and lock are set in one option write, once in a chip's life when they hold", () => {
  const target = start({
    installBlock: changed((block) => setOption(block, 3, { mask: 1 << 16, value: 0 })),
  });
  const operations: FlashOperation[] = [];
  target.mcu.onFlashOperation = (operation) => (operations.push(operation), "go");
  assert.equal(target.mcu.flashOperations, 1);
  target.powerCycle();
  assert.equal(greet(target).lock, 1);
  assert.deepEqual(operations, []);
});

/** Sets one option word of an install block. */
function setOption(block: Uint8Array, word: number, { mask, value }: { mask: number; value: number }): void {
  const view = new DataView(block.buffer);
  view.setUint32(40 + 4 * word, value, true);
  view.setUint32(56 + 4 * word, mask, true);
}

Deno.test("P-42: the option words of the install block are in force afterwards, other bits as they were", () => {
  const target = start({
    installBlock: changed((block) => setOption(block, 0, { mask: 0x3 << 9, value: 1 << 9 })),
  });
  const { optr } = target.mcu.truth;
  assert.equal(optr, ((0xfffffeaa & ~0x600 & ~0xff) | 1 << 9 | 0xbb) >>> 0);
});

Deno.test("P-42: lock level 2 is set when the install block says so", () => {
  const target = start({ installBlock: changed((block) => block[17] = 2) });
  assert.equal(greet(target).lock, 2);
  assert.equal(target.mcu.truth.level, 2);
});

Deno.test("P-42: options that cannot be in force are tried once per power-on, then the state is OPEN", () => {
  const target = start({
    installBlock: changed((block) => setOption(block, 0, { mask: 0xff, value: 0xaa })),
  });
  assert.equal(target.mcu.flashOperations, 1);
  assert.equal(target.receive(HELLO).at(-1)![3], FRAME_TYPES.HELLO_REPLY);
  target.powerCycle();
  assert.equal(target.mcu.flashOperations, 2);
  target.patienceMs = 3000;
  const ticket = encodeFrame({ sequence: 2, type: FRAME_TYPES.TICKET, body: world.ticket.sealed });
  assert.equal(target.receive(ticket).at(-1)![3], FRAME_TYPES.STATUS);
});

Deno.test("P-43: before HELLO is answered a plain attach gets no answer; under reset flash is closed", () => {
  const target = start();
  assert.equal(target.mcu.debug.attach({ underReset: false }), false);
  assert.equal(greet(target).debug, 1);
  assert.equal(target.mcu.debug.attach({ underReset: true }), true);
  assert.ok(!(target.mcu.debug.read(0x08000000, 4) instanceof Uint8Array));
});

/** Changes the value that start-up writes to a register: `settings` of start.c, pairs of address and value. */
function withSetting(register: number, value: number): ModelTargetOptions["patch"] {
  return (bytes, image) => {
    const [address, size] = image.symbols["settings"]!;
    const view = new DataView(bytes.buffer, address - 0x08000000, size);
    const at = Array.from({ length: size / 8 }, (_, i) => 8 * i).find((each) =>
      view.getUint32(each, true) === register
    );
    assert.ok(at !== undefined, "start-up does not set this register");
    view.setUint32(at + 4, value, true);
    new DataView(bytes.buffer).setUint32(image.checkOffset + 4, crc32(bytes.subarray(PAGE_BYTES)), true);
  };
}

for (
  const [what, register, value] of [
    ["the pins are dropped", 0x40022000, 0x00040702],
    ["the port is disabled by software", 0x50000000, 0xebffffff],
  ] as const
) {
  Deno.test(`P-43: that ${what} keeps a debugger out on its own`, () => {
    const target = start({ patch: withSetting(register, value)! });
    assert.ok(target.receive(HELLO).length > 0);
    assert.equal(target.mcu.debug.attach({ underReset: false }), false);
  });
}

Deno.test("P-43: without both, a debugger gets in", () => {
  const target = start({
    patch: (bytes, image) => {
      withSetting(0x40022000, 0x00040702)!(bytes, image);
      withSetting(0x50000000, 0xebffffff)!(bytes, image);
    },
  });
  assert.equal(target.mcu.debug.attach({ underReset: false }), true);
});

Deno.test("start-up clears what an earlier run left in RAM, stack included", () => {
  const target = start();
  const { mcu } = target;
  const left = new Uint8Array(64).fill(0xa7);
  const free = RAM_BYTES - 1024;
  mcu.plantRam(free, left);
  mcu.holdReset(true);
  mcu.holdReset(false);
  mcu.run({ nanos: 100_000_000 });
  assert.deepEqual(mcu.ram.slice(free, free + left.length), new Uint8Array(left.length));
});
