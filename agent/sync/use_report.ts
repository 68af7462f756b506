/**
 * One use of a lease as it is reported to the authority. Pure.
 *
 * @module
 */
import type { RequestOf } from "../../authority/api/mod.ts";
import type { LeaseTicket } from "../journal/mod.ts";

const reportedStates = { bound: "reserved", keyed: "keyed", committed: "committed" } as const;

/** What a reported state is called in the journal. */
export const statesTold = Object.freeze(
  { reserved: "bound", keyed: "keyed", committed: "committed" } as const,
);

/** Returns what is reported of a ticket that is bound to a chip. */
export function useOf(ticket: LeaseTicket): RequestOf<"leaseUses">["uses"][number] {
  const { chip, certificate, receipt, state } = ticket;
  if (chip === null || certificate === null || !(state in reportedStates)) {
    throw new RangeError("a ticket without a use is reported");
  }
  return {
    ticketId: ticket.ticketId,
    uid: chip.uid,
    family: chip.family,
    certificate: certificate.toHex(),
    message2Count: ticket.message2,
    state: reportedStates[state as keyof typeof reportedStates],
    receipt: receipt === null ? null : { number: receipt.number, hh: receipt.hh, report: receipt.report },
    atMs: ticket.changedMs,
  };
}
