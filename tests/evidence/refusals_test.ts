/**
 * What the agent or the authority refuses before a key exists, driven end to end: tickets that do not fit, chips that
 * do not, a bootloader altered on its way, an expired ticket, a message 1 that is none.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { DebugPort } from "../../agent/probe/mod.ts";
import { type Ticket, ticketLayout } from "../../bootloader/wire/mod.ts";
import { Board } from "./_board.ts";
import { flipped, resigned, ticketBecomes } from "./_forge.ts";
import { assertGood, assertRecord, type Case, refusal } from "./_refusal.ts";
import { evidence, shared, Site } from "./_site.ts";
import { type Attempt, attempt } from "./_station.ts";
import { hitting } from "./_tamper.ts";

const site = shared(() => Site.open(), (made) => made.close());

const fields = (change: Partial<Ticket> | ((ticket: Ticket) => Partial<Ticket>)) => (): Attempt => ({
  ports: ticketBecomes((sealed) => {
    const ticket = ticketLayout.decode(sealed.slice(0, 288));
    return resigned(site(), sealed, typeof change === "function" ? change(ticket) : change);
  }),
});

/** Tickets that the agent stops before the chip is touched; target_test.ts sends them to the chip itself. */
const tickets: readonly (readonly [what: string, how: () => Attempt])[] = [
  ["a bad signature", () => ({ ports: ticketBecomes((sealed) => flipped(sealed, 300)) })],
  [
    "a stranger's signature",
    () => ({ ports: ticketBecomes((sealed) => resigned(site(), sealed, {}, new Uint8Array(32).fill(5))) }),
  ],
  ["another UID", fields(({ uidValue }) => ({ uidValue: flipped(uidValue, 11) }))],
  [
    "a mask that leaves this UID out",
    fields(({ uidValue, uidMask }) => ({
      uidMask: uidMask.slice().fill(0, 1),
      uidValue: flipped(uidValue, 0),
    })),
  ],
  ["another product", fields({ product: "0".repeat(16) as Ticket["product"] })],
  ["another chip family", fields({ family: 2 })],
  ["another appliance", fields({ appliance: "0".repeat(16) as Ticket["appliance"] })],
  ["another owner", fields({ owner: "0".repeat(16) as Ticket["owner"] })],
  ["an epoch before the key set's", fields({ epoch: 0 })],
  ["a length above flash", fields({ length: 8192 + 512 })],
  ["a length that is not the release's", fields(({ length }) => ({ length: length + 512 }))],
];

evidence(
  "refused: tickets with one thing wrong (ticket-unfit), the chip untouched, one unit in all; then a good delivery",
  async () => {
    const board = new Board();
    const before = await site().quota();
    for (const [what, how] of tickets) {
      const delivered = await attempt(site(), board, how());
      assertRecord(site(), delivered, board, {
        what,
        how,
        record: ["failed", "ticket-unfit", "ticket"],
        unit: ["reserved", 0],
        flash: "blank",
        status: false,
      });
      assert.deepEqual([delivered.frames, delivered.wires.debugTx.length], [[], 0], what);
    }
    const after = await site().quota();
    assert.deepEqual([before.free - after.free, after.reserved - before.reserved], [1, 1]);
    await assertGood(site(), board, null);
  },
);

const byHost: readonly Case[] = [
  {
    what: "a chip that is in no table",
    how: () => ({ port: (port) => reading(port, 0x4001_5800, (bytes) => bytes.with(0, 0x10).with(1, 0xf4)) }),
    record: ["refused", "chip-unknown", "identify"],
    unit: null,
    flash: "blank",
    status: false,
  },
  {
    what: "a bootloader that is altered while it is written",
    how: () => ({ port: altering }),
    record: ["failed", "readback-differs", "install"],
    unit: ["reserved", 0],
    flash: "blank",
    status: false,
  },
];

evidence(
  "refused: a chip that is not the product's (authority-chip-wrong): no unit, the chip untouched",
  async () => {
    const board = new Board("stm32g0-64k");
    const delivered = await attempt(site(), board);
    assertRecord(site(), delivered, board, {
      what: "",
      how: () => ({}),
      record: ["refused", "authority-chip-wrong", "ticket"],
      unit: null,
      flash: "blank",
      status: false,
    });
    assert.deepEqual([delivered.frames, delivered.wires.debugTx.length], [[], 0]);
  },
);

/** A port through which one address reads otherwise. */
function reading(port: DebugPort, address: number, change: (bytes: Uint8Array) => Uint8Array): DebugPort {
  return {
    ...port,
    async read(at, length, limits) {
      const found = await port.read(at, length, limits);
      return "data" in found && at === address ? { data: change(found.data) } : found;
    },
  };
}

/** A port that changes one bit of what is written to page 1. */
function altering(port: DebugPort): DebugPort {
  return {
    ...port,
    write: (address, bytes, limits) =>
      port.write(address, address === 0x0800_0a00 ? flipped(bytes, 2) : bytes, limits),
  };
}

for (const one of byHost) refusal(site, one);

evidence(
  "refused: a message 1 whose e is the point 0 (authority-message1-not-authentic); no unit is keyed",
  async () => {
    const board = new Board();
    const tamper = hitting("MESSAGE1", (body) => body.fill(0, 0, 32));
    const { result, calls } = await attempt(site(), board, { tamper });
    assert.deepEqual([result.outcome, result.cause], ["refused", "authority-message1-not-authentic"]);
    assert.ok(calls.includes("message1") && !calls.includes("receipt"));
    assert.deepEqual([site().unit(board.uid)?.state, site().unit(board.uid)?.message2Count], ["reserved", 0]);
    assert.ok(board.givesNothing);
    await assertGood(site(), board, result.ticketId);
  },
);

evidence(
  "refused: a ticket that expired by the authority's time before message 1; the next try gets another, same unit",
  async () => {
    const board = new Board();
    const before = await site().quota();
    const { nowMs } = site().clock;
    const { result, frames } = await attempt(site(), board, {
      tamper: (frame, name) => {
        if (name === "MESSAGE1") site().clock.nowMs += 86_400_000 + 1_000;
        return frame;
      },
    });
    assert.deepEqual([result.outcome, result.cause], ["refused", "authority-ticket-expired"]);
    assert.ok(!frames.some(({ name }) => name === "MESSAGE2"));
    assert.ok(site().clock.nowMs > nowMs && board.givesNothing);
    const good = await attempt(site(), board);
    assert.equal(good.result.outcome, "delivered", JSON.stringify(good.result));
    assert.notEqual(good.result.ticketId, result.ticketId);
    const after = await site().quota();
    assert.deepEqual([before.free - after.free, after.committed - before.committed], [1, 1]);
  },
);

evidence("refused: a chip that is not blank (not-blank): nothing is asked, nothing is changed", async () => {
  const board = new Board();
  board.mcu.plantFlash(6144, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const before = board.mcu.flash;
  const { result, calls, wires } = await attempt(site(), board);
  assert.deepEqual([result.outcome, result.cause, result.unit], ["refused", "not-blank", "none used"]);
  assert.deepEqual([calls, wires.debugTx.length, wires.linkTx.length], [[], 0, 0]);
  assert.deepEqual(board.mcu.flash, before);
  assert.equal(site().appliance.journal.deliveries(1)[0]?.cause, "not-blank");
  assert.equal(site().unit(board.uid), undefined);
});
