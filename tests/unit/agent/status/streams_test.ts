import assert from "node:assert/strict";
import { createStatusApp, type StatusSnapshot, STREAMS_MOST } from "../../../../agent/status/mod.ts";
import { NOW_MS, snapshotOf, sourceOf, stationIn, workedJournal } from "./_source.ts";

/** A floor that the test changes, on a clock that goes on with each wait. */
function rig(first: StatusSnapshot = snapshotOf([stationIn("working")])) {
  const end = new AbortController();
  const listeners = new Set<() => void>();
  const clock = { nowMs: NOW_MS };
  const floor = { status: first, isBroken: false };
  const app = createStatusApp(sourceOf(() => {
    if (floor.isBroken) throw new Error("the disk is gone");
    return floor.status;
  }, {
    journal: workedJournal("station-1", 3),
    nowMs: () => clock.nowMs,
    async pause(ms, signal) {
      if (signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.nowMs += ms;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signal: end.signal,
  }));
  return { app, end, clock, floor, listeners };
}

/** Reads events of a stream until one fits. */
async function readUntil(body: ReadableStreamDefaultReader<Uint8Array>, fits: RegExp): Promise<string> {
  let text = "";
  for (let count = 0; count < 5_000; count++) {
    const { value, done } = await body.read();
    assert.ok(!done, `the stream ended after: ${text.slice(-300)}`);
    text += new TextDecoder().decode(value);
    if (fits.test(text)) return text;
  }
  assert.fail(`never: ${fits}`);
}

async function open(app: ReturnType<typeof createStatusApp>, query = "") {
  const response = await app.request(`/events${query}`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  return response.body!.getReader();
}

Deno.test("a stream sends the page's content when it has changed, not when it is the same, and the time each second", async () => {
  const { app, end, floor } = rig();
  const reader = await open(app);
  const first = await readUntil(reader, /event: beat\ndata: 2026-11-30 20:00:05/);
  assert.equal(first.match(/event: page/g)?.length, 1);
  assert.match(first, /^retry: 1000\n\nevent: page\ndata: .*Working/);
  assert.ok((first.match(/event: beat/g)?.length ?? 0) >= 5);
  floor.status = snapshotOf([stationIn("failed")]);
  assert.match(await readUntil(reader, /event: page\n.*\n\n/), /data: .*Failed/);
  end.abort();
});

Deno.test("a stream follows the page that it is opened for, in its language; no page, no stream", async () => {
  const { app, end } = rig();
  const at = (path: string) => `?at=${encodeURIComponent(path)}`;
  await readUntil(await open(app, at("/stations/station-1")), /Phase times/);
  await readUntil(await open(app, at("/alarms?lang=zh-Hans")), /没有需要注意的事项/);
  const clockOnly = await readUntil(await open(app, `${at("/devices")}&clock=only`), /20:00:03/);
  assert.doesNotMatch(clockOnly, /event: page/);
  for (const path of ["/nowhere", "//evil", "x", "/stations/%", ""]) {
    assert.equal((await app.request(`/events${at(path)}`)).status, 404, path);
  }
  end.abort();
});

Deno.test("so many streams are open at most; one that is left makes room", async () => {
  const { app, end } = rig();
  const readers = await Promise.all(Array.from({ length: STREAMS_MOST }, () => open(app)));
  const refused = await app.request("/events");
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "3"]);
  await readers[0]!.cancel();
  await open(app);
  end.abort();
});

Deno.test("a reader that takes nothing has little kept for it and is let go", async () => {
  const { app, end, floor, listeners } = rig();
  const { body } = await app.request("/events");
  for (let count = 0; listeners.size > 0 && count < 10_000; count++) {
    floor.status = snapshotOf([stationIn(count % 2 === 0 ? "failed" : "working")]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  let messages = 0;
  for await (const _ of body!) messages++;
  assert.ok(messages <= 5, `${messages} messages were kept`);
  end.abort();
});

Deno.test("a record that cannot be read for a moment does not end a stream", async () => {
  const { app, end, floor, clock } = rig();
  const reader = await open(app);
  await readUntil(reader, /Working/);
  floor.isBroken = true;
  const brokenMs = clock.nowMs;
  while (clock.nowMs < brokenMs + 5_000) await reader.read();
  floor.isBroken = false;
  floor.status = snapshotOf([stationIn("good")]);
  await readUntil(reader, /Good<\/span>/);
  end.abort();
});

Deno.test("all streams end with the agent, and nothing listens any more", async () => {
  const { app, end, listeners } = rig();
  const reader = await open(app);
  await readUntil(reader, /beat/);
  end.abort();
  for (let isDone = false; !isDone;) ({ done: isDone } = await reader.read());
  for (let count = 0; listeners.size > 0 && count < 1_000; count++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(listeners.size, 0);
  assert.equal((await app.request("/events")).status, 429);
});
