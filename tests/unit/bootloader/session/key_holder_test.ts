/** The key-holder: what it answers, and each thing that it refuses (P-15, P-19 to P-23, P-26 to P-29). @module */
import assert from "node:assert/strict";
import { NkInitiator } from "../../../../bootloader/suite/mod.ts";
import { PATTERNS, sealTicket } from "../../../../bootloader/ticket/mod.ts";
import type { Message1Payload } from "../../../../bootloader/wire/mod.ts";
import { message1PayloadLayout, padUid, parseUid } from "../../../../bootloader/wire/mod.ts";
import { answer, CHIP_ID, makeWorld, NOW_SECONDS, seededRandom } from "../../../vectors/protocol/world.ts";

const world = makeWorld("key_holder_test");
const prologue = world.ticket.sealed;
const random = seededRandom("initiator");

const plain: Message1Payload = {
  family: 1,
  chipId: CHIP_ID,
  bootloader: 0x00010000,
  uid: padUid(world.uid),
  entropy: 1,
  lock: 1,
  debug: 1,
  flashKb: 8,
};

/** Message 1 with any payload: anyone can make one, since T is public. */
function initiate(changes: Partial<Message1Payload> = {}, raw?: Uint8Array) {
  const initiator = new NkInitiator(world.T.publicKey, { prologue, random });
  const message1 = initiator.writeMessage1(raw ?? message1PayloadLayout.encode({ ...plain, ...changes }))!;
  return { initiator, message1 };
}

Deno.test("answerMessage1() answers, and the target's side finds keys, content and the same hash (P-27, P-28)", () => {
  const { initiator, message1 } = initiate();
  const result = answer(world, message1);
  assert.ok("message2" in result);
  assert.equal(result.message2.length, 144 + 256);
  const finished = initiator.readMessage2(result.message2)!;
  assert.deepEqual(finished.hh, result.hh);
  assert.notDeepEqual(result.h2, result.hh);
  const raw = (secret: { use<T>(f: (bytes: Uint8Array) => T): T }) => secret.use((bytes) => bytes.toHex());
  assert.equal(raw(finished.keys.fromInitiator), raw(result.transport.targetToHost));
  assert.equal(raw(finished.keys.fromResponder), raw(result.transport.hostToTarget));
  assert.equal(finished.content.slice(0, 32).toHex(), raw(world.release.secrets.releaseKey));
  assert.equal(finished.content.slice(32, 64).toHex(), raw(world.release.secrets.salt));
  assert.deepEqual(finished.content.slice(96), world.personalBytes);
  assert.equal(result.uid, world.uid);
  assert.deepEqual(result.said, plain);
});

Deno.test("answerMessage1() hands over nothing but message 2 and the transport keys besides what is for the record (P-29)", () => {
  const result = answer(world, initiate().message1);
  assert.deepEqual(Object.keys(result).sort(), ["h2", "hh", "message2", "said", "transport", "uid"]);
  assert.deepEqual(Object.keys((result as { transport: object }).transport).sort(), [
    "hostToTarget",
    "targetToHost",
  ]);
});

Deno.test("answerMessage1() draws a fresh ephemeral key for each message 1, also for the same one (P-23)", () => {
  const { message1 } = initiate();
  const [a, b] = [answer(world, message1), answer(world, message1)];
  assert.ok("message2" in a && "message2" in b);
  assert.notDeepEqual(a.message2.slice(0, 32), b.message2.slice(0, 32));
  assert.notDeepEqual(a.hh, b.hh);
});

const REFUSED: readonly [code: string, clause: string, changes: Partial<Message1Payload>][] = [
  ["wrong-family", "P-26", { family: 2 }],
  ["uid-not-in-ticket", "P-15", { uid: padUid(parseUid("0".repeat(23) + "1")) }],
  ["wrong-lock", "P-26", { lock: 0 }],
  ["wrong-lock", "P-26", { lock: 2 }],
  ["debug-open", "P-26", { debug: 0 }],
  ["entropy-class", "P-26", { entropy: 0 }],
];

