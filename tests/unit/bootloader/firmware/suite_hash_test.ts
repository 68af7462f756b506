/**
 * SHA-512, HMAC and Noise's HKDF of the bootloader: its machine code on the model, against noble.
 *
 * @module
 */
import assert from "node:assert/strict";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { Machine } from "./_machine.ts";
import { seededBytes } from "./_seeded.ts";

const machine = new Machine();
const random = seededBytes(1);

function hash(...parts: Uint8Array[]): Uint8Array {
  machine.call("sha512_begin");
  for (const part of parts) machine.call("sha512_add", machine.put(129, part), part.length);
  machine.call("sha512_end", machine.at(1));
  return machine.get(1, 64);
}

function mac(key: Uint8Array, text: Uint8Array): Uint8Array {
  machine.put(65, key);
  machine.call("hmac_begin", machine.at(65), key.length);
  machine.call("sha512_add", machine.put(200, text), text.length);
  machine.call("hmac_end", machine.at(65), key.length, machine.at(1));
  return machine.get(1, 64);
}

Deno.test('sha512 gives FIPS 180-4\'s answer for "abc"', () => {
  assert.equal(
    hash(new TextEncoder().encode("abc")).toHex(),
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  );
});

Deno.test("sha512 pads every length from 0 to 400 right, in two pieces", () => {
  for (let length = 0; length <= 400; length++) {
    const text = random(length);
    const cut = length === 0 ? 0 : random(1)[0]! % length;
    assert.deepEqual(hash(text.subarray(0, cut), text.subarray(cut)), sha512(text), `length ${length}`);
  }
});

Deno.test("hmac equals noble's for keys of 0 to 128 bytes", () => {
  for (let length = 0; length <= 128; length += 8) {
    const [key, text] = [random(length), random(length + 3)];
    assert.deepEqual(mac(key, text), hmac(sha512, key, text), `key of ${length} bytes`);
  }
});

Deno.test("noise_hkdf gives Noise's two outputs and may write the second over its input", () => {
  for (const length of [0, 32, 64]) {
    const [chainingKey, input] = [random(64), random(length)];
    const temporary = hmac(sha512, chainingKey, input);
    const first = hmac(sha512, temporary, Uint8Array.of(1));
    const second = hmac(sha512, temporary, Uint8Array.of(...first, 2));
    machine.put(8, chainingKey);
    machine.put(99, input);
    machine.call("noise_hkdf", machine.at(8), machine.at(99), machine.at(99), length);
    assert.deepEqual(machine.get(8, 64), first);
    assert.deepEqual(machine.get(99, 64), second);
  }
});

Deno.test("hashing takes at most 250 cycles per byte and reports nothing", () => {
  machine.call("sha512_begin");
  const { cycles } = machine.call("sha512_add", machine.put(0, random(1024)), 1024);
  assert.ok(cycles < 250 * 1024, `${cycles} cycles`);
  assert.deepEqual(machine.reports, []);
});
