/**
 * Deliveries through everything that is real: the agent, the model's chip, and the bootloader's committed machine
 * code. What the chip holds afterwards is read from the chip.
 */
import assert from "node:assert/strict";
import { builtInBootloader } from "../../../../agent/mod.ts";
import { createModelChannel } from "../../../../agent/link/model/mod.ts";
import { createModelPort } from "../../../../agent/probe/model/mod.ts";
import { type ChipName, type Cut, type FlashOperation, Mcu } from "../../../../bootloader/mcu/mod.ts";
import { random, TestOffice } from "./office.ts";
import { Rig, type RigStation } from "./rig.ts";

interface RealBoard extends RigStation {
  readonly mcu: Mcu;
  readonly uid: string;
  /** Flash operations so far, in order. */
  readonly operations: FlashOperation[];
  cutAt: (operation: FlashOperation, index: number) => Cut;
}

function board(chip: ChipName = "stm32g0-8k"): RealBoard {
  const uid = random(12);
  const mcu = new Mcu({ chip, uid, random, wiring: { tx: "PA2", rx: "PA3" } });
  const bootloader = builtInBootloader("stm32g0");
  assert.ok(bootloader);
  const port = createModelPort(mcu, { name: "model" });
  const real: RealBoard = {
    mcu,
    uid: uid.toHex(),
    port,
    channel: createModelChannel(mcu),
    bootloader,
    operations: [],
    cutAt: () => "go",
  };
  mcu.onFlashOperation = (operation) => {
    real.operations.push(operation);
    return real.cutAt(operation, real.operations.length - 1);
  };
  return real;
}

function assertHolds(chip: RealBoard, office: TestOffice) {
  const expected = new Uint8Array(chip.mcu.flash.length).fill(0xff);
  expected.set(office.image);
  const { offset, length } = office.personal;
  expected.set(chip.mcu.flash.subarray(offset, offset + length), offset);
  assert.deepEqual(chip.mcu.flash, expected);
  assert.equal(chip.mcu.truth.level, 1);
  assert.equal(office.units.get(chip.uid)?.committed, true);
}

Deno.test("deliver() delivers through the machine code: the chip holds the image and nothing of the bootloader", async () => {
  const office = await new TestOffice({ imageBytes: 8192 }).ready();
  const station = new Rig(office);
  const chip = board();
  const result = await station.deliver(chip);
  assert.equal(result.outcome, "delivered", JSON.stringify(result));
  assertHolds(chip, office);
  assert.deepEqual(chip.mcu.reports, []);
});

Deno.test("deliver() delivers to a chip of 64 kB, whose unused pages stay blank", async () => {
  const office = await new TestOffice({ imageBytes: 4096, flashBytes: 65_536 }).ready();
  const chip = board("stm32g0-64k");
  const result = await new Rig(office).deliver(chip);
  assert.equal(result.outcome, "delivered", JSON.stringify(result));
  assertHolds(chip, office);
});

Deno.test("deliver() through the machine code survives frames that are flipped, dropped and repeated", async () => {
  const office = await new TestOffice().ready();
  const station = new Rig(office);
  const kinds = ["drop", { flip: 4 }, { flip: 77 }, "repeat"] as const;
  let hits = 0;
  station.faults = ({ index }) => index % 4 === 2 ? kinds[hits++ % kinds.length]! : "pass";
  const chip = board();
  const result = await station.deliver(chip);
  assert.equal(result.outcome, "delivered", JSON.stringify(result));
  assert.ok(hits >= 6, `only ${hits} frames were hit`);
  assertHolds(chip, office);
});

/** Where power is cut: first erase, bootloader half written, option write, first erase and last word of the image. */
const cuts: readonly (readonly [
  string,
  Cut,
  (operation: FlashOperation, index: number, chip: RealBoard) => boolean,
])[] = [
  ["in the first erase", "torn", (_, index) => index === 0],
  ["before the option write", "cut-before", ({ kind }) => kind === "options"],
  ["in the first erase of the transfer", "torn", ({ kind }) => kind === "erase-page"],
  [
    "at the commit word",
    "torn",
    ({ kind, offset }, _, chip) => kind === "program" && offset === 0 && chip.mcu.truth.level === 1,
  ],
];
for (const [name, cut, at] of cuts) {
  Deno.test(`deliver() takes a chip up again whose power was cut ${name}, on the same ticket and unit`, async () => {
    const office = await new TestOffice().ready();
    const station = new Rig(office);
    const chip = board();
    let done = false;
    chip.cutAt = (operation, index) => {
      if (done || !at(operation, index, chip)) return "go";
      done = true;
      return cut;
    };
    const first = await station.deliver(chip);
    assert.ok(done, "power was never cut");
    assert.equal(first.outcome, "failed", JSON.stringify(first));
    assert.equal(office.units.get(chip.uid)?.committed, false);
    const second = await station.deliver(chip);
    assert.equal(second.outcome, "delivered", JSON.stringify(second));
    assert.deepEqual([second.ticketId, office.used], [first.ticketId, 1]);
    assertHolds(chip, office);
  });
}
