/**
 * A receipt that does not come: the unit stays keyed, the operator reads that a device may exist, and what a further
 * try does is defined (D§6, T-9).
 *
 * @module
 */
import assert from "node:assert/strict";
import { decideDevice } from "../../authority/owner/mod.ts";
import { Board } from "./_board.ts";
import { evidence, firmware, granted, shared, Site } from "./_site.ts";
import { attempt } from "./_station.ts";
import type { Tamper } from "./_tamper.ts";

const site = shared(() => Site.open(), (made) => made.close());

const noReceipt: Tamper = (frame, name) => name === "RECEIPT" ? null : frame;

evidence(
  "no receipt came: the device is complete, the unit keyed, and the operator is told that it may exist",
  async () => {
    const board = new Board();
    const before = await site().quota();
    const { result, frames, calls } = await attempt(site(), board, { tamper: noReceipt });
    assert.deepEqual([result.outcome, result.cause], ["failed", "receipt-missing"]);
    assert.match(result.says ?? "", /^A device may exist/);
    assert.equal(result.unit, "keyed for this chip: a device may exist");
    assert.ok(frames.some(({ name }) => name === "RECEIPT"), "the chip sent none");
    assert.ok(!frames.some(({ name }) => name === "ACK"), "a receipt that never came was acknowledged");
    assert.ok(!calls.includes("receipt") && calls.includes("failure"));
    const [record] = site().appliance.journal.deliveries(1);
    assert.deepEqual([record?.cause, record?.phase, record?.uid], ["receipt-missing", "transfer", board.uid]);
    assert.equal(site().unit(board.uid)?.state, "keyed");
    const after = await site().quota();
    assert.deepEqual([
      before.free - after.free,
      after.keyed - before.keyed,
      after.committed - before.committed,
    ], [1, 1, 0]);
    // It does exist.
    assert.ok(board.givesNothing && board.boots(site().image));
  },
);

evidence(
  "no receipt came: a further try erases the chip and delivers on the same ticket and unit, second message 2",
  async () => {
    const board = new Board();
    const before = await site().quota();
    const first = await attempt(site(), board, { tamper: noReceipt });
    const { offset } = site().personal;
    const certificate = board.mcu.flash.slice(offset, offset + 216).toHex();
    assert.ok(board.boots(site().image));
    const second = await attempt(site(), board);
    assert.equal(second.result.outcome, "delivered", JSON.stringify(second.result));
    assert.equal(second.result.ticketId, first.result.ticketId);
    assert.ok(second.events.some((event) => event.kind === "own-chip" && event.locked));
    assert.ok(second.wires.debugTx.length > 0, "it was not installed anew");
    assert.deepEqual([second.keys[0]?.number, site().unit(board.uid)?.message2Count], [2, 2]);
    // P-52: byte-identical, so that there is one certificate whatever the chip holds.
    assert.deepEqual([second.result.certificate, board.mcu.flash.slice(offset, offset + 216).toHex()], [
      certificate,
      certificate,
    ]);
    const after = await site().quota();
    assert.deepEqual([
      before.free - after.free,
      after.committed - before.committed,
      after.keyed - before.keyed,
    ], [1, 1, 0]);
    assert.ok(board.givesNothing && board.boots(site().image));
  },
);

evidence("no receipt came: the first two copies of it are lost, the third counts", async () => {
  const board = new Board();
  let lost = 0;
  const { result, frames } = await attempt(site(), board, {
    tamper: (frame, name) => name === "RECEIPT" && lost++ < 2 ? null : frame,
  });
  assert.equal(result.outcome, "delivered", JSON.stringify(result));
  const receipts = frames.filter(({ name }) => name === "RECEIPT").map(({ frame }) => frame.body.toHex());
  assert.deepEqual([receipts.length >= 3, new Set(receipts).size], [true, 1]);
  assert.equal(site().unit(board.uid)?.message2Count, 1);
});

evidence(
  "no receipt came: the owner books the unit lost; the chip gets no ticket until the unit is given back",
  async () => {
    const board = new Board();
    await attempt(site(), board, { tamper: noReceipt });
    const decide = async (decision: Parameters<typeof decideDevice>[2]) =>
      granted(await decideDevice(site().owner, { uid: board.uid }, decision));
    const before = await site().quota();
    await decide({ decision: "lost" });
    const lost = await site().quota();
    assert.deepEqual([lost.free - before.free, lost.lost - before.lost, before.keyed - lost.keyed], [
      0,
      1,
      1,
    ]);
    const refused = await attempt(site(), board);
    assert.deepEqual([refused.result.outcome, refused.result.cause], ["refused", "authority-uid-lost"]);
    assert.ok(board.boots(site().image), "the chip was changed");
    await decide({ decision: "re-credit", deviceMayExist: true });
    const back = await site().quota();
    assert.deepEqual([back.free - before.free, back.lost], [1, before.lost]);
  },
);

evidence(
  "a receipt whose bytes were changed on the link is never acknowledged nor committed; a further try delivers",
  async () => {
    const board = new Board();
    const { result, frames } = await attempt(site(), board, {
      tamper: (frame, name) =>
        name === "RECEIPT" ? { ...frame, body: frame.body.with(70, frame.body[70]! ^ 1) } : frame,
    });
    assert.equal(result.outcome, "failed", JSON.stringify(result));
    assert.equal(result.unit, "keyed for this chip: a device may exist");
    assert.ok(!frames.some(({ name }) => name === "ACK"));
    assert.equal(site().unit(board.uid)?.state, "keyed");
    const second = await attempt(site(), board);
    assert.equal(second.result.outcome, "delivered", JSON.stringify(second.result));
  },
);

evidence(
  "a lost receipt is had again however long the chip's last work takes (P-10, P-37): one chunk, 64 kB, slowest flash",
  async () => {
    const slow = await Site.open({
      chip: "stm32g0-64k",
      file: { name: "app.bin", bytes: firmware(256) },
      personal: null,
    });
    try {
      const board = new Board("stm32g0-64k", "max");
      let lost = 0;
      let sinceMs: number | null = null;
      let workMs = 0;
      const { result } = await attempt(slow, board, {
        tamper: (frame, name, direction) => {
          const nowMs = board.mcu.nanos / 1e6;
          if (direction === "rx") {
            if (sinceMs !== null) workMs = Math.max(workMs, nowMs - sinceMs);
            sinceMs = name === "WORKING" ? nowMs : null;
          }
          return name === "RECEIPT" && lost++ === 0 ? null : frame;
        },
      });
      assert.equal(result.outcome, "delivered", JSON.stringify(result));
      // All 32 pages are erased, at up to 40 ms each, before the one chunk is written.
      assert.ok(workMs > 1_200 && workMs < 1_500, `the longest work took ${workMs} ms`);
      assert.equal(slow.unit(board.uid)?.message2Count, 1);
    } finally {
      slow.close();
    }
  },
);
