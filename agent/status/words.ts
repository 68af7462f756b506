/**
 * The words of the status pages, in every language side by side. Plain words for people on a floor; codes, counts and times
 * are the same in each.
 *
 * @module
 */
import { column, type Language, languages, outcomeWords, type WordTable } from "../../authority/api/mod.ts";
import { detailWords } from "./words_details.ts";

const overviewWords = {
  // The sentence on top. {says} is a sentence without its period.
  standsStill: { en: "Standing still: {says}", "zh-Hans": "停线：{says}" },
  stationNeedsPerson: {
    en: "Station {numbers} needs a person: {says}",
    "zh-Hans": "工位 {numbers} 需要人处理：{says}",
  },
  alsoStation: { en: "Also station {numbers}.", "zh-Hans": "另有工位 {numbers}。" },
  alsoStations: { en: "Also stations {numbers}.", "zh-Hans": "另有工位 {numbers}。" },
  stationWaits: { en: "Station {numbers} waits: {says}", "zh-Hans": "工位 {numbers} 等待中：{says}" },
  runs: { en: "Running.", "zh-Hans": "运行中。" },
  runsAlone: { en: "Running without network.", "zh-Hans": "无网络运行中。" },
  readyForBoards: { en: "Ready for boards.", "zh-Hans": "可以放板。" },
  enoughFor: { en: "Enough for {time} without network.", "zh-Hans": "断网后还可生产 {time}。" },
  oneWithoutFigure: {
    en: "Enough for 1 device without network; no figure yet for how long.",
    "zh-Hans": "断网后还可生产 1 台；可用时间尚无数据。",
  },
  someWithoutFigure: {
    en: "Enough for {tickets} devices without network; no figure yet for how long.",
    "zh-Hans": "断网后还可生产 {tickets} 台；可用时间尚无数据。",
  },
  nothingLent: { en: "Nothing is lent for work without network.", "zh-Hans": "没有离线额度。" },
  allowanceUsedUp: { en: "The offline allowance is used up.", "zh-Hans": "离线额度已用完。" },
  allowanceOver: { en: "The time of the offline allowance is over.", "zh-Hans": "离线额度已过期。" },
  // Punctuation between sentences.
  stop: { en: ".", "zh-Hans": "。" },
  between: { en: " ", "zh-Hans": "" },
  listed: { en: ", ", "zh-Hans": "、" },
  colon: { en: ": ", "zh-Hans": "：" },

  // States of a station.
  ready: { en: "Ready", "zh-Hans": "就绪" },
  working: { en: "Working", "zh-Hans": "烧录中" },
  good: { en: "Good", "zh-Hans": "合格" },
  waiting: { en: "Waiting", "zh-Hans": "等待" },
  blocked: { en: "Blocked", "zh-Hans": "受阻" },
  refused: { en: "Refused", "zh-Hans": "拒绝" },
  failed: { en: "Failed", "zh-Hans": "失败" },
  fault: { en: "Fault", "zh-Hans": "故障" },

  // What hands should do.
  insert: { en: "Insert board", "zh-Hans": "放入电路板" },
  leave: { en: "Leave board", "zh-Hans": "不要取板" },
  remove: { en: "Remove board", "zh-Hans": "取出电路板" },
  ask: { en: "Ask owner", "zh-Hans": "联系所有者" },
  call: { en: "Call service", "zh-Hans": "联系维修" },

  // Figures.
  goodBoards: { en: "Good", "zh-Hans": "合格" },
  badBoards: { en: "Bad", "zh-Hans": "不良" },
  perHour: { en: "Per hour", "zh-Hans": "每小时" },
  ticketsLeft: { en: "Without network", "zh-Hans": "断网可生产" },
  ticketsOf: { en: "{tickets} left", "zh-Hans": "剩 {tickets} 台" },
  noFigure: { en: "no figure yet", "zh-Hans": "尚无数据" },
  nothing: { en: "nothing lent", "zh-Hans": "无额度" },
  notReported: { en: "{count} not reported", "zh-Hans": "{count} 项未上报" },
  contact: { en: "Owner's server", "zh-Hans": "所有者服务器" },
  answers: { en: "answers", "zh-Hans": "有应答" },
  silentFor: { en: "silent {time}", "zh-Hans": "无应答 {time}" },
  silentAlways: { en: "never answered", "zh-Hans": "从未应答" },
  notAsked: { en: "not asked yet", "zh-Hans": "尚未询问" },
  withoutNetwork: { en: "without network", "zh-Hans": "离线" },

  // The frame around every page.
  stale: {
    en: "This page is not up to date: the appliance does not answer.",
    "zh-Hans": "页面已过时：设备无应答。",
  },
  overview: { en: "All stations", "zh-Hans": "全部工位" },
  alarms: { en: "Alarms", "zh-Hans": "告警" },
  health: { en: "Health", "zh-Hans": "设备状况" },
  devices: { en: "Find device", "zh-Hans": "查找器件" },
  otherLanguage: { en: "中文", "zh-Hans": "English" },
  station: { en: "Station {number}", "zh-Hans": "工位 {number}" },
  details: { en: "Details", "zh-Hans": "详情" },
  progress: { en: "Progress", "zh-Hans": "进度" },
  pageUnknown: { en: "There is no such page", "zh-Hans": "没有这个页面" },
} as const satisfies WordTable;

/** Every text of the status pages in one language. */
export type StatusWords = ReturnType<typeof gather>;

/** Returns every text in a language. */
export function wordsIn(language: Language): StatusWords {
  return gathered.get(language) ?? gather(language);
}

// Once for all: a page that is open asks for them with each tile.
const gathered = new Map(languages.map((language) => [language, gather(language)]));

function gather(language: Language) {
  return {
    ...column(overviewWords, language),
    ...column(detailWords, language),
    outcomes: column(outcomeWords, language),
  };
}
