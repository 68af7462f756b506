/**
 * Issues tickets: read, decide, sign, record, in one transaction. The same UID asks again and gets the same ticket while
 * it is usable, and the same unit in any case.
 *
 * @module
 */

import { keyIdOf } from "../../bootloader/suite/mod.ts";
import {
  assert,
  isBlankUid,
  NO_LEASE,
  padUid,
  type ProductId,
  type ReleaseId,
  type TicketId,
  ticketLayout,
} from "../../bootloader/wire/mod.ts";
import { PATTERNS, wholeUidMask } from "../../bootloader/ticket/mod.ts";
import {
  type ApplianceReply,
  type Decision,
  type OrderId,
  type ReleaseDescriptor,
  SPENT_ORDERS_MOST,
  type TicketReply,
  type TicketRequest,
} from "../api/mod.ts";
import {
  decideTicket,
  merelySpent,
  message2OfDelivery,
  type OrderState,
  ticketDates,
  type TicketPlan,
  type TicketQuestion,
} from "../ledger/mod.ts";
import { appendEvent, type LogEvent } from "../log/mod.ts";
import {
  assignUnit,
  closeTickets,
  findAllowance,
  findOpenTicket,
  findOrder,
  findProduct,
  findRelease,
  findUnit,
  insertTicket,
  isDenied,
  listExpiredReservations,
  listOrders,
  moveUnaccounted,
  reserveUnit,
  returnUnit,
  type StoredOrder,
  type StoredProduct,
  type StoredTicket,
  type UnitKey,
} from "../store/mod.ts";
import { heldBackBy, isDatabaseOutdated, type Office, refuse, whoAppliance } from "./office.ts";

/** Issues a ticket to an appliance whose request is authentic and new. */
export function issueTicket(
  office: Office,
  appliance: ApplianceReply,
  request: TicketRequest,
): Decision<TicketReply> {
  return office.db.transact(() => {
    const nowMs = office.nowMs();
    const nowSeconds = Math.floor(nowMs / 1000);
    const event: LogEvent = {
      event: "ticket-refused",
      who: whoAppliance(appliance.appliance),
      about: { uid: request.uid, family: request.family, product: request.product, station: request.station },
    };
    const barred = heldBackBy(office, appliance.appliance);
    if (barred !== undefined) return refuse(office, event, barred);
    if (isDatabaseOutdated(office)) return refuse(office, event, "epoch-needed");
    const product = findProduct(office.db, request.product);
    if (product !== undefined) returnExpired(office, product.product, nowMs);
    const question = questionOf(office, appliance, request, product);
    const decision = decideTicket(question, nowSeconds);
    if ("refused" in decision) {
      const refusal = refuse(office, event, decision.refused, decision.detail);
      return refusal.refused === "quota-spent"
        ? { ...refusal, spentOrders: spentFor(office, appliance, question.orders ?? []) }
        : refusal;
    }
    assert(product !== undefined, "Cannot issue a ticket: it was granted for no product");
    const { ticket, fresh } = carryOut(office, { appliance, request, product }, decision.granted, nowMs);
    appendEvent(
      office.db,
      {
        ...event,
        event: "ticket",
        about: { ...event.about, ticket: ticket.ticketId, order: ticket.order, act: decision.granted.act },
      },
      nowMs,
    );
    return { granted: replyOf(office, ticket, fresh) };
  });
}

function questionOf(
  office: Office,
  appliance: ApplianceReply,
  request: TicketRequest,
  product: StoredProduct | undefined,
): TicketQuestion {
  const unit = findUnit(office.db, request);
  const order = unit === undefined ? undefined : findOrder(office.db, unit.order);
  return {
    appliance: appliance.appliance,
    product: request.product,
    orders: product === undefined ? undefined : listOrders(office.db, product.product),
    allowed: isAllowed(appliance, request.product),
    chipFits: product !== undefined && product.family === request.family &&
      product.flashKb === request.flashKb &&
      (product.chipId === null || product.chipId === request.chipId),
    uidBlank: isBlankUid(request.uid),
    uidDenied: isDenied(office.db, request),
    reworkOnly: request.rework,
    held: unit === undefined || order === undefined
      ? undefined
      : { unit, order, ticket: ticketInForce(office, request) },
    epoch: office.epoch,
  };
}

/**
 * P-77: which orders refuse nothing but a free unit. Those that have lent the appliance something come last and are named in any
 * case; the others too, since a restored authority does not know every lease (P-63).
 */
function spentFor(
  office: Office,
  { appliance }: ApplianceReply,
  orders: readonly OrderState[],
): readonly OrderId[] {
  const hasLent = (order: OrderId) => (findAllowance(office.db, order, appliance)?.open ?? 0) > 0;
  const spent = Map.groupBy(merelySpent(orders, Math.floor(office.nowMs() / 1000)), hasLent);
  return [...spent.get(false) ?? [], ...spent.get(true) ?? []].slice(-SPENT_ORDERS_MOST);
}

/** A ticket that an earlier ticket key signed counts as none (P-70): no appliance would put that key into a bootloader. */
function ticketInForce(office: Office, key: UnitKey): StoredTicket | undefined {
  const ticket = findOpenTicket(office.db, key);
  if (ticket === undefined) return undefined;
  const keyId = ticketLayout.decode(ticket.sealed.subarray(0, ticketLayout.size)).ticketKeyId;
  return keyId === keyIdOf(office.signer.publicKeys.ticketKey) ? ticket : undefined;
}

/** Whether the appliance may program the product: an empty list allows every product. */
export function isAllowed(appliance: ApplianceReply, product: ProductId): boolean {
  return appliance.products.length === 0 || appliance.products.includes(product);
}

