/**
 * What a check of a proof says. A proof that does not hold is an answer, not an error.
 *
 * @module
 */

/** The content of a proof that holds, or one sentence (without a final period) that says why it does not. */
export type Verdict<T> = { readonly holds: true; readonly says: T } | {
  readonly holds: false;
  readonly why: string;
};

/** Returns the verdict for a proof that does not hold. */
export function fails(why: string): { readonly holds: false; readonly why: string } {
  return { holds: false, why };
}
