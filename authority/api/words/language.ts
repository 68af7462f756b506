/**
 * Languages of what people read. Codes, counts, identifiers and dates are the same in each; only words differ. Each table of
 * words has every language side by side, so that a missing word is a type error.
 *
 * @module
 */

/** BCP 47 tags of the languages that there are words in, the first one where nobody chose. */
export const languages = Object.freeze(["en", "zh-Hans"] as const);

/** One of {@linkcode languages}. */
export type Language = typeof languages[number];

/** One text in every language. */
export type Words = Readonly<Record<Language, string>>;

/** A table of texts, each in every language. */
export type WordTable = Readonly<Record<string, Words>>;

/** Returns a language's column of a table; `{name}` in a text stands for what the caller fills in with {@linkcode fill}. */
export function column<T extends WordTable>(
  table: T,
  language: Language,
): { readonly [K in keyof T]: string } {
  return Object.fromEntries(Object.entries(table).map(([key, words]) => [key, words[language]])) as {
    readonly [K in keyof T]: string;
  };
}

/** Returns `text` with each `{name}` replaced; a name that nothing is given for stays as it is. */
export function fill(text: string, parts: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => `${parts[name] ?? whole}`);
}

/**
 * Chooses a language: the one that was asked for by its tag, else the first acceptable one of an `Accept-Language` header
 * (RFC 9110, 12.5.4; weights decide, unknown ones are passed over), else the first there is.
 */
export function chooseLanguage(asked: string | undefined, accepts: string | undefined): Language {
  const wanted = (accepts ?? "").split(",").map((part) => {
    const [tag = "", weight] = part.split(";").map((piece) => piece.trim());
    return { tag, weight: weight === undefined ? 1 : Number(weight.replace(/^q=/, "")) || 0 };
  }).filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  for (const tag of [asked ?? "", ...wanted.map(({ tag }) => tag)]) {
    const primary = tag.toLowerCase().split("-")[0];
    const found = languages.find((language) => language.split("-")[0] === primary);
    if (found !== undefined) return found;
  }
  return languages[0];
}
