/** Every refusal, cause and table of words is there in Simplified Chinese, and says it in Chinese. @module */
import assert from "node:assert/strict";
import { causes, causeWords, deliveryUnitWords, stopWords } from "../../agent/delivery/mod.ts";
import {
  isRefusalCode,
  refusalEffectWords,
  refusals,
  refusalWords,
  runningText,
  unitWords,
} from "../../authority/api/mod.ts";
import { findWords } from "./tables.ts";
import { flawOf } from "./translation.ts";

const canRead = Deno.permissions.querySync({ name: "read", path: new URL("../../", import.meta.url) }).state;
const ignore = canRead !== "granted";
if (ignore) console.log("tests of the tables of words need to read the tree: run `deno task test`");

function assertChinese(place: string, english: string, chinese: string): void {
  const flaw = flawOf(english, chinese);
  assert.equal(flaw, undefined, `${place}: ${chinese}: ${flaw}`);
}

Deno.test("each refusal says in Chinese what it says, its remedy and its effect", () => {
  for (const code of Object.keys(refusals).filter(isRefusalCode)) {
    const [english, chinese] = [refusalWords(code, "en"), refusalWords(code, "zh-Hans")];
    assert.deepEqual(english, {
      says: refusals[code].says,
      remedy: refusals[code].remedy,
      effect: refusals[code].effect,
    });
    for (const part of ["says", "remedy", "effect"] as const) {
      assertChinese(`${code} ${part}`, english[part], chinese[part]);
    }
  }
});

Deno.test("each cause says in Chinese what it says and its remedy", () => {
  for (const [code, { says, remedy }] of Object.entries(causes)) {
    assert.deepEqual(causeWords(code, "en"), { says, remedy });
    const chinese = causeWords(code, "zh-Hans");
    assertChinese(`${code} says`, says, chinese?.says ?? "");
    assertChinese(`${code} remedy`, remedy, chinese?.remedy ?? "");
  }
});

Deno.test("different refusals and different causes are told apart in Chinese as in English", () => {
  const rows = Object.keys(refusals).filter(isRefusalCode);
  const told = (language: "en" | "zh-Hans") =>
    new Set(rows.map((code) => refusalWords(code, language).says)).size;
  assert.equal(told("zh-Hans"), told("en"));
  const codes = Object.keys(causes);
  assert.equal(new Set(codes.map((code) => causeWords(code, "zh-Hans")?.says)).size, codes.length);
});

Deno.test("a cause that stands for a refusal has the refusal's words; an unknown one has none", () => {
  const { says, remedy } = refusalWords("quota-spent", "zh-Hans");
  assert.deepEqual(causeWords("authority-quota-spent", "zh-Hans"), { says, remedy });
  // A cause of the agent's own, although it begins like one.
  assert.equal(causeWords("authority-unreachable", "en")?.says, causes["authority-unreachable"].says);
  for (const unknown of ["authority-of-tomorrow", "of-tomorrow", "toString", "authority-toString", ""]) {
    assert.equal(causeWords(unknown, "zh-Hans"), undefined, unknown);
  }
});

Deno.test("a stop that was told keeps what it said where there are no better words", () => {
  const told = {
    cause: "offline-spent",
    says: "The offline allowance is used up; 2 devices wait",
    remedy: "Go",
  };
  assert.deepEqual(stopWords(told, "en"), { says: told.says, remedy: told.remedy });
  assert.equal(stopWords(told, "zh-Hans").says, "离线额度已用完");
  const counted = (waiting: number) => stopWords({ ...told, waiting }, "zh-Hans").says;
  assert.deepEqual([counted(1), counted(12)], [
    "离线额度已用完；1 台器件等待所有者服务器",
    "离线额度已用完；12 台器件等待所有者服务器",
  ]);
  assert.equal(stopWords({ ...told, cause: "authority-of-tomorrow" }, "zh-Hans").says, told.says);
});

Deno.test("sentences become running text as each language writes it", () => {
  assert.equal(runningText("en", "One", "Two"), "One. Two.");
  assert.equal(runningText("zh-Hans", "一", "二"), "一。二。");
});

/** Files whose Chinese stands beside a code: the tests above compare it with the code's own English. */
const BESIDE_A_CODE =
  /^(authority\/api\/words\/refusals_|agent\/delivery\/causes_words|authority\/api\/words\/sentences)/;

Deno.test({
  name: "every text of the tree that has English has Chinese beside it, and none stands alone",
  ignore,
  fn() {
    const { words, alone } = findWords();
    assert.deepEqual(alone.filter((file) => !BESIDE_A_CODE.test(file)), []);
    const chinese = words.map((found) => found.chinese);
    for (const table of [unitWords, refusalEffectWords, deliveryUnitWords]) {
      for (const row of Object.values(table)) assert(chinese.includes(row["zh-Hans"]));
    }
    const flaws = words.flatMap(({ place, english, chinese }) => {
      // Signs between words, and the other language's name in itself.
      if (!/\p{Script=Latin}{2}/u.test(english)) return [];
      const flaw = flawOf(english, chinese);
      return flaw === undefined ? [] : [`${place}: ${chinese}: ${flaw}`];
    });
    assert.deepEqual(flaws, []);
  },
});

Deno.test("what a Chinese text may not be is found", () => {
  for (
    const [english, chinese] of [
      ["Wait", "Wait"],
      ["Wait", "请 wait"],
      ["{n} left", "剩余 {m}"],
      ["{n} left", "剩余"],
      ["Wait", "请等待。"],
      ["Wait.", "请等待"],
      ["Wait: now", "请等待: 现在"],
    ] as const
  ) assert(flawOf(english, chinese) !== undefined, chinese);
  assert.equal(flawOf("{a} of {b}", "共 {b}，已 {a}"), undefined);
  assert.equal(flawOf("See `flashseal chips`", "见 `flashseal chips`"), undefined);
});
