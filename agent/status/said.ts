/**
 * The sentence and the remedy of a cause, in a reader's language. The one place where the page takes them from: they stand in
 * the tables of causes and refusals, in English.
 *
 * @module
 */
import type { Language } from "../../authority/api/mod.ts";

/** What is told of a cause. */
export interface Cause {
  /** A code of the table of causes, or `authority-` and the code of a refusal; null: a sentence of its own. */
  readonly code: string | null;
  readonly says: string;
  readonly remedy: string | null;
}

/** A cause as it is shown, with the language that its words are in. */
export interface Said {
  readonly language: Language;
  readonly says: string;
  readonly remedy: string | null;
}

/** Returns a cause in the reader's language, or in English where there are no words of that language for it. */
export function saidIn(_language: Language, { says, remedy }: Cause): Said {
  return { language: "en", says, remedy };
}
