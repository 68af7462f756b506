/**
 * Refusals in every language: {@linkcode refusalWords}. Codes, numbers and status are the same in each.
 *
 * @module
 */
import { type RefusalCode, refusals, type UnitEffect } from "../refusal.ts";
import { column, type Language, type Words } from "./language.ts";
import { refusalsOnThePage } from "./refusals_console.ts";
import { refusalsOfDecisions } from "./refusals_decisions.ts";
import { refusalsAtTheLine } from "./refusals_line.ts";
import { refusalsAtTheOffice } from "./refusals_office.ts";
import { type Sentences, sentencesIn, type Translation } from "./sentences.ts";

/** Every refusal in the languages besides English. */
export const refusalTranslations: Readonly<Record<RefusalCode, Translation>> = {
  ...refusalsAtTheLine,
  ...refusalsAtTheOffice,
  ...refusalsOfDecisions,
  ...refusalsOnThePage,
};

/** What a refusal does to the unit. */
export const refusalEffectWords = {
  "no unit is used": { en: "no unit is used", "zh-Hans": "不占用名额" },
  "the unit stays as it is": { en: "the unit stays as it is", "zh-Hans": "名额保持不变" },
  "the unit goes back to the order": { en: "the unit goes back to the order", "zh-Hans": "名额退回订单" },
} as const satisfies Readonly<Record<UnitEffect, Words>>;

/** A refusal as a person reads it; no sentence ends with a stop. */
export interface RefusalWords extends Sentences {
  readonly effect: string;
}

/** Returns what a refusal says, its remedy, and what becomes of the unit, in a language. */
export function refusalWords(code: RefusalCode, language: Language): RefusalWords {
  const row = refusals[code];
  return {
    ...sentencesIn(language, row, refusalTranslations[code]),
    effect: column(refusalEffectWords, language)[row.effect],
  };
}
