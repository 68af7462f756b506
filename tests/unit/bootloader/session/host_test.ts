/** The host's half: one good session, and everything that it refuses (P-5 to P-8, P-10, P-12, P-30, P-33, P-37, P-38, P-54). @module */
import assert from "node:assert/strict";
import type { HostStep, LockProof } from "../../../../bootloader/session/mod.ts";
import { chunkSourceOf, HOST_REFUSALS, HostSession } from "../../../../bootloader/session/mod.ts";
import { CipherState, Secret } from "../../../../bootloader/suite/mod.ts";
import { checkReceipt, receiptKeyOf, sealTicket } from "../../../../bootloader/ticket/mod.ts";
import type { FrameName, HelloReply } from "../../../../bootloader/wire/mod.ts";
import {
  FRAME_TYPES,
  helloReplyLayout,
  nextLayout,
  padUid,
  workingLayout,
} from "../../../../bootloader/wire/mod.ts";
import { deliver, exchange, transfer } from "../../../vectors/protocol/deliver.ts";
import type { World } from "../../../vectors/protocol/world.ts";
import { CHIP_ID, makeWorld } from "../../../vectors/protocol/world.ts";

const world = makeWorld("host_test");
const proof: LockProof = { record: world.lockRecord, ramClosed: false };

const reply: HelloReply = {
  version: 1,
  window: 1,
  lock: 1,
  debug: 1,
  entropy: 1,
  family: 1,
  flashKb: 8,
  chipId: CHIP_ID,
  bootloader: 0x00010000,
  uid: padUid(world.uid),
  options: [0xfffffebb, 0x1f, 0x1f, 0],
  ticketKeyId: world.ticket.ticket.ticketKeyId,
  epoch: 7,
};

/** Answers the session's open exchange with a frame of a name and body. */
function respond(session: HostSession, name: FrameName, body: Uint8Array): HostStep {
  return session.receive({ sequence: session.lastSequence, type: FRAME_TYPES[name], body });
}

/** A session that was greeted. */
function greeted(changes: Partial<HelloReply> = {}) {
  const session = new HostSession();
  session.hello();
  return {
    session,
    step: respond(session, "HELLO_REPLY", helloReplyLayout.encode({ ...reply, ...changes })),
  };
}

/** A session that transfers, with the target's end of its transport in the test's hands. */
function transferring(chunks = world.release.chunks) {
  const { session } = greeted();
  session.ticket(world.ticket, proof);
  respond(session, "MESSAGE1", new Uint8Array(80));
  const key = (fill: number) => new Secret(new Uint8Array(32).fill(fill));
  const transport = { targetToHost: key(1), hostToTarget: key(2) };
  const step = session.message2(new Uint8Array(400), transport, chunkSourceOf(chunks));
  const target = { out: new CipherState(key(1)), in: new CipherState(key(2)) };
  const next = (index: number, outstanding: number) =>
    respond(session, "NEXT", target.out.seal(nextLayout.encode({ index, outstanding })));
  return { session, step, target, next, transport };
}

function code(step: HostStep): string {
  return step.step === "refused" ? step.code : step.step;
}

Deno.test("HostSession: a whole delivery against the reference target, receipt genuine, flash right", () => {
  const one = makeWorld("whole delivery");
  const { keyAnswer, receipt, chunkOrder, bye, frames } = deliver(one);
  assert.ok(bye);
  // P-33: highest page first, ascending within a page.
  assert.deepEqual(chunkOrder, [4, 5, 0, 1, 2, 3]);
  const { ticketId, imageDigest } = one.ticket.ticket;
  const result = checkReceipt(receipt, {
    record: { hh: keyAnswer.hh, uid: padUid(keyAnswer.uid), ticketId },
    receiptKey: receiptKeyOf(one.receiptMaster, ticketId, keyAnswer.h2),
    demand: { imageDigest, personal: one.personalBytes, lockLevel: 1 },
  });
  assert.ok("genuine" in result);
  const expected = one.image.slice();
  expected.set(one.personalBytes, one.personal.offset);
  assert.deepEqual(one.target.flash, expected);
  assert.equal(one.target.state, "started");
  // P-7: each exchange takes the next sequence.
  const sequences = frames.filter(({ from }) => from === "host").map(({ bytes }) => bytes[2]);
  assert.deepEqual(sequences, sequences.map((_, index) => index));
});

