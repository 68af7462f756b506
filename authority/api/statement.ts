/**
 * Statements of the log key: one structure for all it vouches for besides replies, so that the key signs one kind of
 * bytes (P-1). Says which content, in which role, when. Knows no store and no key.
 *
 * @module
 */

import { hash32, verify } from "../../bootloader/suite/mod.ts";
import {
  type Keyset,
  type OwnerId,
  sameBytes,
  type Statement,
  statementLayout,
} from "../../bootloader/wire/mod.ts";
import { malformed } from "./_errors.ts";

/** What a statement can be about; numbers are never reused. */
export const statementSubjects = Object.freeze({
  /** Content: the newest hash of the log, 64 bytes; number: its index. */
  logHead: 1,
  /** Content: the PEM text of the channel's certificate authority; number: the key set's serial. */
  caCertificate: 2,
  /** Content: the 212 bytes of receipt record and MAC; number: which message 2. */
  receipt: 3,
  /** Content: the lines of the list of denied chips; number: of the list, rising with every change. */
  denials: 4,
  /** Content: a key record; number: which message 2 of the unit. */
  keyRecord: 5,
});

/** Bytes of a statement with its signature. */
export const SIGNED_STATEMENT_BYTES = statementLayout.size + 64;

/** Returns the 80 bytes to sign for `content`. */
export function writeStatement(
  facts: {
    readonly subject: number;
    readonly owner: OwnerId;
    readonly atMs: number;
    readonly number: number;
  },
  content: Uint8Array,
): Uint8Array {
  return statementLayout.encode({ ...facts, content: hash32(content) });
}

/** Returns the log keys that a key set vouches for: the one in force, and the announced one (P-70). */
export function logKeysOf({ logKey, nextLogKey }: Keyset): readonly Uint8Array[] {
  return [logKey, nextLogKey].filter((key) => key.some((byte) => byte !== 0));
}

/**
 * Returns what a statement that one of the log keys has signed says about `content`. Verifies first, then parses (P-2).
 * @throws {Malformed} when the signature, the subject or the content is another.
 */
export function openStatement(
  signed: Uint8Array,
  expected: {
    readonly logKeys: readonly Uint8Array[];
    readonly subject: number;
    readonly content: Uint8Array;
  },
): Statement {
  const message = signed.subarray(0, statementLayout.size);
  const signature = signed.subarray(statementLayout.size);
  const holds = signed.length === SIGNED_STATEMENT_BYTES &&
    expected.logKeys.some((publicKey) => verify({ publicKey, message, signature }));
  if (!holds) throw malformed("statement", "its signature does not hold");
  const statement = statementLayout.decode(message);
  if (statement.subject !== expected.subject) throw malformed("statement", "it is about something else");
  if (!sameBytes(statement.content, hash32(expected.content))) {
    throw malformed("statement", "it is about other content");
  }
  return statement;
}
