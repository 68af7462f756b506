/**
 * What can stand behind a sentence.
 *
 * @module
 */

/** Why a sentence needs no test, or can have none. */
export type Untested =
  /** It says what is not there, or what cannot be promised. */
  | "limit"
  /** It says what a word means, or why something is as it is. */
  | "reason"
  /** It is about others, from what they publish; its row says where it was read. */
  | "published"
  /** A time or a size of one machine: measured, asserted nowhere. */
  | "measured";

/** What stands behind a sentence. */
export type Evidence =
  /** A test: its file, from `tests/`, and a part of its name. */
  | { readonly kind: "test"; readonly file: string; readonly name: string }
  /** A line of `.ci/run` runs it. */
  | { readonly kind: "ci"; readonly line: string }
  /** It points at a file or folder, which is there. */
  | { readonly kind: "there"; readonly path: string }
  | { readonly kind: "untested"; readonly why: Untested };

/** A sentence, and what stands behind it. */
export interface Claim {
  /** How it begins. */
  readonly says: string;
  /** The mark of all of it: see `markOf`. */
  readonly mark: string;
  readonly by: readonly Evidence[];
}

/** The sentence that begins with `says` and has the mark `mark` has `by` behind it. */
export const claim = (says: string, mark: string, ...by: readonly Evidence[]): Claim => ({ says, mark, by });

/** Returns a sentence's mark: a word of it that is changed is seen, and its evidence looked at again. */
export async function markOf(sentence: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sentence));
  return new Uint8Array(digest).toHex().slice(0, 6);
}

/** A test whose name has `name` in it. */
export const test = (file: string, name: string): Evidence => ({
  kind: "test",
  file: `${file}_test.ts`,
  name,
});

/** A step of `.ci/run`. */
export const ci = (line: string): Evidence => ({ kind: "ci", line });

/** A file or folder of the tree. */
export const there = (path: string): Evidence => ({ kind: "there", path });

/** No test, and why. */
export const untested = (why: Untested): Evidence => ({ kind: "untested", why });
