/**
 * Decides about a restored authority: the number of its new epoch, and what a proven message 2 of an earlier one does
 * (D§6, PROTOCOL section 16). Pure; whether bytes are authentic is found out elsewhere and handed in.
 *
 * @module
 */

import type { ApplianceId, ProductId, ReleaseId } from "../../bootloader/wire/mod.ts";
import type { OrderId } from "../api/mod.ts";
import { type Counts, freeOf } from "./units.ts";
import type { UnitRecord } from "./ticket.ts";

/**
 * Returns the number of a new epoch: above every known one, and no less than the time. One backup that is restored twice
 * knows nothing of the first time; the clock, or the database that it replaces, does.
 */
export function nextEpoch(known: readonly number[], nowSeconds: number): number {
  return Math.max(nowSeconds, ...known.map((epoch) => epoch + 1));
}

/** What is known when an appliance shows what it was given before a restore. */
export interface ReportQuestion {
  /** Epoch of the ticket that is shown, and of this authority. */
  readonly ticketEpoch: number;
  readonly epoch: number;
  /** The unit that the ticket was made for is the one that the UID occupies; undefined: the ticket is not known here. */
  readonly known: { readonly holdsUnit: boolean } | undefined;
  /** Every message 2 that is shown is recorded here. */
  readonly complete: boolean;
  readonly shown: {
    readonly order: OrderId;
    readonly product: ProductId;
    readonly release: ReleaseId;
    readonly appliance: ApplianceId;
  };
  /** The unit that the UID occupies. */
  readonly unit: UnitRecord | undefined;
  readonly counts: Counts | undefined;
}

/**
 * What a shown message 2 does. `outdated`: this database is older than what it signed (P-64). `attach`: it belongs to the unit
 * that the UID has. `take`: a unit out of unaccounted; `late`: there is none, a free one stands in. `held`: another unit has
 * the UID. `gone`: the ticket's unit was given back by a person. `settled`: nothing that follows from it is open.
 */
export type ReportPlan =
  | "outdated"
  | "nothing"
  | "attach"
  | "take"
  | "late"
  | "held"
  | "gone"
  | "settled"
  | "order-unknown"
  | "unaccounted-spent";

/** Decides about one ticket that an appliance shows with its messages 2 (P-63). */
export function decideReport(question: ReportQuestion): ReportPlan {
  const { unit, known, counts } = question;
  if (question.complete) return "nothing";
  if (question.ticketEpoch >= question.epoch) return "outdated";
  if (counts === undefined) return "order-unknown";
  if (unit === undefined) {
    if (known !== undefined) return "gone";
    if (counts.unaccounted > 0) return "take";
    return freeOf(counts) > 0 ? "late" : "unaccounted-spent";
  }
  if (unit.state === "committed" || unit.state === "lost") return known?.holdsUnit ? "settled" : "held";
  // A unit that this epoch has given to the UID is another one; what was given before stays unaccounted.
  const isEarlier = unit.epoch < question.epoch || known?.holdsUnit === true;
  const fits = !unit.leased && isEarlier && unit.order === question.shown.order &&
    unit.product === question.shown.product && unit.release === question.shown.release;
  return fits && (known === undefined || known.holdsUnit) ? "attach" : "held";
}
