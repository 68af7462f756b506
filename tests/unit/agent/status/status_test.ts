import assert from "node:assert/strict";
import type { DeliveryEvent, DeliveryResult, Happening, Phase } from "../../../../agent/delivery/mod.ts";
import {
  createStatusApp,
  emptyStation,
  type StatusSnapshot,
  withEvent,
} from "../../../../agent/status/mod.ts";

const result: DeliveryResult = {
  delivery: 1,
  station: "station-1",
  outcome: "refused",
  uid: "00".repeat(12),
  chip: "stm32g0-8k",
  ticketId: null,
  release: null,
  mode: "online",
  cause: "not-blank",
  says: "The chip is not blank",
  remedy: "Take the board out",
  detail: null,
  unit: "none used",
  certificate: null,
  seconds: { modelled: 1, wall: 1 },
};

function at(phase: Phase, happening: Happening): DeliveryEvent {
  return { station: "station-1", delivery: 1, phase, stationMs: 0, atMs: 5, ...happening };
}

function statusOf(events: readonly DeliveryEvent[], name = "Line 1"): StatusSnapshot {
  const station = events.reduce(withEvent, emptyStation("station-1"));
  const counts = { delivered: 3, refused: 1, failed: 0, unreported: 2 };
  return { appliance: "a1", name, origin: "https://authority:1", stations: [station], counts };
}

const wait: Happening = {
  kind: "waiting",
  cause: "authority-quota-spent",
  says: "The order has no units left",
  remedy: "Ask the owner",
};

Deno.test("the page says how many devices are left offline, what kind of vault it is, and that the server is away", async () => {
  const offline = {
    reachable: false,
    vault: {
      kind: "file",
      promise: "finds double spending, does not prevent it",
      says: "Keys lie in a file",
    },
    left: [{ product: "c3".repeat(8), tickets: 2 }, { product: "c4".repeat(8), tickets: 1 }],
    unreported: 4,
    contact: { lastMs: 1_000, ageMs: 61_000 },
  };
  const textOf = async (status: StatusSnapshot) =>
    (await (await createStatusApp(() => status).request("/")).text()).replace(/<[^>]+>/g, "").replace(
      /\s+/g,
      " ",
    );
  const page = await textOf({ ...statusOf([]), offline });
  assert.match(page, /Offline allowance: 3 devices left, 4 not reported yet/);
  assert.match(page, /Vault file: finds double spending, does not prevent it/);
  assert.match(page, /cannot be reached. It answered last 61 s ago/);
  const near = await textOf({ ...statusOf([]), offline: { ...offline, reachable: true, left: [] } });
  assert.doesNotMatch(near, /Offline allowance|cannot be reached/);
});

Deno.test("withEvent() shows phase, chip and progress, and forgets them when the next board comes", () => {
  const events = [
    at("attach", { kind: "phase" }),
    at("identify", { kind: "chip", uid: "ab".repeat(12), chip: "stm32g0-8k", flashKb: 8 }),
    at("transfer", { kind: "phase" }),
    at("transfer", { kind: "progress", done: 2, total: 9 }),
  ];
  const [during] = statusOf(events).stations;
  assert.deepEqual(
    [during?.state, during?.phase, during?.uid, during?.progress],
    ["working", "transfer", "ab".repeat(12), { done: 2, total: 9 }],
  );
  const [next] =
    statusOf([...events, at("report", { kind: "ended", result }), at("attach", { kind: "phase" })]).stations;
  assert.deepEqual([next?.state, next?.uid, next?.progress, next?.last?.cause], [
    "working",
    null,
    null,
    "not-blank",
  ]);
});

Deno.test("withEvent() shows why a station waits, and that it goes on", () => {
  const [waiting] = statusOf([at("ticket", wait)]).stations;
  assert.deepEqual([waiting?.state, waiting?.says], ["waiting", "The order has no units left"]);
  const [working] = statusOf([at("ticket", wait), at("release", { kind: "phase" })]).stations;
  assert.deepEqual([working?.state, working?.says], ["working", null]);
});

Deno.test("createStatusApp() shows cause and remedy as page and as JSON, and escapes what others named", async () => {
  const app = createStatusApp(() => statusOf([at("identify", { kind: "ended", result })], "<b>Line</b>"));
  const response = await app.request("/");
  const page = await response.text();
  assert.match(page, /The chip is not blank\. Take the board out/);
  assert.match(page, /3 delivered, 1 refused, 0 failed, 2 not reported yet/);
  assert.ok(page.includes("&lt;b&gt;Line&lt;/b&gt;") && !page.includes("<b>Line"));
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  const json = await (await app.request("/status.json")).json();
  assert.equal(json.stations[0].cause, "not-blank");
  assert.equal((await app.request("/", { method: "POST" })).status, 404);
});

Deno.test("the page says that the owner's server has frozen the appliance, and what to do (P-69)", async () => {
  const standing = { code: "appliance-frozen", says: "Its disk was put back", remedy: "Ask the owner" };
  const page = async (value: typeof standing | null) =>
    await (await createStatusApp(() => ({ ...statusOf([]), standing: value })).request("/")).text();
  assert.match(await page(standing), /<p class="failed">\s*Its disk was put back\. Ask the owner/);
  assert.doesNotMatch(await page(null), /class="failed"/);
});
