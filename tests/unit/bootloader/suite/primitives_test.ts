/** Two implementations, one answer; strict Ed25519; an all-zero X25519 result is refused (P-22). @module */
import assert from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import type { Primitives } from "../../../../bootloader/suite/mod.ts";
import { native, noble, selfTest } from "../../../../bootloader/suite/mod.ts";
import { concat } from "../../../../bootloader/wire/mod.ts";

const { Point } = ed25519;
const BOTH = [native, noble];
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });

Deno.test("selfTest(): every known answer holds on both implementations", () => {
  const results = selfTest();
  assert.equal(results.length, 26);
  assert.deepEqual(results.filter(({ passed }) => !passed), []);
  assert.deepEqual([...new Set(results.map(({ implementation }) => implementation))], ["native", "noble"]);
});

Deno.test("selfTest(): each primitive that answers wrongly, or not at all, is found", () => {
  const wrong: Partial<Record<keyof Primitives, unknown>> = {
    sha512: () => new Uint8Array(64),
    hmac: () => new Uint8Array(64),
    hkdf: () => new Uint8Array(20),
    ed25519PublicKey: () => new Uint8Array(32),
    ed25519Sign: () => new Uint8Array(64),
    ed25519Verify: () => true,
    x25519: () => new Uint8Array(32),
    aeadSeal: (input: { data: Uint8Array }) => concat(input.data, new Uint8Array(16)),
    aeadOpen: (input: { data: Uint8Array }) => input.data.slice(0, -16),
    p256Verify: () => false,
  };
  const lacking = {
    ...native,
    aeadSeal: () => {
      throw new Error("unknown cipher");
    },
  };
  const [first, ...others] = selfTest([lacking]).filter(({ passed }) => !passed);
  assert.match(first?.check ?? "", /ChaCha20-Poly1305/);
  assert.equal(others.length, 2);
  for (const [name, broken] of Object.entries(wrong)) {
    const results = selfTest([{ ...native, [name]: broken } as Primitives]);
    assert.ok(results.some(({ passed }) => !passed), name);
  }
});

Deno.test("native and noble: SHA-512, HMAC and HKDF agree on random input of every length mod 128", () => {
  for (let length = 0; length < 300; length += 1) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
    assert.deepEqual(native.sha512(data), noble.sha512(data));
    assert.deepEqual(native.hmac(data.slice(0, 200), data), noble.hmac(data.slice(0, 200), data));
    const input = { salt: data.slice(0, 16), ikm: data, info: data.slice(5), length: length + 1 };
    assert.deepEqual(native.hkdf(input), noble.hkdf(input));
  }
});

Deno.test("native and noble: ChaCha20-Poly1305 agree, open what the other sealed, and refuse any flipped bit", () => {
  const data = fc.uint8Array({ maxLength: 700 });
  fc.assert(
    fc.property(key, nonce, data, fc.uint8Array({ maxLength: 80 }), fc.nat(), (k, n, x, ad, bit) => {
      const sealed = native.aeadSeal({ key: k, nonce: n, ad, data: x });
      assert.deepEqual(sealed, noble.aeadSeal({ key: k, nonce: n, ad, data: x }));
      const changed = sealed.slice();
      changed[(bit >> 3) % changed.length]! ^= 1 << (bit & 7);
      for (const p of BOTH) {
        assert.deepEqual(p.aeadOpen({ key: k, nonce: n, ad, data: sealed }), x.slice());
        assert.equal(p.aeadOpen({ key: k, nonce: n, ad, data: changed }), undefined);
        assert.equal(p.aeadOpen({ key: k, nonce: n, ad, data: sealed.slice(0, 15) }), undefined);
        assert.equal(
          p.aeadOpen({ key: k, nonce: n, ad: concat(ad, Uint8Array.of(0)), data: sealed }),
          undefined,
        );
      }
    }),
    { numRuns: 150, seed: 4 },
  );
});

Deno.test("native and noble: X25519 and Ed25519 agree on random keys and messages", () => {
  fc.assert(
    fc.property(key, key, fc.uint8Array({ maxLength: 300 }), (a, b, message) => {
      const publicB = native.x25519PublicKey(b);
      assert.deepEqual(publicB, noble.x25519PublicKey(b));
      assert.deepEqual(native.x25519(a, publicB), noble.x25519(a, publicB));
      // Any 32 bytes are a public key (RFC 7748), also non-canonical ones.
      assert.deepEqual(native.x25519(a, b), noble.x25519(a, b));
      const publicKey = native.ed25519PublicKey(a);
      assert.deepEqual(publicKey, noble.ed25519PublicKey(a));
      const signature = native.ed25519Sign(a, message);
      assert.deepEqual(signature, noble.ed25519Sign(a, message));
      for (const p of BOTH) {
        assert.ok(p.ed25519Verify({ publicKey, message, signature }));
        assert.ok(!p.ed25519Verify({ publicKey, message: concat(message, Uint8Array.of(0)), signature }));
      }
    }),
    { numRuns: 40, seed: 5 },
  );
});

