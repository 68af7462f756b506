/**
 * Checks a receipt as the authority hands it out: the 212 bytes of record and MAC, countersigned by the log key. The
 * receipt key is secret, so a checker with public keys relies on the authority for the MAC: that is what the
 * countersignature says (D§3, P-39).
 *
 * @module
 */
import { openStatement, SIGNED_STATEMENT_BYTES, statementSubjects } from "../../api/mod.ts";
import { noble } from "../../../bootloader/suite/mod.ts";
import { Malformed, type Receipt, receiptLayout, statementLayout } from "../../../bootloader/wire/mod.ts";
import { logKeysOf, type ProofTrust, signedBy } from "./trust.ts";
import { fails, type Verdict } from "./verdict.ts";

/** Bytes of the MAC behind the record. */
const MAC_BYTES = 32;

/** What a countersigned receipt shows. */
export interface ProvenReceipt {
  readonly receipt: Receipt;
  /** When the authority committed the unit: milliseconds since 1970 by its clock. */
  readonly committedAtMs: number;
  /** Which message 2 of the ticket the receipt answers. */
  readonly number: number;
}

/**
 * Returns the receipt's content when the log key of a key set countersigned exactly these bytes.
 *
 * @throws {Malformed} for wrong lengths or fields, or a key set that the root did not sign
 */
export function verifyReceipt(
  proof: { readonly record: Uint8Array; readonly statement: Uint8Array },
  trust: ProofTrust,
): Verdict<ProvenReceipt> {
  const { record, statement } = proof;
  checkLength("the receipt record", record, receiptLayout.size + MAC_BYTES);
  checkLength("the countersignature", statement, SIGNED_STATEMENT_BYTES);
  const signer = signedBy(statement, logKeysOf(trust));
  if (signer === undefined) return fails("no log key of the key sets countersigned it");
  const said = statementLayout.decode(statement.subarray(0, statementLayout.size));
  if (said.subject !== statementSubjects.receipt) {
    return fails("the countersignature is about something else");
  }
  if (signer.owner !== said.owner) return fails("the countersignature is of another owner");
  if (!sameContent(record, said.content)) return fails("the countersignature is about another receipt");
  // The first implementation has to agree: it is the one that signs.
  openStatement(statement, { logKeys: [signer.logKey], subject: statementSubjects.receipt, content: record });
  const receipt = receiptLayout.decode(record.subarray(0, receiptLayout.size));
  return { holds: true, says: { receipt, committedAtMs: said.atMs, number: said.number } };
}

function sameContent(record: Uint8Array, content: Uint8Array): boolean {
  return noble.sha512(record).subarray(0, content.length).every((byte, index) => byte === content[index]);
}

function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new Malformed(`Cannot read ${what}: it has ${bytes.length} bytes and must have ${length}`, {
    structure: "receipt",
  });
}
