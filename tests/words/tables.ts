/**
 * Finds every text that the product's files have in more than one language, by reading the files: whether a table is exported
 * or not makes no difference to who reads its words.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);
const LITERAL = String.raw`(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`;
const TEXT = String.raw`${LITERAL}(?:\s*\+\s*${LITERAL})*`;
const ROW = new RegExp(String.raw`\ben:\s*(${TEXT}),\s*"zh-Hans":\s*(${TEXT})`, "g");

/** One text in both languages, with the place that it was found at. */
export interface FoundWords {
  /** File and line. */
  readonly place: string;
  readonly english: string;
  readonly chinese: string;
}

/** What {@linkcode findWords} found. */
export interface FoundTables {
  readonly words: readonly FoundWords[];
  /** Files with Chinese that stands beside no English, and how often: their text cannot be compared. */
  readonly alone: readonly string[];
}

/** Reads the product's files. Needs leave to read the tree. */
export function findWords(): FoundTables {
  const words: FoundWords[] = [];
  const alone: string[] = [];
  for (const file of productFiles()) {
    const source = Deno.readTextFileSync(new URL(file, ROOT));
    const rows = [...source.matchAll(ROW)];
    const named = source.match(/"zh-Hans":/g)?.length ?? 0;
    if (named > rows.length) alone.push(`${file} ${named - rows.length}`);
    for (const { index, 1: english = "", 2: chinese = "" } of rows) {
      const line = source.slice(0, index).split("\n").length;
      words.push({ place: `${file}:${line}`, english: textOf(english), chinese: textOf(chinese) });
    }
  }
  return { words, alone };
}

/** Returns what a literal, or several joined by plus signs, says. */
function textOf(source: string): string {
  const literals = source.match(new RegExp(LITERAL, "g")) ?? [];
  return literals.map((literal) =>
    literal.startsWith('"') ? JSON.parse(literal) as string : literal.slice(1, -1).replaceAll("\\'", "'")
  ).join("");
}

function* productFiles(folder = ""): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.name.startsWith(".") || ["tests", "node_modules", "dist", "coverage"].includes(path)) continue;
    if (entry.isDirectory) yield* productFiles(`${path}/`);
    else if (/\.tsx?$/.test(path)) yield path;
  }
}
