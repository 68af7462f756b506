/**
 * The log as a stranger checks it: whole and signed it holds; cut, changed, begun late, or signed by another it does not.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readLog, type SavedLog, verifyLog } from "../../../../../authority/owner/mod.ts";
import { type LogEntry, statementSubjects, writeStatement } from "../../../../../authority/api/mod.ts";
import { nextEntry } from "../../../../../authority/log/mod.ts";
import { makeSigningKeyPair, sign, type SigningKeyPair } from "../../../../../bootloader/suite/mod.ts";
import { sealKeyset } from "../../../../../bootloader/ticket/mod.ts";
import { concat, Malformed, parseOwnerId } from "../../../../../bootloader/wire/mod.ts";
import { seededBytes } from "../../../../vectors/firmware/image.ts";
import { seededRandom } from "../_owner_world.ts";

const random = seededRandom(78);
const root = makeSigningKeyPair(random);
const logKey = makeSigningKeyPair(random);
const stranger = makeSigningKeyPair(random);
const owner = parseOwnerId("00112233445566aa");
const otherOwner = parseOwnerId("ff".repeat(8));
const zero = new Uint8Array(32);

const keySet = sealKeyset({
  serial: 1,
  epoch: 1,
  owner,
  ticketKey: seededBytes(32, 1),
  logKey: logKey.publicKey,
  nextTicketKey: zero,
  nextLogKey: zero,
  unwrapKey: seededBytes(32, 9),
  issuedAt: 1,
}, root.seed);
const trust = { rootPublicKey: root.publicKey, signedKeySets: [keySet] };

const entries: LogEntry[] = [];
for (let n = 0; n < 12; n++) {
  entries.push(nextEntry(entries.at(-1), { event: "ticket", who: "appliance 00", about: { n } }, 1000 + n));
}

interface Head {
  readonly of?: LogEntry;
  readonly number?: number;
  readonly subject?: number;
  readonly by?: SigningKeyPair;
  readonly owner?: typeof owner;
}

function head(
  { of = entries.at(-1)!, number = of.index, subject = statementSubjects.logHead, by = logKey, ...rest }:
    Head = {},
): string {
  const facts = { subject, owner: rest.owner ?? owner, atMs: 7777, number };
  const message = writeStatement(facts, Uint8Array.fromHex(of.hash));
  return concat(message, sign(by.seed, message)).toHex();
}

function why(log: SavedLog): string {
  const verdict = verifyLog(log, trust);
  return verdict.holds ? "it holds" : verdict.why;
}

Deno.test("verifyLog() accepts a whole log with its signed head, as its file holds it", () => {
  const file = new TextEncoder().encode(JSON.stringify({ entries, head: head() }));
  const verdict = verifyLog(readLog(file), trust);
  assert.deepEqual(verdict, {
    holds: true,
    says: { entries: 12, head: entries.at(-1)!.hash, signedAtMs: 7777 },
  });
});

Deno.test("verifyLog() finds every entry that was changed, taken out or put in", () => {
  for (const [at, entry] of entries.entries()) {
    const changed = entries.with(at, { ...entry, entry: entry.entry.replace("ticket", "ticker") });
    assert.equal(why({ entries: changed, head: head() }), `entry ${at} does not follow the one before it`);
    assert.notEqual(why({ entries: entries.toSpliced(at, 1), head: head() }), "it holds", `without ${at}`);
    assert.notEqual(
      why({ entries: entries.toSpliced(at, 0, entry), head: head() }),
      "it holds",
      `twice ${at}`,
    );
  }
});

Deno.test("verifyLog() finds a log that was cut at either end, and one whose head is of another log", () => {
  assert.equal(
    why({ entries: entries.slice(0, -1), head: head() }),
    "its head is entry 11 and the last one here is 10",
  );
  assert.equal(
    why({ entries: entries.slice(1), head: head() }),
    "it begins with entry 1: the whole log is needed",
  );
  assert.equal(why({ entries: [], head: head() }), "it has no entries, or no signed head");
  assert.equal(why({ entries, head: null }), "it has no entries, or no signed head");
  assert.equal(why({ entries, head: head({ of: entries[3]!, number: 11 }) }), "its head is of another log");
});

Deno.test("verifyLog() takes a head by the log key only, about a log's head, of its owner", () => {
  const signed = "no log key of the key sets signed its head";
  assert.equal(why({ entries, head: head({ by: stranger }) }), signed);
  const bent = Uint8Array.fromHex(head());
  for (const at of [0, 20, 60, 100, 143]) {
    const copy = bent.slice();
    copy[at]! ^= 1;
    assert.equal(why({ entries, head: copy.toHex() }), signed, `byte ${at}`);
  }
  assert.match(why({ entries, head: head({ subject: statementSubjects.receipt }) }), /about something else/);
  assert.match(why({ entries, head: head({ owner: otherOwner }) }), /of another owner/);
});

Deno.test("readLog() names what is wrong with a file", () => {
  const read = (value: unknown) => () => readLog(new TextEncoder().encode(JSON.stringify(value)));
  assert.throws(
    read({ head: head() }),
    (error) =>
      error instanceof Malformed && /Cannot read the log at "entries": it is missing/.test(error.message),
  );
  assert.throws(read({ entries, head: "00" }), Malformed);
  assert.throws(() => readLog(new TextEncoder().encode("no JSON")), Malformed);
});
