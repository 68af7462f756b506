import assert from "node:assert/strict";
import type { DeliveryEvent, Happening, Phase } from "../../../../agent/delivery/mod.ts";
import {
  emptyStation,
  looks,
  mediansOf,
  perHour,
  phaseTimesOf,
  runwayOf,
  stateOf,
  type StationEvent,
  stationStates,
  type StationStatus,
  withEvent,
} from "../../../../agent/status/mod.ts";
import { lentUnits, NOW_MS, offlineWith, PRODUCT, result, snapshotOf, stationIn } from "./_source.ts";

function at(phase: Phase, happening: Happening): DeliveryEvent {
  return { station: "station-1", delivery: 1, phase, stationMs: 0, atMs: 5, ...happening };
}

function stationAfter(...events: readonly (DeliveryEvent | StationEvent)[]): StationStatus {
  return events.reduce(withEvent, emptyStation("station-1"));
}

const station = "station-1";
const wait: Happening = {
  kind: "waiting",
  cause: "authority-quota-spent",
  says: "The order has no units left",
  remedy: "Ask the owner",
};

Deno.test("withEvent() shows phase, chip and progress, and forgets them when the next board comes", () => {
  const events = [
    at("attach", { kind: "phase" }),
    at("identify", { kind: "chip", uid: "ab".repeat(12), chip: "stm32g0-8k", flashKb: 8 }),
    at("transfer", { kind: "phase" }),
    at("transfer", { kind: "progress", done: 2, total: 9 }),
  ];
  const during = stationAfter(...events);
  assert.deepEqual(
    [during.state, during.phase, during.uid, during.progress],
    ["working", "transfer", "ab".repeat(12), { done: 2, total: 9 }],
  );
  const next = stationAfter(
    ...events,
    at("report", { kind: "ended", result }),
    at("attach", { kind: "phase" }),
  );
  assert.deepEqual([next.state, next.uid, next.progress, next.last?.cause], [
    "working",
    null,
    null,
    "not-blank",
  ]);
});

Deno.test("withEvent() shows why a station waits, and that it goes on", () => {
  const waiting = stationAfter(at("ticket", wait));
  assert.deepEqual([waiting.state, waiting.says], ["waiting", "The order has no units left"]);
  const working = stationAfter(at("ticket", wait), at("release", { kind: "phase" }));
  assert.deepEqual([working.state, working.says], ["working", null]);
});

Deno.test("withEvent() shows that a board was taken out, is taken up again, or that the station cannot work", () => {
  const ended = at("report", { kind: "ended", result });
  const out = stationAfter(ended, { kind: "board-out", station });
  assert.deepEqual([stateOf(out), out.uid, out.last?.cause], ["ready", null, "not-blank"]);
  assert.equal(stateOf(stationAfter(ended, { kind: "again", station })), "waiting");
  const fault = stationAfter(ended, {
    kind: "station-fault",
    station,
    message: "no folder",
    reason: "boards-unreadable",
  });
  assert.deepEqual([stateOf(fault), fault.fault], ["fault", "no folder"]);
  assert.equal(stateOf(withEvent(fault, { kind: "board", station, path: "a" })), "refused");
  assert.equal(stateOf(withEvent(fault, at("attach", { kind: "phase" }))), "working");
});

Deno.test("stateOf() tells each state from the others, and each has the colour of IEC 60073", () => {
  const colours = stationStates.map((state) => {
    assert.equal(stateOf(stationIn(state)), state);
    return [state, looks[state].colour];
  });
  assert.deepEqual(Object.fromEntries(colours), {
    ready: "green",
    working: "green",
    good: "green",
    waiting: "yellow",
    blocked: "blue",
    refused: "blue",
    failed: "red",
    fault: "red",
  });
  const away = { ...stationIn("blocked"), cause: "authority-unreachable" };
  assert.equal(stateOf(away), "waiting", "a network comes back without a person's decision");
});

Deno.test("stateOf() shows a board that was delivered before as the good one that it is, and no other refusal", () => {
  const after = (cause: string, outcome: "refused" | "failed" = "refused") =>
    stateOf(stationAfter(at("identify", { kind: "ended", result: { ...result, outcome, cause } })));
  assert.deepEqual(["delivered-already", "authority-uid-committed"].map((cause) => after(cause)), [
    "good",
    "good",
  ]);
  assert.deepEqual(["not-blank", "locked-unknown", "authority-uid-elsewhere"].map((cause) => after(cause)), [
    "refused",
    "refused",
    "refused",
  ]);
  assert.equal(after("delivered-already", "failed"), "failed");
});

