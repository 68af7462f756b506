/**
 * Decides about a request for a ticket: which order pays, whether the UID's open unit serves again, or which refusal.
 * Pure: state and time in, decision out.
 *
 * @module
 */

import type { ApplianceId, ProductId, ReleaseId } from "../../bootloader/wire/mod.ts";
import type { Decision, OrderId, RefusalCode } from "../api/mod.ts";
import { type Counts, freeOf } from "./units.ts";

/** An order as decisions need it. */
export interface OrderState {
  readonly order: OrderId;
  readonly product: ProductId;
  readonly release: ReleaseId;
  readonly frozen: boolean;
  /** A restored authority awaits the owner's word on it: until then it gives nothing. */
  readonly awaiting: boolean;
  readonly notBeforeSeconds: number;
  /** The last valid second. */
  readonly notAfterSeconds: number;
  readonly message2Limit: number;
  readonly ticketSeconds: number;
  /** Whether delivered devices may be made anew with their own unit (P-71); missing: no. */
  readonly rework?: boolean;
  readonly counts: Counts;
}

/** The unit that a UID occupies. */
export interface UnitRecord {
  readonly order: OrderId;
  readonly product: ProductId;
  readonly release: ReleaseId;
  readonly appliance: ApplianceId;
  readonly state: "reserved" | "keyed" | "committed" | "lost";
  /** Messages 2 that were computed for this unit, over all its tickets. */
  readonly message2Count: number;
  /** Whether it is a unit of a lease: then its key-holder is a vault, and it gets no ticket of this authority. */
  readonly leased: boolean;
  /** Set once a person had the delivered device made anew (P-71). */
  readonly rework?: Rework;
  /** The epoch in which it may get a message 2. */
  readonly epoch: number;
  /** Counted as keyed because it was reserved in a backup: whether a message 2 was given is not known. */
  readonly presumed: boolean;
}

/** How often a unit was delivered before, and the messages 2 of those deliveries: its limit counts from there. */
export interface Rework {
  readonly times: number;
  readonly message2Before: number;
}

/** Returns the messages 2 that were given for the unit's present delivery. */
export function message2OfDelivery(unit: UnitRecord): number {
  return unit.message2Count - (unit.rework?.message2Before ?? 0);
}

/** A ticket as decisions need it. */
export interface TicketState {
  readonly appliance: ApplianceId;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly epoch: number;
  readonly closed: boolean;
}

/** What is known when a ticket is asked for. */
export interface TicketQuestion {
  readonly appliance: ApplianceId;
  /** Orders of the product, oldest first; undefined when there is no such product. */
  readonly orders: readonly OrderState[] | undefined;
  readonly product: ProductId;
  /** Whether the appliance may program the product. */
  readonly allowed: boolean;
  /** Whether the chip is the one that the product names. */
  readonly chipFits: boolean;
  readonly uidBlank: boolean;
  readonly uidDenied: boolean;
  /** The appliance would have to erase a chip that is not its own: a ticket is wanted for a rework only. */
  readonly reworkOnly?: boolean;
  /** The unit that the UID occupies, with its order and its newest ticket. */
  readonly held:
    | { readonly unit: UnitRecord; readonly order: OrderState; readonly ticket: TicketState | undefined }
    | undefined;
  readonly epoch: number;
}

/** What to do about a granted request. */
export type TicketPlan =
  /** Give the open ticket again. */
  | { readonly act: "repeat" }
  /** Close the unit's ticket and seal a new one for the same unit; `pays`: a free unit becomes unaccounted in its stead. */
  | { readonly act: "renew"; readonly order: OrderState; readonly pays: boolean }
  /** Take a free unit of the order; `returns`: close the UID's ticket and give its reserved unit back first. */
  | { readonly act: "reserve"; readonly order: OrderState; readonly returns: boolean };

/** Decides about a request for a ticket at `nowSeconds`. */
export function decideTicket(question: TicketQuestion, nowSeconds: number): Decision<TicketPlan> {
  const { orders, held } = question;
  // P-71: first of all, so that every other answer to such a question is about a rework that a person allowed.
  if (question.reworkOnly === true && !isRework(held?.unit)) return { refused: "rework-not-allowed" };
  if (orders === undefined) return { refused: "product-unknown" };
  if (!question.allowed) return { refused: "product-not-allowed" };
  if (question.uidBlank) return { refused: "uid-invalid" };
  if (question.uidDenied) return { refused: "uid-denied" };
  if (!question.chipFits) return { refused: "chip-wrong" };
  if (held === undefined) return reserve(question, nowSeconds, false);
  switch (held.unit.state) {
    case "committed":
      return { refused: "uid-committed" };
    case "lost":
      return { refused: "uid-lost" };
    case "keyed":
      // After a rework began the authority is the key-holder, whoever was it before.
      return held.unit.leased && held.unit.rework === undefined
        ? { refused: "uid-leased" }
        : decideKeyed(question, held, nowSeconds);
    case "reserved":
      return held.unit.leased ? { refused: "uid-leased" } : decideReserved(question, held, nowSeconds);
  }
}

