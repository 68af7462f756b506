/**
 * Finds every table of words in the tree: whatever a product file exports that has a text in each language.
 *
 * @module
 */
import { type Language, languages, type Words } from "../../authority/api/mod.ts";

const ROOT = new URL("../../", import.meta.url);
const OTHER_LANGUAGES = languages.slice(1);
/** Files that speak of languages and hold no table. */
const NO_TABLE = [
  "authority/api/words/language.ts",
  "authority/api/words/sentences.ts",
  "deploy/catalogue/page.ts",
];

/** One text, with the place that it was found at. */
export interface FoundWords {
  readonly place: string;
  /** The row itself: what a pseudo-locale writes into. */
  readonly row: Words;
}

/** What {@linkcode findTables} found. */
export interface FoundTables {
  readonly words: readonly FoundWords[];
  /** Files that name a language besides English and export no table: their text cannot be checked. */
  readonly hidden: readonly string[];
}

/** Reads the product's files and returns every text that they export in all languages. Needs leave to read the tree. */
export async function findTables(): Promise<FoundTables> {
  const words: FoundWords[] = [];
  const hidden: string[] = [];
  for (const file of productFiles()) {
    const source = Deno.readTextFileSync(new URL(file, ROOT));
    if (!OTHER_LANGUAGES.some((language) => source.includes(`"${language}"`)) || NO_TABLE.includes(file)) {
      continue;
    }
    const found = [...wordsIn(await import(new URL(file, ROOT).href), file)];
    if (found.length === 0) hidden.push(file);
    words.push(...found);
  }
  return { words, hidden };
}

function* wordsIn(value: unknown, place: string): Generator<FoundWords> {
  if (typeof value !== "object" || value === null) return;
  if (isWords(value)) {
    yield { place, row: value };
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* wordsIn(inner, `${place} ${key}`);
}

function isWords(value: object): value is Words {
  return languages.every((language: Language) =>
    typeof (value as Partial<Record<string, unknown>>)[language] === "string"
  );
}

function* productFiles(folder = ""): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (
      entry.name.startsWith(".") || ["tests", "node_modules", "dist", "coverage", "main.ts"].includes(path)
    ) {
      continue;
    }
    if (entry.isDirectory) yield* productFiles(`${path}/`);
    else if (/\.tsx?$/.test(path)) yield path;
  }
}
