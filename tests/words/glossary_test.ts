/** One word for one thing, in Chinese too (D§1): no table calls a thing otherwise than the others do. @module */
import assert from "node:assert/strict";
import { causeWords } from "../../agent/delivery/mod.ts";
import { causes } from "../../agent/mod.ts";
import { isRefusalCode, refusals, refusalWords } from "../../authority/api/mod.ts";
import { findWords } from "./tables.ts";

const ignore =
  Deno.permissions.querySync({ name: "read", path: new URL("../../", import.meta.url) }).state !==
    "granted";

/** What each thing is called, and what it is called nowhere. */
const GLOSSARY: readonly { readonly thing: string; readonly word: string; readonly not: RegExp }[] = [
  { thing: "appliance", word: "烧录机", not: /设备盒|编程器|装置/ },
  { thing: "device", word: "器件", not: /成品|产出物/ },
  { thing: "unit", word: "名额", not: /单位|配额单元/ },
  { thing: "owner's server", word: "所有者服务器", not: /所有者的服务器|授权服务器|主服务器/ },
  { thing: "order", word: "订单", not: /定单|工单/ },
  { thing: "vault", word: "密钥库", not: /保险库|金库/ },
  { thing: "ticket", word: "票据", not: /令牌|许可证/ },
  { thing: "release", word: "固件版本", not: /发行版/ },
  { thing: "receipt", word: "回执", not: /收据|凭条/ },
  { thing: "station", word: "工位", not: /站点|工作站/ },
  { thing: "lock", word: "锁定", not: /读保护|上锁/ },
  { thing: "board", word: "电路板", not: /板卡|单板/ },
  { thing: "revoke", word: "撤销", not: /吊销|废除/ },
  { thing: "deny", word: "禁止", not: /禁用|拉黑/ },
  { thing: "epoch", word: "纪元", not: /时代|世代/ },
  { thing: "enrol", word: "登记", not: /注册/ },
];

function* texts() {
  for (const { place, chinese } of findWords().words) yield [place, chinese] as const;
  for (const code of Object.keys(refusals).filter(isRefusalCode)) {
    for (const text of Object.values(refusalWords(code, "zh-Hans"))) yield [code, text] as const;
  }
  for (const code of Object.keys(causes)) {
    for (const text of Object.values(causeWords(code, "zh-Hans") ?? {})) yield [code, text] as const;
  }
}

Deno.test({
  name: "each thing has one word in Chinese, over all tables",
  ignore,
  fn() {
    const all = [...texts()];
    const found = GLOSSARY.flatMap(({ thing, word, not }) =>
      all.filter(([, text]) => not.test(text)).map(([place, text]) =>
        `${place}: ${thing} is ${word}: ${text}`
      )
    );
    assert.deepEqual(found, []);
    const unused = GLOSSARY.filter(({ word }) => !all.some(([, text]) => text.includes(word)));
    assert.deepEqual(unused.map(({ word }) => word), [], "words of the glossary that no table uses");
  },
});
