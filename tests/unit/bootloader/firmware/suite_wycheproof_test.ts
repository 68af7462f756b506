/**
 * The bootloader's suite against Project Wycheproof's vectors, on the model. Needs read permission and the vectors
 * beside the repository; without them the tests are ignored, and fail under CI=true.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fromShared, readShared } from "../../../vectors/protocol/shared.ts";
import { Machine, YES } from "./_machine.ts";
import { tableOf } from "./_points.ts";

/** What the tests read of a vector. */
interface Vector {
  readonly tcId: number;
  readonly result: string;
  readonly [field: string]: unknown;
}

function groups(file: string): { readonly tests: Vector[]; readonly [field: string]: unknown }[] {
  return JSON.parse(readShared(`vectors/wycheproof/${file}`)).testGroups;
}

function bytes(hex: unknown): Uint8Array {
  return Uint8Array.fromHex(String(hex));
}

Deno.test(fromShared("x25519 gives Wycheproof's shared secrets and refuses all-zero ones", () => {
  const machine = new Machine();
  // Every third of 518: one takes 60 ms.
  for (const { tcId, ...vector } of groups("x25519_test.json").flatMap(({ tests }) => tests)) {
    if (tcId % 3 !== 0) continue;
    const args = [machine.put(0, bytes(vector["private"])), machine.put(40, bytes(vector["public"]))];
    const { r0 } = machine.call("x25519", machine.at(80), ...args);
    assert.equal(machine.get(80, 32).toHex(), vector["shared"], `test ${tcId}`);
    assert.equal(r0 === YES, !/^0+$/.test(String(vector["shared"])), `test ${tcId}`);
  }
}));

Deno.test(fromShared("ed25519_verify agrees with Wycheproof", () => {
  const machine = new Machine();
  for (const { publicKey, tests } of groups("ed25519_test.json")) {
    machine.put(0, tableOf(bytes((publicKey as { pk: string }).pk)));
    for (const { tcId, result, ...vector } of tests) {
      const [signature, message] = [bytes(vector["sig"]), bytes(vector["msg"])];
      // The device is handed exactly 64 bytes; the longest message (1,023 bytes) does not fit beside the key.
      if (signature.length !== 64 || message.length > 800) continue;
      const args = [machine.put(129, signature), machine.put(203, message), message.length, machine.at(0)];
      const { r0 } = machine.call("ed25519_verify", ...args);
      assert.equal(r0 === YES, result === "valid", `test ${tcId}`);
    }
  }
}));

Deno.test(fromShared("aead_open agrees with Wycheproof", () => {
  const machine = new Machine();
  for (const { ivSize, tests } of groups("chacha20_poly1305_test.json")) {
    if (ivSize !== 96) continue;
    for (const { tcId, result, ...vector } of tests) {
      const [text, sealed] = [bytes(vector["msg"]), bytes(`${vector["ct"]}${vector["tag"]}`)];
      const associated = bytes(vector["aad"]);
      if (associated.length + sealed.length > 900) continue;
      machine.put(16, bytes(vector["key"]));
      machine.put(52, bytes(vector["iv"]));
      machine.putWord(64, machine.put(72, associated));
      machine.putWord(68, associated.length);
      const at = 72 + associated.length;
      const { r0 } = machine.call("aead_open", machine.at(0), machine.put(at, sealed), text.length);
      assert.equal(r0 === YES, result !== "invalid", `test ${tcId}`);
      if (r0 === YES) assert.deepEqual(machine.get(at, text.length), text, `test ${tcId}`);
    }
  }
}));

Deno.test(fromShared("hmac agrees with Wycheproof", () => {
  const machine = new Machine();
  for (const { tagSize, tests } of groups("hmac_sha512_test.json")) {
    for (const { tcId, result, ...vector } of tests) {
      const [key, text] = [bytes(vector["key"]), bytes(vector["msg"])];
      // Longer keys have no caller (sha512.h).
      if (key.length > 128) continue;
      machine.put(64, key);
      machine.call("hmac_begin", machine.at(64), key.length);
      machine.call("sha512_add", machine.put(200, text), text.length);
      machine.call("hmac_end", machine.at(64), key.length, machine.at(0));
      const tag = machine.get(0, Number(tagSize) / 8).toHex();
      assert.equal(tag === vector["tag"], result === "valid", `test ${tcId}`);
    }
  }
}));
