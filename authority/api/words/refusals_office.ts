/**
 * Refusals 33 to 65 in words: enrolment, API keys, the catalogue, uploads, requests, and what is lent.
 *
 * @module
 */
import type { RefusalCode } from "../refusal.ts";
import type { Translation } from "./sentences.ts";

/** What owners and their programs meet, and appliances that borrow. */
export const refusalsAtTheOffice = {
  "enrolment-refused": {
    "zh-Hans": { says: "登记码无效", remedy: "请所有者提供新的登记码：登记码只能使用一次，有效期一小时" },
  },
  "api-key-wrong": { "zh-Hans": { says: "API 密钥无效", remedy: "请用该服务器的 API 密钥登录" } },
  "not-permitted": { "zh-Hans": { says: "该 API 密钥无权执行此操作", remedy: "请使用有此权限的角色的密钥" } },
  "class-c-not-acknowledged": {
    "zh-Hans": {
      says:
        "器件等级 C 的芯片只能出示唯一标识：模仿一颗芯片的软件只需一次交付就能得到固件版本的密钥，从此永久拥有固件；" +
        "只有带证书的器件才会计数",
      remedy: "请为该产品确认接受器件等级 C，或选用自带密钥的芯片",
    },
  },
  "lock-class-not-acknowledged": {
    "zh-Hans": {
      says:
        "该芯片的锁定属于等级 2 或 3：复位后其内存可能被读出，闪存可能被已知攻击读出（等级 3），或其锁定尚未在真实芯片上测量",
      remedy: "请为该产品确认接受该锁定等级，或选用其他芯片",
    },
  },
  "idempotency-conflict": { "zh-Hans": { says: "该幂等键已用于另一请求", remedy: "新请求请使用新的幂等键" } },
  "name-taken": { "zh-Hans": { says: "该名称已被使用", remedy: "请选择其他名称" } },
  "order-below-use": {
    "zh-Hans": { says: "订单数量不能低于已使用或已借出的数量", remedy: "减少的数量不得超过可用名额" },
  },
  "range-wrong": { "zh-Hans": { says: "请求的范围超出内容", remedy: "请在固件版本标明的长度范围内请求" } },
  "upload-elsewhere": { "zh-Hans": { says: "上传没有从内容末尾继续", remedy: "请查询上传位置并从该处继续" } },
  "upload-finished": { "zh-Hans": { says: "固件版本已完整，不能更改", remedy: "请创建新的固件版本" } },
  "digest-wrong": { "zh-Hans": { says: "内容与其摘要不符", remedy: "请重新发送" } },
  "wrapped-key-wrong": {
    "zh-Hans": {
      says: "该服务器无法打开固件版本的密钥",
      remedy: "请针对该所有者、产品和固件版本，用该服务器密钥集中的解包密钥重新封装",
    },
  },
  "release-does-not-fit": {
    "zh-Hans": { says: "固件版本与产品不匹配", remedy: "请按产品的芯片检查长度和个性化区域" },
  },
  "body-too-large": { "zh-Hans": { says: "请求过大", remedy: "请分成较小的部分发送" } },
  "malformed": { "zh-Hans": { says: "无法读取该请求", remedy: "请检查两个程序的版本是否匹配" } },
  "route-unknown": { "zh-Hans": { says: "该地址没有内容", remedy: "请检查两个程序的版本是否匹配" } },
  "device-unknown": { "zh-Hans": { says: "没有该器件的记录", remedy: "请列出器件并从中选择" } },
  "unit-state": { "zh-Hans": { says: "名额目前的状态不允许此操作", remedy: "请先查看该器件的记录" } },
  "acknowledge-missing": {
    "zh-Hans": {
      says: "可能已有持有此名额证书的器件；退回名额会撤销该证书",
      remedy: "请确认可能已有器件，然后重试",
    },
  },
  "appliance-not-found": { "zh-Hans": { says: "没有登记过该烧录机", remedy: "请列出烧录机并从中选择" } },
  "enrolments-too-many": {
    "zh-Hans": { says: "未使用的登记码过多", remedy: "请使用它们，或等到它们失效：登记码有效期一小时" },
  },
  "options-wrong": {
    "zh-Hans": { says: "这些选项字会使芯片无法烧录或无法锁定", remedy: "请更正产品的选项字" },
  },
  "offline-not-acknowledged": {
    "zh-Hans": {
      says: "使用密钥库“file”离线工作：谁拿到烧录机的磁盘，谁就能得到借给它的产品的明文固件并伪造回执；" +
        "重复使用只能被发现，不能被阻止",
      remedy: "请确认接受离线工作，或让该产品仅限在线烧录",
    },
  },
  "offline-not-allowed": {
    "zh-Hans": {
      says: "该产品只能在连接所有者服务器时烧录",
      remedy: "请联系所有者；是否允许离线在创建产品时决定",
    },
  },
  "allowance-too-large": {
    "zh-Hans": { says: "额度超出该产品可借给一台烧录机的数量", remedy: "额度不得超过产品的离线名额" },
  },
  "allowance-spent": {
    "zh-Hans": {
      says: "该订单不能再向该烧录机借出名额",
      remedy: "请上报或退回已借出的名额，或请所有者提高额度",
    },
  },
  "lease-region-short": {
    "zh-Hans": {
      says: "固件版本的个性化区域太短，放不下借出名额的证书",
      remedy: "请创建个性化区域不少于 440 字节的固件版本，或不设该区域",
    },
  },
  "lease-unknown": {
    "zh-Hans": { says: "所有者服务器中没有该烧录机的这次借出", remedy: "请检查烧录机与服务器是否配套" },
  },
  "lease-key-used": { "zh-Hans": { says: "请求中的一个密钥属于另一次借出", remedy: "新的借出请生成新密钥" } },
  "use-not-valid": {
    "zh-Hans": { says: "上报内容与借出不符", remedy: "请更新烧录机；所有者服务器仍将该名额记为已借出" },
  },
  "appliance-frozen": {
    "zh-Hans": {
      says: "该烧录机的上报相互矛盾：其磁盘被复制或被还原过",
      remedy: "请联系所有者；需要重新登记",
    },
  },
  "uid-leased": {
    "zh-Hans": {
      says: "该芯片已用离线额度开始烧录",
      remedy: "请在开始烧录的那台烧录机上完成，或请所有者决定",
    },
  },
} as const satisfies Partial<Record<RefusalCode, Translation>>;
