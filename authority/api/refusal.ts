/**
 * The one table of refusals: code, number, HTTP status, the operator's sentence, the remedy, and what becomes of the
 * unit. Extend only: a number is never reused and a retired row stays. Knows nothing of who refuses, or why today.
 *
 * @module
 */

import type { OrderId } from "./fields.ts";
import { refusalsOfConsole } from "./refusal_console.ts";
import { refusalsOfPeople, refusalsOfStops } from "./refusal_people.ts";
import { refusalsOfRestores } from "./refusal_restored.ts";
import type { RefusalRow } from "./refusal_row.ts";

export type { RefusalRow, UnitEffect } from "./refusal_row.ts";

const none = "no unit is used";
const stays = "the unit stays as it is";

/** Every refusal the authority gives. */
export const refusals = {
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
  "enrolment-refused": {
    number: 33,
    status: 403,
    effect: none,
    says: "The enrolment code is not valid",
    remedy: "Ask the owner for a new code: a code works once, for one hour",
  },
  "api-key-wrong": {
    number: 34,
    status: 401,
    effect: none,
    says: "The API key is not valid",
    remedy: "Log in with an API key of this server",
  },
  "not-permitted": {
    number: 35,
    status: 403,
    effect: none,
    says: "The API key may not do this",
    remedy: "Use a key of the role that may",
  },
  "class-c-not-acknowledged": {
    number: 36,
    status: 422,
    effect: none,
    says:
      "A chip of device class C shows only its unique id: software that imitates one chip gets the release's key " +
      "with one delivery and then has the firmware for ever; only certified devices are counted",
    remedy: "Acknowledge device class C for the product, or choose a chip with a key of its own",
  },
  "lock-class-not-acknowledged": {
    number: 37,
    status: 422,
    effect: none,
    says:
      "The chip's lock is of class 2 or 3: after a reset its RAM may be readable, its flash by known attacks (class 3), " +
      "or its lock has not been measured on silicon",
    remedy: "Acknowledge the lock class for the product, or choose another chip",
  },
  "idempotency-conflict": {
    number: 38,
    status: 409,
    effect: none,
    says: "The idempotency key was used for another request",
    remedy: "Use a new idempotency key for a new request",
  },
  "name-taken": {
    number: 39,
    status: 409,
    effect: none,
    says: "The name is taken",
    remedy: "Choose another name",
  },
  "order-below-use": {
    number: 40,
    status: 409,
    effect: none,
    says: "The order cannot be lowered below what is used or lent",
    remedy: "Lower it by at most its free units",
  },
  "range-wrong": {
    number: 41,
    status: 416,
    effect: none,
    says: "The range is not within the content",
    remedy: "Ask for a range within the length that the release names",
  },
  "upload-elsewhere": {
    number: 42,
    status: 409,
    effect: none,
    says: "The upload does not continue where the content ends",
    remedy: "Ask for the upload's offset and continue there",
  },
  "upload-finished": {
    number: 43,
    status: 409,
    effect: none,
    says: "The release is complete and cannot change",
    remedy: "Create a new release",
  },
  "digest-wrong": {
    number: 44,
    status: 422,
    effect: none,
    says: "The content does not fit its digest",
    remedy: "Send it again",
  },
  "wrapped-key-wrong": {
    number: 45,
    status: 422,
    effect: none,
    says: "The release key cannot be opened by this server",
    remedy: "Wrap it to the unwrap key in this server's key set, for this owner, product and release",
  },
  "release-does-not-fit": {
    number: 46,
    status: 422,
    effect: none,
    says: "The release does not fit the product",
    remedy: "Check length and personal region against the product's chip",
  },
  "body-too-large": {
    number: 47,
    status: 413,
    effect: none,
    says: "The request is too large",
    remedy: "Send smaller parts",
  },
  "malformed": {
    number: 48,
    status: 400,
    effect: stays,
    says: "The request cannot be read",
    remedy: "Check that both programs are of fitting versions",
  },
  "route-unknown": {
    number: 49,
    status: 404,
    effect: none,
    says: "There is nothing at this address",
    remedy: "Check that both programs are of fitting versions",
  },
  "device-unknown": {
    number: 50,
    status: 404,
    effect: none,
    says: "No such device is known",
    remedy: "List the devices and take one of them",
  },
  "unit-state": {
    number: 51,
    status: 409,
    effect: stays,
    says: "The unit's state does not allow this",
    remedy: "Look at the device's record first",
  },
  "acknowledge-missing": {
    number: 52,
    status: 422,
    effect: stays,
    says: "A device with this unit's certificate may exist; giving the unit back revokes that certificate",
    remedy: "Repeat with the acknowledgement that a device may exist",
  },
  "appliance-not-found": {
    number: 53,
    status: 404,
    effect: none,
    says: "No such appliance is enrolled",
    remedy: "List the appliances and take one of them",
  },
  "enrolments-too-many": {
    number: 54,
    status: 409,
    effect: none,
    says: "Too many enrolment codes are open",
    remedy: "Use or await the end of the open ones: a code lasts one hour",
  },
  "options-wrong": {
    number: 55,
    status: 422,
    effect: none,
    says: "The option words would keep the chip from being programmed or locked",
    remedy: "Correct the option words of the product",
  },
  "offline-not-acknowledged": {
    number: 56,
    status: 422,
    effect: none,
    says:
      'Offline work with vault "file": whoever takes the appliance\'s disk gets the clear firmware of the products lent to it ' +
      "and can forge its receipts; double spending is found, not prevented",
    remedy: "Acknowledge offline work, or leave the product online only",
  },
  "offline-not-allowed": {
    number: 57,
    status: 403,
    effect: none,
    says: "The product may be programmed with the owner's server in reach only",
    remedy: "Ask the owner; offline work is decided when a product is created",
  },
  "allowance-too-large": {
    number: 58,
    status: 422,
    effect: none,
    says: "The allowance is above what the product lends to one appliance",
    remedy: "Allow at most the product's offline units",
  },
  "allowance-spent": {
    number: 59,
    status: 409,
    effect: none,
    says: "No more units of the order may be lent to this appliance",
    remedy: "Report or return what is lent, or ask the owner to allow more",
  },
  "lease-region-short": {
    number: 60,
    status: 422,
    effect: none,
    says: "The release's personal region is too short for the certificate of a lease",
    remedy: "Create a release whose personal region has 440 bytes or more, or none",
  },
  "lease-unknown": {
    number: 61,
    status: 404,
    effect: stays,
    says: "The owner's server knows no such lease of this appliance",
    remedy: "Check that appliance and server belong together",
  },
  "lease-key-used": {
    number: 62,
    status: 409,
    effect: none,
    says: "A key of this request belongs to another lease",
    remedy: "Make new keys for a new lease",
  },
  "use-not-valid": {
    number: 63,
    status: 422,
    effect: stays,
    says: "The report does not fit the lease",
    remedy: "Update the appliance; the owner's server keeps the unit as lent",
  },
  "appliance-frozen": {
    number: 64,
    status: 403,
    effect: stays,
    says: "This appliance's reports contradict each other: its disk was copied or put back",
    remedy: "Ask the owner; a new enrolment is needed",
  },
  "uid-leased": {
    number: 65,
    status: 409,
    effect: stays,
    says: "This chip was begun under an offline allowance",
    remedy: "Finish it with the appliance that began it, or ask the owner to decide about it",
  },
  ...refusalsOfPeople,
  ...refusalsOfRestores,
  ...refusalsOfConsole,
  ...refusalsOfStops,
} as const satisfies Record<string, RefusalRow>;

/** The codes of {@linkcode refusals}. */
export type RefusalCode = keyof typeof refusals;

/** A decision as a value: what was granted, or the code of the refusal. */
export type Decision<T> = { readonly granted: T } | {
  readonly refused: RefusalCode;
  readonly detail?: string;
  /** With "quota-spent", to an appliance: see `Refused`. */
  readonly spentOrders?: readonly OrderId[];
};

/** Whether `text` is a code of the table. */
export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(refusals, text);
}
