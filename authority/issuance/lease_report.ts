/**
 * Books what an appliance reports of its leases, as facts on the appliance's word: uses and returned tickets (P-58, P-59).
 * A report that contradicts an earlier one freezes the appliance and books nothing else.
 *
 * @module
 */

import { assert, type LeaseId, type TicketId, type Uid } from "../../bootloader/wire/mod.ts";
import type {
  ApplianceReply,
  Decision,
  ReturnsReply,
  ReturnsRequest,
  UsesReply,
  UsesRequest,
} from "../api/mod.ts";
import {
  alarmsOfBooking,
  decideHolder,
  decideReturn,
  freeOf,
  type UseAlarm,
  type UseFacts,
} from "../ledger/mod.ts";
import { appendEvent, type LogEvent } from "../log/mod.ts";
import {
  advanceUse,
  closeTickets,
  findLease,
  findLeaseTicket,
  findOrder,
  findUnit,
  findUse,
  hashOfRecord,
  insertLeasedUnit,
  insertUse,
  isDenied,
  keepJournalHead,
  keyLeasedUnit,
  moveLent,
  moveUnaccounted,
  returnUnit,
  settleUnit,
  type StoredLease,
  type StoredLeaseTicket,
  type StoredUse,
} from "../store/mod.ts";
import { freeze, frozenDetail, nameFurther } from "./freeze.ts";
import { readUses, type Report } from "./lease_use.ts";
import { barredBy, type Office, refuse, whoAppliance } from "./office.ts";

/** Books uses of a lease; the same report again changes nothing. */
export function reportUses(
  office: Office,
  appliance: ApplianceReply,
  id: LeaseId,
  request: UsesRequest,
): Decision<UsesReply> {
  return office.db.transact(() => {
    const event: LogEvent = {
      event: "lease-uses-refused",
      who: whoAppliance(appliance.appliance),
      about: { lease: id },
    };
    const lease = leaseOf(office, appliance, id);
    if ("refused" in lease) {
      if (lease.refused === "appliance-frozen") nameUses(office, appliance, id, request);
      return refuse(office, event, lease.refused);
    }
    const read = readUses(office, lease.granted, request.uses);
    if ("refused" in read) return refuse(office, event, "use-not-valid", read.refused);
    const forked = read.reports.filter(({ plan }) => plan === "fork");
    const head = hashOfRecord(office.db, appliance.appliance, request.chain.number);
    if (forked.length > 0 || (head !== undefined && head !== request.chain.hash)) {
      // Both sides of a contradiction are named: the UID reported now and the one reported before.
      const uids = forked.flatMap(({ use, kept }) => kept === undefined ? [use.uid] : [use.uid, kept.uid]);
      return contradiction(
        office,
        appliance,
        id,
        uids.length > 0 ? uids : request.uses.map(({ uid }) => uid),
      );
    }
    const short = unitsShort(office, lease.granted, read.reports);
    if (short.length > 0) {
      const named = { ...event, about: { ...event.about, uids: short.join(" ") } };
      return refuse(office, named, "unaccounted-spent", `No unit for ${short.join(", ")}`);
    }
    keepJournalHead(office.db, appliance.appliance, request.chain);
    const alarms = read.reports.flatMap((report) =>
      carryOut(office, lease.granted, report).map((alarm) => ({
        ticketId: report.use.ticketId,
        uid: report.use.uid,
        alarm,
      }))
    );
    const accepted = request.uses.map(({ ticketId }) => ticketId);
    return { granted: { epoch: office.epoch, accepted, alarms } };
  });
}

/** The chips of reported uses whose units a person has freed, beyond what the order has left for them. */
function unitsShort(office: Office, lease: StoredLease, reports: readonly Report[]): readonly Uid[] {
  const counts = findOrder(office.db, lease.order)?.counts;
  assert(counts !== undefined, "Cannot book uses: their order is not there");
  return reports.filter(({ plan, ticket }) => plan === "book" && ticket.state === "unaccounted")
    .slice(counts.unaccounted + freeOf(counts)).map(({ use }) => use.uid);
}

function leaseOf(office: Office, appliance: ApplianceReply, id: LeaseId): Decision<StoredLease> {
  const barred = barredBy(office, appliance.appliance);
  if (barred !== undefined) return { refused: barred };
  const lease = findLease(office.db, id);
  return lease === undefined || lease.appliance !== appliance.appliance
    ? { refused: "lease-unknown" }
    : { granted: lease };
}

/** P-59: freezes the appliance for good and names the chips; the log has who and what. */
function contradiction(
  office: Office,
  { appliance }: ApplianceReply,
  lease: LeaseId,
  uids: readonly Uid[],
): Decision<never> {
  const named = freeze(office, appliance, { because: "contradiction", uids, about: { lease } });
  return { refused: "appliance-frozen", detail: frozenDetail("contradiction", named) };
}

/** P-69: nothing of it is booked; chips that the vault made twice, or that nobody has heard of, are named. */
function nameUses(office: Office, appliance: ApplianceReply, id: LeaseId, request: UsesRequest): void {
  const lease = findLease(office.db, id);
  if (lease === undefined || lease.appliance !== appliance.appliance) return;
  const uids = request.uses.flatMap((use) => {
    // One by one: a use that does not fit hides no other.
    const read = readUses(office, lease, [use]);
    const [report] = "refused" in read ? [] : read.reports;
    if (report?.plan !== "book" && report?.plan !== "fork") return [];
    return report.kept === undefined ? [use.uid] : [use.uid, report.kept.uid];
  });
  nameFurther(office, appliance.appliance, uids);
}

