/** The sentence on top and the page of alarms tell the same: what is not green there is named here. @module */
import assert from "node:assert/strict";
import { createStatusApp, headlineOf, stationStates } from "../../../../agent/status/mod.ts";
import { lentUnits, NOW_MS, offlineWith, PRODUCT, snapshotOf, sourceOf, stationIn } from "./_source.ts";

const used = offlineWith({ left: [{ product: PRODUCT, tickets: 0 }] });
const over = offlineWith({
  left: [{ product: PRODUCT, tickets: 0 }],
  leases: [lentUnits({ free: 5, notAfterSeconds: NOW_MS / 1000 - 1, usable: false, over: true })],
});
const offlines = {
  "enough": offlineWith(),
  "nothing lent": offlineWith({ left: [] }),
  used,
  over,
  "away": offlineWith({ reachable: false }),
  "away and used": { ...used, reachable: false },
};

Deno.test("whatever the floor is like: nothing needs attention when and only when the sentence on top is green", async () => {
  const seen = new Set<string>();
  for (const [name, offline] of Object.entries(offlines)) {
    for (const state of stationStates) {
      const snapshot = snapshotOf([stationIn("working", 1), stationIn(state, 2)], { offline });
      const { colour } = headlineOf(snapshot, "en");
      const html = await (await createStatusApp(sourceOf(snapshot)).request("/alarms")).text();
      assert.equal(/Nothing needs attention/.test(html), colour === "green", `${state}, ${name}: ${colour}`);
      seen.add(colour);
    }
  }
  assert.deepEqual([...seen].sort(), ["blue", "green", "red", "yellow"]);
});

Deno.test("an allowance without tickets is an alarm in the words of the sentence on top, in both languages", async () => {
  for (
    const [offline, english, chinese] of [
      [used, "The offline allowance is used up.", "离线额度已用完。"],
      [over, "The time of the offline allowance is over.", "离线额度已过期。"],
    ] as const
  ) {
    const app = createStatusApp(sourceOf(snapshotOf([stationIn("working")], { offline })));
    for (const [language, text] of [["en", english], ["zh-Hans", chinese]]) {
      const html = await (await app.request(`/alarms?lang=${language}`)).text();
      assert.match(html, new RegExp(`<li class="banner yellow"><a href="/health"><b>${text}</b></a></li>`));
      assert.match(html, /<span id="alarm-count">\(1\)</);
    }
  }
});
