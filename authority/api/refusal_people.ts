/**
 * Refusals about what people decide: rework, renewal, denials, listed chips. A part of the one table in refusal.ts, with its
 * rules: extend only.
 *
 * @module
 */

import type { RefusalRow } from "./refusal_row.ts";

const none = "no unit is used";
const stays = "the unit stays as it is";

/** Rows 66 to 70. */
export const refusalsOfPeople = {
  "rework-not-allowed": {
    number: 66,
    status: 409,
    effect: stays,
    says: "The owner has not allowed to make this device anew",
    remedy: "Ask the owner: the order must allow rework, and a person must decide about this device",
  },
  "appliance-outdated": {
    number: 67,
    status: 403,
    effect: stays,
    says: "The owner's server had not heard of this appliance for so long that a person must renew it first",
    remedy: "Ask the owner to approve the renewal, which was asked for; the appliance goes on by itself then",
  },
  "renewal-not-asked": {
    number: 68,
    status: 409,
    effect: none,
    says: "The appliance has not asked for a renewal",
    remedy: "List the appliances and look at their state",
  },
  "denials-too-many": {
    number: 69,
    status: 409,
    effect: stays,
    says: "As many chips are denied as every appliance can hold: 10,000",
    remedy: "Allow chips again that will not come any more",
  },
  "allowance-missing": {
    number: 70,
    status: 409,
    effect: none,
    says: "Nothing of this order may be lent to this appliance yet",
    remedy: "Lend units first: the list says for which chips, the allowance says how many",
  },
} as const satisfies Record<string, RefusalRow>;

/** Row 82. */
export const refusalsOfStops = {
  "appliance-stopped": {
    number: 82,
    status: 403,
    effect: stays,
    says: "The owner has stopped this appliance",
    remedy: "Ask the owner; the station goes on by itself once the appliance is resumed",
  },
} as const satisfies Record<string, RefusalRow>;
