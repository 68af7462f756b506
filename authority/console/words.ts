/**
 * The words of the owner's page, in each language. States of units are those of authority/api/words.
 *
 * @module
 */

import { column, type Language, unitWords, type WordTable } from "../api/mod.ts";
import { actWords } from "./words_acts.ts";
import { deviceWords } from "./words_devices.ts";

const words = {
  skip: { en: "Skip to the content", "zh-Hans": "跳到正文" },
  orders: { en: "Orders", "zh-Hans": "订单" },
  appliances: { en: "Appliances", "zh-Hans": "烧录机" },
  devices: { en: "Devices", "zh-Hans": "器件" },
  products: { en: "Products", "zh-Hans": "产品" },
  dates: { en: "Dates", "zh-Hans": "期限" },
  stop: { en: "STOP", "zh-Hans": "停止" },
  signOut: { en: "Sign out", "zh-Hans": "退出" },
  otherLanguage: { en: "简体中文", "zh-Hans": "English" },
  signedInAs: { en: "API key: {name}", "zh-Hans": "API 密钥：{name}" },
  asOf: { en: "As of {at}", "zh-Hans": "截至 {at}" },
  notRefreshed: { en: "As of {at}, not refreshed", "zh-Hans": "截至 {at}，未更新" },
  signedOut: { en: "Signed out.", "zh-Hans": "已退出登录。" },
  nothingHere: { en: "There is nothing on this page.", "zh-Hans": "此页没有内容。" },
  timesIn: { en: "Times of {zone}", "zh-Hans": "时区：{zone}" },

  signIn: { en: "Sign in", "zh-Hans": "登录" },
  signInSays: {
    en:
      "Sign in with an API key of this server: the one in owner-api-key.txt, which the command line uses too.",
    "zh-Hans": "请用本服务器的 API 密钥登录：即 owner-api-key.txt 中的密钥，与命令行所用相同。",
  },
  apiKey: { en: "API key", "zh-Hans": "API 密钥" },
  apiKeyHint: { en: "64 hexadecimal digits", "zh-Hans": "64 位十六进制数字" },
  sessionLasts: {
    en:
      "You stay signed in for 8 hours, or until you sign out, the key is revoked or the server is restored.",
    "zh-Hans": "登录保持 8 小时，或直到您退出、密钥被撤销或服务器被恢复。",
  },

  takesWhole: {
    en: "it takes a whole number from {least} to {most}.",
    "zh-Hans": "须为 {least} 至 {most} 的整数。",
  },
  takesDay: { en: "it takes a day such as 2026-12-04.", "zh-Hans": "须为日期，例如 2026-12-04。" },
  takesLater: {
    en: "it takes the first day or one after it.",
    "zh-Hans": "须不早于开始日期。",
  },
  takesUid: {
    en: "it takes 4 to 24 hexadecimal digits.",
    "zh-Hans": "须为 4 至 24 位十六进制数字。",
  },
  notDone: { en: "Not done", "zh-Hans": "未执行" },
  remedy: { en: "What helps", "zh-Hans": "解决办法" },
  back: { en: "Back", "zh-Hans": "返回" },
  done: { en: "Done: {act}", "zh-Hans": "已执行：{act}" },
  yes: { en: "yes", "zh-Hans": "是" },
  no: { en: "no", "zh-Hans": "否" },
  none: { en: "none", "zh-Hans": "无" },
  never: { en: "never", "zh-Hans": "从未" },
  details: { en: "Details", "zh-Hans": "详情" },
  more: { en: "Next page", "zh-Hans": "下一页" },
  first: { en: "First page", "zh-Hans": "第一页" },

  allOrders: { en: "All orders", "zh-Hans": "全部订单" },
  frozenOrders: { en: "Frozen orders", "zh-Hans": "已冻结订单" },
  noOrders: {
    en: "There is no order yet. Make one with: flashseal owner order create",
    "zh-Hans": "尚无订单。创建命令：flashseal owner order create",
  },
  units: { en: "Units", "zh-Hans": "名额" },
  state: { en: "State", "zh-Hans": "状态" },
  share: { en: "Share", "zh-Hans": "占比" },
  barSays: { en: "{granted} granted: {parts}", "zh-Hans": "已授权 {granted}：{parts}" },
  meaningFree: { en: "may be used at any time", "zh-Hans": "随时可用" },
  meaningLeased: { en: "with appliances, for work without this server", "zh-Hans": "在烧录机中，供离线工作" },
  meaningReserved: {
    en: "a board is on a station, no key was given",
    "zh-Hans": "电路板已上工位，尚未发出密钥",
  },
  meaningKeyed: {
    en: "a key was given, no receipt yet: a device may exist",
    "zh-Hans": "已发密钥，尚无回执：可能已有器件",
  },
  meaningCommitted: { en: "delivered, with a receipt", "zh-Hans": "已制成，有回执" },
  meaningLost: { en: "given up by a person", "zh-Hans": "由人员放弃" },
  meaningUnaccounted: {
    en: "nobody knows: up to so many devices may exist",
    "zh-Hans": "去向不明：最多可能存在这么多器件",
  },
  worstCase: { en: "Worst case while cut off", "zh-Hans": "断网时的最坏情况" },
  worstCaseSays: {
    en: "Up to {units} devices can be made without asking this server: the sum of what is lent.",
    "zh-Hans": "无需询问本服务器，最多可制造 {units} 个器件：即已借出之和。",
  },
  worstCaseUnaccounted: {
    en:
      "Up to {units} devices can be made, or may exist already, without this server knowing: {lent} lent, {unaccounted} unaccounted for since a restore or a lease given up.",
    "zh-Hans":
      "最多 {units} 个器件可在本服务器不知情时制造，或已经存在：{lent} 个已借出，{unaccounted} 个因服务器恢复或放弃借出而去向不明。",
  },
  worstCaseNone: {
    en: "None: nothing is lent and no unit is unaccounted for.",
    "zh-Hans": "无：没有借出，也没有去向不明的名额。",
  },
  frozen: { en: "frozen", "zh-Hans": "已冻结" },
  open: { en: "open", "zh-Hans": "进行中" },
  notBegun: { en: "not begun", "zh-Hans": "未开始" },
  ended: { en: "ended", "zh-Hans": "已结束" },
  usedUp: { en: "used up", "zh-Hans": "已用完" },
  awaiting: { en: "awaits your word", "zh-Hans": "等待您确认" },
  forecast: { en: "Forecast", "zh-Hans": "预测" },
  forecastDay: {
    en: "At the rate of the last {days} d ({rate} a day) used up on {day}",
    "zh-Hans": "按最近 {days} 天的速度（每天 {rate} 个），将于 {day} 用完",
  },
  forecastFar: {
    en: "At the rate of the last {days} d ({rate} a day) it lasts more than five years",
    "zh-Hans": "按最近 {days} 天的速度（每天 {rate} 个），可用五年以上",
  },
  forecastLittle: {
    en: "Too little to tell: {made} made within {days} d",
    "zh-Hans": "数据太少：最近 {days} 天制造 {made} 个",
  },
  forecastNone: {
    en: "No forecast: nothing was made in the last {days} d",
    "zh-Hans": "无预测：最近 {days} 天没有制造",
  },
  forecastSpent: { en: "Used up: nothing is left to make", "zh-Hans": "已用完：没有可制造的" },
  forecastUnaccounted: {
    en: "No forecast: nothing is free, and {units} are unaccounted for",
    "zh-Hans": "无预测：没有可用名额，{units} 个去向不明",
  },
  forecastStopped: { en: "No forecast: the order gives nothing now", "zh-Hans": "无预测：订单目前不发放" },
  burnDown: { en: "Made and left, by day", "zh-Hans": "每日制成与剩余" },
  burnDownSays: {
    en: "Left is counted from what is granted now; earlier raises are not drawn.",
    "zh-Hans": "剩余按当前授权计算；不显示以前的增加。",
  },
  day: { en: "Day", "zh-Hans": "日期" },
  made: { en: "Made", "zh-Hans": "制成" },
  left: { en: "Left", "zh-Hans": "剩余" },

  alarms: { en: "To look at", "zh-Hans": "需要注意" },
  alarmOutdated: {
    en:
      "This database is older than what was signed: nothing is given until flashseal authority new-epoch has run.",
    "zh-Hans": "此数据库旧于已签发的内容：运行 flashseal authority new-epoch 之前不发放任何东西。",
  },
  alarmAwaiting: {
    en: "The server was restored on {at}. {orders} orders give nothing until you confirm them.",
    "zh-Hans": "服务器于 {at} 恢复。{orders} 个订单在您确认之前不发放。",
  },
  alarmFrozen: { en: "Appliance {name} is frozen.", "zh-Hans": "烧录机 {name} 已冻结。" },
  alarmRenewal: { en: "Appliance {name} asks to be renewed.", "zh-Hans": "烧录机 {name} 请求续期。" },

  order: { en: "Order", "zh-Hans": "订单" },
  product: { en: "Product", "zh-Hans": "产品" },
  release: { en: "Release", "zh-Hans": "固件版本" },
  valid: { en: "Valid", "zh-Hans": "有效期" },
  validFrom: { en: "Valid from", "zh-Hans": "有效期自" },
  validUntil: { en: "Valid until", "zh-Hans": "有效期至" },
  rework: { en: "Rework", "zh-Hans": "返工" },
  allowed: { en: "allowed, each by a person", "zh-Hans": "允许，每次由人员决定" },
  notAllowed: { en: "not allowed", "zh-Hans": "不允许" },
  change: { en: "Change", "zh-Hans": "更改" },
  changeJump: { en: "Raise, lend, change …", "zh-Hans": "增加、借出、更改 …" },
  changeSays: {
    en: "Each change is shown with its consequence first; nothing happens before you confirm it.",
    "zh-Hans": "每项更改都先显示后果；确认之前不会执行。",
  },
  by: { en: "By so many units", "zh-Hans": "数量" },
  raise: { en: "Raise …", "zh-Hans": "增加 …" },
  lower: { en: "Lower …", "zh-Hans": "减少 …" },
  freeze: { en: "Freeze …", "zh-Hans": "冻结 …" },
  thaw: { en: "Thaw …", "zh-Hans": "解冻 …" },
  confirmOrder: { en: "Confirm the order …", "zh-Hans": "确认订单 …" },
  freeUnaccounted: { en: "Free unaccounted units …", "zh-Hans": "释放去向不明的名额 …" },
  from: { en: "From (day, UTC)", "zh-Hans": "开始（UTC 日期）" },
  until: { en: "Until the end of (day, UTC)", "zh-Hans": "截止（UTC 当日结束）" },
  changeDates: { en: "Change dates …", "zh-Hans": "更改期限 …" },
  allowRework: { en: "Allow rework …", "zh-Hans": "允许返工 …" },
  forbidRework: { en: "Forbid rework …", "zh-Hans": "禁止返工 …" },
  lend: { en: "Lend …", "zh-Hans": "借出 …" },
  lendTitle: { en: "Lend units for work without network", "zh-Hans": "借出名额供离线工作" },
  lendUnits: { en: "Up to so many units at a time (0: none)", "zh-Hans": "同时最多数量（0：不借）" },
  lendNotAllowed: {
    en: "The product may be programmed with this server in reach only.",
    "zh-Hans": "该产品只能在连接本服务器时编程。",
  },
  mayBeLent: { en: "May be lent", "zh-Hans": "可借出" },
  lentNow: { en: "Lent now", "zh-Hans": "现借出" },
  perAppliance: { en: "Changes, and who knows of them", "zh-Hans": "更改及各烧录机是否已得知" },
  perApplianceSays: {
    en:
      "This server decides by a change at once. An appliance that works without it goes by what it knows: with each message, by network or by file, it signs which change it has stored. The time is when this server first heard so: the appliance's word, as for all of offline work. A freeze or a stop ends the use of what is lent as soon as it is known; after any other change lent units can be used until their lease ends.",
    "zh-Hans":
      "本服务器立即按更改执行。离线工作的烧录机按其所知执行：它在每条消息（网络或文件）中签名说明已保存到哪项更改。所示时间为本服务器首次得知的时间；与所有离线工作一样，以烧录机所述为准。烧录机得知冻结或停止后即不再使用借出的名额；其他更改之后，借出的名额可用至借出到期。",
  },
  earlierChanges: { en: "Changes before it ({changes})", "zh-Hans": "此前的更改（{changes}）" },
  noneConcerned: {
    en: "No appliance that may program the product was enrolled then.",
    "zh-Hans": "当时没有登记可对该产品编程的烧录机。",
  },
  knownThere: { en: "Known there since", "zh-Hans": "得知时间" },
  notHeard: {
    en: "not yet heard; it has nothing lent to use",
    "zh-Hans": "尚未得知；没有可用的借出名额",
  },
  notHeardMay: {
    en: "not yet heard; until then it may make up to {units}",
    "zh-Hans": "尚未得知；在此之前最多可制造 {units} 个",
  },
  notHeardYet: { en: "not yet heard", "zh-Hans": "尚未得知" },
  notToldEver: { en: "not told: its program does not say", "zh-Hans": "未告知：其程序不报告" },
  notTold: {
    en: "not told: its program does not say; it has nothing lent to use",
    "zh-Hans": "未告知：其程序不报告；没有可用的借出名额",
  },
  notToldMay: {
    en: "not told: its program does not say; it may make up to {units}",
    "zh-Hans": "未告知：其程序不报告；最多可制造 {units} 个",
  },
  allowanceEffective: { en: "Allowance effective since", "zh-Hans": "借出额度生效时间" },
  besidesUnaccounted: { en: "and up to {units} unaccounted for", "zh-Hans": "另最多 {units} 个去向不明" },
  notYetLent: { en: "not yet: {open} are still lent", "zh-Hans": "尚未：仍借出 {open}" },
  noChange: { en: "The order is as it was created.", "zh-Hans": "订单自创建以来没有更改。" },
  history: { en: "What people decided", "zh-Hans": "人员决定记录" },
  who: { en: "Who", "zh-Hans": "谁" },
  what: { en: "What", "zh-Hans": "内容" },
  when: { en: "When", "zh-Hans": "时间" },
  needLook: { en: "Devices that wait for a person", "zh-Hans": "等待人员处理的器件" },
  preview: { en: "What this does", "zh-Hans": "此操作的后果" },
  previewSays: { en: "Nothing has happened yet.", "zh-Hans": "尚未执行任何操作。" },
  before: { en: "Before", "zh-Hans": "之前" },
  after: { en: "After", "zh-Hans": "之后" },
  confirm: { en: "Do it", "zh-Hans": "执行" },
  cancel: { en: "Cancel", "zh-Hans": "取消" },
  cannot: { en: "It would be refused", "zh-Hans": "将被拒绝" },
} as const satisfies WordTable;

const table = { ...words, ...actWords, ...deviceWords };

/** The words of one language. */
export type Texts = { readonly [K in keyof typeof table]: string };
/** Names one text. */
export type TextName = keyof typeof table;
/** The words for states of units. */
export type UnitTexts = { readonly [K in keyof typeof unitWords]: string };

/** Returns the words in a language. */
export function textsOf(language: Language): Texts {
  return column(table, language);
}

/** Returns the words for states of units in a language. */
export function unitTextsOf(language: Language): UnitTexts {
  return column(unitWords, language);
}
