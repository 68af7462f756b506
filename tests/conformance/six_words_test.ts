/** P-76: the six words by a second implementation, written from the clause; its example; and who draws its key when. @module */
import assert from "node:assert/strict";
import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import protocol from "../../bootloader/PROTOCOL.md" with { type: "text" };
import { enrolmentWords } from "../../authority/api/mod.ts";

/** P-76 word by word, on another implementation of SHA-512. */
function wordsByTheClause(root: Uint8Array, identity: Uint8Array): string {
  const text = new Uint8Array(16 + 32 + 32);
  text.set(new TextEncoder().encode("flashseal words"));
  text.set(root, 16);
  text.set(identity, 48);
  const hash = new DataView(sha512(text).buffer);
  const [c, w] = ["bdfghjklmnprstvz", "aiou"];
  return Array.from({ length: 6 }, (_, i) => {
    const v = hash.getUint16(2 * i);
    return c[v >> 12]! + w[(v >> 10) & 3]! + c[(v >> 6) & 15]! + w[(v >> 4) & 3]! + c[v & 15]!;
  }).join(" ");
}

Deno.test("P-76: both implementations show the same six words, 96 bits of them, for any two keys", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(fc.property(key, key, (root, identity) => {
    assert.equal(enrolmentWords(root, identity), wordsByTheClause(root, identity));
  }));
});

Deno.test("P-76: the example in PROTOCOL.md is what both implementations give", () => {
  const example = /identity public key 32 × `0x02`: `([a-z ]+)`/.exec(protocol)?.[1];
  const [root, identity] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  assert.equal(wordsByTheClause(root, identity), example);
  assert.equal(enrolmentWords(root, identity), example);
});

Deno.test("P-76: each bit of either key changes the words", () => {
  const [root, identity] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const all = new Set([enrolmentWords(root, identity), enrolmentWords(identity, root)]);
  for (let bit = 0; bit < 256; bit++) {
    const flipped = (key: Uint8Array) => key.with(bit >> 3, (key[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
    all.add(enrolmentWords(flipped(root), identity)).add(enrolmentWords(root, flipped(identity)));
  }
  assert.equal(all.size, 2 + 2 * 256);
});
