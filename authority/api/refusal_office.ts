/**
 * Refusals that owners and their programs meet, and appliances that borrow: enrolment, API keys, the catalogue, uploads, requests,
 * and what is lent. A part of the one table in refusal.ts, with its rules: extend only.
 *
 * @module
 */

import type { RefusalRow } from "./refusal_row.ts";

const none = "no unit is used";
const stays = "the unit stays as it is";

/** Rows 33 to 65. */
export const refusalsAtTheOffice = {
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
} as const satisfies Record<string, RefusalRow>;
