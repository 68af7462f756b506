/**
 * Admits what an appliance signed: its sequence number, then the head of its record (P-68, P-69), in one transaction and
 * before the act. A head that shows a disk put back or copied freezes the appliance; each act looks at that by itself.
 *
 * @module
 */

import { openRecordHead } from "../../bootloader/ticket/mod.ts";
import { type ApplianceId, Malformed, type RecordHead } from "../../bootloader/wire/mod.ts";
import type { ApplianceReply } from "../api/mod.ts";
import { admitSequence, decideHead } from "../ledger/mod.ts";
import {
  findAppliance,
  hashOfRecord,
  insertHead,
  newestHead,
  noteHeard,
  noteKnown,
  noteTold,
  readWindow,
  uidsAfterHead,
  writeWindow,
} from "../store/mod.ts";
import { freeze } from "./freeze.ts";
import type { Office } from "./office.ts";
import { outdatedNow } from "./renewal.ts";

/** A request whose signature held. */
export interface SignedRequest {
  readonly sequence: number;
  /** The sealed head that it carries; undefined: none. */
  readonly sealedHead: Uint8Array | undefined;
  /**
   * Whether the head has to prove the newest kept one; receipts are the target's word and wait for nothing. Asked for where a
   * state will be told.
   */
  readonly proof: "asked" | "welcome" | "not-needed";
}

/** Whether a request may be acted upon. */
export type Admission =
  /** `outdated`: a person must renew the appliance first (P-73); what it may do until then is the caller's to know. */
  | { readonly admitted: true; readonly outdated: boolean }
  | { readonly refused: "replay"; readonly highestSequence: number }
  | { readonly refused: "record-asked"; readonly askedRecord: number }
  | { readonly refused: "request-not-authentic" };

/** Admits a request of an appliance, durably. */
export function admitRequest(office: Office, appliance: ApplianceReply, request: SignedRequest): Admission {
  const { sequence, sealedHead } = request;
  const head = sealedHead === undefined ? undefined : readHead(appliance, sealedHead, sequence);
  // A head that is not this appliance's, or of another request, was put there by somebody else.
  if (head === null) return { refused: "request-not-authentic" };
  const { appliance: id } = appliance;
  return office.db.transact((): Admission => {
    const window = readWindow(office.db, id);
    const after = admitSequence(window, sequence);
    // A replayed head is never judged: whoever recorded a request cannot make it look like a disk that was put back.
    if (after === undefined) return { refused: "replay", highestSequence: window.highest };
    const nowMs = office.nowMs();
    writeWindow(office.db, id, after, nowMs);
    // P-78: whoever carried it and whenever it was written, it is true from then on.
    if (head !== undefined && head.known !== null) noteKnown(office.db, id, head.known, nowMs);
    const asked = judge(office, id, request, head);
    if (asked !== undefined) return { refused: "record-asked", askedRecord: asked };
    const known = findAppliance(office.db, id);
    const outdated = known !== undefined && outdatedNow(office, known);
    if (!outdated) noteHeard(office.db, id, nowMs);
    if (request.proof === "asked") noteTold(office.db, id, nowMs);
    return { admitted: true, outdated };
  });
}

function readHead(appliance: ApplianceReply, sealed: Uint8Array, sequence: number): RecordHead | null {
  try {
    const opening = openRecordHead(sealed, { publicKey: Uint8Array.fromHex(appliance.publicKey) });
    if ("refused" in opening) return null;
    const { opened } = opening;
    return opened.appliance === appliance.appliance && opened.sequence === sequence ? opened : null;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/** Judges a head; returns the number that has to be proven first, or undefined. */
function judge(
  office: Office,
  appliance: ApplianceId,
  { sealedHead, proof }: SignedRequest,
  head: RecordHead | undefined,
): number | undefined {
  const { db } = office;
  if (findAppliance(db, appliance)?.frozenAtMs !== null) return undefined;
  const newest = newestHead(db, appliance);
  if (head === undefined || sealedHead === undefined) {
    // Whoever has shown its record once shows it always: a copy could be hidden otherwise.
    return newest === undefined || proof === "not-needed" ? undefined : newest.number;
  }
  const reported = {
    sequence: head.sequence,
    number: head.number,
    hash: head.hash.toHex(),
    base: { number: head.baseNumber, hash: head.baseHash.toHex() },
    asked: { number: head.askedNumber, hash: head.askedHash.toHex() },
  };
  const hashAt = (number: number) => hashOfRecord(db, appliance, number);
  // P-69.
  const plan = decideHead({ reported, newest, hashAt });
  switch (plan.act) {
    case "keep":
      insertHead(db, appliance, { ...reported, sealed: sealedHead }, office.nowMs());
      return undefined;
    case "nothing":
      return undefined;
    case "ask":
      return proof === "asked" ? plan.number : undefined;
    case "freeze":
      freeze(office, appliance, {
        because: plan.because,
        uids: uidsAfterHead(db, appliance, plan.common),
        about: { record: head.number, known: newest?.number ?? null, common: plan.common },
      });
      return undefined;
  }
}
