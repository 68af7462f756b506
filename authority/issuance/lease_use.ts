/**
 * Reads reported uses of a lease against the authority's own records: ticket, certificate, chip, and all of a receipt but its
 * MAC, which the vault alone can check. Books nothing.
 *
 * @module
 */

import { hash32 } from "../../bootloader/suite/mod.ts";
import {
  leasePersonalContent,
  openCertificate,
  OUTCOME_INSTALLED,
  receiptBytes,
  SIGNERS,
  uidMatches,
} from "../../bootloader/ticket/mod.ts";
import {
  assert,
  concat,
  isBlankUid,
  Malformed,
  padUid,
  receiptReportLayout,
  sameBytes,
  ticketLayout,
} from "../../bootloader/wire/mod.ts";
import type { LeaseUse } from "../api/mod.ts";
import { decideUse, type UseFacts, useFlaw, type UsePlan } from "../ledger/mod.ts";
import {
  findLeaseTicket,
  findProduct,
  findRelease,
  findUse,
  type StoredLease,
  type StoredLeaseTicket,
  type StoredUse,
} from "../store/mod.ts";
import type { Office } from "./office.ts";

/** One reported use, read against the authority's own records. */
export interface Report {
  readonly use: LeaseUse;
  readonly facts: UseFacts;
  readonly ticket: StoredLeaseTicket;
  readonly kept: StoredUse | undefined;
  readonly plan: UsePlan;
}

/** Returns the reports with what each does, or one sentence about the first that does not fit the lease. */
export function readUses(
  office: Office,
  lease: StoredLease,
  uses: readonly LeaseUse[],
): { readonly reports: readonly Report[] } | { readonly refused: string } {
  if (new Set(uses.map(({ ticketId }) => ticketId)).size !== uses.length) {
    return { refused: "A ticket is reported twice in one message" };
  }
  const reports: Report[] = [];
  for (const use of uses) {
    const ticket = findLeaseTicket(office.db, use.ticketId);
    if (ticket === undefined || ticket.lease !== lease.lease) {
      return { refused: `The lease has no ticket ${use.ticketId}` };
    }
    const flaw = useFlaw(use) ?? certificateFlaw(office, lease, ticket, use);
    if (flaw !== undefined) return { refused: `Ticket ${use.ticketId}: ${flaw}` };
    const record = readReceipt(office, lease, use);
    if ("refused" in record) return { refused: `Ticket ${use.ticketId}: ${record.refused}` };
    const { uid, family, certificate, state, message2Count } = use;
    const facts = { uid, family, certificate, state, message2Count, receipt: record.receipt };
    const kept = findUse(office.db, use.ticketId);
    reports.push({ use, facts, ticket, kept, plan: decideUse(ticket.state, kept, facts) });
  }
  return { reports };
}

/** Returns why a use is not one of this ticket of this lease, or undefined (P-56, P-15). */
function certificateFlaw(
  office: Office,
  lease: StoredLease,
  ticket: StoredLeaseTicket,
  use: LeaseUse,
): string | undefined {
  // The ticket itself says for which chips it is: a lease that was shown after a restore is not known otherwise.
  const isForChip = uidMatches(
    padUid(use.uid),
    ticketLayout.decode(ticket.sealed.slice(0, ticketLayout.size)),
  );
  if (isBlankUid(use.uid) || !isForChip) return "its chip is not one of the lease's";
  if (use.family !== findProduct(office.db, lease.product)?.family) return "its chip family is another";
  try {
    const key = { signer: SIGNERS.leaseEd25519, publicKey: lease.leaseKey };
    const result = openCertificate(Uint8Array.fromHex(use.certificate), key);
    if ("refused" in result) return "the lease's key did not sign its certificate";
    const { owner, product, release, serial, ticketId, family, uid } = result.opened;
    const fits = owner === office.owner && product === lease.product && release === lease.release &&
      result.opened.lease === lease.lease && serial === ticket.position && ticketId === use.ticketId &&
      family === use.family && sameBytes(uid, padUid(use.uid));
    return fits ? undefined : "its certificate says something else than the report";
  } catch (error) {
    if (error instanceof Malformed) return "its certificate cannot be read";
    throw error;
  }
}

/** Returns receipt record and MAC as they are kept; everything but the MAC is checked here (P-39), the MAC by the vault. */
function readReceipt(
  office: Office,
  lease: StoredLease,
  use: LeaseUse,
): { readonly receipt: UseFacts["receipt"] } | { readonly refused: string } {
  if (use.receipt === null) return { receipt: null };
  const release = findRelease(office.db, lease.release);
  const product = findProduct(office.db, lease.product);
  assert(release !== undefined && product !== undefined, "Cannot check a receipt: its release is not there");
  try {
    const report = receiptReportLayout.decode(Uint8Array.fromHex(use.receipt.report));
    const proof = { certificate: Uint8Array.fromHex(use.certificate), delegation: lease.delegation };
    const personal = leasePersonalContent(proof, release.personalLength);
    const fits = report.outcome === OUTCOME_INSTALLED && report.lock === product.lockLevel &&
      report.digest.toHex() === release.imageDigest && sameBytes(report.personalHash, hash32(personal));
    if (!fits) return { refused: "its receipt does not say that this release and certificate are installed" };
    const session = {
      hh: Uint8Array.fromHex(use.receipt.hh),
      uid: padUid(use.uid),
      ticketId: use.ticketId,
    };
    const record = concat(receiptBytes(session, report), report.mac);
    return { receipt: { number: use.receipt.number, record: record.toHex() } };
  } catch (error) {
    if (error instanceof Malformed) return { refused: "its receipt cannot be read" };
    throw error;
  }
}
