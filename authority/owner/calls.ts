/**
 * How the owner's operations talk to the authority: patiently, each act once. Also how people's words for things become
 * ids: a name or an id for products and appliances, a version or an id for releases. Knows no operation.
 *
 * @module
 */
import { type Answer, type OwnerCallOptions, type RefusalCode, refusals } from "../api/mod.ts";
import type { OwnerSession } from "./profile.ts";
import { patiently, type Result } from "./release/mod.ts";

/** Returns the answer to a question that changes nothing. */
export async function ask<T>(session: OwnerSession, call: () => Promise<Answer<T>>): Promise<Result<T>> {
  return resultOf(await patiently(session.world, call));
}

/** Does an act once, however often its reply is lost: every repetition carries the same idempotency key. */
export async function act<T>(
  session: OwnerSession,
  call: (options: OwnerCallOptions) => Promise<Answer<T>>,
): Promise<Result<T>> {
  const idempotencyKey = session.world.random(16).toHex();
  return resultOf(await patiently(session.world, () => call({ idempotencyKey })));
}

function resultOf<T>(answer: Answer<T>): Result<T> {
  return "granted" in answer ? { granted: answer.granted } : { refused: answer.refused };
}

/** Returns a refusal of the contract's table with what it is about. */
export function refusal(code: RefusalCode, detail: string): Result<never> {
  const { number, says, remedy, effect } = refusals[code];
  return { refused: { code, number, says, remedy, effect, detail } };
}

/** How one of a list is picked by a person's word. */
export interface Pick<T> {
  readonly items: readonly T[];
  /** What a person may call the item. */
  readonly namesOf: (item: T) => readonly string[];
  /** The refusal when nothing fits, or when several do. */
  readonly missing: RefusalCode;
}

/** Returns the one item that `word` names, or the refusal that says what there is. */
export function pickOne<T>(word: string, { items, namesOf, missing }: Pick<T>): Result<T> {
  const found = items.filter((item) => namesOf(item).includes(word));
  const [only] = found;
  if (only !== undefined && found.length === 1) return { granted: only };
  if (found.length > 1) {
    return refusal(missing, `"${word}" names ${found.length} of them: take the id instead`);
  }
  const known = items.slice(0, 20).map((item) => `"${namesOf(item).at(-1)}"`).join(", ");
  return refusal(missing, `there is no "${word}"; there is ${known === "" ? "none yet" : known}`);
}
