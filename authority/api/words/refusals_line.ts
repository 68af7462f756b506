/**
 * Refusals 1 to 32 in words: what an operator meets at a station.
 *
 * @module
 */
import type { RefusalCode } from "../refusal.ts";
import type { Translation } from "./sentences.ts";

/** Order, appliance, chip, ticket, message 2 and receipt. */
export const refusalsAtTheLine = {
  "quota-spent": { "zh-Hans": { says: "订单已没有剩余名额", remedy: "请所有者增加订单数量" } },
  "order-frozen": { "zh-Hans": { says: "所有者已冻结该订单", remedy: "请所有者解冻订单" } },
  "order-not-begun": {
    "zh-Hans": { says: "订单尚未开始", remedy: "请等到订单开始之日，或请所有者更改日期" },
  },
  "order-expired": { "zh-Hans": { says: "订单已结束", remedy: "请所有者延长订单" } },
  "product-unknown": { "zh-Hans": { says: "所有者服务器中没有该产品", remedy: "请检查该工位设置的产品" } },
  "order-missing": { "zh-Hans": { says: "该产品没有订单", remedy: "请所有者创建订单" } },
  "order-unknown": { "zh-Hans": { says: "所有者服务器中没有该订单", remedy: "请列出订单并从中选择" } },
  "release-unknown": {
    "zh-Hans": { says: "所有者服务器中没有该固件版本", remedy: "请列出固件版本并从中选择" },
  },
  "release-incomplete": {
    "zh-Hans": { says: "固件版本尚未上传完整", remedy: "请完成上传：该命令会从中断处继续" },
  },
  "appliance-unknown": { "zh-Hans": { says: "该烧录机尚未登记", remedy: "请用所有者提供的登记码登记" } },
  "appliance-revoked": { "zh-Hans": { says: "所有者已撤销该烧录机", remedy: "请联系所有者；需要重新登记" } },
  "product-not-allowed": {
    "zh-Hans": { says: "该烧录机不得烧录该产品", remedy: "请所有者给予许可，或设置其他产品" },
  },
  "request-not-authentic": {
    "zh-Hans": {
      says: "请求未通过真实性验证",
      remedy: "请检查烧录机与服务器是否配套；若密钥已丢失，请重新登记",
    },
  },
  "replay": { "zh-Hans": { says: "该请求已经收到过，或者太旧", remedy: "请用下一个序号重新发送" } },
  "uid-invalid": { "zh-Hans": { says: "芯片的唯一标识无效", remedy: "请检查芯片和探针的接触" } },
  "uid-denied": { "zh-Hans": { says: "所有者已禁止该芯片", remedy: "请将电路板放到一边，并询问所有者" } },
  "uid-committed": {
    "zh-Hans": { says: "该芯片已烧录并已计数", remedy: "请将电路板归入良品；返工需要所有者同意" },
  },
  "uid-elsewhere": {
    "zh-Hans": { says: "另一台烧录机已开始烧录该芯片", remedy: "请在那台烧录机上完成，或请所有者决定" },
  },
  "uid-lost": { "zh-Hans": { says: "该芯片已记为丢失", remedy: "请所有者决定如何处理" } },
  "uid-other-release": {
    "zh-Hans": { says: "该芯片有另一固件版本的交付尚未结束", remedy: "请所有者决定如何处理" },
  },
  "chip-wrong": { "zh-Hans": { says: "该芯片不是产品指定的型号", remedy: "请检查电路板和该工位设置的产品" } },
  "chip-unknown": { "zh-Hans": { says: "不支持该芯片系列", remedy: "请列出支持的芯片并从中选择" } },
  "ticket-unknown": { "zh-Hans": { says: "所有者服务器中没有该烧录机的这张票据", remedy: "请重新申请票据" } },
  "ticket-closed": { "zh-Hans": { says: "票据已关闭", remedy: "请重新申请票据" } },
  "ticket-expired": { "zh-Hans": { says: "票据目前不在有效期内", remedy: "请重新申请票据" } },
  "ticket-epoch": { "zh-Hans": { says: "票据属于以前的纪元", remedy: "请重新申请票据" } },
  "message2-limit": {
    "zh-Hans": {
      says: "该芯片的密钥发放次数已达订单上限",
      remedy: "请将电路板放到一边，并询问所有者：可能已有器件",
    },
  },
  "lock-not-proven": {
    "zh-Hans": { says: "芯片的锁定未得到证明", remedy: "请重新开始交付；若再次出现，请更换电路板" },
  },
  "message1-not-authentic": {
    "zh-Hans": {
      says: "芯片的第一条消息未通过真实性验证",
      remedy: "请重新开始交付；原因见所有者服务器的日志",
    },
  },
  "receipt-not-authentic": {
    "zh-Hans": { says: "回执未通过真实性验证", remedy: "请将电路板放到一边，并询问所有者：可能已有器件" },
  },
  "receipt-number-unknown": {
    "zh-Hans": { says: "该票据没有发放过此编号的消息 2", remedy: "请用随消息 2 收到的编号上报回执" },
  },
  "receipt-other": {
    "zh-Hans": { says: "该名额已凭另一份回执完成", remedy: "请将电路板放到一边，并询问所有者" },
  },
} as const satisfies Partial<Record<RefusalCode, Translation>>;
