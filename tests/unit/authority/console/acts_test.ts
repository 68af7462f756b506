/** Acts: a preview changes nothing and is what happens, a form counts once, STOP stops. @module */
import assert from "node:assert/strict";
import { acts } from "../../../../authority/console/acts.ts";
import { beginEpoch } from "../../../../authority/issuance/mod.ts";
import { hashApiKey } from "../../../../authority/signer/mod.ts";
import { insertApiKey } from "../../../../authority/store/mod.ts";
import { checkChain, LOG_START } from "../../../../authority/log/mod.ts";
import {
  enrolled,
  granted,
  openWorld,
  random,
  refusedCode,
  ticketRequest,
  uidOf,
  type World,
} from "../_world.ts";
import { hiddenFields, signedIn, Visitor } from "./_console.ts";
import { createFloor, type Floor } from "./_floor.ts";

/** Every table, as text: a preview must leave all of it as it is. */
function everything(world: World): string {
  const tables = world.db.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  );
  const rows = tables.map(({ name }) => [name, world.db.all(`SELECT * FROM ${name}`)]);
  return JSON.stringify(rows, (_, value) => value instanceof Uint8Array ? value.toHex() : value);
}

/** One address for each act, on a floor where it may be done. */
function addresses({ order, other, appliance, catalogue, lease }: Floor): Readonly<Record<string, string>> {
  const chip = (n: number) => `family=1&uid=${uidOf(n)}`;
  return {
    "order-raise": `order=${order}&by=7`,
    "order-lower": `order=${order}&by=3`,
    "order-freeze": `order=${order}`,
    "order-thaw": `order=${other}`,
    "order-dates": `order=${order}&from=2027-01-01&until=2027-12-31`,
    "order-rework": `order=${order}&allowed=no`,
    "order-confirm": `order=${order}`,
    "order-free": `order=${order}&units=1`,
    "lend": `order=${order}&appliance=${appliance.id}&units=20`,
    "stop-all": "",
    "stop-product": `product=${catalogue.product}`,
    "stop-appliance": `appliance=${appliance.id}`,
    "appliance-resume": `appliance=${appliance.id}`,
    "appliance-revoke": `appliance=${appliance.id}`,
    "renewal-approve": `appliance=${appliance.id}`,
    "renewal-decline": `appliance=${appliance.id}`,
    "lease-give-up": `lease=${lease.grant.lease}`,
    "device-deny": chip(3),
    "device-allow": chip(9),
    "device-lost": chip(4),
    "device-rework": chip(2),
    "device-recredit": chip(5),
  };
}

Deno.test("a preview of any act leaves every table as it is, and confirming it gives what was shown", async (t) => {
  const { world: sample, ...rest } = await createFloor();
  const names = Object.keys(addresses({ world: sample, ...rest }));
  sample.close();
  assert.deepEqual(names.sort(), Object.keys(acts).sort());
  for (const name of names) {
    await t.step(name, async () => {
      const floor = await createFloor();
      const { world } = floor;
      granted(await world.owner.changeOrder(floor.other, { change: "freeze" }));
      if (name.startsWith("renewal")) {
        world.clock.nowMs += 366 * 86_400_000;
        granted(await floor.appliance.client.renewal({ lent: 0, unreported: 0 }));
      }
      let place = world;
      if (name === "order-free") {
        beginEpoch(world.db, { known: [], nowMs: world.clock.nowMs, why: "restored" });
        place = openWorld(world.db, world.clock, world);
      }
      const owner = await signedIn(place);
      const query = addresses(floor)[name] ?? "";
      const path = `/console/acts/${name}${query === "" ? "" : `?${query}`}`;
      const before = everything(place);
      const preview = await owner.page(path);
      assert.equal(everything(place), before);
      assert(!preview.includes('role="alert"'), preview);
      const after = [
        ...preview.matchAll(/<td class="number"><span aria-hidden="true">→<\/span> (.*?)<\/td>/g),
      ];
      const tick = /<input type="checkbox" name="(\w+)"/.exec(preview)?.[1];
      const response = await owner.confirm(path, tick === undefined ? {} : { [tick]: "yes" });
      assert.equal(response.status, 303, await response.text());
      assert.notEqual(everything(place), before);
      // What was "after" in the preview is "before" in the next one, where there is a next one.
      const next = await owner.get(path);
      if (next.status === 200 && name === "order-raise") {
        assert.match(await next.text(), new RegExp(`<td class="number">${after[0]?.[1]}</td>`));
      }
      const location = response.headers.get("location") ?? "";
      assert.match(await owner.page(location), /role="status">✓/);
      checkChain(granted(await place.owner.log()).entries, LOG_START);
      place.close();
    });
  }
});

