/** What the pages draw and find: the burn-down with its forecast, hours of contact, the end of a UID, pages without content. @module */
import assert from "node:assert/strict";
import { BY_END } from "../../../../authority/store/mod.ts";
import { cannotRestore, RestorePlace } from "../_epochs.ts";
import { scene } from "../_vault.ts";
import { createCatalogue, createOrder, createWorld, delivered, enrolled, granted, uidOf } from "../_world.ts";
import { signedIn } from "./_console.ts";
import { createFloor } from "./_floor.ts";

const DAY_MS = 86_400_000;

Deno.test("the burn-down has one scale, its first and last value, and a dashed line to the day of the forecast", async () => {
  const world = createWorld();
  const catalogue = await createCatalogue(world, "Widget");
  const order = await createOrder(world, catalogue, 20);
  const appliance = await enrolled(world, "line 1");
  for (let n = 1; n <= 12; n += 1) {
    await delivered(world, appliance, catalogue, uidOf(n));
    if (n % 4 === 0) world.clock.nowMs += DAY_MS;
  }
  const owner = await signedIn(world);
  const page = await owner.page(`/console/orders/${order}`);
  // 12 made within 3 days: the 8 that are left are used up in 2.
  assert.match(page, /\(4\.0 a day\) used up on (\d{4}-\d\d-\d\d)/);
  const [, day = ""] = /used up on (\d{4}-\d\d-\d\d)/.exec(page) ?? [];
  const ends = /<p class="ends">(.*?)<\/p>/s.exec(page)?.[1] ?? "";
  assert.match(ends, /<span>\d{4}-\d\d-\d\d: 20<\/span><span>\d{4}-\d\d-\d\d: 8<\/span>/);
  assert(ends.includes(`<span>${day}: 0</span>`), ends);
  // On one scale: four made are as high as four of those that are left.
  const svg = /<svg class="days".*?<\/svg>/s.exec(page)?.[0] ?? "";
  // It ends on the axis: nothing is left on that day.
  assert.match(svg, /<line class="line ahead" x1="[\d.]+" y1="[\d.]+" x2="[\d.]+" y2="159\.0"/);
  const heights = [...svg.matchAll(/height="([\d.]+)"/g)].map(([, height]) => Number(height));
  const points = (/points="([^"]+)"/.exec(svg)?.[1] ?? "").split(" ").map((pair) =>
    159 - Number(pair.split(",")[1])
  );
  const four = Math.max(...heights);
  assert(Math.abs((points[0] ?? 0) / four - 20 / 4) < 0.05, `${points[0]} / ${four}`);
  assert(Math.abs((points.at(-1) ?? 0) / four - 8 / 4) < 0.05, `${points.at(-1)} / ${four}`);
  world.close();
});

Deno.test("what is unaccounted for is not used up: the forecast says so, and no day", {
  ignore: cannotRestore,
}, async () => {
  const place = new RestorePlace();
  try {
    const { order } = await scene(place.world, 16, 0);
    const backup = await place.backup();
    await place.restore(backup);
    await place.confirm(order);
    const owner = await signedIn(place.world);
    const page = await owner.page(`/console/orders/${order}`);
    assert.match(page, /No forecast: nothing is free, and 16 are unaccounted for/);
    assert.doesNotMatch(page, /Used up: nothing is left to make/);
  } finally {
    place.close();
  }
});

Deno.test("hours before an appliance was enrolled are no silence: they are not drawn, and not counted", async () => {
  const world = createWorld();
  await createCatalogue(world, "Widget");
  const appliance = await enrolled(world, "line 1");
  world.clock.nowMs += 2 * 3_600_000;
  granted(await appliance.client.state());
  const owner = await signedIn(world);
  const page = await owner.page(`/console/appliances/${appliance.id}`);
  assert.match(page, /heard of in \d of the 3 h since it was enrolled/);
  assert.equal([...page.matchAll(/<rect class="(?:heard|silent)"/g)].length, 3);
  assert.match(
    await owner.page(`/console/appliances/${appliance.id}`, { "accept-language": "zh-CN" }),
    /登记后 3 小时中/,
  );
  world.close();
});

Deno.test("search finds a chip by the end of its UID, by an index, whatever it is known from", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  // Delivered, with a ticket alone, denied alone; an odd number of digits too.
  for (const n of [2, 6, 9, 20]) {
    for (const digits of [6, 5, 4]) {
      const response = await owner.get(`/console/devices?uid=${uidOf(n).slice(-digits).toUpperCase()}`);
      assert.equal(response.headers.get("location"), `/console/devices/1/${uidOf(n)}`, `${n}, ${digits}`);
    }
  }
  // Not what ends otherwise before those digits.
  assert.match(
    await owner.page(`/console/devices?uid=b${uidOf(2).slice(-5)}`),
    /No device is known by this UID/,
  );
  const plan = world.db.all(`EXPLAIN QUERY PLAN ${BY_END}`, 1, Uint8Array.of(0, 2), -4, "0002", 50)
    .map(({ detail }) => String(detail));
  for (const index of ["units_by_end", "tickets_by_end"]) {
    assert(plan.some((line) => line.includes(index)), plan.join("\n"));
  }
  assert(!plan.some((line) => /SCAN (?:units|tickets)/.test(line)), plan.join("\n"));
  world.close();
});

Deno.test("a page beyond the last one says that there is nothing, and a device's page has the three commands", async () => {
  const { world, catalogue } = await createFloor();
  const owner = await signedIn(world);
  for (const path of ["/console?page=99999", "/console/appliances?page=7"]) {
    assert.match(await owner.page(path), /There is nothing on this page\./, path);
  }
  const uid = uidOf(2);
  const page = await owner.page(`/console/devices/1/${uid}`);
  const file = `flashseal-device-${uid}.json`;
  const proofs = await owner.get(`/console/devices/1/${uid}/proofs.json`);
  assert(proofs.headers.get("content-disposition")?.includes(file));
  const key = catalogue.certificateKey.toHex();
  for (
    const command of [
      `flashseal verify certificate ${file} --key ${key} --uid ${uid}`,
      `flashseal verify ticket ${file} --trust flashseal-trust.json`,
      `flashseal verify receipt ${file} --trust flashseal-trust.json`,
    ]
  ) {
    assert(page.includes(command), command);
  }
  world.close();
});
