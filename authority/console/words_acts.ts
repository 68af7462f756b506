/**
 * The words of what people may do on the owner's page: its name, and what it means before it is confirmed.
 *
 * @module
 */

import type { WordTable } from "../api/mod.ts";

/** Acts and their consequences. */
export const actWords = {
  orderRaise: { en: "Raise an order", "zh-Hans": "增加订单" },
  orderRaiseTells: {
    en:
      "So many more devices can be made, at once where the server is in reach. A unit that was used cannot be taken back.",
    "zh-Hans": "可制造的器件相应增加，服务器可达处立即生效。已使用的名额无法收回。",
  },
  orderLower: { en: "Lower an order", "zh-Hans": "减少订单" },
  orderLowerTells: {
    en:
      "Only free units are taken away. What is lent, reserved, keyed or made stays; a raise brings units back at any time.",
    "zh-Hans": "只减少可用名额。已借出、已预留、已发密钥或已完成的保持不变；随时可再增加。",
  },
  orderFreeze: { en: "Freeze an order", "zh-Hans": "冻结订单" },
  orderFreezeTells: {
    en:
      "From now on the order gives no ticket, no key and lends nothing. A device whose key was given is finished.",
    "zh-Hans": "从现在起该订单不发票据、不发密钥、不借出。已发密钥的器件会完成。",
  },
  orderThaw: { en: "Thaw an order", "zh-Hans": "解冻订单" },
  orderThawTells: { en: "The order gives units again, at once.", "zh-Hans": "该订单立即恢复发放。" },
  orderDates: { en: "Change the dates of an order", "zh-Hans": "更改订单期限" },
  orderDatesTells: {
    en: "Tickets and leases that were given keep the dates that they have.",
    "zh-Hans": "已发出的票据和借出保持原有期限。",
  },
  orderRework: { en: "Change whether rework is allowed", "zh-Hans": "更改返工许可" },
  orderReworkTells: {
    en:
      "With rework a person may have a delivered device made anew with its own unit. A certificate that was given stays valid.",
    "zh-Hans": "允许返工时，人员可用原名额重做已交付器件。已发证书仍然有效。",
  },
  orderConfirm: { en: "Confirm an order after the restore", "zh-Hans": "恢复后确认订单" },
  orderConfirmTells: {
    en:
      "The order gives units again with the terms shown here. Raises, lowerings and freezes made after the backup are forgotten: decide them again first.",
    "zh-Hans": "订单按此处条款恢复发放。备份之后的增加、减少和冻结已被遗忘：请先重新决定。",
  },
  orderFree: { en: "Free unaccounted units", "zh-Hans": "释放去向不明的名额" },
  orderFreeTells: {
    en:
      "WARNING: up to {units} devices may exist with these units, made after the backup and shown by no appliance yet. Freed units can be used again: together more devices may exist than were granted. This cannot be taken back.",
    "zh-Hans":
      "警告：这些名额可能对应最多 {units} 个在备份后制造、尚无烧录机出示的器件。释放后可再次使用：器件总数可能超过授权。无法撤回。",
  },
  deviceMayExist: { en: "I know that devices may exist", "zh-Hans": "我知道可能存在器件" },
  lendAct: { en: "Lend units to an appliance", "zh-Hans": "向烧录机借出名额" },
  lendActTells: {
    en:
      "The appliance fetches them at its next contact and can use them without this server. What it has fetched cannot be called back while it is away; unused units come back at its next sync after you lower this.",
    "zh-Hans":
      "烧录机下次联系时取走，可在无服务器时使用。其离线期间无法收回；降低后，未用名额在下次同步时返回。",
  },
  acknowledgesOffline: {
    en: "I know: whoever takes the appliance's disk gets the clear firmware of what was lent to it",
    "zh-Hans": "我知道：拿走烧录机磁盘的人可得到借给它的固件明文",
  },
  stopAll: { en: "STOP everything", "zh-Hans": "全部停止" },
  stopProduct: { en: "STOP a product", "zh-Hans": "停止一个产品" },
  stopAppliance: { en: "STOP an appliance", "zh-Hans": "停止烧录机" },
  stopApplianceTells: {
    en:
      "From now on it gets no ticket, no key and no lease; what it has made it still reports. {lent} units lent to it stop once it has heard of this. Resume it at any time.",
    "zh-Hans":
      "从现在起它得不到票据、密钥和借出；已制造的仍会报告。借给它的 {lent} 个名额在它得知后停用。可随时恢复。",
  },
  applianceResume: { en: "Resume an appliance", "zh-Hans": "恢复烧录机" },
  applianceResumeTells: {
    en: "It gets tickets again at once, and its stations go on by themselves.",
    "zh-Hans": "它立即可再得到票据，工位自动继续。",
  },
  stopTitle: { en: "STOP", "zh-Hans": "停止" },
  stopSays: {
    en:
      "A button here acts at once. It freezes orders, or stops an appliance: from that moment no ticket, no key and no lease is given.",
    "zh-Hans": "此处按钮立即生效。它冻结订单或停止烧录机：从那一刻起不发票据、不发密钥、不借出。",
  },
  stopWhat: { en: "What it stops", "zh-Hans": "能停止的" },
  stopWhatSays: {
    en:
      "Every device whose key was not given yet, wherever the appliance stands, as soon as it asks. Orders are thawed and appliances resumed one by one afterwards.",
    "zh-Hans": "所有尚未发出密钥的器件，无论烧录机在哪里，一询问即停止。之后逐个解冻订单、恢复烧录机。",
  },
  stopCannot: { en: "What it cannot stop", "zh-Hans": "不能停止的" },
  stopCannotSays: {
    en:
      "Lent units of appliances that are away: up to {units} devices can still be made. And devices whose key was given: {keyed}.",
    "zh-Hans": "离线烧录机已借出的名额：最多还可制造 {units} 个器件。以及已发密钥的器件：{keyed} 个。",
  },
  stopCannotUnaccounted: {
    en:
      "Units that appliances hold while they are away: up to {units} devices can still be made, or exist already: {lent} lent, {unaccounted} unaccounted for since a restore or a lease given up. And devices whose key was given: {keyed}.",
    "zh-Hans":
      "离线烧录机持有的名额：最多还可制造或已存在 {units} 个器件：{lent} 个已借出，{unaccounted} 个因服务器恢复或放弃借出而去向不明。以及已发密钥的器件：{keyed} 个。",
  },
  unaccountedBesides: {
    en:
      "Besides, up to {units} units are unaccounted for: as many devices may exist, or be made while it is away.",
    "zh-Hans": "此外，最多 {units} 个名额去向不明：可能已有这么多器件，或在其离线期间制造。",
  },
  stopAllSays: { en: "Orders that it freezes: {orders}", "zh-Hans": "冻结 {orders} 个订单" },
  stopProductSays: {
    en: "Orders that it freezes: {orders}. Lent and not stopped: {lent}",
    "zh-Hans": "冻结 {orders} 个订单；已借出无法停止：{lent}",
  },
  stopApplianceSays: {
    en: "Until you resume it. Lent, and stopped once it has heard: {lent}",
    "zh-Hans": "直到您恢复它。已借出、得知后停用：{lent}",
  },
  stopApplianceDone: { en: "stopped; resume it on its own page", "zh-Hans": "已停止；在其页面上恢复" },
  stopNothing: { en: "nothing left to stop", "zh-Hans": "没有可停止的" },
  renewalApprove: { en: "Approve the renewal of an appliance", "zh-Hans": "批准烧录机续期" },
  renewalApproveTells: {
    en: "The appliance goes on by itself at its next contact.",
    "zh-Hans": "烧录机下次联系时自动继续。",
  },
  renewalDecline: { en: "Decline the renewal of an appliance", "zh-Hans": "拒绝烧录机续期" },
  renewalDeclineTells: {
    en: "The appliance gets nothing until you approve.",
    "zh-Hans": "批准之前烧录机得不到任何东西。",
  },
  applianceRevoke: { en: "Revoke an appliance", "zh-Hans": "撤销烧录机" },
  applianceRevokeTells: {
    en:
      "Cannot be taken back: the way back is a new enrolment. Its reserved units go back at once. {lent} units lent to it are not reached by this.",
    "zh-Hans": "无法撤回：只能重新登记。其预留名额立即归还。借给它的 {lent} 个名额不受影响。",
  },
  leaseGiveUp: { en: "Give up a lease", "zh-Hans": "放弃一次借出" },
  leaseGiveUpTells: {
    en:
      "Its {units} open units become unaccounted: up to so many devices may exist. A late report still finds its unit.",
    "zh-Hans": "其 {units} 个未结名额变为去向不明：最多可能存在这么多器件。迟到的报告仍可对应。",
  },
  deviceDeny: { en: "Deny a chip", "zh-Hans": "禁止芯片" },
  deviceDenyTells: {
    en:
      "The chip gets no ticket and no further key. Appliances that are away hear of it at their next contact.",
    "zh-Hans": "该芯片得不到票据和后续密钥。离线烧录机下次联系时得知。",
  },
  deviceAllow: { en: "Allow a chip again", "zh-Hans": "重新允许芯片" },
  deviceAllowTells: { en: "The chip is treated like any other again.", "zh-Hans": "该芯片恢复正常对待。" },
  deviceLost: { en: "Book a device as lost", "zh-Hans": "登记器件丢失" },
  deviceLostTells: {
    en: "The unit stays used, and the chip gets no further key. A device may exist.",
    "zh-Hans": "名额保持已用，芯片得不到后续密钥。可能已有器件。",
  },
  deviceRecredit: { en: "Give the unit of a lost device back", "zh-Hans": "归还丢失器件的名额" },
  deviceRecreditTells: {
    en:
      "WARNING: a device with a valid lock and firmware may exist. Its certificate is revoked and the unit can be used for another chip. This cannot be taken back.",
    "zh-Hans": "警告：可能存在已锁定并装有固件的器件。其证书被撤销，名额可用于其他芯片。无法撤回。",
  },
  deviceRework: { en: "Have a device made anew", "zh-Hans": "返工器件" },
  deviceReworkTells: {
    en:
      "The next station that has this chip erases it and makes it anew, with the same unit and certificate.",
    "zh-Hans": "下一个遇到该芯片的工位会擦除并用同一名额和证书重做。",
  },
} as const satisfies WordTable;