Deno.test("HostSession: deliveries from 256 bytes to the whole flash, with and without a personal region", () => {
  for (
    const [used, personal] of [[256, [0, 0]], [8192, [0, 0]], [2400, [7976, 216]], [2400, [4096, 768]], [
      8192,
      [8, 256],
    ]] as const
  ) {
    const random = makeWorld(`image ${used}`).random;
    const image = new Uint8Array(8192).fill(0xff);
    image.set(random(used));
    image.fill(0xff, personal[0], personal[0] + personal[1]);
    const region = { offset: personal[0], length: personal[1] };
    const one = makeWorld(`sizes ${used}`, { image, personal: region });
    assert.ok(deliver(one).bye);
    const expected = image.slice();
    expected.set(one.personalBytes, region.offset);
    assert.deepEqual(one.target.flash, expected);
  }
});

Deno.test("HostSession.hello(): sequence after the last one, modulo 256; may be asked again (P-7)", () => {
  const session = new HostSession({ lastSequence: 255 });
  assert.equal(session.hello().frame.sequence, 0);
  respond(session, "HELLO_REPLY", helloReplyLayout.encode(reply));
  assert.equal(session.hello().frame.sequence, 1);
  assert.equal(new HostSession({ lastSequence: 41 }).hello().frame.sequence, 42);
});

Deno.test("HostSession.receive(): a frame with another sequence is ignored, also after the exchange (P-5)", () => {
  const session = new HostSession();
  const frame = (sequence: number) => ({ sequence, type: FRAME_TYPES.STATUS, body: Uint8Array.of(1) });
  assert.deepEqual(session.receive(frame(0)), { step: "ignored" });
  session.hello();
  assert.deepEqual(session.receive(frame(200)), { step: "ignored" });
  respond(session, "HELLO_REPLY", helloReplyLayout.encode(reply));
  assert.deepEqual(session.receive(frame(0)), { step: "ignored" });
  assert.equal(session.state, "greeted");
});

Deno.test("HostSession keeps one exchange open at a time, whatever the target's window (P-6)", () => {
  const waiting = new HostSession();
  waiting.hello();
  assert.throws(() => waiting.hello(), { name: "Defect" });
  const { session } = greeted({ window: 2 });
  session.ticket(world.ticket, proof);
  assert.throws(() => session.ticket(world.ticket, proof), { name: "Defect" });
  const { session: busy, next } = transferring();
  next(4, 6);
  assert.throws(() => busy.acknowledge(), { name: "Defect" });
});

Deno.test("HostSession.receive(): WORKING is reported and the exchange stays open (P-5, P-11)", () => {
  const session = new HostSession();
  session.hello();
  const working = respond(session, "WORKING", workingLayout.encode({ milliseconds: 1234 }));
  assert.deepEqual(working, { step: "working", milliseconds: 1234 });
  assert.equal(code(respond(session, "HELLO_REPLY", helloReplyLayout.encode(reply))), "hello");
});

Deno.test("HostSession: another version in HELLO_REPLY is named, whatever its length (P-54)", () => {
  for (
    const body of [
      helloReplyLayout.encode({ ...reply, version: 2 }),
      Uint8Array.of(2),
      new Uint8Array(99).fill(2),
    ]
  ) {
    const session = new HostSession();
    session.hello();
    const step = respond(session, "HELLO_REPLY", body);
    assert.equal(code(step), "version-unknown");
    assert.match((step as { detail: string }).detail, /version 2/);
  }
});

const BAD_REPLIES: readonly [string, FrameName, Uint8Array][] = [
  ["malformed-reply", "HELLO_REPLY", new Uint8Array(0)],
  ["malformed-reply", "HELLO_REPLY", new Uint8Array(61).fill(1)],
  ["malformed-reply", "HELLO_REPLY", helloReplyLayout.encode({ ...reply, window: 3 })],
  ["malformed-reply", "STATUS", new Uint8Array(0)],
  ["malformed-reply", "STATUS", Uint8Array.of(2)],
  ["malformed-reply", "WORKING", Uint8Array.of(2)],
  ["not-authentic", "STATUS", Uint8Array.of(1)],
  ["unexpected-type", "MESSAGE1", new Uint8Array(80)],
  ["unexpected-type", "BYE", new Uint8Array(0)],
];

