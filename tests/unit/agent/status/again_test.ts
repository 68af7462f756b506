import assert from "node:assert/strict";
import { createStatusApp, PinGuard } from "../../../../agent/status/mod.ts";
import { NOW_MS, snapshotOf, sourceOf, type SourceParts, stationIn } from "./_source.ts";

const floor = snapshotOf([stationIn("blocked", 1), stationIn("working", 2)]);
const HERE = "http://127.0.0.1:8080";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** A page with a record of which stations were woken, and a clock that the test moves. */
function rig(parts: SourceParts = {}) {
  const woken: string[] = [];
  const clock = { nowMs: NOW_MS };
  const source = sourceOf(floor, {
    nowMs: () => clock.nowMs,
    tryAgain: (name) => {
      woken.push(name);
      return name === "station-1";
    },
    ...parts,
  });
  const app = createStatusApp(source);
  const post = async (
    pin: string,
    headers: Record<string, string> = { "Sec-Fetch-Site": "same-origin", Origin: HERE },
    name = "station-1",
  ) => {
    const init = { method: "POST", headers: { ...FORM, ...headers }, body: `pin=${pin}` };
    const response = await app.request(`${HERE}/stations/${name}/again`, init);
    return { response, html: await response.text() };
  };
  return { woken, clock, post };
}

Deno.test("the right PIN wakes the station and leads back to its page", async () => {
  const { woken, post } = rig();
  const { response } = await post("4711");
  assert.deepEqual([response.status, response.headers.get("location")], [303, "/stations/station-1"]);
  assert.deepEqual(woken, ["station-1"]);
});

Deno.test("a wrong PIN says so and no more, and the next try has to wait, twice as long each time", async () => {
  const { woken, clock, post } = rig();
  const waits: (string | null)[] = [];
  for (let count = 0; count < 11; count++) {
    const { response, html } = await post("0000");
    assert.equal(response.status, 403);
    assert.match(html, /The PIN is wrong\. Try again in/);
    assert.doesNotMatch(html, /0000|4711/);
    waits.push(response.headers.get("retry-after"));
    const early = await post("4711");
    assert.equal(early.response.status, 429, "the right one is not looked at before its time either");
    clock.nowMs += 1000 * Number(waits.at(-1));
  }
  assert.deepEqual(waits, ["1", "2", "4", "8", "16", "32", "64", "128", "256", "300", "300"]);
  assert.deepEqual(woken, []);
  assert.equal((await post("4711")).response.status, 303);
  assert.equal((await post("0000")).response.headers.get("retry-after"), "1", "the right one ends the count");
});

Deno.test("PINs tried at the same time are tried one at a time", async () => {
  const gates: ((isRight: boolean) => void)[] = [];
  const guard = new PinGuard(() => new Promise((resolve) => gates.push(resolve)), () => NOW_MS);
  const first = guard.try("1111");
  assert.equal((await guard.try("2222")).kind, "too-soon");
  gates[0]!(true);
  assert.equal((await first).kind, "right");
  assert.equal(gates.length, 1);
});

Deno.test("a clock that was put back does not lock people out for longer than five minutes", async () => {
  let nowMs = NOW_MS;
  const guard = new PinGuard((pin) => Promise.resolve(pin === "4711"), () => nowMs);
  await guard.try("0000");
  nowMs -= 86_400_000;
  const early = await guard.try("4711");
  assert.ok(early.kind === "too-soon" && early.waitMs <= 300_000);
});

Deno.test("nothing but the appliance's own page may ask: another site, another port, no page at all", async () => {
  const { woken, post } = rig();
  const strangers: readonly Record<string, string>[] = [
    { "Sec-Fetch-Site": "cross-site", Origin: "http://evil.example" },
    { "Sec-Fetch-Site": "same-site", Origin: "http://127.0.0.1:9999" },
    { "Sec-Fetch-Site": "none" },
    { Origin: "http://127.0.0.1:9999" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "same-origin", Origin: "http://evil.example" },
    {},
  ];
  for (const headers of strangers) {
    const { response, html } = await post("4711", headers);
    assert.equal(response.status, 403, JSON.stringify(headers));
    assert.match(html, /not asked from the appliance&#39;s own page/);
  }
  assert.deepEqual(woken, []);
  assert.equal(
    (await post("4711", { Origin: HERE })).response.status,
    303,
    "an older browser says Origin only",
  );
});

Deno.test("without a PIN nothing can be asked for, whatever is sent", async () => {
  const { woken, post } = rig({
    snapshot: () => ({ ...floor, hasPin: false }),
    isRightPin: () => Promise.resolve(true),
  });
  assert.equal((await post("4711")).response.status, 403);
  assert.deepEqual(woken, []);
});

Deno.test("a station that does not wait, or that does not exist, is not woken, and a long form is not read", async () => {
  const { post } = rig();
  assert.equal((await post("4711", undefined, "station-2")).response.status, 400);
  assert.equal((await post("4711", undefined, "nobody")).response.status, 404);
  assert.equal((await post("4".repeat(1_000))).response.status, 413);
  const get = await createStatusApp(sourceOf(floor)).request(`${HERE}/stations/station-1/again?pin=4711`);
  assert.equal(get.status, 200, "a link changes nothing: it shows the form");
});

Deno.test("a form whose sender goes away in the middle is no failure of the appliance, and wakes nobody", async () => {
  const woken: string[] = [];
  const tryAgain = (name: string) => woken.push(name) > 0;
  const app = createStatusApp(sourceOf(floor, { tryAgain, isRightPin: () => Promise.resolve(true) }));
  for (const length of [{ "Content-Length": "20" }, {}]) {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError("the connection is gone")),
    });
    const response = await app.request(`${HERE}/stations/station-1/again`, {
      method: "POST",
      headers: { Origin: HERE, "Sec-Fetch-Site": "same-origin", ...length },
      body,
    });
    assert.equal(response.status, 400, JSON.stringify(length));
  }
  assert.deepEqual(woken, []);
});
