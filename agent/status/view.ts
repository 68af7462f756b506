/**
 * What every page is drawn from: the source, the snapshot of this moment, and the reader's language.
 *
 * @module
 */
import { formatInstant, type Language } from "../../authority/api/mod.ts";
import type { StatusSnapshot } from "./snapshot.ts";
import type { StatusSource } from "./source.ts";
import { type StatusWords, wordsIn } from "./words.ts";

/** One look at the floor by one reader. */
export interface View {
  readonly source: StatusSource;
  readonly status: StatusSnapshot;
  readonly language: Language;
  readonly words: StatusWords;
  /** Returns an instant in the site's zone, with its offset. */
  readonly instant: (atMs: number) => string;
}

/** Takes a look. */
export function viewOf(source: StatusSource, language: Language): View {
  const status = source.snapshot();
  return {
    source,
    status,
    language,
    words: wordsIn(language),
    instant: (atMs) => formatInstant(atMs, status.zone),
  };
}
