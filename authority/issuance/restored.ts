/**
 * Books what appliances show of the work before a restore: tickets with their messages 2 and receipts, and leases that this
 * authority does not know (P-63). All of it is proven by this authority's own signatures; what it says of the present epoch
 * and is not known here proves that the database is older than what it signed (P-64).
 *
 * @module
 */

import { padUid, type TicketId, uidOf } from "../../bootloader/wire/mod.ts";
import {
  type ApplianceReply,
  type Decision,
  limits,
  type RestoredLeaseReply,
  type RestoredLeaseRequest,
  type RestoredReply,
  type RestoredRequest,
} from "../api/mod.ts";
import { decideReport, type ReportPlan } from "../ledger/mod.ts";
import { appendEvent, type EventName, type LogEvent } from "../log/mod.ts";
import {
  findCertificate,
  findLease,
  findLeaseByKey,
  findLeaseTicket,
  findMessage2,
  findOrder,
  findTicket,
  findUnit,
  insertCertificate,
  insertLease,
  insertLeaseTicket,
  insertMessage2,
  insertReportedUnit,
  insertTicket,
  keepAllowanceOf,
  moveUnaccounted,
  proveKeyed,
  type StoredUnit,
  writeSetting,
} from "../store/mod.ts";
import { openEarlierDelegation, openEarlierTicket, readShown, type Shown } from "./_earlier.ts";
import { signCertificate } from "./certificate.ts";
import { bookReceipt } from "./delivery.ts";
import { barredBy, isOutdated, type Office, OUTDATED, refuse, whoAppliance } from "./office.ts";

type Result = RestoredReply["tickets"][number];

/** Books shown tickets; the same message again changes nothing. Facts are taken from frozen appliances too, like receipts. */
export function bookShown(
  office: Office,
  appliance: ApplianceReply,
  request: RestoredRequest,
): Decision<RestoredReply> {
  return office.db.transact(() => {
    const event = eventOf(appliance, "restored-refused", {});
    const read = request.tickets.map((shown) => readShown(office, appliance, shown));
    const results: Result[] = [];
    for (const [index, shown] of read.entries()) {
      if (shown === undefined) return refuse(office, event, "restored-not-authentic");
      const plan = planOf(office, appliance, shown);
      if (plan === "outdated") {
        return markOutdated(office, appliance, { ticket: shown.ticket.ticketId, epoch: shown.ticket.epoch });
      }
      const alarm = carryOut(office, appliance, shown, plan);
      const receipt = request.tickets[index]?.receipt ?? null;
      const { ticketId } = shown.ticket;
      const booked = plan !== "unaccounted-spent" && plan !== "order-unknown";
      const committed = booked && receipt !== null && findTicket(office.db, ticketId) !== undefined &&
        "granted" in bookReceipt(office, appliance, ticketId, receipt);
      results.push({ ticketId, booked, committed, alarm });
    }
    return { granted: { tickets: results } };
  });
}

function eventOf(appliance: ApplianceReply, event: EventName, about: LogEvent["about"]): LogEvent {
  return { event, who: whoAppliance(appliance.appliance), about };
}

/** P-64: the alarm is in the log and in every refusal until a new epoch has begun. */
function markOutdated(
  office: Office,
  appliance: ApplianceReply,
  proof: Readonly<Record<string, string | number>>,
): Decision<never> {
  if (!isOutdated(office)) {
    writeSetting(office.db, OUTDATED, JSON.stringify(proof));
    appendEvent(office.db, eventOf(appliance, "database-outdated", proof), office.nowMs());
  }
  return { refused: "epoch-needed" };
}

function planOf(office: Office, appliance: ApplianceReply, { ticket, records }: Shown): ReportPlan {
  const key = { family: ticket.family, uid: uidOf(records[0]!.uid) };
  const known = findTicket(office.db, ticket.ticketId);
  const unit = findUnit(office.db, key);
  const order = findOrder(office.db, records[0]!.order);
  // A unit that got another certificate in this epoch is not the one that was shown.
  const isOther = unit !== undefined && unit.serial !== null && !unit.presumed &&
    unit.serial !== records[0]!.serial && !unit.leased;
  const plan = decideReport({
    ticketEpoch: ticket.epoch,
    epoch: office.epoch,
    known: known === undefined ? undefined : { holdsUnit: unit?.unit === known.unit },
    complete: records.every(({ number }) => findMessage2(office.db, ticket.ticketId, number) !== undefined),
    shown: {
      order: records[0]!.order,
      product: ticket.product,
      release: ticket.release,
      appliance: appliance.appliance,
    },
    unit,
    // An order of another product or release is none for this ticket.
    counts: order?.product === ticket.product && order.release === ticket.release ? order.counts : undefined,
  });
  return plan === "attach" && isOther ? "held" : plan;
}

