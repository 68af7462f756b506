/**
 * Decides what follows a ticket: whether a message 2 may be given, what a receipt does, what a failure does.
 * Pure; whether bytes are authentic is found out elsewhere and handed in.
 *
 * @module
 */

import type { ApplianceId } from "../../bootloader/wire/mod.ts";
import type { Decision } from "../api/mod.ts";
import {
  message2OfDelivery,
  orderRefusal,
  type OrderState,
  type TicketState,
  type UnitRecord,
} from "./ticket.ts";

/** A ticket with the unit and the order it stands for; no unit once it was given back. */
export interface Delivery {
  readonly ticket: TicketState;
  readonly order: OrderState;
  readonly unit: UnitRecord | undefined;
  /** Whether the owner has denied the UID. */
  readonly denied: boolean;
  /** The authority's epoch now. */
  readonly epoch: number;
}

/** What giving message 2 does: its number within the unit, and whether the unit becomes keyed by it. */
export interface Message2Plan {
  readonly number: number;
  readonly becomesKeyed: boolean;
}

/** Decides whether `appliance` may have a message 2 for a ticket at `nowSeconds` (P-19, P-29). */
export function decideMessage2(
  delivery: Delivery,
  appliance: ApplianceId,
  nowSeconds: number,
): Decision<Message2Plan> {
  const { ticket, unit, order } = delivery;
  if (ticket.appliance !== appliance) return { refused: "ticket-unknown" };
  if (unit?.state === "committed") return { refused: "uid-committed" };
  if (ticket.closed || unit === undefined) return { refused: "ticket-closed" };
  if (unit.state === "lost") return { refused: "uid-lost" };
  // The owner's word counts until the last key: a ticket may be older than the denial.
  if (delivery.denied) return { refused: "uid-denied" };
  // P-62: neither a ticket nor a unit of an earlier epoch gets a message 2.
  if (ticket.epoch !== delivery.epoch || unit.epoch !== delivery.epoch) return { refused: "ticket-epoch" };
  if (nowSeconds < ticket.notBeforeSeconds || nowSeconds > ticket.notAfterSeconds) {
    return { refused: "ticket-expired" };
  }
  const closed = orderRefusal(order, nowSeconds);
  if (closed !== undefined) return { refused: closed };
  if (message2OfDelivery(unit) >= order.message2Limit) return { refused: "message2-limit" };
  return { granted: { number: unit.message2Count + 1, becomesKeyed: unit.state === "reserved" } };
}

/** What a receipt is, found out by whoever holds the keys. */
export interface ReceiptFacts {
  /** A message 2 with the number was given for this ticket. */
  readonly numberKnown: boolean;
  /** MAC, digest, personal region, lock and outcome are right (P-39). */
  readonly authentic: boolean;
  /** Its number among the unit's messages 2. */
  readonly number: number;
  /** The unit was committed with this very receipt already. */
  readonly repeated: boolean;
}

/** Decides about a receipt: `commit` once, `repeat` for the same one again. No date and no freeze stops a receipt. */
export function decideReceipt(
  delivery: Delivery,
  appliance: ApplianceId,
  receipt: ReceiptFacts,
): Decision<"commit" | "repeat"> {
  const { ticket, unit } = delivery;
  if (ticket.appliance !== appliance) return { refused: "ticket-unknown" };
  if (!receipt.numberKnown) return { refused: "receipt-number-unknown" };
  if (!receipt.authentic) return { refused: "receipt-not-authentic" };
  if (unit === undefined) return { refused: "ticket-closed" };
  switch (unit.state) {
    case "committed":
      return receipt.repeated ? { granted: "repeat" } : { refused: "receipt-other" };
    case "keyed":
      // P-72: what a delivery before the rework said is known or refused; it proves nothing about this one.
      if (receipt.number > (unit.rework?.message2Before ?? 0)) return { granted: "commit" };
      return receipt.repeated ? { granted: "repeat" } : { refused: "receipt-other" };
    case "lost":
      return { refused: "uid-lost" };
    case "reserved":
      return { refused: "unit-state" };
  }
}

/** What a failure does to ticket and unit. */
export interface FailurePlan {
  readonly closesTicket: boolean;
  /** True only while no message 2 was ever computed for the unit. */
  readonly returnsUnit: boolean;
}

/** Decides what a reported failure does: nothing by itself, since a retry of the same UID is free in units. */
export function decideFailure(
  delivery: Delivery,
  appliance: ApplianceId,
  abandon: boolean,
): Decision<FailurePlan> {
  const { ticket, unit } = delivery;
  if (ticket.appliance !== appliance) return { refused: "ticket-unknown" };
  if (!abandon || ticket.closed) return { granted: { closesTicket: false, returnsUnit: false } };
  return {
    granted: { closesTicket: true, returnsUnit: unit?.state === "reserved" && unit.message2Count === 0 },
  };
}
