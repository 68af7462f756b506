/**
 * What people read, in their language.
 *
 * @module
 */
export { outcomeWords, unitWords } from "./common.ts";
export {
  chooseLanguage,
  column,
  fill,
  type Language,
  languages,
  type Words,
  type WordTable,
} from "./language.ts";
export { refusalEffectWords, refusalTranslations, type RefusalWords, refusalWords } from "./refusals.ts";
export { runningText, type Sentences, sentencesIn, type Translation } from "./sentences.ts";
export { formatDuration, formatInstant, isZone } from "./times.ts";
