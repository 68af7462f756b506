/**
 * The shape of a refusal: code, number, HTTP status, sentence, remedy, and what becomes of the unit.
 *
 * @module
 */

/** What a refusal does to the unit that the request was about. */
export type UnitEffect = "no unit is used" | "the unit stays as it is" | "the unit goes back to the order";

/** One row of the table. `says` and `remedy` are sentences without a final period. */
export interface RefusalRow {
  readonly number: number;
  readonly status: number;
  readonly says: string;
  readonly remedy: string;
  readonly effect: UnitEffect;
}
