/**
 * README.md cut into what it says: sentences, list items, rows of tables, lines of code.
 *
 * @module
 */

/** One thing that a text says, as it stands there without markup at its ends. */
export interface Sentence {
  readonly text: string;
  readonly line: number;
}

/** What is no sentence: headings, rulers and empty heads of tables, comments, fences. */
const SILENT = /^(#|\||$)|^<!--.*-->$/;
const RULER = /^\|[\s|:-]+\|$/;

/** Returns what `markdown` says, in its order. A recorded text is one sentence: its first line. */
export function sentencesOf(markdown: string): readonly Sentence[] {
  const sentences: Sentence[] = [];
  const lines = markdown.split("\n");
  let fence: string | null = null;
  for (const [index, text] of lines.entries()) {
    const say = (...texts: readonly string[]) =>
      sentences.push(...texts.map((said) => ({ text: said, line: index + 1 })));
    if (text.startsWith("```")) {
      fence = fence === null ? text : null;
      if (fence === RECORDED) say(`Recorded: ${lines[index + 1]!.trim()}`);
    } else if (fence === RECORDED || fence !== null && text.trim() === "") continue;
    else if (fence !== null) say(text.trim());
    else if (isRow(text, lines[index + 1])) say(rowText(text));
    else if (!SILENT.test(text)) say(...split(text.replace(/^(?:- |\d+\. )/, "")));
  }
  return sentences;
}

/** What a program once said, word for word. */
const RECORDED = "```text";

/** A row that says something: no ruler, and no head (which a ruler follows). */
function isRow(text: string, next: string | undefined): boolean {
  return text.startsWith("|") && !RULER.test(text) && !(next !== undefined && RULER.test(next));
}

function rowText(row: string): string {
  return row.slice(1, -1).split("|").map((cell) => cell.trim()).join(" | ").trim();
}

/** At a full stop before what begins anew. */
function split(text: string): readonly string[] {
  return text.split(/(?<=[.!?](?:\*\*)?)\s+(?=[A-Z*`!])/).map((part) => part.trim());
}
