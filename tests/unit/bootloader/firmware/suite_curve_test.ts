/**
 * X25519 and Ed25519 verification of the bootloader: its machine code on the model, against noble.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { Machine, YES } from "./_machine.ts";
import { numberBytes, ORDER, PRIME, tableOf, tableOfIdentity } from "./_points.ts";
import { seededBytes } from "./_seeded.ts";

const machine = new Machine();
const random = seededBytes(3);
const testOnlySecret = random(32);
const publicKey = ed25519.getPublicKey(testOnlySecret);

function exchange(
  scalar: Uint8Array,
  u: Uint8Array | null,
): { yes: boolean; out: Uint8Array; cycles: number } {
  machine.put(3, scalar);
  const from = u === null ? 0 : machine.put(41, u);
  const { r0, cycles } = machine.call("x25519", machine.at(90), machine.at(3), from);
  return { yes: r0 === YES, out: machine.get(90, 32), cycles };
}

function verify(signature: Uint8Array, message: Uint8Array, table = tableOf(publicKey)): boolean {
  machine.put(0, table);
  const args = [machine.put(129, signature), machine.put(203, message), message.length, machine.at(0)];
  return machine.call("ed25519_verify", ...args).r0 === YES;
}

/** R ‖ s. */
function signature(r: Uint8Array, s: bigint): Uint8Array {
  return Uint8Array.of(...r, ...numberBytes(s));
}

Deno.test("x25519 gives RFC 7748's section 5.2", () => {
  const { yes, out } = exchange(
    Uint8Array.fromHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
    Uint8Array.fromHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
  );
  assert.equal(out.toHex(), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  assert.ok(yes);
});

Deno.test("x25519 equals noble, for the base point too, in the same time for every scalar and u", () => {
  const times = new Set<number>();
  for (let i = 0; i < 12; i++) {
    const [scalar, u] = [random(32), random(32)];
    const { yes, out, cycles } = exchange(scalar, u);
    assert.ok(yes);
    assert.deepEqual(out, x25519.getSharedSecret(scalar, u));
    times.add(cycles);
  }
  for (const fill of [0, 0xff]) times.add(exchange(new Uint8Array(32).fill(fill), random(32)).cycles);
  assert.equal(times.size, 1, [...times].join(" "));
  assert.deepEqual(exchange(testOnlySecret, null).out, x25519.getPublicKey(testOnlySecret));
});

Deno.test("x25519 refuses every u of low order (P-22) and takes non-canonical ones like canonical ones", () => {
  const order8 = [
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
  ];
  for (const u of [0n, 1n, PRIME - 1n, PRIME, PRIME + 1n, 1n << 255n, PRIME + (1n << 255n), ...order8]) {
    const { yes, out } = exchange(random(32), numberBytes(u));
    assert.ok(!yes, `u = ${u}`);
    assert.deepEqual(out, new Uint8Array(32));
  }
  const scalar = random(32);
  assert.deepEqual(exchange(scalar, numberBytes(PRIME + 9n)).out, exchange(scalar, null).out);
});

Deno.test("ed25519_verify takes signatures over messages of 0 to 135 bytes, refuses each with one flipped bit", () => {
  for (let length = 0; length <= 135; length += 5) {
    const message = random(length);
    const good = ed25519.sign(message, testOnlySecret);
    assert.ok(verify(good, message), `length ${length}`);
    const [at, bit] = random(2);
    const bad = good.slice();
    bad[at! % 64]! ^= 1 << (bit! & 7);
    assert.ok(!verify(bad, message), `length ${length}, bit flipped at ${at! % 64}`);
  }
});

Deno.test("ed25519_verify demands s < L", () => {
  const message = random(40);
  const good = ed25519.sign(message, testOnlySecret);
  const s = good.subarray(32).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
  for (let more = s + ORDER; more < 1n << 256n; more += ORDER) {
    assert.ok(!verify(signature(good.subarray(0, 32), more), message));
  }
});

Deno.test("ed25519_verify computes s B for edge values of s and compares the encoding of R", () => {
  // With the identity as key, R = s B alone.
  const table = tableOfIdentity();
  for (const s of [1n, 2n, 8n, ORDER - 1n, 1n << 252n, 0x5555_5555_5555n]) {
    assert.ok(verify(signature(ed25519.Point.BASE.multiply(s).toBytes(), s), random(3), table), `s = ${s}`);
  }
  assert.ok(verify(signature(numberBytes(1n), 0n), random(3), table));
  // The identity, written as y = p + 1, as "minus zero", and with s = L.
  assert.ok(!verify(signature(numberBytes(PRIME + 1n), 0n), random(3), table));
  assert.ok(!verify(signature(numberBytes(1n | 1n << 255n), 0n), random(3), table));
  assert.ok(!verify(signature(numberBytes(1n), ORDER), random(3), table));
});

Deno.test("the curve stays within 640 bytes of stack and reports nothing", () => {
  const message = random(288);
  const good = ed25519.sign(message, testOnlySecret);
  machine.put(0, tableOf(publicKey));
  const args = [machine.put(129, good), machine.put(203, message), message.length, machine.at(0)];
  assert.ok(machine.stackOf("ed25519_verify", ...args) < 560);
  assert.ok(machine.stackOf("x25519", machine.at(90), machine.at(3), 0) < 240);
  assert.deepEqual(machine.reports, []);
});
