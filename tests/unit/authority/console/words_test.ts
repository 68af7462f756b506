/** The words of the owner's page: each in both languages with the same gaps, and no page that mixes them. @module */
import assert from "node:assert/strict";
import { refusalWords } from "../../../../authority/api/mod.ts";
import { type TextName, textsOf } from "../../../../authority/console/words.ts";
import { uidOf } from "../_world.ts";
import { signedIn } from "./_console.ts";
import { createFloor } from "./_floor.ts";

const [english, chinese] = [textsOf("en"), textsOf("zh-Hans")];
const names = Object.keys(english) as TextName[];

/** What is to be filled in, in alphabetical order. */
function gaps(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([gap]) => gap).sort();
}

Deno.test("each text has the same gaps in both languages, and is there in both", () => {
  for (const name of names) {
    assert.deepEqual(gaps(chinese[name]), gaps(english[name]), name);
    assert(english[name].trim() !== "" && chinese[name].trim() !== "", name);
    assert(name === "otherLanguage" || /[\u4e00-\u9fff]/.test(chinese[name]), name);
  }
});

Deno.test("a page in Chinese has no sentence in English", async () => {
  const { world, order, appliance } = await createFloor();
  const owner = await signedIn(world);
  // Short words may be names or codes as well.
  const sentences = names.filter((name) => name !== "otherLanguage" && english[name].includes(" "))
    .map((name) => english[name].split(/\{\w+\}/).sort((a, b) => b.length - a.length)[0]?.trim() ?? "")
    .filter((text) => text.length > 7);
  assert(sentences.length > 80);
  for (
    const path of [
      "",
      `/orders/${order}`,
      "/appliances",
      `/appliances/${appliance.id}`,
      "/devices",
      `/devices/1/${uidOf(1)}`,
      "/products",
      "/dates",
      "/stop",
      `/acts/order-raise?order=${order}&by=1`,
      "/sign-in",
    ]
  ) {
    const page = await owner.page(`/console${path}`, { "accept-language": "zh-CN" });
    const text = page.replaceAll("&#39;", "'");
    for (const sentence of sentences) assert(!text.includes(sentence), `${path}: ${sentence}`);
  }
  world.close();
});

Deno.test("refusals and acknowledgements are Chinese on a page in Chinese, and said to be", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  const chinese = { "accept-language": "zh-CN" };
  const page = await owner.page("/console/products", chinese);
  assert(page.includes(`<blockquote>${refusalWords("class-c-not-acknowledged", "zh-Hans").says}`), page);
  const refusal = await (await owner.get(`/console/orders/${"0".repeat(32)}`, chinese)).text();
  const { says, remedy } = refusalWords("order-unknown", "zh-Hans");
  assert(refusal.includes(says) && refusal.includes(remedy), refusal);
  world.close();
});
