/**
 * Decides about appliances that were away: which of them a person has to renew first (P-73). Pure.
 *
 * @module
 */

import type { Decision, RenewalDecision } from "../api/mod.ts";

/** Whether an appliance that was `heardMs` ago heard of in good standing is outdated at `nowMs`. */
export function isOutdated(heardMs: number, nowMs: number, afterMs: number): boolean {
  // Computed, never stored: when it was this clock that was wrong, nobody has to approve anything once it is right.
  return nowMs - heardMs > afterMs;
}

/** What is known when a person decides about a renewal; undefined: there is no such appliance. */
export interface RenewalQuestion {
  readonly barred: boolean;
  /** The appliance has asked, or was declined before. */
  readonly asked: boolean;
}

/** Decides about a person's word on a renewal. */
export function decideRenewal(
  question: RenewalQuestion | undefined,
  { decision }: RenewalDecision,
): Decision<"approve" | "decline"> {
  if (question === undefined) return { refused: "appliance-not-found" };
  if (question.barred) return { refused: "appliance-revoked" };
  return question.asked ? { granted: decision } : { refused: "renewal-not-asked" };
}
