/**
 * What becomes of the unit when a delivery ends by a cause, as the error catalogue says it. What became of it in one delivery
 * stands in that delivery's result.
 *
 * @module
 */
import type { Words } from "../../authority/api/mod.ts";
import type { CauseCode, UnitEffect } from "./causes.ts";

/** What a cause does to the unit, in words, and what a result may say then. */
interface Effect {
  readonly words: Words;
  readonly units: readonly UnitEffect[];
}

const keyed = "keyed for this chip: a device may exist";
const committed = ["committed", "committed on the appliance's word"] as const;

/** The effects that a cause can have. */
export const causeEffects = {
  none: {
    words: {
      en: "no unit is used; one that the chip has already stays with it",
      "zh-Hans": "不占用名额；芯片已有的名额仍属于它",
    },
    units: ["none used", "reserved for this chip", keyed],
  },
  stays: {
    words: { en: "the unit stays as it is", "zh-Hans": "名额保持不变" },
    units: ["none used", "reserved for this chip", keyed, ...committed],
  },
  held: {
    words: {
      en: "the unit stays with this chip, reserved or keyed: the same board goes on with it",
      "zh-Hans": "名额仍属于该芯片（已预留或已发密钥）：同一块电路板用它继续",
    },
    units: ["reserved for this chip", keyed],
  },
  keyed: {
    words: {
      en: "the unit stays keyed for this chip: a device may exist",
      "zh-Hans": "名额仍为该芯片已发密钥：可能已有器件",
    },
    units: [keyed],
  },
  committed: {
    words: { en: "the unit stays committed", "zh-Hans": "名额保持已完成" },
    units: committed,
  },
} as const satisfies Readonly<Record<string, Effect>>;

/** The effect of each cause. */
export const effectOfCause: Readonly<Record<CauseCode, keyof typeof causeEffects>> = {
  "chip-unknown": "none",
  "uid-invalid": "none",
  "options-unfit": "none",
  "not-blank": "none",
  "locked-unknown": "none",
  "chip-swapped": "held",
  "delivered-already": "committed",
  "no-answer": "stays",
  "probe-fault": "stays",
  "unlock-failed": "held",
  "options-torn": "held",
  "erase-failed": "held",
  "readback-differs": "held",
  "ticket-unfit": "stays",
  "release-unfit": "held",
  "authority-unreachable": "stays",
  "offline-spent": "none",
  "offline-over": "none",
  "offline-not-listed": "none",
  "authority-unfit": "stays",
  "bootloader-silent": "held",
  "bootloader-unfit": "held",
  "lock-missing": "held",
  "lock-open": "held",
  "debug-open": "held",
  "link-silent": "held",
  "chip-refused": "held",
  "chip-unfit": "held",
  "receipt-missing": "keyed",
  "receipt-unfit": "keyed",
  "receipt-refused": "keyed",
  "phase-deadline": "stays",
  "disk-fault": "stays",
  "stopped": "stays",
  "interrupted": "stays",
  "defect": "stays",
};
