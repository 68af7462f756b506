/**
 * The words of the owner's page about appliances, devices, products and dates.
 *
 * @module
 */

import type { WordTable } from "../api/mod.ts";

/** Appliances, devices, products, dates. */
export const deviceWords = {
  appliance: { en: "Appliance", "zh-Hans": "烧录机" },
  noAppliances: {
    en: "No appliance is enrolled. Make a code with: flashseal owner appliance enrol",
    "zh-Hans": "尚无已登记的烧录机。生成登记码：flashseal owner appliance enrol",
  },
  lastContact: { en: "Last contact", "zh-Hans": "最近联系" },
  ago: { en: "{age} ago", "zh-Hans": "{age} 前" },
  contact24: { en: "Contact in the last 24 hours", "zh-Hans": "最近 24 小时的联系" },
  contact24Says: {
    en: "heard of in {hours} of the last 24 hours",
    "zh-Hans": "最近 24 小时中有 {hours} 小时有联系",
  },
  contactSinceSays: {
    en: "heard of in {hours} of the {since} h since it was enrolled",
    "zh-Hans": "登记后 {since} 小时中有 {hours} 小时有联系",
  },
  now: { en: "now", "zh-Hans": "现在" },
  enrolled: { en: "Enrolled", "zh-Hans": "登记时间" },
  revoked: { en: "revoked", "zh-Hans": "已撤销" },
  stopped: { en: "stopped", "zh-Hans": "已停止" },
  inOrder: { en: "in order", "zh-Hans": "正常" },
  outdated: { en: "outdated: a person must renew it", "zh-Hans": "已过期：须由人员续期" },
  asksRenewal: { en: "asks to be renewed", "zh-Hans": "请求续期" },
  declined: { en: "renewal declined", "zh-Hans": "续期已拒绝" },
  putBack: { en: "its disk was put back to an earlier state", "zh-Hans": "其磁盘被恢复到较早状态" },
  forked: { en: "its disk was copied and used twice", "zh-Hans": "其磁盘被复制并重复使用" },
  contradiction: { en: "its reports contradict each other", "zh-Hans": "其报告相互矛盾" },
  frozenSays: {
    en: "Frozen on {at}: {why}. It gets nothing more; the way back is a new enrolment.",
    "zh-Hans": "于 {at} 冻结：{why}。不再得到任何东西；只能重新登记。",
  },
  frozenChips: { en: "Chips that it is about", "zh-Hans": "涉及的芯片" },
  approve: { en: "Approve …", "zh-Hans": "批准 …" },
  decline: { en: "Decline …", "zh-Hans": "拒绝 …" },
  revoke: { en: "Revoke …", "zh-Hans": "撤销 …" },
  stopIt: { en: "Stop …", "zh-Hans": "停止 …" },
  resume: { en: "Resume …", "zh-Hans": "恢复 …" },
  programs: { en: "May program", "zh-Hans": "可编程产品" },
  everyProduct: { en: "every product", "zh-Hans": "所有产品" },
  sixWords: { en: "Six words", "zh-Hans": "六个词" },
  sixWordsSay: {
    en: "the appliance must show the same; compare them by telephone, and revoke it if it does not",
    "zh-Hans": "烧录机上须相同；请通过电话核对，不同则撤销该烧录机",
  },
  publicKey: { en: "Public key", "zh-Hans": "公钥" },

  findDevice: { en: "Find a device", "zh-Hans": "查找器件" },
  uidHint: {
    en: "UID, its beginning or its end: 4 to 24 hexadecimal digits",
    "zh-Hans": "UID，开头或结尾：4 至 24 位十六进制数字",
  },
  find: { en: "Find", "zh-Hans": "查找" },
  noDevice: { en: "No device is known by this UID.", "zh-Hans": "没有此 UID 的器件。" },
  noDevices: { en: "No device has a unit yet.", "zh-Hans": "尚无器件占用名额。" },
  csv: { en: "All devices as CSV", "zh-Hans": "全部器件 CSV" },
  station: { en: "Station", "zh-Hans": "工位" },
  changed: { en: "Changed", "zh-Hans": "变更" },
  serial: { en: "Serial", "zh-Hans": "序列号" },
  device: { en: "Device", "zh-Hans": "器件" },
  life: { en: "Its life", "zh-Hans": "生命周期" },
  lifeSays: {
    en: "Newest first; from the log, which is never changed.",
    "zh-Hans": "最新在前；来自不可更改的日志。",
  },
  lifeCut: {
    en: "The newest {count} entries; the whole log: flashseal owner log",
    "zh-Hans": "最新 {count} 条；完整日志：flashseal owner log",
  },
  proofs: { en: "Proofs", "zh-Hans": "证明" },
  proofsSays: {
    en: "With these two files anybody can check the device without this server, by the commands below.",
    "zh-Hans": "凭这两个文件，任何人都可用以下命令离线验证。",
  },
  downloadRecord: { en: "Device record (JSON)", "zh-Hans": "器件记录 (JSON)" },
  downloadTrust: { en: "Trust file (JSON)", "zh-Hans": "信任文件 (JSON)" },
  certificate: { en: "Device certificate", "zh-Hans": "器件证书" },
  certificateRevoked: { en: "Certificate revoked", "zh-Hans": "证书已撤销" },
  certificateKey: { en: "Certificate key of the product", "zh-Hans": "产品证书公钥" },
  validWord: { en: "signed, not revoked", "zh-Hans": "已签发，未撤销" },
  tickets: { en: "Tickets", "zh-Hans": "票据" },
  messages2: { en: "Messages 2 (keys given)", "zh-Hans": "消息 2（发出密钥）" },
  ofLimit: { en: "{count}, at most {limit} for each delivery", "zh-Hans": "{count}，每次交付最多 {limit}" },
  mostEachDelivery: { en: "at most {limit} for each delivery", "zh-Hans": "每次交付最多 {limit}" },
  receipts: { en: "Receipts", "zh-Hans": "回执" },
  reworks: { en: "Reworks", "zh-Hans": "返工次数" },
  closed: { en: "closed", "zh-Hans": "已关闭" },
  byAuthority: { en: "checked by this server", "zh-Hans": "由本服务器核验" },
  byAppliance: { en: "the appliance's word", "zh-Hans": "烧录机的陈述" },
  doubled: { en: "ALARM: another unit holds this UID", "zh-Hans": "警报：另一名额占有此 UID" },
  denied: { en: "denied", "zh-Hans": "已禁止" },
  deny: { en: "Deny …", "zh-Hans": "禁止 …" },
  allow: { en: "Allow again …", "zh-Hans": "重新允许 …" },
  bookLost: { en: "Book as lost …", "zh-Hans": "登记丢失 …" },
  recredit: { en: "Give the unit back …", "zh-Hans": "归还名额 …" },
  makeAnew: { en: "Make anew …", "zh-Hans": "返工 …" },

  noProducts: {
    en: "There is no product yet. Make one with: flashseal owner product create",
    "zh-Hans": "尚无产品。创建命令：flashseal owner product create",
  },
  chip: { en: "Chip", "zh-Hans": "芯片" },
  deviceClass: { en: "Device class", "zh-Hans": "器件等级" },
  lockClass: { en: "Lock class", "zh-Hans": "锁定等级" },
  lockLevel: { en: "Lock level", "zh-Hans": "锁定级别" },
  modelOnly: { en: "model only", "zh-Hans": "仅在模型上" },
  testedWhere: { en: "Tested", "zh-Hans": "测试环境" },
  offlineWork: { en: "Offline work", "zh-Hans": "离线工作" },
  offlineTerms: {
    en: "up to {units} units to an appliance, for {days} days, vault {vault}",
    "zh-Hans": "每台烧录机最多 {units} 名额，{days} 天，密钥库 {vault}",
  },
  onlineOnly: { en: "online only", "zh-Hans": "仅在线" },
  acknowledged: { en: "Acknowledged on {at}", "zh-Hans": "于 {at} 确认" },
  notNeeded: { en: "no acknowledgement is recorded", "zh-Hans": "没有确认记录" },

  limits: { en: "What cannot be promised", "zh-Hans": "无法保证的" },
  limitHost: {
    en: "Whoever has root on this server's host can open every release.",
    "zh-Hans": "拥有本服务器主机 root 权限者可打开所有固件版本。",
  },
  limitQuantum: {
    en: "What was recorded today is not secret from a future quantum computer.",
    "zh-Hans": "今天被录下的内容对未来的量子计算机不保密。",
  },
  limitFips: { en: "The cryptography is not FIPS validated.", "zh-Hans": "密码实现未经 FIPS 验证。" },
  limitSilicon: {
    en: "Nothing has run on silicon yet: the bundled model and QEMU only.",
    "zh-Hans": "尚未在真实芯片上运行：仅自带模型和 QEMU。",
  },
  datesSays: {
    en: "What ends when, soonest first where there is an end.",
    "zh-Hans": "各项期限；有期限的按先后排列。",
  },
  ends: { en: "Ends", "zh-Hans": "到期" },
  endsWhat: { en: "What happens then", "zh-Hans": "届时后果" },
  channel: { en: "Certificate of this HTTPS channel", "zh-Hans": "本 HTTPS 通道证书" },
  channelSays: {
    en: "renewed by itself in its last four months while the server runs",
    "zh-Hans": "服务器运行时在最后四个月自动更新",
  },
  orderEndSays: { en: "gives nothing more", "zh-Hans": "不再发放" },
  leaseOf: { en: "Lease of {units} units to {name}", "zh-Hans": "借给 {name} 的 {units} 名额" },
  leaseGivenUp: {
    en: "Given up: lease of {units} units to {name}",
    "zh-Hans": "已放弃：借给 {name} 的 {units} 名额",
  },
  leaseRestored: {
    en: "Unaccounted for since the restore: lease of {units} units to {name}",
    "zh-Hans": "恢复后去向不明：借给 {name} 的 {units} 名额",
  },
  leaseGoneEndSays: {
    en: "its tickets are not used any more; until then devices can be made with them",
    "zh-Hans": "其票据不再使用；在此之前仍可用其制造器件",
  },
  leaseEndSays: {
    en: "its tickets are not used any more; a person may give its units up",
    "zh-Hans": "其票据不再使用；人员可放弃其名额",
  },
  giveUp: { en: "Give up …", "zh-Hans": "放弃 …" },
  renewalOf: { en: "Standing of {name}", "zh-Hans": "{name} 的资格" },
  renewalEndSays: {
    en: "if it is not heard of until then, a person must renew it",
    "zh-Hans": "若届时仍无联系，须由人员续期",
  },
  codeOf: { en: "Enrolment code for {name}", "zh-Hans": "{name} 的登记码" },
  codeEndSays: { en: "it works once and not after that", "zh-Hans": "只能使用一次，过期无效" },
  keyOf: { en: "API key {name}", "zh-Hans": "API 密钥 {name}" },
  keyEndSays: {
    en: "made on {at}; it ends when a person revokes it",
    "zh-Hans": "创建于 {at}；由人员撤销时结束",
  },
  noEnd: { en: "no end", "zh-Hans": "无期限" },
  over: { en: "over", "zh-Hans": "已过" },
} as const satisfies WordTable;
