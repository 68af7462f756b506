/**
 * The words of the pages behind the overview: station, delivery, device, alarms, health, and the PIN.
 *
 * @module
 */
import type { WordTable } from "../../authority/api/mod.ts";

/** Texts of the detail pages; parts of {@linkcode wordsIn}. */
export const detailWords = {
  // Phases of a delivery.
  attach: { en: "attach", "zh-Hans": "连接" },
  identify: { en: "identify", "zh-Hans": "识别" },
  ticket: { en: "ticket", "zh-Hans": "许可" },
  release: { en: "release", "zh-Hans": "获取固件" },
  install: { en: "install", "zh-Hans": "写入引导程序" },
  lock: { en: "lock", "zh-Hans": "锁定" },
  handshake: { en: "handshake", "zh-Hans": "握手" },
  transfer: { en: "transfer", "zh-Hans": "传输" },
  receipt: { en: "receipt", "zh-Hans": "回执" },
  report: { en: "report", "zh-Hans": "上报" },

  // Station.
  yield: { en: "Yield", "zh-Hans": "合格率" },
  phaseTimes: { en: "Phase times of the last delivery", "zh-Hans": "最近一次烧录各阶段用时" },
  phaseTimesSay: {
    en: "Bar: delivery {delivery}. Line: median of good ones at this station (the last {count}).",
    "zh-Hans": "条：第 {delivery} 次。线：本工位最近 {count} 次合格烧录的中位数。",
  },
  noDelivery: { en: "No delivery is recorded here yet.", "zh-Hans": "尚无烧录记录。" },
  phase: { en: "Phase", "zh-Hans": "阶段" },
  took: { en: "Took", "zh-Hans": "用时" },
  median: { en: "Median", "zh-Hans": "中位数" },
  lastDeliveries: { en: "Last deliveries", "zh-Hans": "最近烧录" },
  delivery: { en: "Delivery", "zh-Hans": "烧录" },
  began: { en: "Began", "zh-Hans": "开始" },
  chip: { en: "Chip", "zh-Hans": "芯片" },
  uid: { en: "UID", "zh-Hans": "UID" },
  outcome: { en: "Outcome", "zh-Hans": "结果" },
  cause: { en: "Cause", "zh-Hans": "原因" },
  underWay: { en: "under way", "zh-Hans": "进行中" },
  way: { en: "Made", "zh-Hans": "方式" },
  online: { en: "with the owner's server", "zh-Hans": "在线" },
  offline: { en: "without network, on the appliance's word", "zh-Hans": "离线，以设备记录为准" },

  // Delivery.
  timeline: { en: "Timeline", "zh-Hans": "时间线" },
  timelineSays: {
    en: "Times by the appliance's clock, from the hash-chained record.",
    "zh-Hans": "时间以设备时钟为准，来自哈希链记录。",
  },
  records: { en: "Records", "zh-Hans": "记录" },
  record: { en: "No.", "zh-Hans": "序号" },
  time: { en: "Time", "zh-Hans": "时间" },
  what: { en: "What", "zh-Hans": "内容" },

  // Device.
  device: { en: "Device {uid}", "zh-Hans": "器件 {uid}" },
  deviceUnknown: {
    en: "This appliance has no record of this device.",
    "zh-Hans": "本设备没有该器件的记录。",
  },
  find: { en: "Find", "zh-Hans": "查找" },
  findBy: {
    en: "UID, or its last digits (4 to 24, hexadecimal)",
    "zh-Hans": "UID 或其末位（4 至 24 位十六进制）",
  },
  findNothing: { en: "No device with a UID that ends so.", "zh-Hans": "没有 UID 以此结尾的器件。" },
  findMalformed: {
    en: "That is not 4 to 24 hexadecimal digits.",
    "zh-Hans": "不是 4 至 24 位十六进制数字。",
  },

  // Alarms.
  alarmsNow: { en: "Now", "zh-Hans": "当前" },
  alarmsNone: { en: "Nothing needs attention.", "zh-Hans": "没有需要注意的事项。" },
  alarmsNoted: { en: "Noted since the agent started, {time}", "zh-Hans": "程序启动（{time}）以来的通知" },
  alarmsNotedSay: {
    en: "The last 100, in memory: they are gone when the agent stops. Deliveries stand in the record.",
    "zh-Hans": "最近 100 条，仅存于内存，程序停止后消失。烧录结果有永久记录。",
  },
  notDelivered: { en: "Deliveries that made no device", "zh-Hans": "未产出器件的烧录" },
  away: { en: "The owner's server cannot be reached", "zh-Hans": "无法连接所有者服务器" },
  back: { en: "The owner's server answers again", "zh-Hans": "所有者服务器恢复应答" },
  refusedRound: { en: "The owner's server refuses ({subject})", "zh-Hans": "所有者服务器拒绝（{subject}）" },
  problem: { en: "A round with the owner's server failed", "zh-Hans": "与所有者服务器同步失败" },
  alarm: { en: "Alarm for chip {subject}", "zh-Hans": "芯片 {subject} 告警" },
  finished: {
    en: "A crash left an offline ticket with chip {subject}: it is for this chip alone now",
    "zh-Hans": "断电使一个离线许可留给芯片 {subject}，只能用于该芯片",
  },
  late: { en: "A late receipt of chip {subject} was refused", "zh-Hans": "芯片 {subject} 的迟报回执被拒绝" },
  stationTold: { en: "Station {subject}", "zh-Hans": "工位 {subject}" },
  diskLow: { en: "The disk is nearly full: {free} free", "zh-Hans": "磁盘将满：剩余 {free}" },
  clockOff: { en: "The clock is {time} off the owner's server", "zh-Hans": "时钟与所有者服务器相差 {time}" },

  // Health.
  vault: { en: "Vault", "zh-Hans": "密钥库" },
  // Of vault `file`: what `vaultKinds` says, which commands show.
  vaultFilePromise: {
    en: "finds double spending, does not prevent it",
    "zh-Hans": "能发现重复使用，但不能阻止",
  },
  vaultFileSays: {
    en: "Keys lie in a file: whoever takes this appliance's disk can copy the firmware that was lent to it",
    "zh-Hans": "密钥保存在文件中：拿走本设备磁盘的人可以复制借给它的固件",
  },
  disk: { en: "Disk", "zh-Hans": "磁盘" },
  diskSays: { en: "{free} free of {total}", "zh-Hans": "剩余 {free}，共 {total}" },
  notTold: { en: "this system does not tell", "zh-Hans": "系统未提供" },
  clock: { en: "Clock", "zh-Hans": "时钟" },
  clockSame: { en: "as the owner's server, to the second", "zh-Hans": "与所有者服务器一致（精确到秒）" },
  clockAhead: { en: "{time} ahead of the owner's server", "zh-Hans": "比所有者服务器快 {time}" },
  clockBehind: { en: "{time} behind the owner's server", "zh-Hans": "比所有者服务器慢 {time}" },
  clockUnknown: { en: "nothing to compare with yet", "zh-Hans": "尚无可比较的时间" },
  keys: { en: "Keys and when they end", "zh-Hans": "密钥及其期限" },
  ownersKeys: { en: "Owner's key set", "zh-Hans": "所有者密钥组" },
  ownersKeysSay: {
    en: "serial {serial}, epoch {epoch}, signed {time}",
    "zh-Hans": "序号 {serial}，纪元 {epoch}，签署于 {time}",
  },
  keysNoEnd: { en: "no end: changed by the owner", "zh-Hans": "无期限，由所有者更换" },
  keysNext: { en: "the next keys are announced", "zh-Hans": "下一组密钥已公布" },
  identity: { en: "This appliance's identity", "zh-Hans": "本设备身份" },
  sixWords: { en: "Six words", "zh-Hans": "六个词" },
  sixWordsSay: {
    en: "the owner's page must show the same; compare them by telephone",
    "zh-Hans": "所有者页面上须相同；请通过电话核对",
  },
  identityEnds: {
    en: "no end; away for long, the owner renews it",
    "zh-Hans": "无期限；长期离线后由所有者续期",
  },
  lease: { en: "Lent units", "zh-Hans": "借出额度" },
  leaseSays: { en: "{free} left", "zh-Hans": "剩 {free}" },
  untilTime: { en: "until {time}", "zh-Hans": "至 {time}" },
  chain: { en: "Record", "zh-Hans": "记录" },
  chainSays: { en: "{count} entries, newest {head}", "zh-Hans": "{count} 条，最新 {head}" },
  server: { en: "Owner's server", "zh-Hans": "所有者服务器" },
  appliance: { en: "Appliance", "zh-Hans": "设备" },

  // Try again.
  tryAgain: { en: "Try again", "zh-Hans": "重试" },
  tryAgainSays: {
    en: "Station {number} tries again now instead of later. Nothing else changes.",
    "zh-Hans": "工位 {number} 立即重试，其他不变。",
  },
  tryAgainNeedsPin: {
    en: "To try again from this page a PIN must be set: flashseal agent pin --dir FOLDER",
    "zh-Hans": "若要在此页面重试，须先设置 PIN：flashseal agent pin --dir FOLDER",
  },
  tryAgainNothing: {
    en: "There is nothing to try again at this station.",
    "zh-Hans": "该工位没有可重试的内容。",
  },
  tryAgainDone: { en: "The station tries again.", "zh-Hans": "工位正在重试。" },
  pin: { en: "PIN", "zh-Hans": "PIN" },
  pinWrong: { en: "The PIN is wrong. Try again in {time}.", "zh-Hans": "PIN 错误。请在 {time} 后再试。" },
  pinTooSoon: { en: "Too many tries. Try again in {time}.", "zh-Hans": "尝试过多。请在 {time} 后再试。" },
  pinFromElsewhere: {
    en: "This was not asked from the appliance's own page. Open the page again and try there.",
    "zh-Hans": "请求并非来自本设备页面。请重新打开页面再试。",
  },
  erase: { en: "Clear", "zh-Hans": "清除" },
} as const satisfies WordTable;
