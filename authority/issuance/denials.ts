/**
 * The list of denied chips for appliances, signed as it is now (P-74).
 *
 * @module
 */

import { denialNumber, type DenialsReply, statementSubjects, writeDenials } from "../api/mod.ts";
import { denialChanges, listDenials } from "../store/mod.ts";
import type { Office } from "./office.ts";

/** Returns the number of the list as it is now. */
export function denialNumberNow(office: Office): number {
  return denialNumber(office.epoch, denialChanges(office.db));
}

/** Returns the list as it is now, with the log key's statement over it. */
export function signedDenials(office: Office): DenialsReply {
  // One transaction: number and list belong to each other.
  return office.db.transact(() => {
    const chips = listDenials(office.db);
    const facts = {
      subject: statementSubjects.denials,
      owner: office.owner,
      atMs: office.nowMs(),
      number: denialNumberNow(office),
    };
    return { chips: [...chips], statement: office.signer.sealStatement(facts, writeDenials(chips)).toHex() };
  });
}
