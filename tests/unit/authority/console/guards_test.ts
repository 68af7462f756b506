/** The guards of the owner's page, as tables: address × who asks × answer. @module */
import assert from "node:assert/strict";
import { addressGroup, CALLERS_MOST, Limiter } from "../../../../authority/console/limiter.ts";
import { acts } from "../../../../authority/console/acts.ts";
import { uidOf } from "../_world.ts";
import { hiddenFields, OWN_FORM, signedIn, Visitor } from "./_console.ts";
import { createFloor, type Floor } from "./_floor.ts";

/** Every address that shows something, with what a signed-in owner gets. */
function showing({ order, appliance }: Floor): readonly (readonly [string, number])[] {
  return [
    ["/console", 200],
    ["/console?page=1", 200],
    [`/console/orders/${order}`, 200],
    [`/console/orders/${"0".repeat(32)}`, 404],
    ["/console/orders/nonsense", 400],
    ["/console/appliances", 200],
    [`/console/appliances/${appliance.id}`, 200],
    [`/console/appliances/${"0".repeat(16)}`, 404],
    ["/console/devices", 200],
    ["/console/devices?uid=aaaa", 200],
    ["/console/devices.csv", 200],
    [`/console/devices/1/${uidOf(1)}`, 200],
    [`/console/devices/1/${uidOf(1)}/proofs.json`, 200],
    [`/console/devices/1/${uidOf(77)}`, 404],
    ["/console/products", 200],
    ["/console/dates", 200],
    ["/console/stop", 200],
    [`/console/acts/order-raise?order=${order}&by=1`, 200],
    ["/console/acts/order-raise", 400],
    ["/console/acts/toString", 404],
    ["/console/nothing", 404],
  ];
}

Deno.test("address × who: a stranger, a stale cookie and another server's get 401 everywhere, an owner the page", async () => {
  const floor = await createFloor();
  const { world } = floor;
  const owner = await signedIn(world);
  const stranger = new Visitor(world);
  const stale = new Visitor(world);
  stale.cookie = `__Host-flashseal-session=${"ab".repeat(32)}`;
  const odd = new Visitor(world);
  odd.cookie = "__Host-flashseal-session=x; __Host-flashseal-session=";
  for (const [path, status] of showing(floor)) {
    for (const nobody of [stranger, stale, odd]) {
      const response = await nobody.get(path);
      const text = await response.text();
      assert.equal(response.status, 401, path);
      assert(!text.includes("spring") && !text.includes("line 1") && !text.includes(uidOf(1)), path);
    }
    assert.equal((await owner.get(path)).status, status, path);
  }
  for (const path of ["/console/sign-in", "/console/style.css", "/console/live.js", "/console/icon.svg"]) {
    assert.equal((await stranger.get(path)).status, 200, path);
  }
  // The API key of the owner's routes opens no page, and the session no route.
  const bearer = { authorization: `Bearer ${world.apiKey}` };
  assert.equal((await stranger.get("/console", bearer)).status, 401);
  assert.equal((await owner.get("/v1/owner/orders")).status, 401);
  world.close();
});

Deno.test("act × who × form: nothing is done without session, the session's proof and this origin", async () => {
  const floor = await createFloor();
  const { world, order } = floor;
  const owner = await signedIn(world);
  const other = await signedIn(world, "192.0.2.9");
  const path = `/console/acts/order-raise?order=${order}&by=1`;
  const fields = hiddenFields(await owner.page(path), path);
  const foreign = hiddenFields(await other.page(path), path);
  const granted = () => world.db.one("SELECT granted FROM orders WHERE id = ?", order)["granted"];
  const before = granted();
  const { proof: _proof, ...unproven } = fields;
  const rows: readonly (readonly [string, Record<string, string>, Record<string, string>, number])[] = [
    ["no session", fields, { cookie: "" }, 401],
    ["no proof", unproven, {}, 403],
    ["an empty proof", { ...fields, proof: "" }, {}, 403],
    ["the proof of another session", { ...fields, proof: foreign["proof"] ?? "" }, {}, 403],
    ["a wrong proof", { ...fields, proof: "0".repeat(64) }, {}, 403],
    ["another site's form", fields, { "sec-fetch-site": "cross-site" }, 403],
    ["a sibling host's form", fields, { "sec-fetch-site": "same-site" }, 403],
    ["another origin", fields, { origin: "https://evil.test", "sec-fetch-site": "" }, 403],
    ["a hidden origin", fields, { origin: "null", "sec-fetch-site": "" }, 403],
    ["a browser that says nothing", fields, { origin: "", "sec-fetch-site": "" }, 403],
    ["another kind of body", fields, { "content-type": "text/plain" }, 400],
  ];
  for (const [what, form, headers, status] of rows) {
    const response = await owner.post("/console/acts/order-raise", form, headers);
    assert.equal(response.status, status, what);
    assert.equal(granted(), before, what);
  }
  assert.equal((await owner.post("/console/acts/order-raise", fields)).status, 303);
  assert.equal(granted(), Number(before) + 1);
  world.close();
});

