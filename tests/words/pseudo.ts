/**
 * A language that nobody speaks, for tests: English made longer and accented, in brackets. Text on a page without brackets
 * did not come from a table; text whose closing bracket cannot be seen did not fit its place.
 *
 * @module
 */

const LETTERS = "aáeéiíoóuúyýcçnñsšzžAÁEÉIÍOÓUÚYÝCÇNÑSŠZŽ";
const ACCENTED = new Map([...LETTERS.matchAll(/(.)(.)/g)].map(([, plain, accented]) => [plain, accented]));
/** How much longer than English each word is: German and French are up to this much. */
const LONGER = 0.4;

/** Returns `text` in the pseudo-locale, each word longer; what stands in `{braces}` and what is no word stays as it is. */
export function pseudo(text: string): string {
  const spoken = text.replaceAll(/\{\w+\}|(?<![\w])\p{Letter}+(?![\w])/gu, (part) => {
    if (part.startsWith("{")) return part;
    const accented = [...part].map((letter) => ACCENTED.get(letter) ?? letter).join("");
    return `${accented}${"~".repeat(Math.ceil(part.length * LONGER))}`;
  });
  return `[${spoken}]`;
}

/** Returns whether `text` is one or more texts of the pseudo-locale, with nothing in between but digits and signs. */
export function isPseudo(text: string): boolean {
  return /^[^\p{Letter}]*(\[[^\[\]]*~[^\[\]\p{Letter}]*\][^\p{Letter}]*)+$/u.test(text);
}

/** Puts the pseudo-locale into the place of `language` in rows of words, until the result is disposed of. */
export function pseudoLocale(
  rows: readonly Readonly<Record<string, string>>[],
  language: string,
): Disposable {
  // Rows are readonly to the product, which never changes one; only here are they written.
  const open = rows as readonly Record<string, string>[];
  const before = open.map((row) => row[language] ?? "");
  for (const row of open) row[language] = pseudo(row["en"] ?? "");
  return {
    [Symbol.dispose]: () => open.forEach((row, i) => row[language] = before[i] ?? ""),
  };
}
