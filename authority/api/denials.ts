/**
 * The owner's list of denied chips, as the log key signs it for appliances (P-74): canonical bytes, a number that rises with
 * every change, a bound. Knows no store and no key.
 *
 * @module
 */

import { parseUid, type Uid } from "../../bootloader/wire/mod.ts";
import { malformed } from "./_errors.ts";
import type { DenialsReply } from "./appliance_schemas.ts";
import { openStatement, statementSubjects } from "./statement.ts";

/** The most chips that are denied at a time: what every appliance holds, and one reply carries. */
export const DENIALS_MOST = 10_000;

/** A denied chip. */
export interface DeniedChip {
  readonly family: number;
  readonly uid: Uid;
}

/** Changes of the list within one epoch, before the next epoch's numbers begin; epochs are seconds (P-61) and stay below 2^53 so. */
const CHANGES_MOST = 2 ** 20;

/** Returns the number of a list: a restored authority, whose epoch is higher, is newer than all that it had forgotten. */
export function denialNumber(epoch: number, changes: number): number {
  return epoch * CHANGES_MOST + changes;
}

/** Returns the bytes that the statement covers: one line for each chip, in ascending order. */
export function writeDenials(chips: readonly DeniedChip[]): Uint8Array {
  const lines = chips.map(({ family, uid }) => `${String(family).padStart(5, "0")} ${uid}\n`);
  return new TextEncoder().encode(lines.sort().join(""));
}

/** Returns the list of an authentic reply with its number. @throws {Malformed} when the log key did not sign this list. */
export function openDenials(
  reply: DenialsReply,
  expected: { readonly owner: string; readonly logKeys: readonly Uint8Array[] },
): { readonly number: number; readonly chips: readonly DeniedChip[] } {
  const chips = reply.chips.map(({ family, uid }) => ({ family, uid: parseUid(uid) }));
  const content = writeDenials(chips);
  const { logKeys } = expected;
  const { number, owner } = openStatement(Uint8Array.fromHex(reply.statement), {
    logKeys,
    subject: statementSubjects.denials,
    content,
  });
  if (owner !== expected.owner) throw malformed("list of denied chips", "it is another owner's");
  return { number, chips };
}