Deno.test("perHour() measures a line that has just begun from its beginning, and gives no figure of one device", () => {
  const pace = (delivered: number, minutes: number) => [
    { product: PRODUCT, delivered, sinceMs: NOW_MS - minutes * 60_000 },
  ];
  assert.equal(perHour(snapshotOf([], { pace: pace(10, 10) })), 60);
  assert.equal(perHour(snapshotOf([], { pace: pace(10, 90) })), 10, "at most an hour is counted");
  assert.equal(perHour(snapshotOf([], { pace: pace(1, 10) })), null);
  assert.equal(perHour(snapshotOf([], { pace: [] })), null);
  assert.equal(
    perHour(snapshotOf([], { pace: pace(10, -5) })),
    null,
    "a clock that was put back is no figure",
  );
});

Deno.test("runwayOf() goes by the scarcest product", () => {
  const other = "c4".repeat(8);
  const offline = offlineWith({ left: [{ product: PRODUCT, tickets: 100 }, { product: other, tickets: 3 }] });
  const pace = [PRODUCT, other].map((product) => ({ product, delivered: 6, sinceMs: NOW_MS - 3_600_000 }));
  assert.deepEqual(runwayOf(snapshotOf([], { offline, pace })), {
    tickets: 103,
    isLent: true,
    isOver: false,
    lastsMs: 1_800_000,
  });
  assert.equal(runwayOf(snapshotOf([], { offline, pace: [] })).lastsMs, null);
});

Deno.test("runwayOf() goes no further than what was lent is valid, the lease that ends first being used first", () => {
  const seconds = (ofHours: number) => NOW_MS / 1000 - 1 + 3600 * ofHours;
  const lasting = (...leases: readonly (readonly [free: number, hours: number, usable?: boolean])[]) => {
    const offline = offlineWith({
      left: [{ product: PRODUCT, tickets: 1 }],
      leases: leases.map(([free, hours, usable = true]) =>
        lentUnits({ free, notAfterSeconds: seconds(hours), usable, over: hours < 0 })
      ),
    });
    const pace = [{ product: PRODUCT, delivered: 6, sinceMs: NOW_MS - 3_600_000 }];
    const { lastsMs, isOver } = runwayOf(snapshotOf([], { offline, pace }));
    return { hours: lastsMs! / 3_600_000, isOver };
  };
  assert.deepEqual(lasting([60, 24]), { hours: 10, isOver: false });
  assert.deepEqual(lasting([60, 2]), { hours: 2, isOver: false });
  // Six are made in the hour that the second is valid, and then the first one's.
  assert.deepEqual(lasting([6, 720], [400, 1]), { hours: 2, isOver: false });
  assert.deepEqual(lasting([60, 3], [6, 1]), { hours: 3, isOver: false });
  assert.deepEqual(lasting([60, 24, false], [6, 24]), { hours: 1, isOver: false });
  assert.deepEqual(lasting([60, -1, false]), { hours: 0, isOver: true });
});

Deno.test("phaseTimesOf() ends the last phase now, mediansOf() takes the middle, and no time is negative", () => {
  const steps = (delivery: number, ...times: readonly number[]) => [
    { delivery, phase: "attach", atMs: times[0]! },
    { delivery, phase: "identify", atMs: times[1]! },
    { delivery, phase: null, atMs: times[2]! },
  ];
  assert.deepEqual(phaseTimesOf(steps(1, 0, 10, 30).slice(0, 2), 50), [
    { phase: "attach", beganMs: 0, tookMs: 10 },
    { phase: "identify", beganMs: 10, tookMs: 40 },
  ]);
  assert.equal(phaseTimesOf(steps(1, 20, 10, 30), 50)[0]?.tookMs, 0);
  const medians = mediansOf([...steps(1, 0, 10, 30), ...steps(2, 0, 30, 32), ...steps(3, 0, 20, 90)]);
  assert.deepEqual([...medians], [["attach", 20], ["identify", 20]]);
});
