/**
 * Reads UIDs that were scanned ahead, from CSV as scanners and spreadsheets write it (P-75): with or without a header, quoted
 * or not, comma, semicolon or tab. Refuses the whole file where one row is not a chip, naming the lines. Knows no network.
 *
 * @module
 */
import { isBlankUid, Malformed, parseUid, type Uid } from "../../bootloader/wire/mod.ts";

/** The most chips of one list: they travel in one request, so that a list is taken as a whole. */
export const UID_LIST_MOST = 2_000;

const UID_DIGITS = 24;
const PROBLEMS_SHOWN = 10;
const MARK = "\uFEFF";

/** Returns the chips of a CSV text, in its order. @throws {Malformed} naming every line that is no chip, or is one again. */
export function readUidList(text: string): readonly Uid[] {
  const rows = rowsOf(text.startsWith(MARK) ? text.slice(1) : text);
  const [first] = rows;
  if (first === undefined) throw malformed("it has no rows");
  const column = columnOf(rows);
  const hasHeader = digitsOf(first.cells[column] ?? "") === undefined && isTitle(first.cells[column] ?? "");
  const lines = new Map<Uid, number>();
  const problems: string[] = [];
  for (const { line, cells } of hasHeader ? rows.slice(1) : rows) {
    const digits = digitsOf(cells[column] ?? "");
    const uid = digits === undefined ? undefined : parseUid(digits);
    const before = uid === undefined ? undefined : lines.get(uid);
    if (uid === undefined) problems.push(`line ${line} has no UID of ${UID_DIGITS} hexadecimal digits`);
    else if (isBlankUid(uid)) problems.push(`line ${line} is all zeros or all ones`);
    else if (before !== undefined) problems.push(`line ${line} is the chip of line ${before} again`);
    else lines.set(uid, line);
  }
  if (problems.length > 0) throw malformed(problemText(problems));
  if (lines.size === 0) throw malformed("it has a header and no chips");
  if (lines.size > UID_LIST_MOST) {
    throw malformed(`it has ${lines.size} chips; give at most ${UID_LIST_MOST} in one file`);
  }
  return [...lines.keys()];
}

interface Row {
  /** From 1, as editors count. */
  readonly line: number;
  readonly cells: readonly string[];
}

function rowsOf(text: string): readonly Row[] {
  return text.split(/\r\n|\n|\r/).flatMap((content, index) =>
    content.trim() === "" ? [] : [{ line: index + 1, cells: cellsOf(content) }]
  );
}

/** A quoted cell may hold separators, and `""` for a quote; a row does not go over lines. */
function cellsOf(content: string): readonly string[] {
  const cells = content.matchAll(/(?:^|[,;\t])(?:\s*"((?:[^"]|"")*)"\s*|([^,;\t]*))/g);
  return [...cells].map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? "").trim());
}

/** The column that is called so, or else the first one in which a UID stands. */
function columnOf(rows: readonly Row[]): number {
  const [first] = rows;
  const named = first?.cells.findIndex(isUidTitle) ?? -1;
  if (named >= 0) return named;
  const found = rows.map(({ cells }) => cells.findIndex((cell) => digitsOf(cell) !== undefined));
  return found.find((index) => index >= 0) ?? 0;
}

function isUidTitle(cell: string): boolean {
  return /^(?:uid|uids|unique[ _-]?id|chip[ _-]?(?:uid|id))$/i.test(cell);
}

/** A cell of a first row that is meant as a title: words, not a number that was misread. */
function isTitle(cell: string): boolean {
  return isUidTitle(cell) || /[g-z]/i.test(cell.replace(/^0x/i, ""));
}

/** Returns 24 lower-case digits; scanners put `0x` before and spaces, colons or dashes between. */
function digitsOf(cell: string): string | undefined {
  const digits = cell.replace(/^0x/i, "").replace(/[\s:-]/g, "").toLowerCase();
  return digits.length === UID_DIGITS && /^[0-9a-f]+$/.test(digits) ? digits : undefined;
}

function problemText(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).join("; ");
  const more = problems.length - PROBLEMS_SHOWN;
  return `${shown}${more > 0 ? `; and ${more} more lines` : ""}. Nothing of the file was taken`;
}

function malformed(problem: string): Malformed {
  return new Malformed(`Cannot read the list of UIDs: ${problem}`, { structure: "list of UIDs" });
}
