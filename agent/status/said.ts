/**
 * The sentence and the remedy of a cause, in a reader's language. The one place where the page takes them from.
 *
 * @module
 */
import type { Language } from "../../authority/api/mod.ts";
import { causeWords } from "../delivery/mod.ts";

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
export function saidIn(language: Language, { code, says, remedy }: Cause): Said {
  // English keeps what was told: it may say more than the table does (how many devices wait).
  const words = language === "en" || code === null ? undefined : causeWords(code, language);
  return words === undefined ? { language: "en", says, remedy } : { language, ...words };
}
