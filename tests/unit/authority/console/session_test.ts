/** Sessions: what is stored, and what ends one. @module */
import assert from "node:assert/strict";
import { announceNextKeys, switchKeys } from "../../../../authority/key_set.ts";
import { beginEpoch } from "../../../../authority/issuance/mod.ts";
import { SESSIONS_MOST } from "../../../../authority/store/mod.ts";
import { Secret, signingKeyPairOf } from "../../../../bootloader/suite/mod.ts";
import { createWorld, openWorld, random } from "../_world.ts";
import { signedIn, Visitor } from "./_console.ts";

const HOUR_MS = 3_600_000;

Deno.test("a session is stored as a hash with its end; neither its secret nor the API key stands in the database", async () => {
  const world = createWorld();
  const visitor = await signedIn(world);
  const secret = visitor.cookie.split("=")[1] ?? "";
  assert.match(secret, /^[0-9a-f]{64}$/);
  const [row, ...others] = world.db.all("SELECT * FROM console_sessions");
  assert.equal(others.length, 0);
  assert.equal(row?.["ends_ms"], world.clock.nowMs + 8 * HOUR_MS);
  const everything = JSON.stringify(
    row,
    (_, value) => value instanceof Uint8Array ? value.toHex() : value,
  );
  assert(!everything.includes(secret) && !everything.includes(world.apiKey));
  world.close();
});

Deno.test("the cookie is __Host-, Secure, HttpOnly, SameSite=Strict, for this host's root alone", async () => {
  const world = createWorld();
  const response = await new Visitor(world).signIn(world.apiKey);
  const [cookie = ""] = response.headers.getSetCookie();
  assert.match(
    cookie,
    /^__Host-flashseal-session=[0-9a-f]{64}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/,
  );
  world.close();
});

Deno.test("a session ends at its time, at sign-out and with its API key", async (t) => {
  const open = async (visitor: Visitor) => (await visitor.get("/console")).status;
  await t.step("at its time", async () => {
    const world = createWorld();
    const visitor = await signedIn(world);
    world.clock.nowMs += 8 * HOUR_MS - 1;
    assert.equal(await open(visitor), 200);
    world.clock.nowMs += 1;
    assert.equal(await open(visitor), 401);
    world.close();
  });
  await t.step("at sign-out, for whoever kept the cookie too", async () => {
    const world = createWorld();
    const visitor = await signedIn(world);
    const { cookie } = visitor;
    const proof = /name="proof" value="([0-9a-f]+)"/.exec(await visitor.page("/console"))?.[1] ?? "";
    assert.equal((await visitor.post("/console/sign-out", { proof })).status, 303);
    assert.equal(visitor.cookie, "");
    visitor.cookie = cookie;
    assert.equal(await open(visitor), 401);
    world.close();
  });
  await t.step("with its API key", async () => {
    const world = createWorld();
    const visitor = await signedIn(world);
    world.db.run("UPDATE api_keys SET revoked_ms = 1");
    assert.equal(await open(visitor), 401);
    world.close();
  });
});

Deno.test({
  name: "a session ends with the epoch: a restored authority forgets who was signed in",
  ignore: (["read", "write"] as const).some((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  ),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    const world = createWorld(`${folder}/a.sqlite`);
    const visitor = await signedIn(world);
    beginEpoch(world.db, { known: [], nowMs: world.clock.nowMs, why: "restored" });
    const again = openWorld(world.db, world.clock, world);
    const returned = new Visitor(again);
    returned.cookie = visitor.cookie;
    assert.equal((await returned.get("/console")).status, 401);
    assert.equal((await returned.signIn(world.apiKey)).status, 303);
    again.close();
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("a change of the ticket and log keys ends no session", async () => {
  const world = createWorld();
  const visitor = await signedIn(world);
  const ports = () => ({
    db: world.db,
    sealKey: new Secret(world.sealKey.slice()),
    root: signingKeyPairOf(new Secret(world.rootSeed.slice())),
    random,
    nowMs: world.clock.nowMs,
  });
  announceNextKeys(ports());
  switchKeys(ports());
  assert.equal((await visitor.get("/console")).status, 200);
  world.close();
});

Deno.test("one API key has a bounded number of sessions: a further one ends the oldest", async () => {
  const world = createWorld();
  const first = await signedIn(world);
  for (let n = 0; n < SESSIONS_MOST; n += 1) {
    world.clock.nowMs += 60_000;
    await signedIn(world, `192.0.2.${n + 2}`);
  }
  assert.equal((await first.get("/console")).status, 401);
  assert.equal(world.db.one("SELECT count(*) AS n FROM console_sessions")["n"], SESSIONS_MOST);
  world.close();
});