interface Case {
  readonly appliance: ApplianceReply;
  readonly request: TicketRequest;
  readonly product: StoredProduct;
}

function carryOut(
  office: Office,
  { appliance, request, product }: Case,
  plan: TicketPlan,
  nowMs: number,
): { readonly ticket: StoredTicket; readonly fresh: boolean } {
  const { db } = office;
  const to = { appliance: appliance.appliance, station: request.station, epoch: office.epoch };
  switch (plan.act) {
    case "repeat": {
      const ticket = findOpenTicket(db, request);
      assert(ticket !== undefined, "Cannot repeat a ticket: there is no open one");
      assignUnit(db, request, to);
      return { ticket, fresh: false };
    }
    case "renew": {
      closeTickets(db, request);
      assignUnit(db, request, to);
      const unit = findUnit(db, request);
      assert(unit !== undefined, "Cannot renew a ticket: its unit is not there");
      const order = findOrder(db, unit.order);
      assert(order !== undefined, "Cannot renew a ticket: its order is not there");
      // P-62: whether the presumed unit is another device's is not known; a free one stands in for it.
      if (plan.pays) moveUnaccounted(db, order.order, { units: 1, cause: "renewed", nowMs });
      return { ticket: seal(office, { appliance, request, product }, order, nowMs), fresh: false };
    }
    case "reserve": {
      if (plan.returns) {
        // The old ticket is closed first: from here on it gets no message 2, so the unit may be another's.
        closeTickets(db, request);
        returnUnit(db, request, "reserved");
      }
      const order = findOrder(db, plan.order.order);
      assert(order !== undefined, "Cannot reserve a unit: the order is not there");
      const { family, uid } = request;
      const unit = office.random(16).toHex();
      reserveUnit(db, {
        unit,
        family,
        uid,
        order: order.order,
        product: order.product,
        release: order.release,
        ...to,
      }, nowMs);
      return { ticket: seal(office, { appliance, request, product }, order, nowMs), fresh: true };
    }
  }
}

function seal(
  office: Office,
  { appliance, request, product }: Case,
  order: StoredOrder,
  nowMs: number,
): StoredTicket {
  const release = findRelease(office.db, order.release);
  assert(release?.complete === true, "Cannot seal a ticket: the order's release is not complete");
  const ticketId = office.random(16).toHex() as TicketId;
  const dates = ticketDates(order, Math.floor(nowMs / 1000));
  const sealed = office.signer.sealTicket({
    pattern: PATTERNS.NK,
    lockLevel: product.lockLevel,
    policy: 0,
    epoch: office.epoch,
    family: request.family,
    ticketId,
    owner: office.owner,
    product: product.product,
    release: release.release,
    imageDigest: Uint8Array.fromHex(release.imageDigest),
    length: release.length,
    personalOffset: release.personalOffset,
    personalLength: release.personalLength,
    uidValue: padUid(request.uid),
    uidMask: wholeUidMask(),
    appliance: appliance.appliance,
    notBefore: dates.notBefore,
    notAfter: dates.notAfter,
    optionValue: product.optionValue,
    optionMask: product.optionMask,
    lease: NO_LEASE,
    leaseIndex: 0,
  });
  const unit = findUnit(office.db, request);
  assert(unit !== undefined, "Cannot keep a ticket: its unit is not there");
  const ticket: StoredTicket = {
    ticketId,
    unit: unit.unit,
    family: request.family,
    uid: request.uid,
    order: order.order,
    product: product.product,
    release: release.release,
    appliance: appliance.appliance,
    epoch: office.epoch,
    notBeforeSeconds: dates.notBefore,
    notAfterSeconds: dates.notAfter,
    closed: false,
    sealed,
  };
  insertTicket(office.db, ticket, nowMs);
  return ticket;
}

function replyOf(office: Office, ticket: StoredTicket, fresh: boolean): TicketReply {
  const unit = findUnit(office.db, ticket);
  const order = findOrder(office.db, ticket.order);
  assert(unit !== undefined && order !== undefined, "Cannot reply with a ticket: its unit is not there");
  return {
    ticketId: ticket.ticketId,
    ticket: ticket.sealed.toHex(),
    fresh,
    unit: unit.state,
    message2Count: message2OfDelivery(unit),
    message2Limit: order.message2Limit,
    release: describeRelease(office, ticket.release),
  };
}

/** Returns what an appliance needs to know of a complete release. */
export function describeRelease(office: Office, id: ReleaseId): ReleaseDescriptor {
  const release = findRelease(office.db, id);
  assert(release !== undefined && release.sha256 !== null, "Cannot describe a release: it is not complete");
  const { product, version, length, count, personalOffset, personalLength, imageDigest, bytes, sha256 } =
    release;
  return {
    release: id,
    product,
    version,
    length,
    count,
    personalOffset,
    personalLength,
    imageDigest,
    bytes,
    sha256,
  };
}

/** Gives back the reserved units of a product whose ticket has ended: no message 2 can follow an ended ticket. */
function returnExpired(office: Office, product: ProductId, nowMs: number): void {
  for (const key of listExpiredReservations(office.db, product, Math.floor(nowMs / 1000))) {
    returnReserved(office, key, nowMs);
  }
}

/** Closes the ticket of a reserved unit and gives the unit back, in this order, within the running transaction. */
export function returnReserved(office: Office, key: UnitKey, nowMs: number): void {
  closeTickets(office.db, key);
  returnUnit(office.db, key, "reserved");
  appendEvent(
    office.db,
    { event: "ticket-expired", who: "authority", about: { uid: key.uid, family: key.family } },
    nowMs,
  );
}
