/**
 * Files of messages and replies as bytes: one spelling, every bound, every reserved byte (P-65). Signatures are looked at
 * elsewhere; here they are any 64 bytes.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CarriedRoute,
  carriedRoutes,
  decodeMessageFile,
  decodeReplyFile,
  encodeMessageFile,
  encodeReplyFile,
  type FiledMessage,
  fileLimits,
  looksCarried,
  type MessageFile,
  routes,
} from "../../../../authority/api/mod.ts";
import { hash32 } from "../../../../bootloader/suite/mod.ts";
import {
  carriedMessageLayout,
  concat,
  Malformed,
  messageFileLayout,
  parseApplianceId,
  parseOwnerId,
} from "../../../../bootloader/wire/mod.ts";

const ORIGIN = "https://authority.test:8443";
const named: readonly CarriedRoute[] = ["receipt", "failure", "leaseUses", "leaseReturns", "releaseContent"];

function message(route: CarriedRoute, changes: Partial<FiledMessage> = {}): FiledMessage {
  return {
    route,
    subject: named.includes(route) ? "ab".repeat(16) : null,
    range: route === "releaseContent" ? { offset: 0, length: 100 } : null,
    createdSeconds: 1_800_000_000,
    sequence: 7,
    head: new Uint8Array(224).fill(2),
    signature: new Uint8Array(64).fill(1),
    body: routes[route].request === null ? new Uint8Array() : new TextEncoder().encode("{}"),
    ...changes,
  };
}

function fileOf(...messages: readonly FiledMessage[]): MessageFile {
  const [owner, appliance] = [parseOwnerId("11".repeat(8)), parseApplianceId("22".repeat(8))];
  return { owner, appliance, atMs: 5, origin: ORIGIN, messages };
}

const all = Object.keys(carriedRoutes) as CarriedRoute[];
const good = encodeMessageFile(fileOf(...all.map((route) => message(route))));

/** Changes a file and gives it the digest that then fits: what a liar would do. */
function forged(change: (content: Uint8Array) => Uint8Array | void): Uint8Array {
  const content = good.slice(0, good.length - 32);
  const changed = change(content) ?? content;
  return concat(changed, hash32(changed));
}

function refuses(bytes: Uint8Array, says: RegExp): void {
  assert.throws(() => decodeMessageFile(bytes), (error) => {
    assert.ok(error instanceof Malformed, String(error));
    assert.match(error.message, says);
    return true;
  });
}

Deno.test("a file reads back as it was written, and writes again to the same bytes", () => {
  const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const one = fc.record({
    route: fc.constantFrom(...all),
    sequence: fc.nat(),
    signature: bytes,
    text: fc.string({ minLength: 1, maxLength: 300 }),
  });
  const reply = fc.record({
    status: fc.constantFrom(200, 404, 409),
    signature: bytes,
    body: fc.uint8Array(),
  });
  fc.assert(fc.property(fc.array(fc.tuple(one, reply), { minLength: 1, maxLength: 9 }), (pairs) => {
    const messages = pairs.map(([{ route, sequence, signature, text }]) =>
      message(route, {
        sequence,
        signature,
        ...(routes[route].request === null ? {} : { body: new TextEncoder().encode(text) }),
      })
    );
    const written = encodeMessageFile(fileOf(...messages));
    assert.deepEqual(decodeMessageFile(written), fileOf(...messages));
    assert.deepEqual(encodeMessageFile(decodeMessageFile(written)), written);
    const { messages: _, ...head } = fileOf();
    const keySet = new Uint8Array(268).fill(3);
    const replies = pairs.map(([, { status, signature, body }], index) => ({
      message: messages[index]!,
      status,
      logKeyId: "33".repeat(8),
      createdSeconds: 9,
      signature,
      body,
    }));
    const answered = encodeReplyFile({ ...head, keySet, replies });
    assert.deepEqual(decodeReplyFile(answered), { ...head, keySet, replies });
    assert.ok(looksCarried(written) && looksCarried(answered) && !looksCarried(written.subarray(1)));
  }));
});

Deno.test("every byte counts: a file with any byte changed, cut off or added is refused", () => {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const bent = good.slice();
      bent[at]! ^= by;
      refuses(bent, /damaged|no such file/);
      refuses(good.subarray(0, at), /damaged|no such file/);
    }),
    { numRuns: 300 },
  );
  refuses(concat(good, new Uint8Array(1)), /damaged/);
});

const HEAD = messageFileLayout.size;
const FIRST = HEAD + ORIGIN.length;
// The first message is a state, whose subject may be there or not.
const DENIALS = all.slice(0, all.indexOf("denials")).reduce(
  (at, route) => at + carriedMessageLayout.size + message(route).body.length,
  FIRST,
);
const at = carriedMessageLayout.offsets;
const WRONG: readonly (readonly [string, RegExp, (content: Uint8Array) => Uint8Array | void])[] = [
  ["another version", /"version"/, (content) => void (content[16] = 2)],
  ["a reserved byte of the head", /"reserved"/, (content) => void (content[17] = 1)],
  ["a count of zero", /count/, (content) => void content.fill(0, 20, 24)],
  ["a count of 513", /count/, (content) => void content.set([1, 2, 0, 0], 20)],
  ["more messages than it holds", /ends within/, (content) => void (content[20]! += 1)],
  ["fewer messages than it holds", /more in it/, (content) => void (content[20]! -= 1)],
  ["a byte left over", /more in it/, (content) => concat(content, new Uint8Array(1))],
  [
    "an address without TLS",
    /https/,
    (content) => void content.set(new TextEncoder().encode("http:///"), HEAD),
  ],
  ["an address with a path", /https/, (content) => void (content[FIRST - 5] = 0x2f)],
  [
    "a route that has no number: a ticket's, message 2's",
    /does not go by file/,
    (content) => void (content[FIRST] = 12),
  ],
  ["route zero", /does not go by file/, (content) => void (content[FIRST] = 0)],
  ["a reserved byte of a message", /"reserved"/, (content) => void (content[FIRST + 1] = 1)],
  [
    "a subject where the address names none",
    /not spelled/,
    (content) => void (content[DENIALS + at.subject] = 1),
  ],
  ["a range where there is none", /not spelled/, (content) => void (content[FIRST + at.offset] = 1)],
  ["a body where there is none", /not spelled/, (content) => void (content[FIRST + at.bodyLength] = 1)],
];
for (const [what, says, change] of WRONG) {
  Deno.test(`a message file with ${what} is refused though its digest fits`, () =>
    refuses(forged(change), says));
}

Deno.test("a body, and a file, beyond its bound is refused before it is read", () => {
  const long = message("lease", { body: new Uint8Array(fileLimits.messageBodyBytes + 1) });
  refuses(encodeMessageFile(fileOf(long)), /too long/);
  refuses(new Uint8Array(fileLimits.messageFileBytes + 1), /longer than 16 MiB/);
  assert.throws(() => decodeReplyFile(new Uint8Array(fileLimits.replyFileBytes + 1)), /longer than 64 MiB/);
});

Deno.test("tickets and message 2 have no number: their answers hold transport keys", () => {
  assert.deepEqual([...Object.values(carriedRoutes)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.ok(!("ticket" in carriedRoutes) && !("message1" in carriedRoutes));
});