const ALARMS: Readonly<Partial<Record<ReportPlan, string>>> = {
  late: "unit-from-free",
  held: "uid-held",
  gone: "unit-given-back",
  "unaccounted-spent": "unaccounted-spent",
  "order-unknown": "order-unknown",
};

/** Carries a plan out and returns its alarm; what changes something, or should be looked at, is logged. */
function carryOut(
  office: Office,
  appliance: ApplianceReply,
  shown: Shown,
  plan: ReportPlan,
): string | null {
  if (plan === "nothing" || plan === "settled") return null;
  const { ticket, records } = shown;
  const [first] = records;
  const uid = uidOf(first!.uid);
  const nowMs = office.nowMs();
  if (plan === "take" || plan === "late") {
    const { order } = first!;
    if (plan === "late") moveUnaccounted(office.db, order, { units: 1, cause: "late", nowMs });
    moveUnaccounted(office.db, order, { units: -1, cause: "reported", nowMs });
    const { family, product, release, epoch } = ticket;
    const unit = office.random(16).toHex();
    insertReportedUnit(office.db, {
      unit,
      family,
      uid,
      order,
      product,
      release,
      epoch,
      appliance: appliance.appliance,
    }, nowMs);
  }
  const alarm = ALARMS[plan] ?? null;
  if (plan === "take" || plan === "late" || plan === "attach") bookMessages2(office, appliance, shown);
  const event = eventOf(appliance, "restored-ticket", {
    ticket: ticket.ticketId,
    uid,
    order: first!.order,
    plan,
    messages2: records.map(({ number }) => number).join(" "),
    ...(alarm === null ? {} : { alarm }),
  });
  if (alarm === null) appendEvent(office.db, event, nowMs);
  else refuse(office, event, "unit-state");
  return alarm;
}

/** Rebuilds ticket, certificate and MESSAGE2(ticket, n) of the unit that the UID has now (P-52, P-63). */
function bookMessages2(office: Office, appliance: ApplianceReply, { ticket, sealed, records }: Shown): void {
  const [first] = records;
  const key = { family: ticket.family, uid: uidOf(first!.uid) };
  const nowMs = office.nowMs();
  const unit = findUnit(office.db, key) as StoredUnit;
  const { serial, issuedAt, certificateTicket } = first!;
  proveKeyed(office.db, key, { serial, message2Count: records.at(-1)!.number, nowMs });
  if (findTicket(office.db, ticket.ticketId) === undefined) {
    insertTicket(office.db, {
      ...key,
      ticketId: ticket.ticketId,
      unit: unit.unit,
      order: unit.order,
      product: ticket.product,
      release: ticket.release,
      appliance: appliance.appliance,
      epoch: ticket.epoch,
      notBeforeSeconds: ticket.notBefore,
      notAfterSeconds: ticket.notAfter,
      // P-62: it gets no message 2 any more.
      closed: true,
      sealed,
    }, nowMs);
  }
  if (findCertificate(office.db, ticket.product, serial) === undefined) {
    const certificate = signCertificate(office, { ...ticket, uid: key.uid }, {
      serial,
      ticketId: certificateTicket,
      issuedAt,
    });
    const named = findTicket(office.db, certificateTicket) === undefined
      ? ticket.ticketId
      : certificateTicket;
    insertCertificate(office.db, {
      ...key,
      product: ticket.product,
      serial,
      ticketId: named,
      sealed: certificate,
    }, nowMs);
  }
  for (const { number, hh, h2 } of records) {
    if (findMessage2(office.db, ticket.ticketId, number) !== undefined) continue;
    insertMessage2(office.db, ticket.ticketId, { number, hh, h2 }, nowMs);
  }
}

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
    const tickets = request.tickets.map((text) => {
      const bytes = Uint8Array.fromHex(text);
      return { sealed: bytes, ticket: openEarlierTicket(office, appliance, bytes) };
    });
    const [first] = tickets;
    const leaseKey = delegation.leaseKey.slice(0, 32);
    const fits = tickets.every(({ ticket }) => ticket?.lease === lease && ticket.epoch === epoch) &&
      (known !== undefined || findLeaseByKey(office.db, leaseKey) === undefined);
    if (!fits || first?.ticket === undefined) return refuse(office, event, "restored-not-authentic");
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
      if (ticket === undefined || findLeaseTicket(office.db, ticket.ticketId as TicketId) !== undefined) {
        continue;
      }
      const { ticketId, leaseIndex, T } = ticket;
      insertLeaseTicket(
        office.db,
        { ticketId, lease, position: leaseIndex, T, sealed: bytes },
        nowMs,
        "unaccounted",
      );
    }
    return { granted: { lease } };
  });
}
