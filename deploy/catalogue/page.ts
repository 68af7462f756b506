/**
 * The error catalogue: one page, in every language, out of the tables that the programs themselves read. Pure.
 *
 * @module
 */
import { causeEffects, causes, causeWords, effectOfCause } from "../../agent/mod.ts";
import {
  isRefusalCode,
  type Language,
  languages,
  refusals,
  refusalWords,
  runningText,
  type Words,
} from "../../authority/api/mod.ts";
import { EXIT, type ExitName, exitWords } from "../cli/mod.ts";
import { placeWords } from "./places.ts";

const HEAD = `# Errors

Everything that a program of Flashseal may say no to, and everything that may break: code, sentence, remedy, and what becomes of the unit.
The codes are the same in every language. This page is written by \`deno run -A deploy/catalogue/write.ts\` from the tables that the programs read; a test compares it with them, and another provokes each refusal and each cause.
`;

const NAMES: Readonly<Record<Language, string>> = { en: "English", "zh-Hans": "简体中文" };

/** Returns the page: Markdown, ending with a line feed. */
export function errorsPage(): string {
  return `${[HEAD.trimEnd(), refusalsPart(), causesPart(), placesPart(), exitsPart()].join("\n\n")}\n`;
}

function refusalsPart(): string {
  const rows = Object.keys(refusals).filter(isRefusalCode).map((code) => {
    const { number, status } = refusals[code];
    const said = (language: Language) => sentence(language, refusalWords(code, language));
    const effect = languages.map((language) => refusalWords(code, language).effect).join("<br>");
    return [`${number}`, `\`${code}\``, `${status}`, ...languages.map(said), effect];
  });
  return part(
    "Refusals",
    "A refusal is a well-formed no of the owner's server, or of the vault in its place. In a reply: `code`, `number`, HTTP status, `remedy`, `effect`. At a station it is told as `authority-` and its code.",
    ["number", "code", "HTTP", ...languages.map((language) => NAMES[language]), "the unit"],
    rows,
  );
}

function causesPart(): string {
  const rows = (Object.keys(causes) as (keyof typeof causes)[]).map((code) => {
    const said = (language: Language) =>
      sentence(language, causeWords(code, language) ?? { says: code, remedy: "" });
    const effect = both(causeEffects[effectOfCause[code]].words);
    return [`\`${code}\``, causes[code].outcome, ...languages.map(said), effect];
  });
  return part(
    "Causes of a stop",
    "Why a delivery at a station did not end in a delivered device. `refused`: nothing is broken. `failed`: something broke.",
    ["code", "outcome", ...languages.map((language) => NAMES[language]), "the unit"],
    rows,
  );
}

function placesPart(): string {
  const rows = Object.entries(placeWords).map(([place, words]) => [
    `\`${place}\``,
    ...languages.map((language) => words[language]),
  ]);
  return part(
    "Places of a fault",
    "A fault says in its sentence what failed and what to do; over HTTPS it is status 503 with `code` `fault`, a defect 500 with `code` `defect`, both with an incident that the server's log explains. No unit changes by it.",
    ["place", ...languages.map((language) => NAMES[language])],
    rows,
  );
}

function exitsPart(): string {
  const rows = (Object.keys(EXIT) as ExitName[]).map((name) => {
    const { says, remedy } = exitWords[name];
    const said = (language: Language) =>
      sentence(language, { says: says[language], remedy: remedy[language] });
    return [`${EXIT[name]}`, name, ...languages.map(said)];
  });
  return part(
    "Exit codes",
    "Of every command. With `--json` the last line of standard output says the same: a result, a refusal with its code, or `error` and `sentence`.",
    ["code", "name", ...languages.map((language) => NAMES[language])],
    rows,
  );
}

function part(
  title: string,
  before: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [`## ${title}`, "", before, "", line(head), line(head.map(() => "---")), ...rows.map(line)].join(
    "\n",
  );
}

function sentence(language: Language, words: { readonly says: string; readonly remedy: string }): string {
  return `**${runningText(language, words.says)}**<br>${runningText(language, words.remedy)}`;
}

function both(words: Words): string {
  return languages.map((language) => words[language]).join("<br>");
}
