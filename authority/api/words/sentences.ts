/**
 * Sentences of refusals and causes in the languages besides English. The English one stands in the table of the code itself,
 * beside what the code means; here are all the others, side by side. A language or a code without words is a type error.
 *
 * @module
 */
import { type Language, languages } from "./language.ts";

/** The language of the tables of codes themselves. */
export const SOURCE_LANGUAGE = languages[0];

/** What a code says and what to do about it, without a final stop. */
export interface Sentences {
  readonly says: string;
  readonly remedy: string;
}

/** The sentences of one code in every language but {@linkcode SOURCE_LANGUAGE}. */
export type Translation = Readonly<Record<Exclude<Language, typeof SOURCE_LANGUAGE>, Sentences>>;

/** Returns a code's sentences in a language: the code's own row, or its translation. */
export function sentencesIn(
  language: Language,
  source: Sentences,
  translation: Translation,
): Sentences {
  const { says, remedy } = language === SOURCE_LANGUAGE ? source : translation[language];
  return { says, remedy };
}

const stops: Readonly<Record<Language, readonly [end: string, between: string]>> = {
  en: [".", " "],
  "zh-Hans": ["。", ""],
};

/** Returns sentences without final stops as running text, as the language writes it. */
export function runningText(language: Language, ...sentences: readonly string[]): string {
  const [end, between] = stops[language];
  return sentences.map((sentence) => `${sentence}${end}`).join(between);
}