for (const [refused, name, body] of BAD_REPLIES) {
  Deno.test(`HostSession after HELLO: ${name} of ${body.length} bytes is refused as ${refused} (P-46)`, () => {
    const session = new HostSession();
    session.hello();
    assert.equal(code(respond(session, name, body)), refused);
    assert.equal(session.state, "over");
    assert.throws(() => session.hello(), { name: "Defect" });
  });
}

const BAD_HELLOS: readonly [string, string, Partial<HelloReply>][] = [
  ["wrong-family", "P-14", { family: 2 }],
  ["other-ticket-key", "P-14", { epoch: 8 }],
  ["other-ticket-key", "P-14", { ticketKeyId: "0".repeat(16) as HelloReply["ticketKeyId"] }],
  ["uid-not-in-ticket", "P-15", { uid: new Uint8Array(16) }],
  ["image-too-large", "P-16", { flashKb: 1 }],
  ["options-differ", "P-18", { options: [0xfaffffff, 0x1f, 0x1f, 0] }],
  ["lock-not-proven", "P-12", { lock: 0 }],
  ["lock-not-proven", "P-12", { debug: 0 }],
  ["lock-not-proven", "P-44", { lock: 2 }],
];

for (const [refused, clause, changes] of BAD_HELLOS) {
  Deno.test(`HostSession.ticket(): no TICKET leaves when HELLO_REPLY says ${Object.keys(changes)}: ${refused} (${clause})`, () => {
    assert.equal(code(greeted(changes).session.ticket(world.ticket, proof)), refused);
  });
}

Deno.test("HostSession.ticket(): no TICKET leaves without a record that proves the lock (P-12, P-44)", () => {
  const wrong = [
    { ticketId: "1".repeat(32) as typeof world.lockRecord.ticketId },
    { uid: new Uint8Array(16) },
    { lock: 2 },
    { debug: 0 },
    { flashUnderReset: 1 },
    { plainAttach: 1 },
  ];
  for (const changes of wrong) {
    const record = { ...world.lockRecord, ...changes };
    assert.equal(
      code(greeted().session.ticket(world.ticket, { record, ramClosed: false })),
      "lock-not-proven",
    );
  }
  assert.equal(
    code(greeted().session.ticket(world.ticket, { ...proof, ramClosed: true })),
    "lock-not-proven",
  );
  assert.equal(code(greeted().session.ticket(world.ticket, proof)), "send");
  assert.throws(() => new HostSession().ticket(world.ticket, proof), { name: "Defect" });
});

Deno.test("HostSession.message2(): a release with another number of chunks is refused, keys wiped", () => {
  const { step, transport } = transferring(world.release.chunks.slice(528));
  assert.equal(code(step), "wrong-chunk-count");
  assert.ok(transport.hostToTarget.wiped && transport.targetToHost.wiped);
});

Deno.test("HostSession serves the chunk that was named, once (P-30, P-31, P-33)", () => {
  const { next, target } = transferring();
  const step = next(4, 6);
  assert.ok(step.step === "send");
  assert.deepEqual(step.chunk, { index: 4, outstanding: 6 });
  const clear = target.in.open(step.exchange.frame.body)!;
  assert.equal(clear.slice(0, 4).toHex(), "04000000");
  assert.deepEqual(clear.slice(4), world.release.chunks.slice(4 * 528, 5 * 528));
});

const BAD_NEXTS: readonly [string, readonly (readonly [number, number])[]][] = [
  ["chunk-out-of-range", [[6, 6]]],
  ["chunk-out-of-range", [[65_535, 6]]],
  ["chunk-asked-twice", [[4, 6], [4, 5]]],
  ["wrong-outstanding", [[4, 5]]],
  ["wrong-outstanding", [[4, 7]]],
  ["wrong-outstanding", [[4, 6], [5, 6]]],
];

