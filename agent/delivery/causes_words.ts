/**
 * Causes in every language: {@linkcode causeWords}. English stands in the table of causes; the other languages here, side by
 * side. A cause that stands for a refusal of the authority has the refusal's own words.
 *
 * @module
 */
import {
  fill,
  isRefusalCode,
  type Language,
  refusalWords,
  type Sentences,
  sentencesIn,
  type Translation,
  type Words,
  type WordTable,
} from "../../authority/api/mod.ts";
import { type CauseCode, causes, type Stop, type UnitEffect } from "./causes.ts";

const again = "请重新开始交付；若再次出现，请更换电路板";
const aside = "请将电路板放到一边，并询问所有者：可能已有器件";
const asideAndTell = "请将电路板放到一边，并告知所有者";
const unfit = "请告知所有者：服务器与烧录机不配套";

/** Every cause in the languages besides English. */
export const causeTranslations = {
  "chip-unknown": {
    "zh-Hans": { says: "本程序不认识该芯片", remedy: "请检查电路板型号；`flashseal chips` 列出支持的芯片" },
  },
  "uid-invalid": {
    "zh-Hans": {
      says: "芯片的唯一标识全为零或全为一",
      remedy: "请检查探针的接触；若再次出现，请将电路板放到一边",
    },
  },
  "options-unfit": {
    "zh-Hans": {
      says: "芯片的选项字节会使引导程序无法启动，或之后无法改正",
      remedy: "请使用选项字节为出厂状态的芯片",
    },
  },
  "not-blank": {
    "zh-Hans": {
      says: "芯片不是空白的，且该烧录机没有它的未结束交付",
      remedy: "请取出电路板；请使用空白芯片，或由专人擦除这颗芯片",
    },
  },
  "locked-unknown": {
    "zh-Hans": {
      says: "芯片已锁定，且该烧录机没有它的未结束交付：不对它做任何操作",
      remedy: "请取出电路板，并查明它在哪里烧录过；只有所有者可以允许返工",
    },
  },
  "chip-swapped": {
    "zh-Hans": { says: "工位等待票据时，电路板被换过", remedy: "请用现在放入的电路板重新开始交付" },
  },
  "delivered-already": {
    "zh-Hans": { says: "该芯片已经交付", remedy: "请将电路板归入良品；只有所有者可以允许返工" },
  },
  "no-answer": {
    "zh-Hans": {
      says: "芯片不应答探针，复位状态下也不应答",
      remedy: "请检查接触和供电；永久锁定（级别 2）的芯片不会应答",
    },
  },
  "probe-fault": { "zh-Hans": { says: "探针或芯片的调试接口出现故障", remedy: again } },
  "unlock-failed": {
    "zh-Hans": {
      says: "无法解锁未结束交付的芯片",
      remedy: "请重新开始交付；若再次出现，请更换电路板：其名额一直属于它，直到所有者决定",
    },
  },
  "options-torn": {
    "zh-Hans": {
      says: "芯片的选项字节已损坏（例如写入时断电），无法改正",
      remedy: "请更换电路板：其名额一直属于它，直到所有者决定；若再次出现，请检查工位的供电",
    },
  },
  "erase-failed": {
    "zh-Hans": { says: "芯片擦除后仍不是空白的", remedy: "请更换电路板：其闪存已磨损或损坏" },
  },
  "readback-differs": { "zh-Hans": { says: "从芯片读回的内容与写入的不同：芯片已再次擦除", remedy: again } },
  "ticket-unfit": { "zh-Hans": { says: "票据未通过真实性验证，或不属于该芯片", remedy: unfit } },
  "release-unfit": {
    "zh-Hans": { says: "收到的固件版本与其摘要不符", remedy: "请重新开始交付；若再次出现，请告知所有者" },
  },
  "authority-unreachable": {
    "zh-Hans": { says: "无法连接所有者服务器", remedy: "请检查网络；工位会自动重试" },
  },
  "offline-spent": {
    "zh-Hans": { says: "离线额度已用完", remedy: "请恢复与所有者服务器的连接；工位会自动继续" },
  },
  "offline-over": {
    "zh-Hans": { says: "离线额度已过期", remedy: "请恢复与所有者服务器的连接；工位会自动继续" },
  },
  "offline-not-listed": {
    "zh-Hans": {
      says: "所有者的离线清单中没有该芯片",
      remedy: "请恢复与所有者服务器的连接，工位会自动继续；或换一块清单中的电路板",
    },
  },
  "authority-unfit": { "zh-Hans": { says: "所有者服务器的应答不可信或无法读取", remedy: unfit } },
  "bootloader-silent": {
    "zh-Hans": { says: "引导程序安装后没有应答", remedy: "请检查串行线的接触；请重新开始交付" },
  },
  "bootloader-unfit": { "zh-Hans": { says: "应答的不是所安装的引导程序", remedy: asideAndTell } },
  "lock-missing": { "zh-Hans": { says: "芯片没有锁定自己，或没有接受其选项字节", remedy: again } },
  "lock-open": { "zh-Hans": { says: "锁定未得到证明：可以从外部读出芯片的闪存", remedy: asideAndTell } },
  "debug-open": {
    "zh-Hans": { says: "锁定未得到证明：引导程序运行时，芯片仍应答调试器", remedy: asideAndTell },
  },
  "link-silent": { "zh-Hans": { says: "芯片在串行线上不再应答", remedy: again } },
  "chip-refused": { "zh-Hans": { says: "芯片拒绝了发给它的内容", remedy: again } },
  "chip-unfit": { "zh-Hans": { says: "芯片的应答违反协议", remedy: asideAndTell } },
  "receipt-missing": {
    "zh-Hans": {
      says: "可能已有器件：没有收到回执",
      remedy: "请用同一块电路板重新开始交付，或将它放到一边并询问所有者",
    },
  },
  "receipt-unfit": { "zh-Hans": { says: "可能已有器件：回执与订单要求不符", remedy: aside } },
  "receipt-refused": { "zh-Hans": { says: "可能已有器件：所有者服务器不接受其回执", remedy: aside } },
  "phase-deadline": { "zh-Hans": { says: "该步骤耗时过长", remedy: again } },
  "disk-fault": { "zh-Hans": { says: "烧录机的磁盘出现故障", remedy: "请检查磁盘的剩余空间和健康状况" } },
  "stopped": { "zh-Hans": { says: "交付被停止", remedy: "请用同一块电路板重新开始交付" } },
  "interrupted": {
    "zh-Hans": { says: "交付过程中烧录机关机或断电", remedy: "请用同一块电路板重新开始交付" },
  },
  "defect": { "zh-Hans": { says: "程序有缺陷", remedy: "请报告此问题，并附上该次交付的日志" } },
} as const satisfies Readonly<Record<CauseCode, Translation>>;

