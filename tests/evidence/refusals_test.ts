/**
 * What must be refused, driven end to end: cause in the operator's record, one word on the link, nothing readable left,
 * the unit as DESIGN section 6 says, and a good delivery of the same board afterwards.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withFaults } from "../../agent/link/mod.ts";
import type { DebugPort } from "../../agent/probe/mod.ts";
import { type Ticket, ticketLayout } from "../../bootloader/wire/mod.ts";
import { flipped, resigned, SMALL_ORDER, ticketBecomes } from "./_forge.ts";
import { evidence, shared, Site } from "./_site.ts";
import { type Attempt, attempt, Board, type Delivered, hitting, type Tamper } from "./_station.ts";

const site = shared(() => Site.open(), (made) => made.close());

interface Case {
  readonly what: string;
  readonly how: () => Attempt | Promise<Attempt>;
  /** Outcome, cause and phase, as the journal has them. */
  readonly record: readonly [outcome: "refused" | "failed", cause: string, phase: string];
  /** The unit at the authority: state, and messages 2 given. Null: no unit. */
  readonly unit: readonly [state: string, message2: number] | null;
  /** What is in flash: nothing, or the bootloader, closed to a debugger. */
  readonly flash: "blank" | "closed";
  /** Whether the chip itself refused. */
  readonly status: boolean;
}

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
  ["another epoch", fields({ epoch: 2 })],
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
      assertRecord(delivered, board, {
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
    await assertGood(board, null);
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
    assertRecord(delivered, board, {
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

const T = (point: Uint8Array) => fields({ T: point });
const chipRefuses = { status: true, flash: "closed" } as const;
const keyedOnce = ["keyed", 1] as const;

const byChip: readonly Case[] = [
  {
    what: "TICKET with a flipped bit",
    how: () => ({ tamper: hitting("TICKET", (body) => flipped(body, 60)) }),
    record: ["failed", "chip-refused", "handshake"],
    unit: ["reserved", 0],
    ...chipRefuses,
  },
  {
    what: "a ticket whose T is the point 0: an all-zero DH share",
    how: T(SMALL_ORDER[0]!),
    record: ["failed", "chip-refused", "handshake"],
    unit: ["reserved", 0],
    ...chipRefuses,
  },
  {
    what: "MESSAGE2 with a flipped bit",
    how: () => ({ tamper: hitting("MESSAGE2", (body) => flipped(body, 200)) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "MESSAGE2 whose e is the point 0: an all-zero DH share",
    how: () => ({ tamper: hitting("MESSAGE2", (body) => body.fill(0, 0, 32)) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "MESSAGE2 that is cut short",
    how: () => ({ tamper: hitting("MESSAGE2", (body) => body.slice(0, -8)) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "CHUNK with a flipped bit",
    how: () => ({ tamper: nthChunk(3, (body) => flipped(body, 70)) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "the last CHUNK with a flipped bit",
    how: () => ({ tamper: nthChunk(8, (body) => flipped(body, 70)) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "a CHUNK that is sent twice",
    how: () => ({ tamper: nthChunk(3, (_, before) => before) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "a CHUNK that is cut short",
    how: () => ({ tamper: nthChunk(2, (body) => body.slice(0, -1)) }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
  {
    what: "chunks in another order",
    how: () => ({
      ports: ({ releases }) => ({ releases: held(releases, (content) => swapped(content, 528)) }),
    }),
    record: ["failed", "chip-refused", "transfer"],
    unit: keyedOnce,
    ...chipRefuses,
  },
];

type Releases = Site["appliance"]["releases"];

/** A cache whose content is changed behind its digest. */
function held(releases: Releases, change: (content: Uint8Array) => Uint8Array): Releases {
  return {
    open: async (facts: Parameters<Releases["open"]>[0]) => {
      const content = await releases.open(facts);
      return content === null ? null : change(content.slice());
    },
    keep: async (...args: Parameters<Releases["keep"]>) => await releases.keep(...args),
  } as Releases;
}

/** Puts the first two chunks in each other's place. */
function swapped(content: Uint8Array, bytes: number): Uint8Array {
  const first = content.slice(0, bytes);
  content.copyWithin(0, bytes, 2 * bytes);
  content.set(first, bytes);
  return content;
}

/** Changes the n-th chunk that is sent, from 1; `before` is the one before it. */
function nthChunk(n: number, change: (body: Uint8Array, before: Uint8Array) => Uint8Array): Tamper {
  let count = 0;
  let before = new Uint8Array();
  return (frame, name) => {
    if (name !== "CHUNK") return frame;
    count += 1;
    const body = count === n ? change(frame.body.slice(), before) : frame.body;
    before = frame.body.slice();
    return { ...frame, body };
  };
}

function assertRecord(delivered: Delivered, board: Board, wanted: Case): void {
  const { result, frames } = delivered;
  const [outcome, cause, phase] = wanted.record;
  assert.deepEqual(
    [result.outcome, result.cause],
    [outcome, cause],
    `${wanted.what}: ${JSON.stringify(result)}`,
  );
  assert.ok(result.says && result.remedy, "no sentence or no remedy");
  const [record] = site().appliance.journal.deliveries(1);
  assert.deepEqual([record?.outcome, record?.cause, record?.phase], [outcome, cause, phase]);
  const last = frames.filter(({ direction }) => direction === "rx").at(-1);
  const says = wanted.status ? ["STATUS", "01"] : [undefined, undefined];
  assert.deepEqual([last?.name, last?.frame.body.toHex()], says);
  const unit = site().unit(board.uid);
  assert.deepEqual(unit === undefined ? null : [unit.state, unit.message2Count], wanted.unit);
  if (wanted.flash === "blank") assert.ok(board.isBlank);
  else assert.equal(board.mcu.truth.level, 1);
  assert.ok(board.givesNothing, "something of flash can be read");
  assert.ok(!board.boots(site().image));
}

async function assertGood(board: Board, ticketId: string | null): Promise<void> {
  const good = await attempt(site(), board);
  assert.equal(good.result.outcome, "delivered", JSON.stringify(good.result));
  if (ticketId !== null) assert.equal(good.result.ticketId, ticketId);
  assert.equal(site().unit(board.uid)?.state, "committed");
  assert.ok(board.givesNothing && board.boots(site().image));
}

for (const one of [...byHost, ...byChip]) {
  evidence(`refused: ${one.what} (${one.record[1]}); a good delivery of the board follows`, async () => {
    const board = new Board();
    const before = await site().quota();
    const delivered = await attempt(site(), board, await one.how());
    assertRecord(delivered, board, one);
    const after = await site().quota();
    assert.equal(before.free - after.free, one.unit === null ? 0 : 1);
    if (!one.status) assert.deepEqual(delivered.frames, []);
    // The flash of a chip that refused a chunk was erased; before the first chunk it still has the bootloader.
    if (one.what.includes("CHUNK") || one.what.includes("chunks")) assert.ok(board.isBlank);
    await assertGood(board, delivered.result.ticketId);
  });
}

evidence(
  "refused: a message 2 of an earlier session (chip-refused); the unit is keyed, both messages are counted",
  async () => {
    const board = new Board();
    let first: Uint8Array | undefined;
    const cut: Tamper = (frame, name) => {
      if (name === "MESSAGE2") first ??= frame.body.slice();
      return name === "MESSAGE2" ? null : frame;
    };
    const lost = await attempt(site(), board, { tamper: cut });
    assert.equal(lost.result.cause, "receipt-missing");
    const replay = await attempt(site(), board, { tamper: hitting("MESSAGE2", () => first!) });
    assert.equal(
      replay.result.ticketId,
      lost.result.ticketId,
      "another ticket would be refused for its own sake",
    );
    assertRecord(replay, board, {
      what: "",
      how: () => ({}),
      record: ["failed", "chip-refused", "transfer"],
      unit: ["keyed", 2],
      flash: "closed",
      status: true,
    });
    await assertGood(board, lost.result.ticketId);
  },
);

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
    await assertGood(board, result.ticketId);
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

evidence(
  "an ACK with a flipped bit costs nothing: the receipt is durable, the device is committed and starts",
  async () => {
    const board = new Board();
    const tamper = hitting("ACK", (body) => flipped(body, 3));
    const { result, frames } = await attempt(site(), board, { tamper });
    assert.deepEqual([result.outcome, result.unit, tamper.hits()], ["delivered", "committed", 1]);
    assert.deepEqual(frames.at(-1)?.name, "STATUS");
    assert.ok(board.givesNothing && board.boots(site().image));
  },
);

evidence("bits flipped on the wire without a right CRC are sent again: the delivery completes", async () => {
  const board = new Board();
  let hits = 0;
  const delivered = await attempt(site(), board, {
    ports: ({ channel }) => ({
      // Every fifth frame of each direction, a different bit each time; never ACK, which is sent once (P-38).
      channel: withFaults(channel, ({ index, bytes }) => {
        if (index % 5 !== 4 || bytes[3] === 0x06) return "pass";
        return { flip: 37 * ++hits };
      }),
    }),
  });
  assert.equal(delivered.result.outcome, "delivered", JSON.stringify(delivered.result));
  assert.ok(hits >= 4, `only ${hits} frames were hit`);
  assert.ok(delivered.frames.length > 0 && board.boots(site().image));
});
