/** Release encryption: length rule, chunks, digest, and images that are refused (P-17, P-31, P-32, P-36). @module */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as session from "../../../../bootloader/session/mod.ts";
import { LABELS, noble } from "../../../../bootloader/suite/mod.ts";
import { concat, parseReleaseId } from "../../../../bootloader/wire/mod.ts";
import { makeWorld, seededRandom, testImage } from "../../../vectors/protocol/world.ts";

const release = parseReleaseId("ab".repeat(16));
const random = seededRandom("release_test");
const NONE = session.NO_PERSONAL_REGION;
const image = testImage(seededRandom("image"));
const bytesOf = (secret: { use<T>(f: (raw: Uint8Array) => T): T }) => secret.use((raw) => raw.slice());

Deno.test("imageLength(): last byte that is not 0xFF, or the end of the personal region, up to a whole chunk", () => {
  const flash = (used: number) => new Uint8Array(8192).fill(0xff).fill(0, 0, used);
  for (
    const [used, length] of [[1, 512], [511, 512], [512, 512], [513, 1024], [8191, 8192], [
      8192,
      8192,
    ]] as const
  ) {
    assert.equal(session.imageLength(flash(used), NONE), length);
  }
  assert.equal(session.imageLength(flash(8), { offset: 512, length: 8 }), 1024);
  assert.equal(session.imageLength(flash(8), { offset: 504, length: 8 }), 512);
  assert.equal(session.imageLength(flash(0), NONE), 0);
});

Deno.test("encryptRelease(): every chunk is the AEAD of P-31, and opens to the image again", () => {
  const out = session.encryptRelease({ image, personal: NONE, release, random });
  assert.deepEqual([out.length, out.count, out.chunks.length], [2560, 5, 5 * 528]);
  const key = bytesOf(out.secrets.releaseKey);
  const source = session.chunkSourceOf(out.chunks);
  assert.equal(source.count, 5);
  for (let index = 0; index < 5; index += 1) {
    const place = { release, index, count: 5, length: 2560 };
    const clear = session.decryptChunk(source.chunk(index), place, out.secrets.releaseKey);
    assert.deepEqual(clear, image.slice(512 * index, 512 * index + 512));
    const u32s = Uint8Array.from([index, 0, 0, 0, 5, 0, 0, 0, 0, 10, 0, 0]);
    const ad = concat(LABELS.chunk, Uint8Array.fromHex(release), u32s);
    const nonce = Uint8Array.from([0, 0, 0, 0, index, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(noble.aeadSeal({ key, nonce, ad, data: clear! }), source.chunk(index));
  }
});

Deno.test("decryptChunk() refuses another index, count, length, release or key (P-31)", () => {
  const out = session.encryptRelease({ image, personal: NONE, release, random });
  const inner = session.chunkSourceOf(out.chunks).chunk(2);
  const place = { release, index: 2, count: out.count, length: out.length };
  const others = [{ index: 3 }, { count: 6 }, { length: 3072 }, { release: parseReleaseId("0".repeat(32)) }];
  assert.ok(session.decryptChunk(inner, place, out.secrets.releaseKey));
  for (const other of others) {
    assert.equal(session.decryptChunk(inner, { ...place, ...other }, out.secrets.releaseKey), undefined);
  }
  assert.equal(session.decryptChunk(inner, place, out.secrets.salt), undefined);
});

Deno.test("encryptRelease() never uses a key twice: two runs share no key, salt, digest or chunk (P-32)", () => {
  const [a, b] = [0, 1].map(() => session.encryptRelease({ image, personal: NONE, release, random }));
  assert.notDeepEqual(bytesOf(a!.secrets.releaseKey), bytesOf(b!.secrets.releaseKey));
  assert.notDeepEqual(bytesOf(a!.secrets.salt), bytesOf(b!.secrets.salt));
  assert.notDeepEqual(a!.imageDigest, b!.imageDigest);
  assert.notDeepEqual(a!.chunks.slice(0, 528), b!.chunks.slice(0, 528));
});

Deno.test("imageDigest(): H32(label, salt, flash) with the personal region read as 0xFF (PROTOCOL section 8)", () => {
  const { secrets } = session.encryptRelease({ image, personal: NONE, release, random });
  const personal = { offset: 3000, length: 264 };
  const flash = image.slice();
  flash.fill(7, personal.offset, personal.offset + personal.length);
  const expected = noble.sha512(concat(LABELS.digest, bytesOf(secrets.salt), image)).slice(0, 32);
  assert.deepEqual(session.imageDigest(flash, personal, secrets.salt), expected);
  flash[2999] = 7;
  assert.notDeepEqual(session.imageDigest(flash, personal, secrets.salt), expected);
});

const REFUSED: readonly [string, Uint8Array, session.PersonalRegion, RegExp][] = [
  ["no start vector (P-36)", new Uint8Array(8192).fill(0xff).fill(0, 8), NONE, /first 8 bytes/],
  ["part of a chunk", new Uint8Array(8000), NONE, /not whole chunks/],
  ["a personal region over the first word (P-17)", image, { offset: 0, length: 8 }, /breaks P-17/],
  ["a personal region that is too long (P-17)", image, { offset: 4096, length: 776 }, /breaks P-17/],
  ["a personal region that is not aligned (P-17)", image, { offset: 4100, length: 8 }, /breaks P-17/],
  ["a personal region of no bytes somewhere (P-17)", image, { offset: 4096, length: 0 }, /breaks P-17/],
  ["a personal region beyond flash (P-17)", image, { offset: 8184, length: 16 }, /breaks P-17/],
  ["a personal region that is not 0xFF", image, { offset: 16, length: 256 }, /not all 0xFF/],
];

for (const [what, refused, personal, message] of REFUSED) {
  Deno.test(`encryptRelease() refuses ${what}`, () => {
    assert.throws(() => session.encryptRelease({ image: refused, personal, release, random }), (error) => {
      assert.equal((error as Error).name, "Malformed");
      assert.match((error as Error).message, message);
      return true;
    });
  });
}

Deno.test("encryptRelease() leaves its input alone", () => {
  const copy = image.slice();
  session.encryptRelease({ image, personal: { offset: 2560, length: 256 }, release, random });
  assert.deepEqual(image, copy);
});

Deno.test("chunkSourceOf() refuses part of a chunk; a wrong index is a Defect", () => {
  for (const size of [0, 527, 529]) {
    assert.throws(() => session.chunkSourceOf(new Uint8Array(size)), { name: "Malformed" });
  }
  assert.throws(() => session.chunkSourceOf(new Uint8Array(528)).chunk(1), { name: "Defect" });
});

Deno.test("encryptRelease(): from 256 bytes to the whole flash, chunks always rebuild the image", () => {
  fc.assert(
    fc.property(fc.integer({ min: 256, max: 8192 }), (used) => {
      const one = testImage(seededRandom(`${used}`), used);
      const out = session.encryptRelease({ image: one, personal: NONE, release, random });
      const source = session.chunkSourceOf(out.chunks);
      const rebuilt = new Uint8Array(8192).fill(0xff);
      for (let index = 0; index < out.count; index += 1) {
        const place = { release, index, count: out.count, length: out.length };
        rebuilt.set(session.decryptChunk(source.chunk(index), place, out.secrets.releaseKey)!, index * 512);
      }
      assert.deepEqual(rebuilt, one);
    }),
    { numRuns: 40, seed: 6 },
  );
  assert.equal(makeWorld("whole", { image: testImage(random, 8192), personal: NONE }).release.count, 16);
});