function carryOut(office: Office, lease: StoredLease, report: Report): readonly UseAlarm[] {
  const { use, plan, kept } = report;
  if (plan === "nothing" || plan === "fork") return [];
  assert(plan === "book" || kept !== undefined, "Cannot advance a use: none is kept");
  const alarms = kept === undefined ? book(office, lease, report) : advance(office, report, kept);
  appendEvent(office.db, {
    event: "lease-use",
    who: whoAppliance(lease.appliance),
    about: {
      lease: lease.lease,
      ticket: use.ticketId,
      uid: use.uid,
      state: use.state,
      message2Count: use.message2Count,
      at: use.atMs,
      ...(alarms.length === 0 ? {} : { alarms: alarms.join(" ") }),
    },
  }, office.nowMs());
  return alarms;
}

/** The first report: the unit leaves the lease, and takes the UID where no other unit holds it. */
function book(office: Office, lease: StoredLease, { use, facts, ticket }: Report): readonly UseAlarm[] {
  const nowMs = office.nowMs();
  const holder = findUnit(office.db, use);
  const order = findOrder(office.db, lease.order);
  assert(order !== undefined, "Cannot book a use: its order is not there");
  const place = decideHolder(holder);
  if (place === "reserved") {
    // Begun online, finished offline: the online ticket never gave a key, and gives none from here on.
    closeTickets(office.db, use);
    returnUnit(office.db, use, "reserved");
  }
  if (ticket.state === "unaccounted" && order.counts.unaccounted === 0) {
    // A person has freed its unit, and the device exists after all: a free one stands in.
    moveUnaccounted(office.db, lease.order, { units: 1, cause: "late", nowMs });
  }
  moveLent(office.db, ticket, "used", nowMs);
  const unit = place === "held" ? null : office.random(16).toHex();
  const { ticketId, uid, family } = use;
  if (unit !== null) {
    insertLeasedUnit(office.db, { ...lease, unit, family, uid, leaseTicket: ticketId }, nowMs);
    moveUnit(office, unit, { from: "reserved", facts, serial: ticket.position });
  }
  insertUse(office.db, { ...facts, ticketId, unit }, nowMs);
  return alarmsOfBooking({
    appliance: lease.appliance,
    holder,
    denied: isDenied(office.db, use),
    message2Count: use.message2Count,
    message2Limit: order.message2Limit,
    atSeconds: Math.floor(use.atMs / 1000),
    notAfterSeconds: lease.notAfterSeconds,
  });
}

/** A later report that says more: its unit follows, unless a person has decided about it meanwhile. */
function advance(office: Office, { facts, ticket }: Report, kept: StoredUse): readonly UseAlarm[] {
  const nowMs = office.nowMs();
  const message2Count = Math.max(kept.message2Count, facts.message2Count);
  advanceUse(office.db, { ...facts, message2Count, ticketId: ticket.ticketId }, nowMs);
  if (kept.unit === null) return [];
  const unit = findUnit(office.db, kept);
  if (unit?.unit !== kept.unit) return ["unit-given-back"];
  if (unit.state === "lost") return ["uid-lost"];
  moveUnit(office, kept.unit, {
    from: unit.state,
    facts: { ...facts, message2Count },
    serial: ticket.position,
  });
  return [];
}

/** Brings a unit of a lease to the state that was reported. */
function moveUnit(
  office: Office,
  unit: string,
  { from, facts, serial }: { readonly from: string; readonly facts: UseFacts; readonly serial: number },
): void {
  const nowMs = office.nowMs();
  if (facts.state === "reserved") return;
  if (from !== "committed") {
    keyLeasedUnit(office.db, unit, { message2Count: facts.message2Count, serial, nowMs });
  }
  if (facts.state === "committed" && from !== "committed") settleUnit(office.db, facts, "committed", nowMs);
}

/** Takes unused tickets of a lease back, on the vault's word; the same report again changes nothing. */
export function returnTickets(
  office: Office,
  appliance: ApplianceReply,
  id: LeaseId,
  { ticketIds }: ReturnsRequest,
): Decision<ReturnsReply> {
  return office.db.transact(() => {
    const event: LogEvent = {
      event: "lease-uses-refused",
      who: whoAppliance(appliance.appliance),
      about: { lease: id },
    };
    const lease = leaseOf(office, appliance, id);
    if ("refused" in lease) return refuse(office, event, lease.refused);
    const named = [...new Set<TicketId>(ticketIds)];
    const tickets = named.map((ticketId) => findLeaseTicket(office.db, ticketId));
    const own = tickets.filter((ticket) =>
      ticket !== undefined && ticket.lease === id
    ) as StoredLeaseTicket[];
    if (own.length !== named.length) {
      return refuse(office, event, "use-not-valid", "A ticket is not one of the lease's");
    }
    const forked = own.filter(({ state }) => decideReturn(state) === "fork");
    if (forked.length > 0) {
      return contradiction(
        office,
        appliance,
        id,
        forked.flatMap(({ ticketId }) => findUse(office.db, ticketId)?.uid ?? []),
      );
    }
    const fresh = own.filter(({ state }) => decideReturn(state) === "return");
    // D§6: what comes back from before a restore is not free until a person says so.
    const to = lease.granted.epoch === office.epoch ? "returned" : "unaccounted";
    for (const ticket of fresh) moveLent(office.db, ticket, to, office.nowMs());
    if (fresh.length > 0) {
      appendEvent(
        office.db,
        {
          ...event,
          event: "lease-returns",
          about: { lease: id, units: fresh.length, word: "appliance", to },
        },
        office.nowMs(),
      );
    }
    return { granted: { epoch: office.epoch, returned: named } };
  });
}