/** Points of small order, as every encoding that decodes to one: canonical or not. */
function smallOrderEncodings(): Uint8Array[] {
  // A point of order 8 is L times any point outside the prime-order group; its multiples are all eight.
  let generator = Point.ZERO;
  for (let y = 2; generator.double().double().is0(); y += 1) {
    try {
      const point = Point.fromBytes(Uint8Array.from({ length: 32 }, (_, i) => i === 0 ? y : 0));
      generator = point.multiplyUnsafe(Point.Fn.ORDER - 1n).add(point);
    } catch {
      // No point has this y: the next one is tried.
    }
  }
  const P = Point.Fp.ORDER;
  const encodings: Uint8Array[] = [];
  let point = Point.ZERO;
  for (let i = 0; i < 8; i += 1, point = point.add(generator)) {
    for (const y of [point.y, point.y + P].filter((value) => value < 2n ** 255n)) {
      for (const sign of [0, 0x80]) {
        const bytes = Uint8Array.fromHex(y.toString(16).padStart(64, "0")).reverse();
        bytes[31]! |= sign;
        encodings.push(bytes);
      }
    }
  }
  return [...new Map(encodings.map((bytes) => [bytes.toHex(), bytes])).values()];
}

Deno.test("ed25519Verify() refuses every public key of small order, in every encoding, with the signature that fits", () => {
  const encodings = smallOrderEncodings();
  assert.equal(encodings.length, 14);
  for (const publicKey of encodings) {
    // R = B·s and A·k = 0 whenever k is a multiple of A's order: one message in eight makes a forgery that a lax verifier takes.
    for (let i = 0; i < 64; i += 1) {
      const message = Uint8Array.of(i);
      const s = new Uint8Array(32);
      s[0] = 5;
      const signature = concat(Point.BASE.multiply(5n).toBytes(), s);
      for (const p of BOTH) assert.equal(p.ed25519Verify({ publicKey, message, signature }), false);
    }
  }
});

Deno.test("ed25519Verify() refuses s + L, a non-canonical R, and a signature that holds only with the cofactor", () => {
  const L = Point.Fn.ORDER;
  const a = 0x1234567890abcdefn;
  const publicKey = Point.BASE.multiply(a).toBytes();
  const message = new TextEncoder().encode("test_only");
  const number = (bytes: Uint8Array) => BigInt(`0x${bytes.slice().reverse().toHex()}`);
  const encode = (value: bigint) => Uint8Array.fromHex(value.toString(16).padStart(64, "0")).reverse();
  const signWith = (R: Uint8Array, r: bigint) => {
    const k = number(sha512(concat(R, publicKey, message))) % L;
    return { R, s: (r + k * a) % L };
  };
  const plain = signWith(Point.BASE.multiply(77n).toBytes(), 77n);
  const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  const crooked = signWith(Point.BASE.multiply(77n).add(torsion).toBytes(), 77n);
  const crookedSignature = concat(crooked.R, encode(crooked.s));
  // The library alone takes the last one: this is why it is not called as is.
  assert.ok(ed25519.verify(crookedSignature, message, publicKey, { zip215: false }));
  for (const p of BOTH) {
    assert.equal(p.ed25519Verify({ publicKey, message, signature: concat(plain.R, encode(plain.s)) }), true);
    assert.equal(
      p.ed25519Verify({ publicKey, message, signature: concat(plain.R, encode(plain.s + L)) }),
      false,
    );
    assert.equal(p.ed25519Verify({ publicKey, message, signature: crookedSignature }), false);
    assert.equal(
      p.ed25519Verify({ publicKey: publicKey.slice(1), message, signature: crookedSignature }),
      false,
    );
    assert.equal(p.ed25519Verify({ publicKey, message, signature: crookedSignature.slice(1) }), false);
  }
});

Deno.test("x25519() gives undefined for each public key of small order (P-22)", () => {
  // RFC 7748 section 6 and the list of low-order points of curve25519: 0, 1, two of order 8, p − 1, p, p + 1.
  const low = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ];
  for (const p of BOTH) {
    for (const point of low) {
      const bytes = Uint8Array.fromHex(point);
      assert.equal(p.x25519(new Uint8Array(32).fill(9), bytes), undefined, `${p.name} ${point}`);
      bytes[31]! |= 0x80;
      assert.equal(
        p.x25519(new Uint8Array(32).fill(9), bytes),
        undefined,
        `${p.name} ${point} with the top bit`,
      );
    }
  }
});

Deno.test("Primitives: a key or nonce of a wrong length is a Defect", () => {
  const input = {
    key: new Uint8Array(31),
    nonce: new Uint8Array(12),
    ad: new Uint8Array(0),
    data: new Uint8Array(16),
  };
  for (const p of BOTH) {
    assert.throws(() => p.aeadSeal(input), { name: "Defect" });
    assert.throws(() => p.aeadOpen({ ...input, key: new Uint8Array(32), nonce: new Uint8Array(8) }), {
      name: "Defect",
    });
    assert.throws(() => p.x25519(new Uint8Array(31), new Uint8Array(32)), { name: "Defect" });
    assert.throws(() => p.x25519(new Uint8Array(32), new Uint8Array(33)), { name: "Defect" });
    assert.throws(() => p.hkdf({ salt: input.ad, ikm: input.ad, info: input.ad, length: 16_321 }), {
      name: "Defect",
    });
  }
});
