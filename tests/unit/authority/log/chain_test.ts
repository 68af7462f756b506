/** The log's chain finds every change, removal, repetition and exchange of an entry. @module */

import assert from "node:assert/strict";
import type { LogEntry } from "../../../../authority/api/mod.ts";
import { checkChain, entryText, LOG_START, nextEntry } from "../../../../authority/log/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";

function logOf(length: number): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let n = 0; n < length; n += 1) {
    entries.push(
      nextEntry(
        entries.at(-1),
        { event: "ticket", who: "appliance 00", about: { n, uid: `uid ${n}` } },
        1000 + n,
      ),
    );
  }
  return entries;
}

Deno.test("checkChain() takes a whole log, and the rest of one after a known hash", () => {
  const log = logOf(20);
  checkChain(log, LOG_START);
  checkChain(log.slice(7), Uint8Array.fromHex(log[6]?.hash ?? ""));
  checkChain([], LOG_START);
});

Deno.test("checkChain() finds every changed, removed, repeated or exchanged entry", () => {
  const log = logOf(12);
  for (let at = 0; at < log.length; at += 1) {
    const entry = log[at];
    assert(entry !== undefined);
    const bent: readonly LogEntry[][] = [
      log.with(at, { ...entry, entry: entry.entry.replace('"n":', '"m":') }),
      log.with(at, { ...entry, hash: entry.hash.replace(/^./, (c) => (c === "0" ? "1" : "0")) }),
      log.with(at, { ...entry, index: entry.index + 1 }),
      [...log.slice(0, at + 1), entry, ...log.slice(at + 1)],
      // Removing the last entry is what only a signed head shows.
      ...(at < log.length - 1
        ? [log.toSpliced(at, 1), log.with(at, log[at + 1] ?? entry).with(at + 1, entry)]
        : []),
    ];
    for (const entries of bent) assert.throws(() => checkChain(entries, LOG_START), Malformed, `entry ${at}`);
  }
});

Deno.test("entryText() does not depend on the order in which facts were named", () => {
  const event = { event: "ticket", who: "a" } as const;
  assert.equal(
    entryText({ ...event, about: { a: 1, b: 2 } }, 5),
    entryText({ ...event, about: { b: 2, a: 1 } }, 5),
  );
  assert.equal(
    entryText({ ...event, about: { b: 2, a: 1 } }, 5),
    '{"about":{"a":1,"b":2},"at":5,"event":"ticket","who":"a"}',
  );
});
