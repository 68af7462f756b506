/**
 * Refusals from 66 on in words: what people decide, and what follows a restore of the owner's server.
 *
 * @module
 */
import type { RefusalCode } from "../refusal.ts";
import type { Translation } from "./sentences.ts";

/** Rework, renewal, denials, listed chips, restored servers. */
export const refusalsOfDecisions = {
  "rework-not-allowed": {
    "zh-Hans": { says: "所有者未允许重做该器件", remedy: "请联系所有者：订单须允许返工，并由专人决定该器件" },
  },
  "appliance-outdated": {
    "zh-Hans": {
      says: "所有者服务器太久没有收到该烧录机的消息，须先由专人续期",
      remedy: "续期申请已提交，请所有者批准；之后烧录机会自动继续",
    },
  },
  "renewal-not-asked": { "zh-Hans": { says: "该烧录机没有申请续期", remedy: "请列出烧录机并查看其状态" } },
  "denials-too-many": {
    "zh-Hans": {
      says: "被禁止的芯片已达每台烧录机可容纳的上限：10,000",
      remedy: "请解除不会再出现的芯片的禁止",
    },
  },
  "allowance-missing": {
    "zh-Hans": {
      says: "该订单尚不能向该烧录机借出任何名额",
      remedy: "请先借出名额：清单指明哪些芯片，额度指明数量",
    },
  },
  "order-awaits-confirmation": {
    "zh-Hans": {
      says: "所有者服务器已从备份恢复，之后所有者尚未确认该订单",
      remedy: "请所有者查看并确认该订单：flashseal owner order confirm",
    },
  },
  "unit-epoch": {
    "zh-Hans": {
      says: "该芯片在所有者服务器恢复之前已开始烧录，其名额可能已给了另一个器件",
      remedy: "请所有者增加订单数量，或释放一个去向不明的名额",
    },
  },
  "epoch-needed": {
    "zh-Hans": {
      says: "所有者服务器的数据库比它签署过的内容更旧：数据库被还原，却没有开始新的纪元",
      remedy: "请所有者停止服务器并开始新的纪元：flashseal authority new-epoch",
    },
  },
  "restored-not-authentic": {
    "zh-Hans": {
      says: "以前工作的上报不是由该服务器签署，或属于另一台烧录机",
      remedy: "请检查烧录机与服务器是否配套",
    },
  },
  "unaccounted-spent": {
    "zh-Hans": {
      says: "已有一个器件，但订单既没有去向不明的名额，也没有可用名额给它",
      remedy: "请所有者增加订单数量：恢复之前的一次增加可能缺失",
    },
  },
  "unaccounted-not-acknowledged": {
    "zh-Hans": {
      says: "去向不明的名额可能已用于该服务器不知道的器件",
      remedy: "请确认可能已有这些器件，然后重试",
    },
  },
  "order-not-as-shown": { "zh-Hans": { says: "订单与显示时相比已有变化", remedy: "请重新查看，然后确认" } },
  "appliance-stopped": {
    "zh-Hans": { says: "所有者已停止该烧录机", remedy: "请联系所有者；恢复后工位会自动继续" },
  },
  "record-asked": {
    "zh-Hans": { says: "所有者服务器要求该烧录机证明其以前的记录", remedy: "请更新烧录机；它会自动应答" },
  },
} as const satisfies Partial<Record<RefusalCode, Translation>>;
