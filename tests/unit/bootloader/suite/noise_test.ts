/** Noise NK and N against the published vectors, on both implementations, both sides; and what is refused (P-22, P-28). @module */
import assert from "node:assert/strict";
import nVector from "../../../vectors/protocol/noise_n.json" with { type: "json" };
import nkVector from "../../../vectors/protocol/noise_nk.json" with { type: "json" };
import type { Primitives, Random } from "../../../../bootloader/suite/mod.ts";
import * as suite from "../../../../bootloader/suite/mod.ts";
import { fromShared, readShared } from "../../../vectors/protocol/shared.ts";
import { Initiator } from "../../../reference/noise.ts";

const { CipherState, native, NkInitiator, NkResponder, noble, readN, Secret, writeN } = suite;

type Vector = typeof nkVector;
const hex = (text: string) => Uint8Array.fromHex(text);
const give = (text: string): Random => () => hex(text);

/** Runs an NK vector, both sides on `p`. */
function runNk(vector: Vector, p: Primitives): void {
  const privateKey = new Secret(hex(vector.resp_static));
  const publicKey = privateKey.use((raw) => p.x25519PublicKey(raw));
  assert.equal(publicKey.toHex(), vector.init_remote_static);
  const prologue = hex(vector.init_prologue);
  const initiator = new NkInitiator(publicKey, {
    prologue,
    random: give(vector.init_ephemeral),
    primitives: p,
  });
  const responder = new NkResponder({ privateKey, publicKey }, {
    prologue,
    random: give(vector.resp_ephemeral),
    primitives: p,
  });
  const [first, second, ...rest] = vector.messages;
  const message1 = initiator.writeMessage1(hex(first!.payload))!;
  assert.equal(message1.toHex(), first!.ciphertext);
  assert.equal(responder.readMessage1(message1)!.toHex(), first!.payload);
  const answer = responder.writeMessage2(() => hex(second!.payload))!;
  assert.equal(answer.message2.toHex(), second!.ciphertext);
  const finished = initiator.readMessage2(answer.message2)!;
  assert.equal(finished.content.toHex(), second!.payload);
  assert.equal(finished.hh.toHex(), vector.handshake_hash);
  assert.equal(answer.hh.toHex(), vector.handshake_hash);
  transport(rest, [finished.keys, answer.keys], p, true);
}

/** Runs the transport messages of a vector in both views. */
function transport(
  messages: Vector["messages"],
  keys: suite.SplitKeys[],
  p: Primitives,
  bothWays: boolean,
): void {
  const [left, right] = keys.map(({ fromInitiator, fromResponder }) => ({
    forth: new CipherState(fromInitiator, p),
    back: new CipherState(fromResponder, p),
  }));
  messages.forEach(({ payload, ciphertext }, index) => {
    const way = bothWays && index % 2 === 1 ? "back" : "forth";
    const [sender, receiver] = way === "forth" ? [left!, right!] : [right!, left!];
    assert.equal(sender[way].seal(hex(payload)).toHex(), ciphertext);
    assert.equal(receiver[way].open(hex(ciphertext))!.toHex(), payload);
  });
}

function runN(vector: typeof nVector, p: Primitives): void {
  const privateKey = new Secret(hex(vector.resp_static));
  const publicKey = hex(vector.init_remote_static);
  const prologue = hex(vector.init_prologue);
  const [first, ...rest] = vector.messages;
  const written = writeN(publicKey, hex(first!.payload), {
    prologue,
    random: give(vector.init_ephemeral),
    primitives: p,
  })!;
  assert.equal(written.message.toHex(), first!.ciphertext);
  assert.equal(written.hh.toHex(), vector.handshake_hash);
  const read = readN({ privateKey, publicKey }, written.message, { prologue, primitives: p })!;
  assert.equal(read.content.toHex(), first!.payload);
  assert.equal(read.hh.toHex(), vector.handshake_hash);
  transport(rest, [written.keys, read.keys], p, false);
}

for (const p of [native, noble]) {
  Deno.test(`Noise_NK_25519_ChaChaPoly_SHA512: the published vector, both sides, on ${p.name} (P-28)`, () =>
    runNk(nkVector, p));
  Deno.test(`Noise_N_25519_ChaChaPoly_SHA512: the published vector, both sides, on ${p.name} (P-51)`, () =>
    runN(nVector, p));
}

Deno.test("Noise_NK: the reference initiator passes the published vector too", () => {
  const reference = new Initiator(
    hex(nkVector.init_prologue),
    hex(nkVector.init_remote_static),
    hex(nkVector.init_ephemeral),
  );
  const [first, second] = nkVector.messages;
  assert.equal(reference.message1(hex(first!.payload))!.toHex(), first!.ciphertext);
  const done = reference.message2(hex(second!.ciphertext))!;
  assert.equal(done.hh.toHex(), nkVector.handshake_hash);
  assert.equal(done.content.toHex(), second!.payload);
});

