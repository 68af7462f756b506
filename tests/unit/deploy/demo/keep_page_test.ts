/** The kept demo's page takes acts from itself alone, and says plainly when it cannot be drawn. @module */
import assert from "node:assert/strict";
import { createKeepApp } from "../../../../deploy/demo/keep/app.tsx";

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
