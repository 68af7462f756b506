/**
 * ChaCha20-Poly1305 of the bootloader: its machine code on the model, against noble and RFC 8439.
 *
 * @module
 */
import assert from "node:assert/strict";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { Machine, YES } from "./_machine.ts";
import { seededBytes } from "./_seeded.ts";

const machine = new Machine();
const random = seededBytes(2);

/** One call's input; offsets of `aead` in chacha20poly1305.h. */
interface Call {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
}

const TEXT = 201;

function prepare({ key, nonce, associated }: Call): number {
  machine.put(16, key);
  machine.putWord(48, 0xdead);
  machine.put(52, nonce);
  machine.putWord(64, machine.put(80, associated));
  machine.putWord(68, associated.length);
  return machine.at(0);
}

function open(call: Call, sealed: Uint8Array): Uint8Array | null {
  const bytes = sealed.length - 16;
  const { r0 } = machine.call("aead_open", prepare(call), machine.put(TEXT, sealed), bytes);
  if (r0 === YES) return machine.get(TEXT, bytes);
  assert.deepEqual(machine.get(TEXT, sealed.length), sealed, "text was changed although the tag is wrong");
  return null;
}

function seal(call: Call, text: Uint8Array): Uint8Array {
  machine.call("aead_seal", prepare(call), machine.put(TEXT, text), text.length);
  return machine.get(TEXT, text.length + 16);
}

Deno.test("aead_seal gives RFC 8439's section 2.8.2", () => {
  const call = {
    key: Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i),
    nonce: Uint8Array.fromHex("070000004041424344454647"),
    associated: Uint8Array.fromHex("50515253c0c1c2c3c4c5c6c7"),
  };
  const text = new TextEncoder().encode(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const sealed = seal(call, text);
  assert.equal(sealed.subarray(0, 8).toHex(), "d31a8d34648e60db");
  assert.equal(sealed.subarray(-16).toHex(), "1ae10b594f09e26a7e902ecbd0600691");
  assert.deepEqual(open(call, sealed), text);
});

Deno.test("aead_open and aead_seal equal noble for texts of 0 to 200 bytes; one flipped bit is refused", () => {
  for (let length = 0; length <= 200; length++) {
    const call = { key: random(32), nonce: random(12), associated: random(length % 70) };
    const text = random(length);
    const sealed = chacha20poly1305(call.key, call.nonce, call.associated).encrypt(text);
    assert.deepEqual(seal(call, text), sealed, `seal ${length}`);
    assert.deepEqual(open(call, sealed), text, `open ${length}`);
    const [at, bit] = random(2);
    sealed[at! % sealed.length]! ^= 1 << (bit! & 7);
    assert.equal(open(call, sealed), null, `tampered ${length}`);
  }
});

Deno.test("aead_open takes as long for a wrong first byte of the tag as for a wrong last one", () => {
  const call = { key: random(32), nonce: random(12), associated: random(5) };
  const cycles = [0, 15].map((at) => {
    const sealed = seal(call, random(64));
    sealed[64 + at]! ^= 1;
    return machine.call("aead_open", prepare(call), machine.put(TEXT, sealed), 64).cycles;
  });
  assert.equal(cycles[0], cycles[1]);
  assert.deepEqual(machine.reports, []);
});
