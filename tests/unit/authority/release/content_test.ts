/** Uploads that stop and resume, lie, or end with another digest. @module */

import assert from "node:assert/strict";
import { finishRelease, readRange, storePart } from "../../../../authority/release/mod.ts";
import {
  Database,
  dropContent,
  insertProduct,
  insertRelease,
  type StoredProduct,
} from "../../../../authority/store/mod.ts";
import { parseProductId, parseReleaseId } from "../../../../bootloader/wire/mod.ts";
import { PRODUCT, random } from "../_world.ts";

const RELEASE = parseReleaseId("03".repeat(16));
const BYTES = 16 * 528;

function emptyRelease(): Database {
  const db = new Database(":memory:");
  const product = parseProductId("01".repeat(8));
  const stored: StoredProduct = {
    ...PRODUCT,
    name: "a",
    product,
    certificatePublicKey: "00".repeat(32),
    createdAtMs: 1,
  };
  insertProduct(db, stored);
  insertRelease(db, {
    release: RELEASE,
    product,
    version: "1",
    length: 8192,
    personalOffset: 0,
    personalLength: 0,
    imageDigest: "00".repeat(32),
    wrappedKey: "00".repeat(112),
  }, { bytes: BYTES, createdMs: 1 });
  return db;
}

const codeOf = (decision: object) => "refused" in decision ? decision.refused : "granted";
const ports = (db: Database) => ({ db, nowMs: () => 1 });

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
}

Deno.test("storePart() takes parts of any size in order, and the same content comes back in any range", async () => {
  for (const size of [1, 7, 528, 1000, BYTES]) {
    const db = emptyRelease();
    const content = random(BYTES);
    const step = size === 1 ? 97 : size;
    for (let offset = 0; offset < BYTES; offset += step) {
      const part = content.subarray(offset, Math.min(BYTES, offset + step));
      assert.equal(codeOf(storePart(db, RELEASE, { offset, content: part })), "granted");
      // The reply was lost: the same part again changes nothing.
      assert.equal(codeOf(storePart(db, RELEASE, { offset, content: part })), "granted");
    }
    assert.equal(codeOf(readRange(db, RELEASE, { offset: 0, length: 1 })), "release-incomplete");
    assert.equal(codeOf(await finishRelease(ports(db), "owner", RELEASE, await sha256(content))), "granted");
    assert.equal(codeOf(await finishRelease(ports(db), "owner", RELEASE, await sha256(content))), "granted");
    for (let n = 0; n < 50; n += 1) {
      const offset = (random(2)[0] ?? 0) * 32;
      const length = 1 + (random(1)[0] ?? 0);
      const range = readRange(db, RELEASE, { offset, length });
      assert("granted" in range);
      assert.deepEqual(new Uint8Array(range.granted), content.slice(offset, offset + length));
    }
    db.close();
  }
});

Deno.test("storePart() refuses gaps, other bytes at a place, and more than the release has", async () => {
  const db = emptyRelease();
  const content = random(BYTES);
  const put = (offset: number, end: number, from = content) =>
    codeOf(storePart(db, RELEASE, { offset, content: from.subarray(offset, end) }));
  assert.equal(put(100, 200), "upload-elsewhere");
  assert.equal(put(0, 1000), "granted");
  assert.equal(put(500, 1500), "upload-elsewhere");
  assert.equal(put(0, 1000, random(BYTES)), "digest-wrong");
  assert.equal(
    codeOf(storePart(db, RELEASE, { offset: 1000, content: new Uint8Array(BYTES) })),
    "range-wrong",
  );
  assert.equal(codeOf(storePart(db, RELEASE, { offset: 1000, content: new Uint8Array(0) })), "range-wrong");
  assert.equal(
    codeOf(await finishRelease(ports(db), "owner", RELEASE, await sha256(content))),
    "release-incomplete",
  );
  assert.equal(put(1000, BYTES), "granted");
  assert.equal(codeOf(await finishRelease(ports(db), "owner", RELEASE, random(32))), "digest-wrong");
  // Dropped: the same encrypted bytes come again from the start.
  assert.equal(put(0, BYTES), "granted");
  assert.equal(codeOf(await finishRelease(ports(db), "owner", RELEASE, await sha256(content))), "granted");
  assert.equal(codeOf(await finishRelease(ports(db), "owner", RELEASE, random(32))), "upload-finished");
  assert.equal(put(0, BYTES, random(BYTES)), "digest-wrong");
  db.close();
});

Deno.test("finishRelease() completes what it hashed: content that is replaced meanwhile is not taken for it", async () => {
  const db = emptyRelease();
  const [first, second] = [random(BYTES), random(BYTES)];
  const digest = await sha256(first);
  storePart(db, RELEASE, { offset: 0, content: first });
  // Begins, and waits for the digest of `first`; then the content becomes `second`.
  const finishing = finishRelease(ports(db), "owner", RELEASE, digest);
  dropContent(db, RELEASE);
  storePart(db, RELEASE, { offset: 0, content: second });
  assert.equal(codeOf(await finishing), "upload-elsewhere");
  assert.equal(codeOf(readRange(db, RELEASE, { offset: 0, length: 1 })), "release-incomplete");
  assert.equal(codeOf(await finishRelease(ports(db), "owner", RELEASE, await sha256(second))), "granted");
  db.close();
});
