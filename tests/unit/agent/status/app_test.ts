import assert from "node:assert/strict";
import fc from "fast-check";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { createStatusApp, headlineOf, stationStates } from "../../../../agent/status/mod.ts";
import {
  NOW_MS,
  offlineWith,
  snapshotOf,
  sourceOf,
  stationIn,
  stationMeetingAgain,
  workedJournal,
} from "./_source.ts";

const floor = snapshotOf(stationStates.map((state, index) => stationIn(state, index + 1)));
const journal = workedJournal("station-1", 20);
const app = () => createStatusApp(sourceOf(floor, { journal }));
const uid = "b6be3b9ca6877bd6a8580001";

const textOf = async (path: string, init?: RequestInit, from = app()) => {
  const response = await from.request(path, init);
  const html = await response.text();
  return { response, html, text: html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ") };
};

Deno.test("the overview says the sentence, and of each station number, word, UID, what to do and why", async () => {
  const { html, text } = await textOf("/");
  assert.ok(text.includes(headlineOf(floor, "en").text.replaceAll("'", "&#39;")));
  for (const word of ["Ready", "Working", "Good", "Waiting", "Blocked", "Refused", "Failed", "Fault"]) {
    assert.match(html, new RegExp(`<span class="word">${word}</span>`));
  }
  for (const act of ["Insert board", "Leave board", "Remove board", "Ask owner", "Call service"]) {
    assert.match(html, new RegExp(`<span class="act">${act}</span>`));
  }
  assert.match(text, /…3a48/);
  assert.match(text, /The order has no units left\. Ask the owner to raise the order\./);
  assert.match(
    text,
    /Good 480 Bad 8 Per hour 60 Without network 190 left 3 h 10 min Owner&#39;s server answers/,
  );
  assert.match(html, /<progress value="9" max="19"/);
});

Deno.test("the overview says that the server is silent, for how long, and what was not reported", async () => {
  const offline = offlineWith({ reachable: false, unreported: 3, contact: { lastMs: 1, ageMs: 61_000 } });
  const counts = { ...floor.counts, unreported: 2 };
  const { text } = await textOf("/", {}, createStatusApp(sourceOf({ ...floor, offline, counts })));
  assert.match(text, /silent 1 min 5 not reported/);
});

Deno.test("/status.json has what it had, and the floor's new facts", async () => {
  const { response, html } = await textOf("/status.json");
  assert.match(response.headers.get("content-type") ?? "", /application\/json/);
  assert.deepEqual(JSON.parse(html), JSON.parse(JSON.stringify(floor)));
});

Deno.test("each page is there, in both languages, and says what it is for", async () => {
  const pages: readonly [string, RegExp, RegExp][] = [
    ["/stations/station-1", /Phase times of the last delivery/, /最近一次烧录各阶段用时/],
    ["/deliveries/1", /Timeline.*attach.*report.*Records.*message2/, /时间线/],
    [`/devices/${uid}`, /Device …0001.*delivered/, /器件 …0001/],
    ["/devices", /Find device/, /查找器件/],
    ["/devices?uid=0001", new RegExp(uid), new RegExp(uid)],
    ["/devices?uid=xyz", /not 4 to 24 hexadecimal/, /不是 4 至 24 位/],
    ["/devices?uid=ffff", /No device with a UID that ends so/, /没有 UID 以此结尾/],
    ["/alarms", /Station 7: Failed.*Station 5: Blocked.*Station 4: Waiting/, /告警/],
    [
      "/health",
      /finds double spending.*12\.3 GB free of 32\.0 GB.*to the second.*serial 3.*next keys are announced.*until 2026-12-01 20:00:00 \+08:00/,
      /密钥库/,
    ],
    ["/stations/station-7/again", /PIN/, /PIN/],
  ];
  for (const [path, english, chinese] of pages) {
    const { response, text } = await textOf(path);
    assert.equal(response.status, 200, path);
    assert.match(text, english);
    assert.match((await textOf(path, { headers: { "Accept-Language": "zh-CN,zh;q=0.9" } })).text, chinese);
  }
});

Deno.test("good boards that stand in their stations after a power cut stay good: green, said so, no alarm, nobody called", async () => {
  const again = snapshotOf([
    stationMeetingAgain("delivered-already", 1),
    stationMeetingAgain("authority-uid-committed", 2),
  ]);
  const from = createStatusApp(sourceOf(again, { journal }));
  const { html, text } = await textOf("/", {}, from);
  assert.equal(html.match(/<li class="tile green good"/g)?.length, 2);
  assert.match(text, /Running\. Enough for/);
  assert.match(
    text,
    /Good Remove board This chip has been delivered already\. Put the board with the good ones/,
  );
  assert.match(text, /Good Remove board This chip has been programmed and counted already\./);
  assert.doesNotMatch(text, /needs a person|Refused/);
  assert.match((await textOf("/alarms", {}, from)).text, /Nothing needs attention\./);
});

Deno.test("a good board that was met again is not among the deliveries that made no device", async () => {
  const book = workedJournal("station-1", 0);
  const ends = ["not-blank", ...Array.from({ length: 40 }, () => "delivered-already"), "locked-unknown"];
  for (const cause of ends) {
    book.endDelivery(book.startDelivery("station-1", "attach"), { outcome: "refused", cause });
  }
  const { text } = await textOf("/alarms", {}, createStatusApp(sourceOf(floor, { journal: book })));
  assert.match(text, /The chip is locked and this appliance has no open delivery.*The chip is not blank/s);
  assert.doesNotMatch(text, /delivered already/);
});

Deno.test("what is not there is 404, and a delivery that is none too", async () => {
  const paths = [
    "/x",
    "/stations/nobody",
    "/deliveries/0",
    "/deliveries/99999",
    "/deliveries/1e3",
    "/devices/XY",
    "/alarms/1",
  ];
  for (const path of paths) assert.equal((await textOf(path)).response.status, 404, path);
  assert.equal((await textOf(`/devices/${"0".repeat(24)}`)).response.status, 404);
  assert.equal((await textOf("/", { method: "POST" })).response.status, 404);
});

Deno.test("the language is the asked one, else the kept one, else the browser's; whoever asks keeps it", async () => {
  const languageOf = async (path: string, headers: Record<string, string>) => {
    const { html, response } = await textOf(path, { headers });
    return [/<html lang="([^"]+)"/.exec(html)?.[1], response.headers.get("set-cookie")];
  };
  assert.deepEqual(await languageOf("/", {}), ["en", null]);
  assert.deepEqual(await languageOf("/", { "Accept-Language": "zh" }), ["zh-Hans", null]);
  assert.deepEqual(await languageOf("/", { "Accept-Language": "zh", Cookie: "lang=en" }), ["en", null]);
  const [language, cookie] = await languageOf("/?lang=zh-Hans", { Cookie: "lang=en" });
  assert.equal(language, "zh-Hans");
  assert.match(cookie ?? "", /^lang=zh-Hans; .*HttpOnly; SameSite=Strict/);
});