Deno.test(fromShared("Noise vectors in the repository are those of ../shared, and pass from there", () => {
  const all = JSON.parse(readShared("vectors/noise_cacophony_25519_chachapoly_sha512.json")) as {
    vectors: Vector[];
  };
  const named = (name: string) =>
    all.vectors.filter((v) => v.protocol_name === `Noise_${name}_25519_ChaChaPoly_SHA512`);
  for (const [name, own] of [["NK", nkVector], ["N", nVector]] as const) {
    const found = named(name);
    assert.equal(found.length, 1);
    const { source: _, ...facts } = own;
    assert.deepEqual(facts, found[0]);
  }
  console.log(`  ${all.vectors.length} vectors in the file, 2 of them are ours`);
}));

/** A fresh pair of sides over one static key. */
function sides(prologue = Uint8Array.of(1)) {
  let counter = 0;
  const random: Random = (n) => new Uint8Array(n).fill(counter += 1);
  const keys = suite.makeAgreementKeyPair(random);
  const initiator = new NkInitiator(keys.publicKey, { prologue, random });
  const responder = (p = prologue) => new NkResponder(keys, { prologue: p, random });
  return { initiator, responder, keys, random };
}

Deno.test("NkResponder.readMessage1() refuses another prologue, any changed byte, and too few bytes", () => {
  const { initiator, responder } = sides();
  const message1 = initiator.writeMessage1(Uint8Array.of(1, 2, 3))!;
  assert.deepEqual(responder().readMessage1(message1), Uint8Array.of(1, 2, 3));
  assert.equal(responder(Uint8Array.of(2)).readMessage1(message1), undefined);
  assert.equal(responder().readMessage1(message1.slice(0, 47)), undefined);
  for (let at = 0; at < message1.length; at += 1) {
    const changed = message1.slice();
    changed[at]! ^= 1;
    assert.equal(responder().readMessage1(changed), undefined, `byte ${at}`);
  }
});

Deno.test("NkInitiator.readMessage2() refuses any changed byte and too few bytes", () => {
  const message2For = () => {
    const { initiator, responder } = sides();
    const side = responder();
    side.readMessage1(initiator.writeMessage1(new Uint8Array(0))!);
    return { initiator, message2: side.writeMessage2(() => new Uint8Array(96))!.message2 };
  };
  const size = message2For().message2.length;
  for (let at = 0; at < size; at += 1) {
    const { initiator, message2 } = message2For();
    message2[at]! ^= 0x10;
    assert.equal(initiator.readMessage2(message2), undefined, `byte ${at}`);
  }
  const { initiator, message2 } = message2For();
  assert.equal(initiator.readMessage2(message2.slice(0, 47)), undefined);
});

Deno.test("Noise: an all-zero DH result is refused on both sides and in N (P-22)", () => {
  const zero = new Uint8Array(32);
  const { random, responder, keys } = sides();
  const prologue = Uint8Array.of(1);
  assert.equal(new NkInitiator(zero, { prologue, random }).writeMessage1(zero), undefined);
  assert.equal(responder().readMessage1(new Uint8Array(80)), undefined);
  assert.equal(writeN(zero, zero, { prologue, random }), undefined);
  assert.equal(readN(keys, new Uint8Array(80), { prologue }), undefined);
  const { initiator } = sides();
  initiator.writeMessage1(zero);
  assert.equal(initiator.readMessage2(new Uint8Array(80)), undefined);
});

Deno.test("NkResponder.writeMessage2() answers once per message 1, each time with a fresh ephemeral key (P-23)", () => {
  const { initiator, responder } = sides();
  const message1 = initiator.writeMessage1(new Uint8Array(0))!;
  const first = responder();
  first.readMessage1(message1);
  const answer = first.writeMessage2(() => new Uint8Array(0))!;
  assert.throws(() => first.writeMessage2(() => new Uint8Array(0)), { name: "Defect" });
  const second = responder();
  second.readMessage1(message1);
  const other = second.writeMessage2(() => new Uint8Array(0))!;
  assert.notDeepEqual(answer.message2.slice(0, 32), other.message2.slice(0, 32));
  assert.notDeepEqual(answer.hh, other.hh);
  assert.notDeepEqual(answer.h2, answer.hh);
});

Deno.test("CipherState: a message opens once, in order, and a refused one moves nothing (P-28)", () => {
  const key = () => new Secret(new Uint8Array(32).fill(3));
  const [sender, receiver] = [new CipherState(key()), new CipherState(key())];
  const [a, b] = [sender.seal(Uint8Array.of(1)), sender.seal(Uint8Array.of(2))];
  assert.equal(receiver.open(b), undefined);
  assert.deepEqual(receiver.open(a), Uint8Array.of(1));
  assert.equal(receiver.open(a), undefined);
  assert.deepEqual(receiver.open(b), Uint8Array.of(2));
  sender.wipe();
  assert.throws(() => sender.seal(a), { name: "Defect" });
});

Deno.test("noiseNonce(): four zero bytes, then the counter little-endian; refuses what is no counter", () => {
  assert.equal(suite.noiseNonce(0x0102030405).toHex(), "000000000504030201000000");
  for (const wrong of [-1, 1.5, 2 ** 53]) assert.throws(() => suite.noiseNonce(wrong), { name: "Defect" });
});