/** What a cause says beside how many devices wait because of it. */
const waitingWords = {
  one: { en: "{says}; 1 device waits for the owner's server", "zh-Hans": "{says}；1 台器件等待所有者服务器" },
  more: {
    en: "{says}; {count} devices wait for the owner's server",
    "zh-Hans": "{says}；{count} 台器件等待所有者服务器",
  },
} as const satisfies WordTable;

/** What became of the unit. */
export const deliveryUnitWords = {
  "none used": { en: "none used", "zh-Hans": "未占用名额" },
  "reserved for this chip": { en: "reserved for this chip", "zh-Hans": "已为该芯片预留" },
  "keyed for this chip: a device may exist": {
    en: "keyed for this chip: a device may exist",
    "zh-Hans": "已向该芯片发密钥：可能已有器件",
  },
  committed: { en: "committed", "zh-Hans": "已完成" },
  "committed on the appliance's word": {
    en: "committed on the appliance's word",
    "zh-Hans": "已完成（以烧录机的记录为准）",
  },
} as const satisfies Readonly<Record<UnitEffect, Words>>;

const REFUSAL = "authority-";

/**
 * Returns what a cause says and its remedy in a language: a code of the table, or `authority-` and the code of a refusal.
 * `waiting`: how many devices wait because of it. Undefined for a code that this program does not know, as in the record of a
 * newer one.
 */
export function causeWords(cause: string, language: Language, waiting?: number): Sentences | undefined {
  if (isCauseCode(cause)) {
    const words = sentencesIn(language, causes[cause], causeTranslations[cause]);
    if (waiting === undefined) return words;
    const text = waitingWords[waiting === 1 ? "one" : "more"][language];
    return { ...words, says: fill(text, { says: words.says, count: waiting }) };
  }
  const refusal = cause.startsWith(REFUSAL) ? cause.slice(REFUSAL.length) : "";
  if (!isRefusalCode(refusal)) return undefined;
  const { says, remedy } = refusalWords(refusal, language);
  return { says, remedy };
}

/**
 * Returns the words of a stop that was told or recorded: those of its cause in the language, else its own. English keeps its
 * own words always, since they may say more than the table does.
 */
export function stopWords(
  stop: Pick<Stop, "cause" | "says" | "remedy" | "waiting">,
  language: Language,
): Sentences {
  const { cause, says, remedy, waiting } = stop;
  return (language === "en" ? undefined : causeWords(cause, language, waiting)) ?? { says, remedy };
}

function isCauseCode(text: string): text is CauseCode {
  return Object.hasOwn(causes, text);
}
