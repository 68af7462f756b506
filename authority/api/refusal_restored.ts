/**
 * Refusals that follow a restore of the authority or a change of an appliance's record (PROTOCOL sections 16 and 17): rows of
 * the one table in refusal.ts, by the same rules.
 *
 * @module
 */

import type { RefusalRow } from "./refusal_row.ts";

const stays = "the unit stays as it is";

/** Rows 71 to 78. */
export const refusalsOfRestores = {
  "order-awaits-confirmation": {
    number: 71,
    status: 409,
    effect: stays,
    says: "The owner's server was restored from a backup, and the owner has not confirmed this order since",
    remedy: "Ask the owner to look at the order and confirm it: flashseal owner order confirm",
  },
  "unit-epoch": {
    number: 72,
    status: 409,
    effect: stays,
    says:
      "This chip was begun before the owner's server was restored, and its unit may have gone to another device",
    remedy: "Ask the owner to raise the order, or to free a unit that is unaccounted",
  },
  "epoch-needed": {
    number: 73,
    status: 409,
    effect: stays,
    says:
      "The database of the owner's server is older than what it has signed: it was put back without a new epoch",
    remedy: "The owner stops the server and begins a new epoch: flashseal authority new-epoch",
  },
  "restored-not-authentic": {
    number: 74,
    status: 422,
    effect: stays,
    says: "The report of earlier work is not signed by this server, or is another appliance's",
    remedy: "Check that appliance and server belong together",
  },
  "unaccounted-spent": {
    number: 75,
    status: 409,
    effect: stays,
    says: "A device exists and the order has neither an unaccounted nor a free unit for it",
    remedy: "Ask the owner to raise the order: a raise from before the restore may be missing",
  },
  "unaccounted-not-acknowledged": {
    number: 76,
    status: 422,
    effect: stays,
    says: "Devices that this server does not know may exist with unaccounted units",
    remedy: "Repeat with the acknowledgement that devices may exist",
  },
  "order-not-as-shown": {
    number: 77,
    status: 409,
    effect: stays,
    says: "The order is not as it was shown any more",
    remedy: "Look at it again, then confirm it",
  },
  "record-asked": {
    number: 78,
    status: 409,
    effect: stays,
    says: "The owner's server asks this appliance to prove what it recorded before",
    remedy: "Update the appliance; it answers by itself",
  },
} as const satisfies Record<string, RefusalRow>;
