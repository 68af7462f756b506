/**
 * The reference's answers on line: tickets, messages 2, receipts, failures; and what owners and other people decide. Like
 * `_reference.ts` it knows nothing of the product.
 *
 * @module
 */

import {
  type Expected,
  givenNow,
  GRANTED,
  type Order,
  type Reference,
  type Ticket,
  type Unit,
} from "./_reference.ts";

/** A ticket is asked for. A granted answer says which ticket it is: an old one, or one whose id has to be given. */
export function askTicket(
  day: Reference,
  asked: {
    readonly appliance: string;
    readonly uid: string;
    readonly product: string;
    /** The board would have to be erased: a ticket is wanted for a rework only. */
    readonly rework: boolean;
  },
): Expected & { readonly ticket?: Ticket } {
  const { appliance, uid, product } = asked;
  const barred = day.barred(appliance);
  if (barred !== undefined) return barred;
  endReservations(day, product);
  const held = day.units.get(uid);
  if (asked.rework && (held?.state !== "keyed" || held.reworks === 0)) return { code: "rework-not-allowed" };
  if (!day.allowed(appliance, product)) return { code: "product-not-allowed" };
  if (day.denied.has(uid)) return { code: "uid-denied" };
  const unit = day.units.get(uid);
  if (unit === undefined) return takeUnit(day, asked, undefined);
  if (unit.state === "committed" || unit.state === "lost") return { code: `uid-${unit.state}` };
  // A rework is the authority's, whoever held the keys before.
  if (unit.lent !== null && unit.reworks === 0) return { code: "uid-leased" };
  const shut = day.shut(unit.order);
  if (unit.state === "reserved") {
    // No key was ever given: the unit is free to go elsewhere.
    if (unit.order.product !== product || shut !== undefined) return takeUnit(day, asked, unit);
  } else {
    if (unit.order.product !== product) return { code: "uid-other-release" };
    if (givenNow(unit) > 0 && unit.appliance !== appliance) return { code: "uid-elsewhere" };
    if (givenNow(unit) >= unit.order.limit) return { code: "message2-limit" };
    if (shut !== undefined) return shut;
  }
  const open = day.openTicket(uid);
  const serves = open !== undefined && open.appliance === appliance && inDates(open, day.now);
  unit.appliance = appliance;
  return { ...GRANTED, ticket: serves ? open : newTicket(day, unit) };
}

function inDates(span: { readonly notBefore: number; readonly notAfter: number }, now: number): boolean {
  return span.notBefore <= now && now <= span.notAfter;
}

/** A ticket that has ended gets no message 2 any more: what it reserved without a key goes back. */
function endReservations(day: Reference, product: string): void {
  for (const ticket of day.tickets) {
    const { open, unit, notAfter } = ticket;
    if (!open || unit.order.product !== product || unit.state !== "reserved" || notAfter >= day.now) continue;
    if (day.units.get(unit.uid) === unit) day.giveBack(unit);
  }
}

/** The oldest order that gives has to pay; of several that all refuse, the one that a person can mend soonest is named. */
function takeUnit(
  day: Reference,
  { appliance, uid, product }: Parameters<typeof askTicket>[1],
  before: Unit | undefined,
): Expected & { readonly ticket?: Ticket } {
  const codes: string[] = [];
  for (const order of day.orders.filter((one) => one.product === product)) {
    const shut = day.shut(order);
    if (shut === undefined && day.free(order) > 0) {
      if (before !== undefined) day.giveBack(before);
      const fresh = { count: 0, lent: null, revoked: false, reworks: 0, before: 0 };
      const unit: Unit = { order, uid, state: "reserved", appliance, ...fresh };
      day.units.set(uid, unit);
      return { ...GRANTED, ticket: newTicket(day, unit) };
    }
    codes.push(shut?.code ?? "quota-spent");
  }
  const soonest = ["quota-spent", "order-frozen", "order-not-begun", "order-expired"];
  return { code: soonest.find((code) => codes.includes(code)) ?? "order-missing" };
}

function newTicket(day: Reference, unit: Unit): Ticket {
  day.close(unit.uid);
  const { notBefore, notAfter, ticketSeconds } = unit.order;
  const ticket: Ticket = {
    id: "",
    unit,
    appliance: unit.appliance,
    notBefore,
    notAfter: Math.min(notAfter, day.now + ticketSeconds),
    open: true,
    keys: [],
    receipt: null,
  };
  day.tickets.push(ticket);
  return ticket;
}

/** The ticket's unit, while it is still the one that the ticket was made for. */
function unitOf(day: Reference, ticket: Ticket): Unit | undefined {
  return day.units.get(ticket.unit.uid) === ticket.unit ? ticket.unit : undefined;
}

