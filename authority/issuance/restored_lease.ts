/**
 * Books a lease that a restored authority does not know, proven by its delegation and tickets (P-63). Its units are unaccounted
 * already and stay so until they are reported. One of the present epoch proves an older database (P-64).
 *
 * @module
 */

import { wholeUidMask } from "../../bootloader/ticket/mod.ts";
import { type Delegation, sameBytes, type Ticket, uidOf } from "../../bootloader/wire/mod.ts";
import type { ApplianceReply, Decision, RestoredLeaseReply, RestoredLeaseRequest } from "../api/mod.ts";
import { appendEvent } from "../log/mod.ts";
import {
  findLease,
  findLeaseByKey,
  findLeaseTicket,
  findOrder,
  insertLease,
  insertLeaseTicket,
  keepAllowanceOf,
} from "../store/mod.ts";
import { eventOf, markOutdated, openEarlierDelegation, openEarlierTicket } from "./_earlier.ts";
import { barredBy, type Office, refuse } from "./office.ts";

/** Books a lease that this authority does not know, with tickets of it; its units stay unaccounted until they are reported. */
export function bookShownLease(
  office: Office,
  appliance: ApplianceReply,
  request: RestoredLeaseRequest,
): Decision<RestoredLeaseReply> {
  return office.db.transact(() => {
    const sealed = Uint8Array.fromHex(request.delegation);
    const delegation = openEarlierDelegation(office, appliance, sealed);
    const event = eventOf(appliance, "restored-refused", { lease: delegation?.lease ?? null });
    const barred = barredBy(office, appliance.appliance);
    if (barred !== undefined) return refuse(office, event, barred);
    if (delegation === undefined) return refuse(office, event, "restored-not-authentic");
    const { lease, epoch, product, release } = delegation;
    const known = findLease(office.db, lease);
    if (known === undefined && epoch >= office.epoch) {
      return markOutdated(office, appliance, { lease, epoch });
    }
    if (known !== undefined && !known.restored) return { granted: { lease } };
    const order = findOrder(office.db, request.order);
    if (order === undefined || order.product !== product || order.release !== release) {
      return refuse(office, event, "order-unknown");
    }
    const nowMs = office.nowMs();
    const tickets = readTickets(office, appliance, delegation, request);
    const [first] = tickets ?? [];
    const leaseKey = delegation.leaseKey.slice(0, 32);
    const isNew = known !== undefined || findLeaseByKey(office.db, leaseKey) === undefined;
    if (tickets === undefined || first === undefined || !isNew) {
      return refuse(office, event, "restored-not-authentic");
    }
    if (known === undefined) {
      keepAllowanceOf(office.db, request.order, appliance.appliance, nowMs);
      insertLease(office.db, {
        lease,
        order: request.order,
        product,
        release,
        appliance: appliance.appliance,
        epoch,
        units: delegation.units,
        uidValue: first.ticket.uidValue,
        uidMask: first.ticket.uidMask,
        leaseKey,
        // What was wrapped to the vault is with the vault; such a lease is never granted again.
        wrapKey: new Uint8Array(32),
        delegation: sealed,
        wrappedKey: new Uint8Array(112),
        notAfterSeconds: delegation.notAfter,
        restored: true,
      }, nowMs);
      appendEvent(
        office.db,
        eventOf(appliance, "restored-lease", { lease, order: request.order, units: delegation.units, epoch }),
        nowMs,
      );
    }
    for (const { ticket, sealed: bytes } of tickets) {
      if (findLeaseTicket(office.db, ticket.ticketId) !== undefined) continue;
      const { ticketId, leaseIndex, T } = ticket;
      const boundUid = sameBytes(ticket.uidMask, wholeUidMask()) ? uidOf(ticket.uidValue) : null;
      insertLeaseTicket(
        office.db,
        { ticketId, lease, position: leaseIndex, T, sealed: bytes, boundUid },
        nowMs,
        "unaccounted",
      );
    }
    return { granted: { lease } };
  });
}

/** Returns the shown tickets when each is one of this lease; undefined else. */
function readTickets(
  office: Office,
  appliance: ApplianceReply,
  { lease, epoch }: Delegation,
  request: RestoredLeaseRequest,
): readonly { readonly sealed: Uint8Array; readonly ticket: Ticket }[] | undefined {
  const read: { readonly sealed: Uint8Array; readonly ticket: Ticket }[] = [];
  for (const text of request.tickets) {
    const sealed = Uint8Array.fromHex(text);
    const ticket = openEarlierTicket(office, appliance, sealed);
    if (ticket?.lease !== lease || ticket.epoch !== epoch) return undefined;
    read.push({ sealed, ticket });
  }
  return read;
}
