/**
 * Words that both pages use: states of a unit and outcomes of a delivery. One word for one thing, in each language.
 *
 * @module
 */
import type { WordTable } from "./language.ts";

/** States of a unit (D§6), as owners and operators read them. */
export const unitWords = {
  granted: { en: "granted", "zh-Hans": "已授权" },
  free: { en: "free", "zh-Hans": "可用" },
  leased: { en: "lent", "zh-Hans": "已借出" },
  reserved: { en: "reserved", "zh-Hans": "已预留" },
  keyed: { en: "keyed", "zh-Hans": "已发密钥" },
  committed: { en: "made", "zh-Hans": "已完成" },
  lost: { en: "lost", "zh-Hans": "丢失" },
  unaccounted: { en: "unaccounted", "zh-Hans": "去向不明" },
} as const satisfies WordTable;

/** How a delivery ended. */
export const outcomeWords = {
  delivered: { en: "delivered", "zh-Hans": "已交付" },
  refused: { en: "refused", "zh-Hans": "被拒绝" },
  failed: { en: "failed", "zh-Hans": "失败" },
} as const satisfies WordTable;
