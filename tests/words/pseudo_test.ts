/** The pseudo-locale: text that comes from a table is in brackets, any other is not. @module */
import assert from "node:assert/strict";
import { column, fill, unitWords } from "../../authority/api/mod.ts";
import { isPseudo, pseudo, pseudoLocale } from "./pseudo.ts";

Deno.test("pseudo() is longer, accented, in brackets, and keeps its places", () => {
  const said = pseudo("{done} of {total} boards");
  assert.equal(said, "[{done} óf~ {total} bóárdš~~~]");
  // Each word by itself, so that a line may break where it breaks in English; ids and times are no words.
  assert.equal(pseudo("Signed 2026-11-30 by a1b2"), "[Šígñéd~~~ 2026-11-30 bý~ a1b2]");
  assert.equal(isPseudo(fill(said, { done: 1, total: 2 })), true);
});

Deno.test("isPseudo() tells text of a table from text that is none", () => {
  for (
    const [text, is] of [
      [`${pseudo("free")}: 3 · ${pseudo("made")}`, true],
      [`${pseudo("free")} units`, false],
      [`units ${pseudo("free")}`, false],
      ["free", false],
      // Cut off: the closing bracket is missing.
      [pseudo("free").slice(0, -2), false],
    ] as const
  ) assert.equal(isPseudo(text), is, text);
});

Deno.test("pseudoLocale() stands in a language's place until it is disposed of", () => {
  {
    using _locale = pseudoLocale(Object.values(unitWords), "zh-Hans");
    assert(Object.values(column(unitWords, "zh-Hans")).every(isPseudo));
    assert.equal(column(unitWords, "en").free, "free");
  }
  assert.equal(column(unitWords, "zh-Hans").free, "可用");
});
