/** Secrets that do not print, key pairs, derivation, the point table. @module */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ed25519 } from "@noble/curves/ed25519.js";
import * as suite from "../../../../bootloader/suite/mod.ts";

const { Secret } = suite;
const MARK = "5ec2e75ec2e7";
const marked = () => new Secret(Uint8Array.fromHex(MARK.repeat(4)));

Deno.test("Secret: text, JSON, inspect and console show nothing of the bytes", () => {
  const secret = marked();
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret, { depth: 9, showHidden: true }),
    Deno.inspect({ a: [secret] }, { depth: 9, showHidden: true }),
    Object.keys(secret).join(),
    JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
  ].join(" ");
  for (const part of [MARK, "94,194,231", "94, 194", Uint8Array.fromHex(MARK).toBase64()]) {
    assert.ok(!shown.includes(part), shown);
  }
  assert.match(shown, /hidden/);
});

Deno.test("Secret.wipe() zeroes the buffer that was handed over; use afterwards is a Defect", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const secret = new Secret(bytes);
  assert.equal(secret.use((b) => b.length), 3);
  secret.wipe();
  assert.deepEqual(bytes, new Uint8Array(3));
  assert.ok(secret.wiped);
  assert.throws(() => secret.use((b) => b), (error) => {
    assert.equal((error as Error).name, "Defect");
    assert.ok(!(error as Error).message.includes("1,2"));
    return true;
  });
  secret.wipe();
});

Deno.test("Secret.draw() takes exactly the bytes asked for", () => {
  assert.equal(Secret.draw((n) => new Uint8Array(n), 32).length, 32);
  assert.throws(() => Secret.draw(() => new Uint8Array(31), 32), { name: "Defect" });
});

Deno.test("makeSigningKeyPair() and makeAgreementKeyPair() give RFC 8032 and RFC 7748 keys of the drawn bytes", () => {
  const random = (n: number) => new Uint8Array(n).fill(9);
  const signing = suite.makeSigningKeyPair(random);
  assert.deepEqual(signing.publicKey, ed25519.getPublicKey(new Uint8Array(32).fill(9)));
  const message = Uint8Array.of(1);
  const signature = suite.sign(signing.seed, message);
  for (const primitives of [suite.native, suite.noble]) {
    assert.ok(suite.verify({ publicKey: signing.publicKey, message, signature }, primitives));
  }
  const [a, b] = [
    suite.makeAgreementKeyPair(random),
    suite.makeAgreementKeyPair((n) => new Uint8Array(n).fill(8)),
  ];
  const shared = (own: typeof a, peer: Uint8Array) =>
    own.privateKey.use((raw) => suite.native.x25519(raw, peer));
  assert.deepEqual(shared(a, b.publicKey), shared(b, a.publicKey));
});

Deno.test("derive(): HKDF(label, master, info, 32); label and info separate (P-50)", () => {
  const master = marked();
  const out = (label: Uint8Array, info: Uint8Array) =>
    suite.derive(master, { label, info }).use((b) => b.toHex());
  const { ticketSecret, receiptKey } = suite.LABELS;
  const info = Uint8Array.of(1);
  const ikm = Uint8Array.fromHex(MARK.repeat(4));
  assert.equal(
    out(ticketSecret, info),
    suite.noble.hkdf({ salt: ticketSecret, ikm, info, length: 32 }).toHex(),
  );
  assert.notEqual(out(ticketSecret, info), out(receiptKey, info));
  assert.notEqual(out(ticketSecret, info), out(ticketSecret, Uint8Array.of(2)));
});

Deno.test("hash32(), mac32(), keyIdOf(), equalInConstantTime()", () => {
  const x = new TextEncoder().encode("abc");
  assert.deepEqual(suite.hash32(x.slice(0, 1), x.slice(1)), suite.noble.sha512(x).slice(0, 32));
  const key = marked();
  assert.deepEqual(suite.mac32(key, x), key.use((raw) => suite.noble.hmac(raw, x)).slice(0, 32));
  assert.equal(suite.keyIdOf(new Uint8Array(32)), suite.noble.sha512(new Uint8Array(32)).slice(0, 8).toHex());
  assert.throws(() => suite.keyIdOf(new Uint8Array(31)), { name: "Defect" });
  assert.ok(suite.equalInConstantTime(x, x.slice()));
  assert.ok(!suite.equalInConstantTime(x, x.slice(1)));
  assert.ok(!suite.equalInConstantTime(x, Uint8Array.of(1, 2, 3)));
});

Deno.test("pointTable(): the three numbers rebuild −A (PROTOCOL section 10)", () => {
  const { Point } = ed25519;
  const { Fp } = Point;
  for (let seed = 0; seed < 8; seed += 1) {
    const publicKey = ed25519.getPublicKey(new Uint8Array(32).fill(seed));
    const table = suite.pointTable(publicKey);
    const number = (bytes: Uint8Array) => BigInt(`0x${bytes.slice().reverse().toHex()}`);
    const half = Fp.inv(2n);
    const y = Fp.mul(Fp.add(number(table.yPlusX), number(table.yMinusX)), half);
    const x = Fp.mul(Fp.sub(number(table.yPlusX), number(table.yMinusX)), half);
    assert.ok(Point.fromAffine({ x, y }).equals(Point.fromBytes(publicKey).negate()));
    assert.equal(number(table.twoDxy), Fp.mul(Fp.mul(Fp.mul(2n, Point.CURVE().d), x), y));
    assert.ok([table.yMinusX, table.yPlusX, table.twoDxy].every((bytes) => bytes.length === 32));
  }
});

Deno.test("pointTable() refuses keys that are no point, not canonical or of small order", () => {
  const wrong = [
    new Uint8Array(31),
    new Uint8Array(32), // Order 4.
    Uint8Array.from({ length: 32 }, (_, i) => i === 0 ? 1 : 0), // The neutral point.
    Uint8Array.from({ length: 32 }, (_, i) => i === 0 ? 2 : 0), // No point has y = 2.
    new Uint8Array(32).fill(0xff), // y above p.
  ];
  for (const key of wrong) assert.throws(() => suite.pointTable(key), { name: "Malformed" });
});