Deno.test("times are in the site's zone with its offset", async () => {
  assert.match((await textOf("/")).html, /id="clock">2026-11-30 20:00:00 \+08:00</);
  const utc = await textOf("/", {}, createStatusApp(sourceOf({ ...floor, zone: "UTC" })));
  assert.match(utc.html, /id="clock">2026-11-30 12:00:00 \+00:00</);
});

Deno.test("pages name nothing from elsewhere, hold no script or style of their own, and are 60 kB with both at most", async () => {
  const many = snapshotOf(
    Array.from({ length: 24 }, (_, index) => stationIn(stationStates[index % 8]!, index + 1)),
  );
  const large = createStatusApp(sourceOf(many, { journal }));
  let loaded = 0;
  for (const file of ["/page.css", "/page.js", "/icon.svg"]) {
    loaded += (await textOf(file, {}, large)).html.length;
  }
  for (const path of ["/", "/stations/station-1", "/deliveries/1", "/alarms", "/health", `/devices/${uid}`]) {
    const { response, html } = await textOf(path, {}, large);
    assert.match(html, /^<!doctype html><html /);
    assert.ok(
      new TextEncoder().encode(html).length + loaded <= 60_000,
      `${path} is ${html.length + loaded} bytes`,
    );
    assert.doesNotMatch(html, /<style|style=|<script(?! src="\/page\.js")|\son[a-z]+=|(?:src|href)="(?!\/)/);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("cache-control"), "no-store");
  }
});

Deno.test("names from configuration and record are escaped", async () => {
  const evil = `<img src=x onerror=alert(1)>`;
  const station = { ...stationIn("fault"), station: evil, fault: evil };
  const status = {
    ...snapshotOf([station], { name: evil }),
    standing: { code: "x", says: evil, remedy: evil },
  };
  const from = createStatusApp(sourceOf(status));
  for (const path of ["/", "/alarms", "/health", `/stations/${encodeURIComponent(evil)}`]) {
    const { response, html } = await textOf(path, {}, from);
    assert.equal(response.status, 200, path);
    assert.doesNotMatch(html, /<img/);
  }
});

Deno.test("a request under another name is not answered: a web page elsewhere may have pointed its own name here", async () => {
  assert.equal((await textOf("http://evil.example/status.json")).response.status, 421);
  for (const host of ["127.0.0.1:80", "localhost", "[::1]:8080"]) {
    assert.equal((await textOf(`http://${host}/status.json`)).response.status, 200);
  }
});

Deno.test("whatever is asked, nothing fails: no 5xx for any path, query, method, header or body", async () => {
  const from = app();
  const rooms = fc.constantFrom(
    "stations",
    "deliveries",
    "devices",
    "alarms",
    "health",
    "events",
    "status.json",
    "",
  );
  const piece = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom(
      "station-1",
      "1",
      "-1",
      "1e9",
      "999999999999999999999",
      uid,
      "%",
      "%ff",
      "%00",
      "..",
      "again",
      "//",
      "__proto__",
    ),
  );
  const encoded = piece.map((text) => encodeURIComponent(text.toWellFormed()));
  const part = fc.oneof(encoded, fc.constantFrom("%", "%ff", "%E0%A4%A", "..", "again", "constructor"));
  const request = fc.record({
    path: fc.tuple(rooms, fc.array(part, { maxLength: 3 })).map(([room, parts]) =>
      [room, ...parts].join("/")
    ),
    query: fc.array(fc.tuple(fc.constantFrom("lang", "at", "uid", "clock", "x", "__proto__"), encoded), {
      maxLength: 3,
    }),
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"),
    cookie: encoded,
    language: fc.oneof(encoded, fc.constantFrom("zh;q=x", ";;;,", "*;q=0", "en;q=1e999")),
    body: fc.oneof(fc.string({ maxLength: 400 }), fc.constantFrom("pin=1234", "pin=%", "pin=&pin=")),
    site: fc.constantFrom("same-origin", "cross-site", "none", "?"),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path, query, method, cookie, language, body, site }) => {
      const address = `/${path}?${query.map(([name, value]) => `${name}=${value}`).join("&")}`;
      const response = await from.request(address, {
        method,
        headers: { Cookie: `lang=${cookie}`, "Accept-Language": language, "Sec-Fetch-Site": site },
        ...(method === "GET" || method === "HEAD" ? {} : { body }),
      });
      assert.ok(response.status < 500, `${method} ${address}: ${response.status}`);
      await response.body?.cancel();
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("the record's facts are shown, receipts and certificates are not", async () => {
  const { html } = await textOf("/deliveries/1");
  assert.ok(!html.includes("07".repeat(20)), "bytes of the receipt are on the page");
  assert.match(html, /<b>receipt<\/b> <code>ticketId 0{32}<\/code>/);
});

Deno.test("no action is offered where no PIN is set, and the page says how to set one", async () => {
  const without = createStatusApp(sourceOf({ ...floor, hasPin: false }));
  const { text, html } = await textOf("/stations/station-7", {}, without);
  assert.match(text, /flashseal agent pin --dir/);
  assert.doesNotMatch(html, /\/again"/);
  assert.doesNotMatch((await textOf("/stations/station-7/again", {}, without)).html, /<form/);
  const offered = await textOf("/stations/station-7");
  assert.match(offered.html, /href="\/stations\/station-7\/again"/);
  assert.doesNotMatch(
    (await textOf("/stations/station-2")).html,
    /\/again"/,
    "a station that works is left alone",
  );
});

Deno.test("a page is drawn although the clock's zone has a day of summer time", async () => {
  const status = { ...floor, zone: "Europe/Berlin", atMs: NOW_MS };
  assert.match((await textOf("/", {}, createStatusApp(sourceOf(status)))).html, /13:00:00 \+01:00/);
});

Deno.test("a page that cannot be made is told of until a page can, whatever the figures do; a defect is called one", async () => {
  const made: string[] = [];
  let fails: Error | null = new Fault("Cannot read the record", { place: "disk", retry: true });
  const source = sourceOf(snapshotOf([stationIn("ready")]), {
    onMade: (what, error) => void made.push(`${what} ${error === null ? "good" : "bad"}`),
  });
  const app = createStatusApp({
    ...source,
    snapshot() {
      if (fails !== null) throw fails;
      return source.snapshot();
    },
  });
  const status = async (path: string) => (await app.request(`http://127.0.0.1${path}`)).status;
  assert.deepEqual([await status("/"), await status("/metrics"), await status("/page.css")], [503, 200, 200]);
  assert.deepEqual(made, ["page bad", "figures good"]);
  fails = new TypeError("a defect");
  assert.equal(await status("/"), 500);
  fails = null;
  assert.equal(await status("/"), 200);
  assert.deepEqual(made.slice(2), ["page bad", "page good"]);
});
