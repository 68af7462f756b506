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
export { formatDuration, formatInstant, isZone } from "./times.ts";
