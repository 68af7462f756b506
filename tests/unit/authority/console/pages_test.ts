/** What the pages show: sums, words of both languages, zones, hours, CSV, proofs. @module */
import assert from "node:assert/strict";
import { dayOf, dayStarts, forecast } from "../../../../authority/console/forecast.ts";
import {
  proofBytes,
  readTrust,
  verifyCertificate,
  verifyReceipt,
  verifyTicket,
} from "../../../../authority/owner/mod.ts";
import { initialConfig, parseAuthorityConfig } from "../../../../authority/config.ts";
import { beginEpoch } from "../../../../authority/issuance/mod.ts";
import { granted, openWorld, uidOf } from "../_world.ts";
import { signedIn } from "./_console.ts";
import { createFloor } from "./_floor.ts";

const DAY_MS = 86_400_000;

Deno.test("the bar of an order shows every state, and its numbers are the sum granted", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  const page = await owner.page(`/console/orders/${order}`);
  const { granted: sum, ...states } = granted(await world.owner.order(order)).quota;
  const shown = (state: string) =>
    Number(
      new RegExp(`</svg>${state}<small>.*?</small></th><td class="number">(\\d+)</td>`).exec(page)?.[1],
    );
  const words = { ...states, lent: states.leased, made: states.committed };
  const counts = ["made", "keyed", "reserved", "lent", "free", "lost", "unaccounted"].map((word) => {
    assert.equal(shown(word), words[word as keyof typeof words], word);
    return shown(word);
  });
  assert.equal(counts.reduce((total, count) => total + count, 0), sum);
  const widths = [...page.matchAll(/<rect class="unit-\w+" x="[\d.]+" y="0" width="([\d.]+)" height="32"/g)];
  assert.equal(widths.length, counts.filter((count) => count > 0).length);
  assert.match(page, /Up to 4 devices can be made without asking this server/);
  assert.match(page, /Messages 2 \(keys given\)<\/dt><dd>at most 3 for each delivery/);
  world.close();
});

Deno.test("a language is asked for, kept in a cookie, or taken from the browser; codes stay the same", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  const asked = await owner.get("/console?lang=zh-Hans");
  assert.match(await asked.text(), /<html lang="zh-Hans">/);
  assert.match(asked.headers.getSetCookie().join(), /^__Host-flashseal-language=zh-Hans; Path=\/; .*Secure/);
  assert.match(
    await owner.page("/console", { "accept-language": "zh-CN,zh;q=0.9" }),
    /<html lang="zh-Hans">/,
  );
  assert.match(await owner.page("/console", { "accept-language": "fr" }), /<html lang="en">/);
  const kept = `${owner.cookie}; __Host-flashseal-language=zh-Hans`;
  assert.match(await owner.page("/console", { cookie: kept }), /已授权/);
  assert.match(await owner.page("/console?lang=en", { cookie: kept }), /<html lang="en">/);
  const refused = await owner.get(`/console/orders/${"0".repeat(32)}?lang=zh-Hans`);
  assert.match(await refused.text(), /<code>order-unknown<\/code>/);
  world.close();
});

Deno.test("an appliance's hours of contact are shown, one row for each hour and two days of them", async () => {
  const { world, appliance } = await createFloor();
  const hour = 3_600_000;
  const beginMs = world.clock.nowMs;
  for (let n = 1; n <= 60; n += 1) {
    world.clock.nowMs = beginMs + n * hour;
    if (n % 2 === 0) {
      granted(await appliance.client.state());
      granted(await appliance.client.state());
    }
  }
  const owner = await signedIn(world);
  const page = await owner.page(`/console/appliances/${appliance.id}`);
  assert.match(page, /heard of in 12 of the last 24 hours/);
  assert.equal([...page.matchAll(/class="heard"/g)].length, 12);
  assert.equal(world.db.one("SELECT count(*) AS n FROM contact_hours")["n"], 24);
  world.close();
});

Deno.test("devices come as CSV: UTF-8, ISO times, a name that is no formula, the same in every language", async () => {
  const { world } = await createFloor();
  world.db.run("UPDATE orders SET name = '=cmd(\"x\"),二' WHERE name = 'spring'");
  const owner = await signedIn(world);
  const response = await owner.get("/console/devices.csv?lang=zh-Hans");
  assert.equal(response.headers.get("content-type"), "text/csv; charset=utf-8");
  const text = await response.text();
  const [heads, ...rows] = text.split("\r\n");
  assert.match(heads ?? "", /^uid,family,state,order,/);
  assert.equal(rows.pop(), "");
  assert.equal(rows.length, world.db.one("SELECT count(*) AS n FROM units")["n"]);
  assert(rows.every((row) => /,\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z,/.test(row)), text);
  assert(rows.every((row) => row.includes(`"'=cmd(""x""),二"`)), text);
  assert.equal(text, await (await owner.get("/console/devices.csv?lang=en")).text());
  world.close();
});

