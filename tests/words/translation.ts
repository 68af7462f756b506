/**
 * What a text in Simplified Chinese must be, beside the English one.
 *
 * @module
 */

/** Names that are the same in every language. */
const NAMES = [
  "API",
  "UID",
  "PIN",
  "UTC",
  "KiB",
  "CSV",
  "JSON",
  "HTTPS",
  "FIPS",
  "QEMU",
  "root",
  "C",
  "file",
];

/** A command as it is typed, with what may be given in its place. */
const COMMAND = /`[^`]*`|flashseal( [A-Za-z-]+)+(、[a-z]+)*/g;
const FILE_NAME = /[\w-]+\.(txt|json|csv)\b/g;

/** Returns what is wrong with a Chinese text, or undefined. */
export function flawOf(english: string, chinese: string): string | undefined {
  if (english === chinese && leftover(chinese).length === 0) return undefined;
  if (!/\p{Script=Han}/u.test(chinese)) return "it has no Chinese character";
  if (placesOf(english).join() !== placesOf(chinese).join()) {
    return "its {places} are not those of the English text";
  }
  const left = leftover(chinese);
  if (left.length > 0) return `it has English left: ${left.join(", ")}`;
  if (/(?<!^No)[.]$/.test(english) !== /[。.]$/.test(chinese)) return "one of the two ends with a stop";
  if (/[,;:!?]\s|[,;:!?]$/.test(chinese)) return "it has western punctuation";
  return undefined;
}

/** Returns the names in braces, sorted: another language may need another order. */
function placesOf(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).sort();
}

/** Returns the words of a Chinese text in Latin letters that are no name, no command and no {place}. */
export function leftover(chinese: string): readonly string[] {
  const prose = chinese.replaceAll(/\{\w+\}/g, "").replaceAll(COMMAND, "").replaceAll(FILE_NAME, "");
  return [...prose.matchAll(/\p{Script=Latin}+/gu)].map(([word]) => word).filter((word) =>
    !NAMES.includes(word)
  );
}
