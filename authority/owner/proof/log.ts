/**
 * Checks the authority's log as `owner log` saves it: every entry from the first on follows the one before it, and the log
 * key signed the last one's hash. It shows that nothing was changed, taken out or put in before the head; what came after it
 * is not in it.
 *
 * @module
 */
import * as v from "valibot";
import {
  checkChain,
  LOG_START,
  type LogEntry,
  logReply,
  openStatement,
  readWith,
  SIGNED_STATEMENT_BYTES,
  statementSubjects,
} from "../../api/mod.ts";
import { noble } from "../../../bootloader/suite/mod.ts";
import {
  assert,
  Malformed,
  sameBytes,
  type Statement,
  statementLayout,
} from "../../../bootloader/wire/mod.ts";
import { readJson } from "./proof_file.ts";
import { logKeysOf, type ProofTrust, signedBy } from "./trust.ts";
import { fails, type Verdict } from "./verdict.ts";

/** A log as it is saved: all entries, and the head that was signed when they were asked for. */
export interface SavedLog {
  readonly entries: readonly LogEntry[];
  /** 144 bytes in hex; null for a log without entries. */
  readonly head: string | null;
}

/** What a log that holds shows. */
export interface ProvenLog {
  readonly entries: number;
  /** SHA-512 of the chain at its end, in hex. */
  readonly head: string;
  /** When the log key signed it: milliseconds since 1970 by the authority's clock. */
  readonly signedAtMs: number;
}

/** Returns the log that a file holds. @throws {Malformed} naming the field that is wrong */
export function readLog(file: Uint8Array): SavedLog {
  return readWith(v.object(logReply.entries), readJson(file, "the log"), "the log");
}

/**
 * Returns what the log shows when it holds.
 *
 * @throws {Malformed} for a head of a wrong length, or a key set that the root did not sign
 */
export function verifyLog({ entries, head }: SavedLog, trust: ProofTrust): Verdict<ProvenLog> {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined || head === null) {
    return fails("it has no entries, or no signed head");
  }
  if (first.index !== 0) return fails(`it begins with entry ${first.index}: the whole log is needed`);
  const flaw = flawInChain(entries);
  if (flaw !== undefined) return fails(flaw);
  const signed = Uint8Array.fromHex(head);
  if (signed.length !== SIGNED_STATEMENT_BYTES) {
    throw new Malformed(`Cannot read the log's head: it has ${signed.length} bytes and must have 144`, {
      structure: "log",
    });
  }
  const signer = signedBy(signed, logKeysOf(trust));
  if (signer === undefined) return fails("no log key of the key sets signed its head");
  const said = statementLayout.decode(signed.subarray(0, statementLayout.size));
  const other = otherHead(said, last);
  if (other !== undefined) return fails(other);
  if (signer.owner !== said.owner) return fails("its head is of another owner");
  // The first implementation has to agree: it is the one that signs.
  const content = Uint8Array.fromHex(last.hash);
  openStatement(signed, { logKeys: [signer.logKey], subject: statementSubjects.logHead, content });
  return { holds: true, says: { entries: entries.length, head: last.hash, signedAtMs: said.atMs } };
}

function flawInChain(entries: readonly LogEntry[]): string | undefined {
  try {
    checkChain(entries, LOG_START, noble);
    return undefined;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return `entry ${error.field} does not follow the one before it`;
  }
}

function otherHead({ subject, number, content }: Statement, last: LogEntry): string | undefined {
  if (subject !== statementSubjects.logHead) return "the statement beside it is about something else";
  if (number !== last.index) return `its head is entry ${number} and the last one here is ${last.index}`;
  const hash = noble.sha512(Uint8Array.fromHex(last.hash)).subarray(0, content.length);
  assert(content.length === 32, "Cannot check a log: a statement covers 32 bytes");
  return sameBytes(hash, content) ? undefined : "its head is of another log";
}