/** A message 2 is asked for. `flaw`: what is wrong with proof of lock or message 1. */
export function askMessage2(
  day: Reference,
  asked: { readonly appliance: string; readonly ticket: string; readonly flaw: string | null },
): Expected {
  const ticket = day.tickets.find(({ id }) => id === asked.ticket);
  if (ticket === undefined) return { code: "ticket-unknown" };
  const barred = day.barred(asked.appliance);
  if (barred !== undefined) return barred;
  if (ticket.appliance !== asked.appliance) return { code: "ticket-unknown" };
  const unit = unitOf(day, ticket);
  if (unit?.state === "committed") return { code: "uid-committed" };
  if (!ticket.open || unit === undefined) return { code: "ticket-closed" };
  if (unit.state === "lost") return { code: "uid-lost" };
  if (day.denied.has(unit.uid)) return { code: "uid-denied" };
  if (!inDates(ticket, day.now)) return { code: "ticket-expired" };
  const shut = day.shut(unit.order);
  if (shut !== undefined) return shut;
  if (givenNow(unit) >= unit.order.limit) return { code: "message2-limit" };
  if (asked.flaw !== null) return { code: asked.flaw };
  unit.state = "keyed";
  unit.count += 1;
  ticket.keys.push(unit.count);
  return { ...GRANTED, says: { number: unit.count } };
}

/** A receipt comes. `receipt`: its bytes; `genuine`: a target made it for this very message 2. */
export function takeReceipt(
  day: Reference,
  told: {
    readonly appliance: string;
    readonly ticket: string;
    readonly number: number;
    readonly receipt: string;
    readonly genuine: boolean;
  },
): Expected {
  const ticket = day.tickets.find(({ id }) => id === told.ticket);
  if (ticket === undefined || ticket.appliance !== told.appliance) return { code: "ticket-unknown" };
  if (!ticket.keys.includes(told.number)) return { code: "receipt-number-unknown" };
  const unit = unitOf(day, ticket);
  if (unit === undefined) return { code: "ticket-closed" };
  if (!told.genuine) return { code: "receipt-not-authentic" };
  if (unit.state === "lost") return { code: "uid-lost" };
  const receipt = `${told.number} ${told.receipt}`;
  // P-72: a receipt from before a rework is known or refused, and commits nothing.
  if (unit.state === "committed" || told.number <= unit.before) {
    return ticket.receipt === receipt ? GRANTED : { code: "receipt-other" };
  }
  unit.state = "committed";
  ticket.receipt = receipt;
  // After a receipt no message 2, whatever ticket is open.
  day.close(unit.uid);
  return GRANTED;
}

/** A failure is reported: nothing by itself. Given up, the ticket is closed, and a unit without a key goes back. */
export function takeFailure(
  day: Reference,
  told: { readonly appliance: string; readonly ticket: string; readonly abandon: boolean },
): Expected {
  const ticket = day.tickets.find(({ id }) => id === told.ticket);
  if (ticket === undefined || ticket.appliance !== told.appliance) return { code: "ticket-unknown" };
  const unit = unitOf(day, ticket);
  if (told.abandon && ticket.open) {
    ticket.open = false;
    if (unit?.state === "reserved") day.units.delete(unit.uid);
  }
  return { ...GRANTED, says: { unit: unitOf(day, ticket)?.state ?? "free" } };
}

/** An owner changes an order. */
export function changeOrder(
  day: Reference,
  order: Order,
  change: {
    readonly change: string;
    readonly by?: number;
    readonly notAfter?: number;
    readonly allowed?: boolean;
  },
): Expected {
  const by = change.by ?? 0;
  if (change.change === "lower" && by > day.free(order)) return { code: "order-below-use" };
  if (change.change === "raise") order.granted += by;
  if (change.change === "lower") order.granted -= by;
  if (change.change === "freeze" || change.change === "thaw") order.frozen = change.change === "freeze";
  if (change.change === "rework") order.rework = change.allowed === true;
  if (change.change === "dates") order.notAfter = change.notAfter ?? order.notAfter;
  return GRANTED;
}

/** A person decides about a chip. */
export function decideDevice(
  day: Reference,
  uid: string,
  decision: { readonly decision: string; readonly deviceMayExist?: boolean },
): Expected {
  const unit = day.units.get(uid);
  switch (decision.decision) {
    case "deny":
      day.denied.add(uid);
      if (unit?.state === "reserved" && unit.lent === null) day.giveBack(unit);
      return GRANTED;
    case "allow":
      day.denied.delete(uid);
      return GRANTED;
    case "rework":
      if (unit === undefined) return { code: "device-unknown" };
      if (unit.state !== "committed") return { code: "unit-state" };
      if (!unit.order.rework) return { code: "rework-not-allowed" };
      day.close(uid);
      unit.state = "keyed";
      unit.reworks += 1;
      unit.before = unit.count;
      return GRANTED;
    case "lost":
      if (unit === undefined) return { code: "device-unknown" };
      if (unit.state !== "keyed") return { code: "unit-state" };
      unit.state = "lost";
      day.close(uid);
      return GRANTED;
    default:
      if (unit === undefined) return { code: "device-unknown" };
      if (unit.state !== "lost") return { code: "unit-state" };
      if (decision.deviceMayExist !== true) return { code: "acknowledge-missing" };
      unit.revoked = true;
      day.giveBack(unit);
      return GRANTED;
  }
}

/** An owner revokes an appliance: what it reserved without a key goes back. */
export function revokeAppliance(day: Reference, id: string): Expected {
  day.appliance(id).revoked = true;
  for (const unit of [...day.units.values()]) {
    if (unit.appliance === id && unit.state === "reserved" && unit.lent === null) day.giveBack(unit);
  }
  return GRANTED;
}
