/**
 * Reads places and moves out of the models' text. Knows how `ledger.pml` writes them; runs nothing.
 *
 * @module
 */

import ledgerText from "./ledger.pml" with { type: "text" };
import leaseText from "./lease.pml" with { type: "text" };
import lendingText from "./lending.pml" with { type: "text" };
import onlineText from "./online.pml" with { type: "text" };

/** The places of a unit in the order of their numbers, which must be 0, 1, 2 … */
export const modelPlaces: readonly string[] = [...ledgerText.matchAll(/^#define ([a-z]+) +(\d+)$/gm)]
  .map((match, index) => match[2] === String(index) ? match[1] ?? "" : `number ${match[2]} out of order`);

/** The moves that each model takes, as `from > to`. */
export const modelMoves: Readonly<Record<"online" | "lease" | "lending", readonly string[]>> = {
  online: movesIn(onlineText, "move"),
  lease: movesIn(leaseText, "move"),
  lending: movesIn(lendingText, "move"),
};

/** The moves that only a model without a guard takes. */
export const forbiddenMoves: readonly string[] = [
  ...movesIn(onlineText, "forbidden_move"),
  ...movesIn(leaseText, "forbidden_move"),
];

function movesIn(text: string, name: "move" | "forbidden_move"): readonly string[] {
  const uses = text.matchAll(new RegExp(`\\b${name}(?:_all)?\\((\\w+), (\\w+)`, "g"));
  return [...new Set([...uses].map((match) => `${match[1]} > ${match[2]}`))];
}