Deno.test("an act that asks for a tick is refused without it", async () => {
  const floor = await createFloor();
  const owner = await signedIn(floor.world);
  for (
    const [name, code] of [["lend", "offline-not-acknowledged"], ["device-recredit", "acknowledge-missing"]]
  ) {
    const path = `/console/acts/${name}?${addresses(floor)[name ?? ""]}`;
    const response = await owner.confirm(path);
    assert.equal(response.status, 422);
    assert((await response.text()).includes(code ?? ""));
  }
  floor.world.close();
});

Deno.test("a form sent twice counts once; another form counts again", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  const path = `/console/acts/order-raise?order=${order}&by=10`;
  const fields = hiddenFields(await owner.page(path), path);
  for (let n = 0; n < 3; n += 1) {
    assert.equal((await owner.post("/console/acts/order-raise", fields)).status, 303);
  }
  assert.equal(granted(await world.owner.order(order)).quota.granted, 110);
  assert.equal((await owner.confirm(path)).status, 303);
  assert.equal(granted(await world.owner.order(order)).quota.granted, 120);
  world.close();
});

Deno.test("a page tells that an act was done to whoever has just done it, and to nobody by an address alone", async () => {
  const { world, order } = await createFloor();
  const key = random(32);
  const named = { hash: hashApiKey(key.toHex()), name: "night shift", role: "owner" as const };
  world.db.transact(() => insertApiKey(world.db, { ...named, createdMs: world.clock.nowMs }));
  const owner = await signedIn(world);
  const sent = await owner.confirm(`/console/acts/order-raise?order=${order}&by=1`);
  const location = sent.headers.get("location") ?? "";
  const [page = "", mark = ""] = location.split("?done=");
  const colleague = new Visitor(world, "192.0.2.7");
  assert.equal((await colleague.signIn(key.toHex())).status, 303);
  const refusal = `/console/orders/${"0".repeat(32)}`;
  const id = mark.split(".")[1] ?? "";
  const rows: readonly (readonly [string, Visitor, string, number, boolean])[] = [
    ["who has just done it", owner, location, 200, true],
    ["an act that is named and was not done", owner, `${page}?done=stop-all`, 200, false],
    ["with a form that never was", owner, `${page}?done=stop-all.${"0".repeat(32)}`, 200, false],
    ["another act than the form's", owner, `${page}?done=stop-all.${id}`, 200, false],
    ["no act at all", owner, `${page}?done=toString.${id}`, 200, false],
    ["another owner", colleague, location, 200, false],
    ["a stranger", new Visitor(world), location, 401, false],
    ["the page to sign in", owner, `/console/sign-in?done=${mark}`, 200, false],
    ["a refusal", owner, `${refusal}?done=${mark}`, 404, false],
  ];
  for (const [what, visitor, path, status, tells] of rows) {
    const response = await visitor.get(path);
    assert.equal(response.status, status, what);
    assert.equal((await response.text()).includes('class="done"'), tells, what);
  }
  // Whoever opens the address again tomorrow has done nothing then.
  world.clock.nowMs += 60_000;
  assert(!(await owner.page(location)).includes('class="done"'));
  world.close();
});

Deno.test("a confirmation of what is not so any more is refused, and nothing is done", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  const path = `/console/acts/order-raise?order=${order}&by=10`;
  const fields = hiddenFields(await owner.page(path), path);
  granted(await world.owner.changeOrder(order, { change: "raise", by: 1 }));
  const response = await owner.post("/console/acts/order-raise", fields);
  assert.equal(response.status, 409);
  assert.match(await response.text(), /order-not-as-shown/);
  assert.equal(granted(await world.owner.order(order)).quota.granted, 101);
  world.close();
});

Deno.test("a preview of what would be refused says so with the remedy, and has no button", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  const page = await owner.page(`/console/acts/order-lower?order=${order}&by=5000`);
  assert.match(page, /order-below-use/);
  assert.match(page, /What helps/);
  assert(!page.includes('action="/console/acts/order-lower"'));
  world.close();
});

