/** Tiles that are kept from one look to the next show what is so now. @module */
import assert from "node:assert/strict";
import { createStatusApp } from "../../../../agent/status/mod.ts";
import { snapshotOf, sourceOf, stationIn } from "./_source.ts";

Deno.test("a tile is drawn anew when its station, its tally, its number or the language changes", async () => {
  const first = stationIn("working", 1);
  let snapshot = snapshotOf([first, stationIn("ready", 2)]);
  const app = createStatusApp(sourceOf(() => snapshot));
  const page = async (language = "en") => await (await app.request(`/?lang=${language}`)).text();
  const tileOf = (html: string) =>
    /<li class="tile[^>]*id="tile-station-1"[\s\S]*?<\/li>/.exec(html)?.[0] ?? "";
  const before = tileOf(await page());
  assert.match(before, /good 60/i);
  assert.equal(tileOf(await page()), before);
  snapshot = { ...snapshot, tallies: { ...snapshot.tallies, "station-1": { good: 61, bad: 1 } } };
  assert.match(tileOf(await page()), /good 61/i);
  assert.match(tileOf(await page("zh-Hans")), /良品 61|61/);
  assert.doesNotMatch(tileOf(await page("zh-Hans")), /good/i);
  // A station whose name has no number gives every tile the number of its place.
  const { tallies } = snapshot;
  snapshot = snapshotOf([{ ...stationIn("ready", 2), station: "spare" }, first], { tallies });
  assert.match(tileOf(await page()), /class="number">2</);
  snapshot = snapshotOf([{ ...first, progress: { done: 12, total: 19 } }]);
  assert.match(tileOf(await page()), /12\/19/);
});
