/**
 * What may happen on a day of appliances: rounds with trouble at any of their requests, chips, crashes at any write of the
 * vault, and an owner's word at any moment.
 *
 * @module
 */

import fc from "fast-check";
import type { Trouble } from "./_line.ts";

export interface AgentMove {
  readonly act: "round" | "use" | "message1" | "receipt" | "online" | "owner" | "clock";
  readonly line: number;
  readonly chip: number;
  readonly trouble: Trouble;
  /** The request of the round at which the trouble comes; which receipt. */
  readonly at: number;
  readonly giveBack: boolean;
  /** Writes of the vault before the power fails; null: it does not. */
  readonly writes: number | null;
  readonly word: "raise" | "lower" | "freeze" | "thaw" | "allow" | "lost" | "re-credit" | "rework";
  readonly order: number;
  readonly units: number;
}

/** Any move. */
export const agentMove: fc.Arbitrary<AgentMove> = fc.record({
  act: fc.constantFrom(
    ...["round", "round", "round", "use", "use", "use", "message1", "message1", "message1"] as const,
    ...["receipt", "receipt", "online", "owner", "owner", "clock"] as const,
  ),
  line: fc.nat(1),
  chip: fc.nat(3),
  trouble: fc.constantFrom("none", "none", "request lost", "answer lost", "answer lost", "doubled"),
  at: fc.nat(7),
  giveBack: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  writes: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(4) },
  ),
  word: fc.constantFrom(
    ...[
      "raise",
      "raise",
      "lower",
      "freeze",
      "thaw",
      "thaw",
      "allow",
      "allow",
      "allow",
      "lost",
      "re-credit",
      "rework",
    ] as const,
  ),
  order: fc.nat(1),
  units: fc.nat(3),
});
