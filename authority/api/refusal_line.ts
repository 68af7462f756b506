/**
 * Refusals that an operator meets at a station: order, appliance, chip, ticket, message 2 and receipt. A part of
 * the one table in refusal.ts, with its rules: extend only.
 *
 * @module
 */

import type { RefusalRow } from "./refusal_row.ts";

const none = "no unit is used";
const stays = "the unit stays as it is";

/** Rows 1 to 32. */
export const refusalsAtTheLine = {
  "quota-spent": {
    number: 1,
    status: 409,
    effect: none,
    says: "The order has no units left",
    remedy: "Ask the owner to raise the order",
  },
  "order-frozen": {
    number: 2,
    status: 409,
    effect: none,
    says: "The owner has frozen the order",
    remedy: "Ask the owner to thaw it",
  },
  "order-not-begun": {
    number: 3,
    status: 409,
    effect: none,
    says: "The order has not begun yet",
    remedy: "Wait for its first day or ask the owner to change it",
  },
  "order-expired": {
    number: 4,
    status: 409,
    effect: none,
    says: "The order has ended",
    remedy: "Ask the owner to prolong it",
  },
  "product-unknown": {
    number: 5,
    status: 404,
    effect: none,
    says: "The owner's server knows no such product",
    remedy: "Check the product that is set for the station",
  },
  "order-missing": {
    number: 6,
    status: 409,
    effect: none,
    says: "There is no order for this product",
    remedy: "Ask the owner to create an order",
  },
  "order-unknown": {
    number: 7,
    status: 404,
    effect: none,
    says: "The owner's server knows no such order",
    remedy: "List the orders and take one of them",
  },
  "release-unknown": {
    number: 8,
    status: 404,
    effect: none,
    says: "The owner's server knows no such release",
    remedy: "List the releases and take one of them",
  },
  "release-incomplete": {
    number: 9,
    status: 409,
    effect: none,
    says: "The release is not completely uploaded",
    remedy: "Finish the upload: the command resumes where it stopped",
  },
  "appliance-unknown": {
    number: 10,
    status: 401,
    effect: none,
    says: "This appliance is not enrolled",
    remedy: "Enrol it with a code from the owner",
  },
  "appliance-revoked": {
    number: 11,
    status: 403,
    effect: stays,
    says: "The owner has revoked this appliance",
    remedy: "Ask the owner; a new enrolment is needed",
  },
  "product-not-allowed": {
    number: 12,
    status: 403,
    effect: none,
    says: "This appliance may not program this product",
    remedy: "Ask the owner to allow it, or set another product",
  },
  "request-not-authentic": {
    number: 13,
    status: 401,
    effect: stays,
    says: "The request is not authentic",
    remedy: "Check that appliance and server belong together; enrol again if the key was lost",
  },
  "replay": {
    number: 14,
    status: 409,
    effect: stays,
    says: "This request has been seen before or is too old",
    remedy: "Send it again with the next sequence number",
  },
  "uid-invalid": {
    number: 15,
    status: 422,
    effect: none,
    says: "The chip's unique id is not valid",
    remedy: "Check the chip and the contact of the probe",
  },
  "uid-denied": {
    number: 16,
    status: 403,
    effect: none,
    says: "The owner has denied this chip",
    remedy: "Put the board aside and ask the owner",
  },
  "uid-committed": {
    number: 17,
    status: 409,
    effect: stays,
    says: "This chip has been programmed and counted already",
    remedy: "Put the board with the good ones; rework needs the owner",
  },
  "uid-elsewhere": {
    number: 18,
    status: 409,
    effect: stays,
    says: "Another appliance has begun to program this chip",
    remedy: "Finish the board there, or ask the owner to decide about it",
  },
  "uid-lost": {
    number: 19,
    status: 409,
    effect: stays,
    says: "This chip is booked as lost",
    remedy: "Ask the owner to decide about it",
  },
  "uid-other-release": {
    number: 20,
    status: 409,
    effect: stays,
    says: "This chip has an open delivery of another release",
    remedy: "Ask the owner to decide about it",
  },
  "chip-wrong": {
    number: 21,
    status: 409,
    effect: none,
    says: "The chip is not the one that the product names",
    remedy: "Check the board and the product that is set for the station",
  },
  "chip-unknown": {
    number: 22,
    status: 422,
    effect: none,
    says: "The chip family is not supported",
    remedy: "List the supported chips and take one of them",
  },
  "ticket-unknown": {
    number: 23,
    status: 404,
    effect: stays,
    says: "The owner's server knows no such ticket of this appliance",
    remedy: "Ask for a ticket again",
  },
  "ticket-closed": {
    number: 24,
    status: 409,
    effect: stays,
    says: "The ticket is closed",
    remedy: "Ask for a ticket again",
  },
  "ticket-expired": {
    number: 25,
    status: 409,
    effect: stays,
    says: "The ticket is not valid at this time",
    remedy: "Ask for a ticket again",
  },
  "ticket-epoch": {
    number: 26,
    status: 409,
    effect: stays,
    says: "The ticket is of an earlier epoch",
    remedy: "Ask for a ticket again",
  },
  "message2-limit": {
    number: 27,
    status: 409,
    effect: stays,
    says: "The key for this chip has been given as often as the order allows",
    remedy: "Put the board aside and ask the owner: a device may exist",
  },
  "lock-not-proven": {
    number: 28,
    status: 403,
    effect: stays,
    says: "The chip's lock is not proven",
    remedy: "Start the delivery again; replace the board when this repeats",
  },
  "message1-not-authentic": {
    number: 29,
    status: 403,
    effect: stays,
    says: "The chip's first message is not authentic",
    remedy: "Start the delivery again; the log of the owner's server has the cause",
  },
  "receipt-not-authentic": {
    number: 30,
    status: 403,
    effect: stays,
    says: "The receipt is not authentic",
    remedy: "Put the board aside and ask the owner: a device may exist",
  },
  "receipt-number-unknown": {
    number: 31,
    status: 404,
    effect: stays,
    says: "No message 2 of this number was given for the ticket",
    remedy: "Report the receipt with the number that came with message 2",
  },
  "receipt-other": {
    number: 32,
    status: 409,
    effect: stays,
    says: "The unit is committed with another receipt",
    remedy: "Put the board aside and ask the owner",
  },
} as const satisfies Record<string, RefusalRow>;