function isRework(unit: UnitRecord | undefined): boolean {
  return unit?.state === "keyed" && unit.rework !== undefined;
}

type Held = NonNullable<TicketQuestion["held"]>;

/** A key was given: the unit belongs to this UID, release and appliance until a receipt or a person decides. */
function decideKeyed(question: TicketQuestion, held: Held, nowSeconds: number): Decision<TicketPlan> {
  const { unit, order } = held;
  if (unit.product !== question.product) return { refused: "uid-other-release" };
  const given = message2OfDelivery(unit);
  // P-71: a rework is for whichever appliance gets the board; from its first key on it is that one's.
  if (given > 0 && unit.appliance !== question.appliance) return { refused: "uid-elsewhere" };
  // P-29: counted per unit, so that a new ticket does not start the count again.
  if (given >= order.message2Limit) return { refused: "message2-limit" };
  const closed = orderRefusal(order, nowSeconds);
  if (closed !== undefined) return { refused: closed };
  if (unit.epoch !== question.epoch) return decideEarlier(unit, order);
  return {
    granted: usable(question, held, nowSeconds) ? { act: "repeat" } : { act: "renew", order, pays: false },
  };
}

/**
 * P-62: a keyed unit of an earlier epoch. Where its message 2 is recorded it is this UID's in every history, since keyed units
 * do not go back. Where it is only presumed, another device may have its unit: a free one of this epoch has to stand in.
 */
function decideEarlier(unit: UnitRecord, order: OrderState): Decision<TicketPlan> {
  if (!unit.presumed) return { granted: { act: "renew", order, pays: false } };
  return freeOf(order.counts) > 0
    ? { granted: { act: "renew", order, pays: true } }
    : { refused: "unit-epoch" };
}

/** No key was ever given: the unit may go back, or to another appliance, once its ticket is closed. */
function decideReserved(question: TicketQuestion, held: Held, nowSeconds: number): Decision<TicketPlan> {
  const { unit, order } = held;
  const mayReturn = unit.epoch === question.epoch;
  if (mayReturn && (unit.product !== question.product || orderRefusal(order, nowSeconds) !== undefined)) {
    return reserve(question, nowSeconds, true);
  }
  // There is none: a new epoch presumes every reserved unit to be keyed. Should there be one, it gets nothing.
  if (unit.epoch !== question.epoch) return { refused: "unit-epoch" };
  return {
    granted: usable(question, held, nowSeconds) ? { act: "repeat" } : { act: "renew", order, pays: false },
  };
}

function usable(question: TicketQuestion, held: Held, nowSeconds: number): boolean {
  const { ticket } = held;
  return ticket !== undefined && !ticket.closed && ticket.appliance === question.appliance &&
    ticket.epoch === question.epoch && ticket.notBeforeSeconds <= nowSeconds &&
    nowSeconds <= ticket.notAfterSeconds;
}

function reserve(question: TicketQuestion, nowSeconds: number, returns: boolean): Decision<TicketPlan> {
  const refusals: RefusalCode[] = [];
  for (const order of question.orders ?? []) {
    const refusal = orderRefusal(order, nowSeconds) ?? (freeOf(order.counts) > 0 ? undefined : "quota-spent");
    if (refusal === undefined) return { granted: { act: "reserve", order, returns } };
    refusals.push(refusal);
  }
  return { refused: MOST_TELLING.find((code) => refusals.includes(code)) ?? "order-missing" };
}

// Of several orders that all refuse, the one that a person can mend soonest is named.
const MOST_TELLING: readonly RefusalCode[] = [
  "order-awaits-confirmation",
  "quota-spent",
  "order-frozen",
  "order-not-begun",
  "order-expired",
];

/** Returns the orders that give nothing at `nowSeconds` for no other reason than that they have no free unit (P-77). */
export function merelySpent(orders: readonly OrderState[], nowSeconds: number): readonly OrderId[] {
  return orders.filter((order) => orderRefusal(order, nowSeconds) === undefined && freeOf(order.counts) <= 0)
    .map(({ order }) => order);
}

/** Returns why an order gives nothing at `nowSeconds`, its free units aside; undefined when it gives. */
export function orderRefusal(order: OrderState, nowSeconds: number): RefusalCode | undefined {
  if (order.awaiting) return "order-awaits-confirmation";
  if (order.frozen) return "order-frozen";
  if (nowSeconds < order.notBeforeSeconds) return "order-not-begun";
  if (nowSeconds > order.notAfterSeconds) return "order-expired";
  return undefined;
}

/** Returns the dates of a new ticket: the order's span at most, for `ticketSeconds` from now. */
export function ticketDates(
  order: OrderState,
  nowSeconds: number,
): { readonly notBefore: number; readonly notAfter: number } {
  return {
    notBefore: order.notBeforeSeconds,
    notAfter: Math.min(order.notAfterSeconds, nowSeconds + order.ticketSeconds),
  };
}