for (const [refused, asked] of BAD_NEXTS) {
  Deno.test(`HostSession: NEXT ${JSON.stringify(asked)} ends as ${refused}, keys wiped (P-30, P-33)`, () => {
    const { next, transport } = transferring();
    const steps = asked.map(([index, outstanding]) => next(index, outstanding));
    assert.equal(code(steps.at(-1)!), refused);
    assert.ok(transport.hostToTarget.wiped);
  });
}

Deno.test("HostSession: NEXT that does not open, or has another size, is refused", () => {
  const { session } = transferring();
  assert.equal(code(respond(session, "NEXT", new Uint8Array(20))), "reply-not-authentic");
  const other = transferring();
  assert.equal(
    code(respond(other.session, "NEXT", other.target.out.seal(new Uint8Array(5)))),
    "malformed-reply",
  );
});

Deno.test("HostSession: a receipt before the last chunk was asked for is refused", () => {
  const { session, target, next } = transferring();
  next(4, 6);
  assert.equal(code(respond(session, "RECEIPT", target.out.seal(new Uint8Array(100)))), "receipt-too-early");
});

/** A world after its receipt. */
function received(seed: string): { one: World; session: HostSession; step: HostStep } {
  const one = makeWorld(seed);
  const session = new HostSession();
  return { one, session, step: transfer(one, session).step };
}

Deno.test("HostSession.poll(): the same receipt again, as often as asked; another one is refused (P-37)", () => {
  const { one, session, step } = received("poll");
  assert.equal(step.step, "receipt");
  for (let i = 0; i < 3; i += 1) assert.deepEqual(exchange(one, session, session.poll()), step);
  session.poll();
  assert.equal(code(respond(session, "RECEIPT", new Uint8Array(116))), "receipt-changed");
});

Deno.test("HostSession.acknowledge(): sent once; without BYE, or with STATUS, the session still went well (P-38)", () => {
  const silent = received("silent").session;
  assert.equal(silent.acknowledge().retransmissionsMax, 0);
  assert.deepEqual(silent.unanswered(), { step: "done", bye: false });
  const status = received("status").session;
  status.acknowledge();
  assert.deepEqual(respond(status, "STATUS", Uint8Array.of(1)), { step: "done", bye: false });
  const { one, session } = received("bye");
  assert.deepEqual(exchange(one, session, session.acknowledge()), { step: "done", bye: true });
  assert.throws(() => session.poll(), { name: "Defect" });
});

Deno.test("HostSession.acknowledge() before the receipt is a Defect (P-38)", () => {
  assert.throws(() => transferring().session.acknowledge(), { name: "Defect" });
  assert.throws(() => greeted().session.acknowledge(), { name: "Defect" });
});

Deno.test("HostSession.unanswered(): no answer ends the session, keys wiped (P-10)", () => {
  const { session, next, transport } = transferring();
  next(4, 6);
  const step = session.unanswered();
  assert.equal(code(step), "no-answer");
  assert.match((step as { detail: string }).detail, /to CHUNK/);
  assert.ok(transport.targetToHost.wiped);
});

Deno.test("HostSession: a lost answer costs nothing: the frame is sent again, byte-identical, and the target repeats itself (P-7, P-8)", () => {
  const one = makeWorld("lost answers");
  const session = new HostSession();
  // Every frame reaches the target three times; the host reads the last answer only.
  const twice = one.target.receive.bind(one.target);
  one.target.receive = (bytes) => {
    const first = twice(bytes).at(-1);
    assert.deepEqual(twice(bytes), [first]);
    return twice(bytes);
  };
  assert.equal(transfer(one, session).step.step, "receipt");
});

Deno.test("HOST_REFUSALS: each code has a sentence without a final period", () => {
  for (const says of Object.values(HOST_REFUSALS)) assert.match(says, /^The .*[^.]$/);
});

Deno.test("HostSession: the target refuses what only the target can judge, and the host hears not-authentic (P-49)", () => {
  const one = makeWorld("other image");
  const wrongDigest = sealTicket({ ...one.ticket.ticket, imageDigest: new Uint8Array(32) }, one.ticketKey);
  const other: World = { ...one, ticket: wrongDigest };
  const { step } = transfer(other, new HostSession());
  assert.equal(code(step), "not-authentic");
  assert.equal(one.target.state, "FAIL");
  assert.ok(one.target.flash.every((x) => x === 0xff), "P-36, P-47: everything is erased");
});
