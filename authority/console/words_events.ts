/**
 * The words for entries of the log. Codes that have no word here are shown as they are: the log is extend-only.
 *
 * @module
 */

import { column, type Language, type WordTable } from "../api/mod.ts";

const eventWords = {
  "order-created": { en: "order created", "zh-Hans": "创建订单" },
  "order-changed": { en: "order changed", "zh-Hans": "更改订单" },
  "allowance-set": { en: "lending set", "zh-Hans": "设定借出" },
  "uids-listed": { en: "chips listed", "zh-Hans": "列出芯片" },
  "ticket": { en: "ticket", "zh-Hans": "票据" },
  "ticket-refused": { en: "ticket refused", "zh-Hans": "票据被拒" },
  "ticket-expired": { en: "ticket ended unused", "zh-Hans": "票据过期未用" },
  "message2": { en: "key given (message 2)", "zh-Hans": "发出密钥（消息 2）" },
  "message2-refused": { en: "key refused", "zh-Hans": "密钥被拒" },
  "receipt": { en: "receipt checked: made", "zh-Hans": "回执核验：已制成" },
  "receipt-refused": { en: "receipt refused", "zh-Hans": "回执被拒" },
  "failure": { en: "delivery failed", "zh-Hans": "交付失败" },
  "device-decision": { en: "a person decided", "zh-Hans": "人员决定" },
  "lease-use": { en: "made with a lent unit", "zh-Hans": "用借出名额制造" },
  "restored-ticket": { en: "shown after a restore", "zh-Hans": "恢复后出示" },
  "restored-refused": { en: "shown after a restore, refused", "zh-Hans": "恢复后出示被拒" },
} as const satisfies WordTable;

/** Facts of an entry, by their names in the log. */
const factWords = {
  change: { en: "change", "zh-Hans": "更改" },
  granted: { en: "granted", "zh-Hans": "已授权" },
  freed: { en: "freed", "zh-Hans": "已释放" },
  name: { en: "name", "zh-Hans": "名称" },
  notBeforeSeconds: { en: "from", "zh-Hans": "自" },
  notAfterSeconds: { en: "until", "zh-Hans": "至" },
  rework: { en: "rework", "zh-Hans": "返工" },
  appliance: { en: "appliance", "zh-Hans": "烧录机" },
  station: { en: "station", "zh-Hans": "工位" },
  units: { en: "units", "zh-Hans": "名额" },
  ticket: { en: "ticket", "zh-Hans": "票据" },
  lease: { en: "lease", "zh-Hans": "借出" },
  serial: { en: "serial", "zh-Hans": "序号" },
  number: { en: "number", "zh-Hans": "编号" },
  cause: { en: "cause", "zh-Hans": "原因" },
  phase: { en: "phase", "zh-Hans": "阶段" },
  refused: { en: "refused", "zh-Hans": "拒绝" },
  decision: { en: "decision", "zh-Hans": "决定" },
  unit: { en: "unit", "zh-Hans": "名额" },
  word: { en: "word of", "zh-Hans": "依据" },
} as const satisfies WordTable;

/** What was changed. */
const changeWords = {
  raise: { en: "raised", "zh-Hans": "增加" },
  lower: { en: "lowered", "zh-Hans": "减少" },
  freeze: { en: "frozen", "zh-Hans": "冻结" },
  thaw: { en: "thawed", "zh-Hans": "解冻" },
  dates: { en: "dates changed", "zh-Hans": "更改期限" },
  rework: { en: "rework changed", "zh-Hans": "更改返工许可" },
  confirm: { en: "confirmed", "zh-Hans": "确认" },
  stop: { en: "stopped", "zh-Hans": "停止" },
  resume: { en: "resumed", "zh-Hans": "恢复" },
  "free-unaccounted": { en: "unaccounted units freed", "zh-Hans": "释放去向不明的名额" },
} as const satisfies WordTable;

/** Returns the words for an event's code. */
export function eventText(code: string, language: Language): string {
  return textIn(eventWords, code, language);
}

/** Returns the name of a fact. */
export function factName(name: string, language: Language): string {
  return textIn(factWords, name, language);
}

/** Returns the words for what was changed. */
export function changeText(change: string, language: Language): string {
  return textIn(changeWords, change, language);
}

function textIn(table: WordTable, code: string, language: Language): string {
  const words: Readonly<Record<string, string>> = column(table, language);
  return Object.hasOwn(words, code) ? words[code] ?? code : code;
}
