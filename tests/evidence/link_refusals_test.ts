/**
 * What the chip refuses, driven end to end with a man in the middle who repairs every CRC; and what a noisy line may do
 * without harm. target_test.ts has more of the chip's own refusals, without a host in the way.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withFaults } from "../../agent/link/mod.ts";
import { Board } from "./_board.ts";
import { flipped, resigned, SMALL_ORDER, ticketBecomes } from "./_forge.ts";
import { assertGood, assertRecord, type Case, refusal } from "./_refusal.ts";
import { evidence, shared, Site } from "./_site.ts";
import { type Attempt, attempt } from "./_station.ts";
import { hitting, type Tamper } from "./_tamper.ts";

const site = shared(() => Site.open(), (made) => made.close());

/** A ticket of the real ticket key with another T. */
const T = (point: Uint8Array) => (): Attempt => ({
  ports: ticketBecomes((sealed) => resigned(site(), sealed, { T: point })),
});
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

for (const one of byChip) refusal(site, one);

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
    assertRecord(site(), replay, board, {
      what: "",
      how: () => ({}),
      record: ["failed", "chip-refused", "transfer"],
      unit: ["keyed", 2],
      flash: "closed",
      status: true,
    });
    await assertGood(site(), board, lost.result.ticketId);
  },
);

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
