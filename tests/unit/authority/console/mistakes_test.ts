/** What a person fills in wrongly is answered with what the field takes, in the page's language; nothing is done. @module */
import assert from "node:assert/strict";
import { granted } from "../_world.ts";
import { signedIn } from "./_console.ts";
import { createFloor } from "./_floor.ts";

Deno.test("a mistake in a form names the field and what it takes, in both languages, and says nothing of programs", async () => {
  const { world, order, appliance } = await createFloor();
  const owner = await signedIn(world);
  const before = granted(await world.owner.order(order));
  const raise = `/console/acts/order-raise?order=${order}`;
  const dates = `/console/acts/order-dates?order=${order}`;
  const lend = `/console/acts/lend?order=${order}&appliance=${appliance.id}`;
  const whole = /By so many units: <\/strong>it takes a whole number from 1 to 999\u202f999\u202f900\./;
  const rows: readonly (readonly [string, RegExp, RegExp])[] = [
    [`${raise}&by=0`, whole, /数量：<\/strong>须为 1 至 999\u202f999\u202f900 的整数。/],
    [`${raise}&by=999999999`, whole, /须为 1 至/],
    [`${raise}&by=`, whole, /须为 1 至/],
    [raise, whole, /须为 1 至/],
    [`${lend}&units=-1`, /Units: <\/strong>it takes a whole number from 0/, /名额：<\/strong>须为 0 至/],
    [`${dates}&from=2026-13-01&until=2026-12-04`, /it takes a day such as/, /须为日期/],
    [
      `${dates}&from=2026-12-05&until=2026-12-04`,
      /it takes the first day or one after/,
      /须不早于开始日期。/,
    ],
    [
      "/console/devices?uid=zz",
      /UID: <\/strong>it takes 4 to 24 hexadecimal digits/,
      /UID：<\/strong>须为 4 至 24 位/,
    ],
  ];
  for (const [path, english, chinese] of rows) {
    for (const [language, says] of [["en", english], ["zh-CN", chinese]] as const) {
      const response = await owner.get(path, { "accept-language": language });
      const text = await response.text();
      assert.equal(response.status, 400, path);
      assert.match(text, says, path);
      assert.doesNotMatch(text, /fitting versions|版本|many more devices/, path);
    }
  }
  assert.deepEqual(granted(await world.owner.order(order)), before);
  world.close();
});

Deno.test("a preview of what would be refused shows the error alone, and a Chinese sentence ends with its own mark", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  const path = `/console/acts/order-lower?order=${order}&by=5000`;
  const english = await owner.page(path);
  assert.match(english, /order-below-use/);
  assert.doesNotMatch(english, /class="tell"/);
  const chinese = await owner.page(path, { "accept-language": "zh-CN" });
  assert.doesNotMatch(chinese, /[\u4e00-\u9fff]\s*\./);
  assert.match(chinese, /。<\/h2>/);
  world.close();
});
