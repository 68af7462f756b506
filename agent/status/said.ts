/**
 * The sentence and the remedy of a cause, in a reader's language. The one place where the page takes them from.
 *
 * @module
 */
import type { Language } from "../../authority/api/mod.ts";
import { causeWords } from "../delivery/mod.ts";
import { stationReasonIn } from "./words_stations.ts";

/** What is told of a cause. */
export interface Cause {
  /** A code of the table of causes or of the stations' reasons, or `authority-` and the code of a refusal; null: none. */
  readonly code: string | null;
  readonly says: string;
  readonly remedy: string | null;
  /** How many devices wait because of it, where that is known. */
  readonly waiting?: number | null;
  /** `says` is what the program met, with paths and the like: for whoever mends it, not for whoever stands before it. */
  readonly isRaw?: boolean;
}

/** A cause as it is shown, with the language that its words are in. */
export interface Said {
  readonly language: Language;
  readonly says: string;
  readonly remedy: string | null;
}

/** Returns a cause in the reader's language, or in English where there are no words of that language for it. */
export function saidIn(language: Language, { code, says, remedy, waiting, isRaw = false }: Cause): Said {
  // English keeps what was told for people: it may say more than the table does.
  const words = language === "en" && !isRaw || code === null
    ? undefined
    : wordsOf(code, language, waiting ?? undefined);
  return words === undefined ? { language: "en", says, remedy } : { language, ...words };
}

function wordsOf(code: string, language: Language, waiting?: number): Omit<Said, "language"> | undefined {
  const reason = stationReasonIn(code, language);
  return reason === undefined ? causeWords(code, language, waiting) : { says: reason, remedy: null };
}
