/**
 * The one table of refusals: code, number, HTTP status, the operator's sentence, the remedy, and what becomes of the
 * unit; its rows stand by subject in the files beside this one. Extend only: a number is never reused and a retired row
 * stays. Knows nothing of who refuses, or why today.
 *
 * @module
 */

import type { OrderId } from "./fields.ts";
import { refusalsOfConsole } from "./refusal_console.ts";
import { refusalsAtTheLine } from "./refusal_line.ts";
import { refusalsAtTheOffice } from "./refusal_office.ts";
import { refusalsOfPeople, refusalsOfStops } from "./refusal_people.ts";
import { refusalsOfRestores } from "./refusal_restored.ts";
import type { RefusalRow } from "./refusal_row.ts";

export type { RefusalRow, UnitEffect } from "./refusal_row.ts";

/** Every refusal the authority gives. */
export const refusals = {
  ...refusalsAtTheLine,
  ...refusalsAtTheOffice,
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