Deno.test("every act asks for the same proof: each of them without one is refused", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world);
  for (const name of Object.keys(acts)) {
    assert.equal((await owner.post(`/console/acts/${name}`, {})).status, 403, name);
  }
  assert.equal((await owner.post("/console/sign-out", {})).status, 403);
  assert.equal((await owner.get("/console")).status, 200);
  world.close();
});

Deno.test("signing in is refused from another site: nobody is signed in as somebody else without knowing", async () => {
  const { world } = await createFloor();
  const visitor = new Visitor(world);
  const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.test" };
  const response = await visitor.post("/console/sign-in", { apiKey: world.apiKey }, headers);
  assert.equal(response.status, 403);
  assert.equal(visitor.cookie, "");
  world.close();
});

Deno.test("every answer has the strict headers, and no page has a style, a script or a handler in its text", async () => {
  const floor = await createFloor();
  const owner = await signedIn(floor.world);
  for (const [path] of [...showing(floor), ["/console/sign-in"], ["/console/style.css"]] as const) {
    const response = await owner.get(path);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /script-src 'self'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.match(policy, /form-action 'self'/, path);
    assert.match(policy, /base-uri 'none'/, path);
    assert(!/unsafe|\*|data:|https?:/.test(policy), path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(response.headers.get("referrer-policy"), "same-origin", path);
    assert.equal(response.headers.get("cross-origin-opener-policy"), "same-origin", path);
    const text = await response.text();
    if (!(response.headers.get("content-type") ?? "").startsWith("text/html")) continue;
    assert.equal(response.headers.get("cache-control"), "no-store", path);
    assert(!/<style|<script(?![^>]* src="\/console\/)|\sstyle=|\son[a-z]+=|javascript:/i.test(text), path);
    assert(!/(?:src|href|action)="(?!\/|#)/.test(text), path);
  }
  floor.world.close();
});

Deno.test("signing in: 5 wrong keys, then a wait that doubles; a right key never waits, at no address, and is forgiven", async () => {
  const { world } = await createFloor();
  const guesser = new Visitor(world, "203.0.113.5");
  const wrong = "0".repeat(64);
  for (let n = 0; n < 5; n += 1) assert.equal((await guesser.signIn(wrong)).status, 401);
  const waits: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    const response = await guesser.signIn(wrong);
    assert.equal(response.status, 429);
    waits.push(Number(response.headers.get("retry-after")));
    world.clock.nowMs += 1000 * (waits.at(-1) ?? 0);
    assert.equal((await guesser.signIn(wrong)).status, 401);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  assert.equal((await new Visitor(world, "203.0.113.6").signIn(world.apiKey)).status, 303);
  // The owner behind the same NAT or proxy as whoever guesses: STOP stays in reach.
  assert.equal((await guesser.signIn(wrong)).status, 429);
  const owner = new Visitor(world, "203.0.113.5");
  assert.equal((await owner.signIn(world.apiKey)).status, 303);
  assert.equal((await owner.get("/console/stop")).status, 200);
  assert.equal((await guesser.signIn(wrong)).status, 401);
  world.close();
});

Deno.test("forms: 60 at once in a session, one a second more, then 429; another session of the address goes on", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world, "203.0.113.7");
  const other = await signedIn(world, "203.0.113.7");
  const statuses: number[] = [];
  for (let n = 0; n < 62; n += 1) {
    statuses.push((await owner.post("/console/acts/order-raise", { order })).status);
  }
  assert(statuses.slice(0, 60).every((status) => status === 403), statuses.join());
  assert.deepEqual(statuses.slice(-2), [429, 429]);
  // Signed in still: the page says how long to wait, and asks for no API key.
  const refused = await owner.post("/console/acts/order-raise", { order });
  assert(!(await refused.text()).includes('name="apiKey"'));
  assert.equal((await owner.get("/console")).status, 200);
  assert.equal((await other.post("/console/acts/order-raise", { order })).status, 403);
  world.clock.nowMs += 60_000;
  assert.equal((await owner.post("/console/acts/order-raise", { order })).status, 403);
  world.close();
});

Deno.test("STOP is in reach whatever other sites and strangers send from the owner's address", async () => {
  const { world } = await createFloor();
  const owner = await signedIn(world, "203.0.113.9");
  const stop = hiddenFields(await owner.page("/console/stop"), "/console/acts/stop-all");
  const stranger = new Visitor(world, "203.0.113.9");
  const elsewhere = { "sec-fetch-site": "cross-site", origin: "https://evil.test" };
  const seen = new Set<number>();
  for (let n = 0; n < 100; n += 1) {
    // Another site in the owner's own browser, with whatever cookies it has; then a stranger who forges what browsers say.
    assert.equal((await owner.post("/console/acts/stop-all", {}, elsewhere)).status, 403);
    assert.equal((await owner.post("/console/sign-in", {}, elsewhere)).status, 403);
    seen.add((await stranger.post("/console/acts/stop-all", {})).status);
  }
  assert.deepEqual([...seen], [401, 429]);
  assert.equal((await owner.post("/console/acts/stop-all", stop)).status, 303);
  // What other sites sent has not cost the owner a try to sign in either.
  assert.equal((await new Visitor(world, "203.0.113.9").signIn(world.apiKey)).status, 303);
  world.close();
});

Deno.test("a hand's rate is never slowed down, and no session waits longer than 8 s", async () => {
  const { world, order } = await createFloor();
  const owner = await signedIn(world);
  for (let n = 0; n < 200; n += 1) {
    world.clock.nowMs += 1000;
    assert.equal((await owner.post("/console/acts/order-raise", { order })).status, 403, `form ${n}`);
  }
  let waitMost = 0;
  for (let n = 0; n < 200; n += 1) {
    const response = await owner.post("/console/acts/order-raise", { order });
    const wait = Number(response.headers.get("retry-after") ?? 0);
    waitMost = Math.max(waitMost, wait);
    world.clock.nowMs += wait * 1000;
  }
  assert(waitMost > 1 && waitMost <= 8, `${waitMost} s`);
  world.close();
});

Deno.test("Limiter remembers a bounded number of addresses, those heard of last", () => {
  const limiter = new Limiter({ burst: 1, forgiveMs: 60_000, waitMs: 1000, waitMostMs: 8000 });
  for (let n = 0; n < CALLERS_MOST * 2; n += 1) limiter.admit(`address ${n}`, n);
  assert.equal(limiter.size, CALLERS_MOST);
  const last = CALLERS_MOST * 2;
  assert(limiter.admit(`address ${last - 1}`, last) > 0);
});

Deno.test("Limiter: the wait doubles up to its bound, also where waiting takes longer than forgiving", () => {
  const limiter = new Limiter({ burst: 2, forgiveMs: 1500, waitMs: 1000, waitMostMs: 12_000 });
  let nowMs = 0;
  const waits: number[] = [];
  limiter.admit("one", nowMs);
  for (let n = 0; n < 40; n += 1) {
    assert.equal(limiter.admit("one", nowMs), 0);
    const wait = limiter.admit("one", nowMs);
    // Asking meanwhile lengthens nothing, and shortens nothing.
    assert.equal(limiter.admit("one", nowMs + wait - 1), 1);
    waits.push(wait);
    nowMs += wait;
  }
  assert.deepEqual(waits.slice(0, 5), [1000, 2000, 4000, 8000, 12_000]);
  assert(waits.slice(4).every((wait) => wait === 12_000));
  // Five doublings are forgiven one by one, and a try that costs nothing comes after them: not after forty.
  nowMs += 7 * 1500;
  assert.equal(limiter.admit("one", nowMs), 0);
  assert.equal(limiter.admit("one", nowMs), 0);
});

Deno.test("Limiter: tries at the rate that it forgives never wait, however unevenly they come", () => {
  const limiter = new Limiter({ burst: 3, forgiveMs: 1000, waitMs: 1000, waitMostMs: 8000 });
  let nowMs = 0;
  for (let n = 0; n < 100; n += 1) {
    assert.equal(limiter.admit("one", nowMs), 0, `try ${n}`);
    nowMs += n % 2 === 0 ? 500 : 1500;
  }
});

Deno.test("addressGroup() takes half of an IPv6 address, and an IPv4 one in IPv6 for what it is", () => {
  const rows: readonly (readonly [string | undefined, string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:0:1::7", "2001:db8:0:1"],
    ["2001:0db8:0000:0001:9:8:7:6", "2001:db8:0:1"],
    ["::1", "0:0:0:0"],
    [undefined, "unknown"],
  ];
  for (const [address, group] of rows) assert.equal(addressGroup(address), group);
});

Deno.test("what a browser sends with its own form is taken, and is what the tests send", () => {
  assert.deepEqual(Object.keys(OWN_FORM), ["content-type", "origin", "sec-fetch-site"]);
});

Deno.test("names are text wherever they stand: markup in one is shown, never obeyed", async () => {
  const floor = await createFloor();
  const { world, order } = floor;
  const name = `"><script>x</script><img src=x onerror=y>'`;
  world.db.run("UPDATE orders SET name = ? WHERE id = ?", name, order);
  world.db.run("UPDATE appliances SET name = ?", name);
  world.db.run("UPDATE products SET name = ?", name);
  const owner = await signedIn(world);
  let seen = 0;
  for (const [path, status] of showing(floor)) {
    const response = await owner.get(path);
    if (status !== 200 || !(response.headers.get("content-type") ?? "").startsWith("text/html")) continue;
    const text = await response.text();
    assert(!text.includes("<script>x") && !text.includes("<img"), path);
    if (text.includes("&lt;script&gt;x")) seen += 1;
  }
  assert(seen >= 8, `only ${seen} pages have the name`);
  world.close();
});
