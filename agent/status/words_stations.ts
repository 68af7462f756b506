/**
 * Why a station cannot work at all, in every language. What is a cause of deliveries too (a disk, the owner's server, a refusal)
 * has the words of that cause.
 *
 * @module
 */
import { column, type Language, type WordTable } from "../../authority/api/mod.ts";

/** A station's own reasons. */
export const stationReasons = {
  "boards-unreadable": {
    en: "The folder of the boards cannot be read; check the folder and its rights",
    "zh-Hans": "无法读取电路板文件夹；请检查文件夹及其权限",
  },
  "board-unreadable": {
    en: "The board cannot be read; take it out and put it in again, or another one",
    "zh-Hans": "无法读取电路板；请取出后重新放入，或换一块",
  },
  "product-open": {
    en: "No product is chosen: the owner allows none or several; set the station's product in config.json",
    "zh-Hans": "未选定产品：所有者未允许任何产品或允许多个；请在 config.json 中设定该工位的产品",
  },
} as const satisfies WordTable;

/** A code of {@linkcode stationReasons}. */
export type StationReason = keyof typeof stationReasons;

/** Returns the words of a reason in a language; undefined: it is none of a station's own. */
export function stationReasonIn(code: string, language: Language): string | undefined {
  const words: Readonly<Record<string, string>> = column(stationReasons, language);
  return Object.hasOwn(words, code) ? words[code] : undefined;
}
