/** Languages and times as people read them. @module */
import assert from "node:assert/strict";
import {
  chooseLanguage,
  column,
  fill,
  formatDuration,
  formatInstant,
  isZone,
  unitWords,
} from "../../../../authority/api/mod.ts";

Deno.test("chooseLanguage() takes what was asked for, then what is accepted by weight, then the first", () => {
  for (
    const [asked, accepts, chosen] of [
      [undefined, undefined, "en"],
      ["zh", "en", "zh-Hans"],
      ["zh-Hans", undefined, "zh-Hans"],
      ["tlh", "zh-CN,zh;q=0.9", "zh-Hans"],
      [undefined, "de, zh;q=0.2, en;q=0.7", "en"],
      [undefined, "en;q=0, zh-TW;q=0.1", "zh-Hans"],
      [undefined, "*;;=,", "en"],
    ] as const
  ) assert.equal(chooseLanguage(asked, accepts), chosen, `${asked} ${accepts}`);
});

Deno.test("formatInstant() is ISO 8601 with the zone's offset, the same digits in every locale", () => {
  const at = Date.UTC(2026, 6, 1, 23, 5, 9);
  assert.equal(formatInstant(at, "UTC"), "2026-07-01 23:05:09 +00:00");
  assert.equal(formatInstant(at, "Asia/Shanghai"), "2026-07-02 07:05:09 +08:00");
  assert.equal(formatInstant(at, "Asia/Kolkata"), "2026-07-02 04:35:09 +05:30");
  assert.equal(formatInstant(at, "America/New_York"), "2026-07-01 19:05:09 -04:00");
  assert.deepEqual(["Asia/Shanghai", "UTC", "Mars/Base", ""].map(isZone), [true, true, false, false]);
});

Deno.test("formatDuration() rounds down, so that nobody counts on more than there is", () => {
  const said = [0, 59_999, 60_000, 11_459_000, 90_000_000, -5].map(formatDuration);
  assert.deepEqual(said, ["0 s", "59 s", "1 min", "3 h 10 min", "1 d 1 h", "0 s"]);
});

Deno.test("column() and fill() give a language's words with what the caller fills in", () => {
  assert.equal(column(unitWords, "zh-Hans").leased, "已借出");
  assert.equal(column(unitWords, "en").leased, "lent");
  assert.equal(fill("{done} of {total} {what}", { done: 1, total: 2 }), "1 of 2 {what}");
});
