/** The kept demo's page takes acts from itself alone, and says plainly when it cannot be drawn. @module */
import assert from "node:assert/strict";
import { createKeepApp } from "../../../../deploy/demo/keep/app.tsx";
import { type Glance, hintOf } from "../../../../deploy/demo/keep/glance.ts";
import type { View } from "../../../../deploy/demo/keep/page.tsx";
import { type ActName, acts, type Offer } from "../../../../deploy/demo/keep/playground.ts";

const HOME = "http://127.0.0.1:4567";

async function rig() {
  const done: string[] = [];
  const app = await createKeepApp(
    () => Promise.reject(new Error("no such file: /var/lib/secret")),
    (name) => {
      done.push(name);
      return Promise.resolve();
    },
  );
  const act = async (address: string, origin: string) => {
    const headers = { origin, "content-type": "application/x-www-form-urlencoded" };
    return (await app.request(`${address}/do/raise`, { method: "POST", headers })).status;
  };
  return { app, act, done };
}

Deno.test("the kept demo acts for its own page, and for no page elsewhere, whatever name that one gives this machine", async () => {
  const { act, done } = await rig();
  assert.equal(await act("http://elsewhere.example:4567", "http://elsewhere.example:4567"), 421);
  assert.equal(await act(HOME, "http://elsewhere.example"), 403);
  assert.deepEqual(done, []);
  assert.equal(await act(HOME, HOME), 303);
  assert.deepEqual(done, ["raise"]);
});

Deno.test("a kept demo whose page cannot be drawn says so, without a path or a trace", async () => {
  const { app } = await rig();
  const answer = await app.request(`${HOME}/`);
  assert.deepEqual([answer.status, await answer.text()], [
    503,
    "Cannot show or do that now: is the demo still running?",
  ]);
});

const offers = Object.fromEntries(
  acts.map(({ name }) => [name, { says: name, cannot: name === "pull" ? "No board is in work" : null }]),
) as Record<ActName, Offer>;
const quota = {
  granted: 28,
  free: 7,
  leased: 6,
  reserved: 5,
  keyed: 4,
  committed: 3,
  lost: 2,
  unaccounted: 1,
} as NonNullable<Glance["quota"]>;
const glance: Glance = { headline: null, states: ["ready"], lentHere: 0, quota };

Deno.test("the kept demo's page is a document by the standard, and its counts are the sum granted", async () => {
  const view: View = {
    statusPage: "http://127.0.0.1:1/",
    ownerPage: "https://127.0.0.1:2/console",
    apiKeyFile: "/tmp/key",
    connected: true,
    powered: true,
    glance,
    hint: { says: "put in a board.", act: "insert" },
    offers,
    story: [],
  };
  const app = await createKeepApp(() => Promise.resolve(view), () => Promise.resolve());
  const page = await (await app.request(`${HOME}/`)).text();
  assert.match(page, /^<!doctype html>/i);
  const [granted, ...states] = [...page.matchAll(/<b>(\d+)<\/b>/g)].map(([, count]) => Number(count));
  assert.equal(granted, 28);
  assert.deepEqual(states.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("the hint of a cut-off line goes by what the appliance has, not by what the owner has lent", () => {
  const pulled = { powered: true, connected: false, offers };
  assert.match(
    hintOf({ ...glance, lentHere: 2 }, pulled).says,
    /put in a board: it is made from what was lent/,
  );
  const none = hintOf(glance, pulled);
  assert.deepEqual(none.act, "network");
  assert.match(none.says, /plug the network in again/);
});