Deno.test("the proofs of a device, as they are downloaded, hold by flashseal verify", async () => {
  const { world, catalogue } = await createFloor();
  const owner = await signedIn(world);
  const file = new TextEncoder().encode(await owner.page(`/console/devices/1/${uidOf(2)}/proofs.json`));
  const trust = readTrust(new TextEncoder().encode(await owner.page("/v1/trust")));
  const certificate = verifyCertificate(proofBytes("certificate", file).bytes, {
    publicKey: catalogue.certificateKey,
  });
  assert(certificate.holds, JSON.stringify(certificate));
  assert(verifyTicket(proofBytes("ticket", file).bytes, trust).holds);
  const { bytes, statement } = proofBytes("receipt", file);
  assert(statement !== undefined);
  assert(verifyReceipt({ record: bytes, statement }, trust).holds);
  const offline = new TextEncoder().encode(await owner.page(`/console/devices/1/${uidOf(20)}/proofs.json`));
  const lent = verifyCertificate(proofBytes("certificate", offline).bytes, {
    publicKey: catalogue.certificateKey,
  });
  assert(lent.holds, JSON.stringify(lent));
  world.close();
});

Deno.test("a device's whole life is there: tickets, keys, receipts, rework, denial, what the appliance says", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  const reworked = await owner.page(`/console/devices/1/${uidOf(1)}`);
  for (
    const word of ["ticket", "key given (message 2)", "receipt checked: made", "a person decided", "rework"]
  ) {
    assert(reworked.includes(word), word);
  }
  assert.match(await owner.page(`/console/devices/1/${uidOf(9)}`), /denied.*a person decided/s);
  assert.match(await owner.page(`/console/devices/1/${uidOf(20)}`), /made with a lent unit/);
  assert.match(await owner.page(`/console/devices/1/${uidOf(20)}`), /the appliance&#39;s word/);
  world.close();
});

Deno.test("search finds a chip by the beginning of its UID; one hit is its page", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  const whole = await owner.get(`/console/devices?uid=${uidOf(4).toUpperCase()}`);
  assert.equal(whole.headers.get("location"), `/console/devices/1/${uidOf(4)}`);
  const many = await owner.page("/console/devices?uid=aaaaa");
  for (const n of [1, 2, 9, 20]) assert(many.includes(uidOf(n)), uidOf(n));
  assert.match(await owner.page("/console/devices?uid=bbbb"), /No device is known by this UID/);
  assert.equal((await owner.get("/console/devices?uid=xyz")).status, 400);
  world.close();
});