for (const [refused, clause, changes] of REFUSED) {
  Deno.test(`answerMessage1() refuses ${JSON.stringify(Object.keys(changes))} that do not fit: ${refused} (${clause})`, () => {
    assert.deepEqual(answer(world, initiate(changes).message1), { refused });
  });
}

Deno.test("answerMessage1() refuses a payload with a reserved byte set or a UID beyond 12 bytes: malformed", () => {
  for (const at of [27, 30, 31, 23]) {
    const raw = message1PayloadLayout.encode(plain);
    raw[at] = 1;
    assert.deepEqual(answer(world, initiate({}, raw).message1), { refused: "malformed" });
  }
  const short = initiate({}, new Uint8Array(31)).message1;
  assert.deepEqual(answer(world, short), { refused: "not-authentic" });
});

Deno.test("answerMessage1() refuses each changed byte, a wrong length and an all-zero DH result (P-22)", () => {
  const { message1 } = initiate();
  for (let at = 0; at < 80; at += 1) {
    const changed = message1.slice();
    changed[at]! ^= 1;
    assert.deepEqual(answer(world, changed), { refused: "not-authentic" }, `byte ${at}`);
  }
  assert.deepEqual(answer(world, message1.slice(1)), { refused: "not-authentic" });
  assert.deepEqual(answer(world, new Uint8Array(80)), { refused: "not-authentic" });
});

Deno.test("answerMessage1() refuses before notBefore and after notAfter, both bounds included (P-19)", () => {
  const { message1 } = initiate();
  const at = (nowSeconds: number) => answer(world, message1, { nowSeconds });
  const { notBefore, notAfter } = world.ticket.ticket;
  assert.deepEqual(at(notBefore - 1), { refused: "ticket-not-yet-valid" });
  assert.deepEqual(at(notAfter + 1), { refused: "ticket-expired" });
  assert.ok("message2" in at(notBefore));
  assert.ok("message2" in at(notAfter));
});

Deno.test("answerMessage1() keeps a mask ticket with the UID that it was first answered for (P-20)", () => {
  const open = makeWorld("mask", { ticket: { uidMask: new Uint8Array(16) } });
  const initiator = new NkInitiator(open.T.publicKey, { prologue: open.ticket.sealed, random });
  const message1 = initiator.writeMessage1(
    message1PayloadLayout.encode({ ...plain, uid: padUid(open.uid) }),
  )!;
  assert.ok("message2" in answer(open, message1));
  assert.ok("message2" in answer(open, message1, { pinnedUid: open.uid }));
  const other = parseUid("1".repeat(24));
  assert.deepEqual(answer(open, message1, { pinnedUid: other }), { refused: "uid-not-pinned" });
});

Deno.test("answerMessage1() takes the pattern from its own record: an IK ticket gets no NK answer (P-21)", () => {
  const ticket = sealTicket({ ...world.ticket.ticket, pattern: PATTERNS.IK }, world.ticketKey);
  assert.deepEqual(answer(world, initiate().message1, { ticket }), { refused: "pattern-not-supported" });
});

Deno.test("answerMessage1() with another T or another personal length is a Defect, not an answer", () => {
  const { message1 } = initiate();
  const T = makeWorld("other").T;
  assert.throws(() => answer(world, message1, { T }), { name: "Defect" });
  const contentFor = () => ({
    ...world.release.secrets,
    receiptKey: world.tMaster,
    personal: new Uint8Array(8),
  });
  assert.throws(() => answer(world, message1, { contentFor }), { name: "Defect" });
});

Deno.test("answerMessage1() asks for content only after everything was checked, and once", () => {
  let asked = 0;
  const contentFor = () => {
    asked += 1;
    return { ...world.release.secrets, receiptKey: world.tMaster, personal: world.personalBytes };
  };
  answer(world, initiate({ lock: 0 }).message1, { contentFor });
  answer(world, initiate().message1, { contentFor, nowSeconds: 0 });
  assert.equal(asked, 0);
  answer(world, initiate().message1, { contentFor, nowSeconds: NOW_SECONDS });
  assert.equal(asked, 1);
});