Deno.test("STOP in two clicks: no ticket for anybody from then on; what it cannot stop is said", async () => {
  const { world, appliance, catalogue } = await createFloor();
  const owner = await signedIn(world);
  // The first click: STOP stands on every page.
  for (const path of ["/console", "/console/devices", "/console/dates"]) {
    assert.match(await owner.page(path), /<a class="stop" href="\/console\/stop">/);
  }
  const page = await owner.page("/console/stop");
  assert.match(page, /up to 4 devices can still be made/);
  // The second one.
  const response = await owner.post("/console/acts/stop-all", hiddenFields(page, "/console/acts/stop-all"));
  assert.equal(response.status, 303);
  const answer = await appliance.client.ticket(ticketRequest(catalogue, uidOf(40)));
  assert.equal(refusedCode(answer), "order-frozen");
  world.close();
});

Deno.test("STOP for a site in two clicks, and back: no ticket until it is resumed, and its page says who knows", async () => {
  const { world, appliance, catalogue } = await createFloor();
  const owner = await signedIn(world);
  const ask = async (n: number) =>
    refusedCode(await appliance.client.ticket(ticketRequest(catalogue, uidOf(n))));
  assert.equal(await ask(41), "granted");
  // The first click is STOP on every page, the second one the site's button there.
  const page = await owner.page("/console/stop");
  assert.match(page, /STOP: line 1/);
  assert.match(page, /Until you resume it\. Lent, and stopped once it has heard: 4/);
  const stop = await owner.post(
    "/console/acts/stop-appliance",
    hiddenFields(page, "/console/acts/stop-appliance"),
  );
  assert.equal(stop.status, 303);
  assert.equal(await ask(42), "appliance-stopped");
  assert.match(await owner.page("/console/stop"), /STOP: line 1 · stopped; resume it on its own page/);
  const its = `/console/appliances/${appliance.id}`;
  const stopped = await owner.page(its);
  assert.match(stopped, /<dt>stopped<\/dt>/);
  assert.match(stopped, /it may make up to 4/);
  assert.match(stopped, /tag-awaiting/);
  const resume = `/console/acts/appliance-resume?appliance=${appliance.id}`;
  assert(stopped.includes(resume) && !stopped.includes("acts/stop-appliance"));
  assert.match(await owner.page(resume), /Resume an appliance/);
  assert.equal((await owner.confirm(resume)).status, 303);
  assert.equal(await ask(42), "granted");
  assert.match(await owner.page(its), /<dt>resumed<\/dt>/);
  assert.match(await owner.page(its, { "accept-language": "zh-CN" }), /<dt>恢复<\/dt>/);
  world.close();
});

Deno.test("a change and who knows of it: an appliance that does not say is called that, and no contact counts as knowing", async () => {
  const { world, order, appliance } = await createFloor();
  const owner = await signedIn(world);
  const path = `/console/orders/${order}`;
  world.clock.nowMs += 60_000;
  assert.equal((await owner.confirm(`/console/acts/order-raise?order=${order}&by=1`)).status, 303);
  const known = /data-head="Known there since"[^>]*>(.*?)<\/td>/;
  const said = async () => known.exec(await owner.page(path))?.[1] ?? "";
  // A raise leaves what is lent as it is.
  assert.match(await said(), /<strong>not yet heard<\/strong>/);
  world.clock.nowMs += 60_000;
  granted(await world.owner.changeOrder(order, { change: "freeze" }));
  // Five were lent and one of them was used.
  assert.match(await said(), /not yet heard; until then it may make up to 4/);
  world.clock.nowMs += 60_000;
  granted(await appliance.client.state());
  assert.match(await said(), /not told: its program does not say; it may make up to 4/);
  const chinese = await owner.page(path, { "accept-language": "zh-CN" });
  assert.match(chinese, /得知时间/);
  assert.match(chinese, /未告知：其程序不报告；最多可制造 4 个/);
  world.close();
});

Deno.test("the newest change stands in sight, the four before it folded, each with the appliances of its day", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  for (const change of ["freeze", "thaw", "freeze", "thaw", "freeze"] as const) {
    world.clock.nowMs += 60_000;
    granted(await world.owner.changeOrder(order, { change }));
  }
  world.clock.nowMs += 60_000;
  await enrolled(world, "line 2");
  const page = await owner.page(`/console/orders/${order}`);
  const section = /<h2>Changes, and who knows of them<\/h2>.*?<\/section>/s.exec(page)?.[0] ?? "";
  const heads = [...section.matchAll(/<h3>(\w+) ·/g)].map(([, word]) => word);
  assert.deepEqual(heads, ["frozen", "thawed", "frozen", "thawed", "frozen"]);
  assert(section.indexOf("<details>") > section.indexOf("<h3>"));
  assert.match(section, /Changes before it \(4\)/);
  assert(section.includes("line 1") && !section.includes("line 2"), "enrolled since: it knew nothing else");
  world.close();
});