Deno.test("products show their classes with the sentences that were acknowledged, dates what ends when", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  const products = await owner.page("/console/products");
  assert.match(products, /Device class <strong class="class">C</);
  assert.match(products, /software that imitates one chip gets the release&#39;s key/);
  assert.match(products, /Lock class <strong class="class">2</);
  assert.match(products, /RAM is not measured on silicon/);
  assert.match(products, /whoever takes the appliance&#39;s disk gets the clear firmware/);
  assert.match(products, /Acknowledged on/);
  // D§4: what cannot be promised is said where a person decides.
  for (
    const limit of ["root on this server", "quantum computer", "not FIPS validated", "model and QEMU only"]
  ) {
    assert(products.includes(limit), limit);
  }
  const dates = await owner.page("/console/dates");
  for (const what of ["Order spring", "Lease of 4 units to line 1", "Standing of line 1", "API key first"]) {
    assert(dates.includes(what), what);
  }
  world.close();
});

Deno.test("forecast() says a day where there is a rate, and otherwise what is missing", () => {
  const nowMs = 1_800_000_000_000;
  const old = { nowMs, createdAtMs: nowMs - 100 * DAY_MS, stopped: false };
  assert.deepEqual(forecast({ ...old, left: 70, made: 70 }), {
    says: "day",
    days: 7,
    rate: 10,
    atMs: nowMs + 7 * DAY_MS,
  });
  assert.equal(forecast({ ...old, left: 0, made: 70 }).says, "spent");
  assert.equal(forecast({ ...old, left: 5, made: 0 }).says, "none");
  assert.equal(forecast({ ...old, left: 5, made: 9 }).says, "little");
  assert.equal(forecast({ ...old, left: 1_000_000, made: 10 }).says, "far");
  assert.equal(forecast({ ...old, left: 5, made: 70, stopped: true }).says, "stopped");
  const young = { nowMs, createdAtMs: nowMs - 2 * DAY_MS, stopped: false, left: 30, made: 20 };
  assert.deepEqual(forecast(young), { says: "day", days: 2, rate: 10, atMs: nowMs + 3 * DAY_MS });
  assert.equal(forecast({ ...young, createdAtMs: nowMs - DAY_MS / 2 }).says, "little");
});

Deno.test("dayStarts() begins days where the zone does, over a change of the clocks too", () => {
  const rows = [
    ["UTC", "2026-03-31T12:00:00Z", "2026-03-31T00:00:00.000Z"],
    ["Asia/Shanghai", "2026-03-31T17:00:00Z", "2026-03-31T16:00:00.000Z"],
    ["Europe/Berlin", "2026-03-29T20:00:00Z", "2026-03-28T23:00:00.000Z"],
    ["Europe/Berlin", "2026-10-25T20:00:00Z", "2026-10-24T22:00:00.000Z"],
    ["Asia/Kathmandu", "2026-03-31T12:00:00Z", "2026-03-30T18:15:00.000Z"],
  ] as const;
  for (const [zone, now, today] of rows) {
    const starts = dayStarts(Date.parse(now), zone, 14);
    assert.equal(new Date(starts.at(-2) ?? 0).toISOString(), today, zone);
    assert.equal(starts.length, 15);
    assert.deepEqual([...new Set(starts.map((start) => dayOf(start, zone)))].length, 15, zone);
    assert(starts.every((start, index) => index === 0 || start > (starts[index - 1] ?? 0)), zone);
  }
});

Deno.test("times are shown in the site's zone with its offset", async () => {
  const { world, order } = await createFloor();
  const place = openWorld(world.db, world.clock, world, { zone: "Asia/Shanghai" });
  const owner = await signedIn(place);
  const page = await owner.page(`/console/orders/${order}`);
  assert.match(page, />2027-01-15 15:59:50 \+08:00<\/time>/);
  assert.match(page, /Times of Asia\/Shanghai/);
  place.close();
});

Deno.test("after a restore the page says what waits; a confirmed order gives units again, freed ones with their warning", async () => {
  const { world, order } = await createFloor();
  beginEpoch(world.db, { known: [], nowMs: world.clock.nowMs, why: "restored" });
  const place = openWorld(world.db, world.clock, world);
  const owner = await signedIn(place);
  assert.match(
    await owner.page("/console"),
    /The server was restored on .*2 orders give nothing until you confirm/s,
  );
  const page = await owner.page(`/console/orders/${order}`);
  assert.match(page, /awaits your word/);
  assert.match(page, /Confirm the order …/);
  assert.equal((await owner.confirm(`/console/acts/order-confirm?order=${order}`)).status, 303);
  assert.equal(granted(await place.owner.order(order)).awaiting, false);
  const free = `/console/acts/order-free?order=${order}&units=2`;
  assert.match(await owner.page(free), /WARNING: up to 2 devices may exist/);
  assert.equal((await owner.confirm(free)).status, 422);
  assert.equal((await owner.confirm(free, { deviceMayExist: "yes" })).status, 303);
  assert.equal(granted(await place.owner.order(order)).quota.free, 2);
  place.close();
});

Deno.test("a frozen appliance stands on the first page, with the reason and the chips on its own", async () => {
  const { world, appliance } = await createFloor();
  world.db.run(
    "UPDATE appliances SET frozen_ms = ?, frozen_because = 'put-back', frozen_uids = ?",
    world.clock.nowMs,
    JSON.stringify([uidOf(2)]),
  );
  const owner = await signedIn(world);
  assert.match(await owner.page("/console"), /Appliance line 1 is frozen\./);
  const page = await owner.page(`/console/appliances/${appliance.id}`);
  assert.match(page, /its disk was put back to an earlier state/);
  assert(page.includes(uidOf(2)));
  world.close();
});

Deno.test("config.json names the site's zone, one that there is", () => {
  const config = (zone: string) => JSON.stringify({ ...initialConfig, zone });
  assert.equal(parseAuthorityConfig(config("Asia/Shanghai")).zone, "Asia/Shanghai");
  assert.throws(() => parseAuthorityConfig(config("Mars/Base")), /zone/);
  const { zone: _zone, ...without } = initialConfig;
  assert.equal(parseAuthorityConfig(JSON.stringify(without)).zone, "UTC");
});
