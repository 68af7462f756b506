/**
 * Books what appliances show of the work before a restore: tickets with their messages 2 and receipts (P-63). All of it is
 * proven by this authority's own signatures; what is of the present epoch and not known here proves that the database is
 * older than what it signed (P-64).
 *
 * @module
 */

import { SIGNERS } from "../../bootloader/ticket/mod.ts";
import { uidOf } from "../../bootloader/wire/mod.ts";
import { type ApplianceReply, type Decision, type RestoredReply, type RestoredRequest } from "../api/mod.ts";
import { decideReport, type ReportPlan } from "../ledger/mod.ts";
import { appendEvent } from "../log/mod.ts";
import {
  findCertificate,
  findMessage2,
  findOrder,
  findTicket,
  findUnit,
  insertCertificate,
  insertMessage2,
  insertTicket,
  moveUnaccounted,
  proveKeyed,
  reserveUnit,
  type StoredUnit,
} from "../store/mod.ts";
import { eventOf, markOutdated, readShown, type Shown } from "./_earlier.ts";
import { signCertificate } from "./certificate.ts";
import { bookReceipt } from "./delivery.ts";
import { type Office, refuse } from "./office.ts";

/** Stands where the station of a unit that was shown is not known. */
const STATION = "restored";

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
    return { granted: { epoch: office.epoch, tickets: results } };
  });
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
  // A rework of a lent unit: its certificate is the lease key's, and the unit comes with the use that its vault reports.
  const isLent = records[0]!.signer !== SIGNERS.product && (unit === undefined || unit.leased);
  if (isLent && plan !== "outdated") return "settled";
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
    reserveUnit(office.db, {
      unit,
      family,
      uid,
      order,
      product,
      release,
      epoch,
      appliance: appliance.appliance,
      station: STATION,
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
  proveKeyed(office.db, key, {
    serial,
    message2Count: records.at(-1)!.number,
    appliance: appliance.appliance,
    nowMs,
  });
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
