/**
 * The published vector of Noise_NK_25519_ChaChaPoly_SHA512 through the target's machine code: its own functions, called
 * at manifest symbols in the order of handshake.c, with the vector's ephemeral key handed in. Needs no permission.
 *
 * @module
 */
import assert from "node:assert/strict";
import vector from "../../../vectors/protocol/noise_nk.json" with { type: "json" };
import { addressOf, Machine, sizeOf, YES } from "./_machine.ts";

const KEY = 32;
const HASH = 64;
const TAG = 16;
/** sizeof(aead) in chacha20poly1305.h. */
const AEAD = 72;
/** The end of session_state in session.h, counted from its end: ephemeral, hash, chaining key, up, down. */
const UP = sizeOf("session") - 2 * AEAD;
const CHAINING_KEY = UP - HASH;
const NOISE_HASH = CHAINING_KEY - HASH;
const EPHEMERAL = NOISE_HASH - KEY;

/** Offsets in the argument area. */
const IN = 0;
const OUT = 256;
const CIPHER = 512;

const hex = (text: string) => Uint8Array.fromHex(text);

/** The target's half of a handshake, made of the image's own functions. */
class TargetNoise {
  readonly machine = new Machine();

  /** As make_message1() begins: h = ck = protocol name, prologue, the responder's static key. */
  begin(prologue: Uint8Array, remoteStatic: Uint8Array): void {
    const name = new Uint8Array(HASH);
    name.set(new TextEncoder().encode(vector.protocol_name));
    this.machine.plant("session", NOISE_HASH, name);
    this.machine.plant("session", CHAINING_KEY, name);
    this.mixHash(prologue);
    this.mixHash(remoteStatic);
  }

  mixHash(data: Uint8Array): void {
    this.machine.call("mix_hash", this.machine.put(IN, data), data.length);
  }

  /** The public key of the ephemeral key that is handed in. */
  takeEphemeral(privateKey: Uint8Array): Uint8Array {
    this.machine.plant("session", EPHEMERAL, privateKey);
    this.machine.call("x25519", this.machine.at(OUT), addressOf("session") + EPHEMERAL, 0);
    return this.machine.get(OUT, KEY);
  }

  /** MixKey of the DH with `theirs`; leaves the cipher of the message's payload. */
  mixDh(theirs: Uint8Array): void {
    this.machine.call("mix_dh", this.machine.put(IN, theirs), this.machine.at(CIPHER));
  }

  seal(payload: Uint8Array, cipher = this.machine.at(CIPHER)): Uint8Array {
    this.machine.call("aead_seal", cipher, this.machine.put(OUT, payload), payload.length);
    return this.machine.get(OUT, payload.length + TAG);
  }

  open(sealed: Uint8Array, cipher = this.machine.at(CIPHER)): Uint8Array {
    const { r0 } = this.machine.call("aead_open", cipher, this.machine.put(OUT, sealed), sealed.length - TAG);
    assert.equal(r0, YES, "the tag is right");
    return this.machine.get(OUT, sealed.length - TAG);
  }

  get handshakeHash(): Uint8Array {
    return this.machine.peek("session", NOISE_HASH, HASH);
  }

  /** As take_message2() ends: the two transport ciphers are in session.up and session.down, nonces 0. */
  split(): void {
    const chainingKey = addressOf("session") + CHAINING_KEY;
    this.machine.call("noise_hkdf", chainingKey, this.machine.at(OUT), this.machine.at(OUT), 0);
    this.machine.plant("session", UP, new Uint8Array(2 * AEAD));
    this.machine.plant("session", UP + TAG, this.machine.peek("session", CHAINING_KEY, KEY));
    this.machine.plant("session", UP + AEAD + TAG, this.machine.get(OUT, KEY));
  }
}

/** Messages of the vector, payload and ciphertext as bytes. */
const messages = vector.messages.map(({ payload, ciphertext }) => ({
  payload: hex(payload),
  ciphertext: hex(ciphertext),
}));

Deno.test("the target's machine code passes the published Noise_NK_25519_ChaChaPoly_SHA512 vector (P-25, P-27, P-28)", () => {
  const target = new TargetNoise();
  const [first, second, ...transport] = messages;
  const remoteStatic = hex(vector.init_remote_static);
  target.begin(hex(vector.init_prologue), remoteStatic);

  const e = target.takeEphemeral(hex(vector.init_ephemeral));
  target.mixHash(e);
  target.mixDh(remoteStatic);
  const sealed = target.seal(first!.payload);
  assert.equal(e.toHex() + sealed.toHex(), first!.ciphertext.toHex());
  target.mixHash(sealed);

  const theirs = second!.ciphertext.slice(0, KEY);
  const payload = second!.ciphertext.slice(KEY);
  target.mixHash(theirs);
  target.mixDh(theirs);
  assert.equal(target.open(payload).toHex(), second!.payload.toHex());
  target.mixHash(payload);
  assert.equal(target.handshakeHash.toHex(), vector.handshake_hash);

  target.split();
  const ciphers = [addressOf("session") + UP, addressOf("session") + UP + AEAD];
  transport.forEach(({ payload, ciphertext }, index) => {
    const cipher = ciphers[index % 2]!;
    // Both directions count from 0: nonce[1] is the third word behind the key and the counter.
    const nonce = new Uint8Array(new Uint32Array([Math.floor(index / 2)]).buffer);
    target.machine.plant("session", UP + (index % 2) * AEAD + TAG + KEY + 8, nonce);
    if (index % 2 === 0) assert.equal(target.seal(payload, cipher).toHex(), ciphertext.toHex());
    else assert.equal(target.open(ciphertext, cipher).toHex(), payload.toHex());
  });
  assert.deepEqual(target.machine.reports, []);
});

Deno.test("the target's machine code refuses the vector's message 2 with one bit turned", () => {
  const target = new TargetNoise();
  const [first, second] = messages;
  const remoteStatic = hex(vector.init_remote_static);
  target.begin(hex(vector.init_prologue), remoteStatic);
  target.mixHash(target.takeEphemeral(hex(vector.init_ephemeral)));
  target.mixDh(remoteStatic);
  target.mixHash(target.seal(first!.payload));
  const altered = second!.ciphertext.slice();
  altered[KEY]! ^= 1;
  target.mixHash(altered.slice(0, KEY));
  target.mixDh(altered.slice(0, KEY));
  assert.throws(() => target.open(altered.slice(KEY)), /the tag is right/);
});
