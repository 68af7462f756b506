/** What the floor keeps in memory is what the record has, however it came to be kept. @module */
import assert from "node:assert/strict";
import { Floor } from "../../../../agent/control/floor.ts";
import type { DeliveryResult } from "../../../../agent/delivery/mod.ts";
import { Journal } from "../../../../agent/journal/mod.ts";
import { NOW_MS, PRODUCT, result, workedJournal } from "../status/_source.ts";

const HOUR_MS = 3_600_000;

/** Makes deliveries in a journal, each told to the floors that listen. */
function line(journal: Journal, floors: readonly Floor[]) {
  let count = 0;
  return (outcome: DeliveryResult["outcome"], cause: string | null = null) => {
    const station = `station-${count++ % 2 + 1}`;
    const [uid, ticketId] = [count.toString(16).padStart(24, "0"), count.toString(16).padStart(32, "0")];
    const delivery = journal.startDelivery(station, "attach");
    const facts = { ticketId, uid, product: PRODUCT, release: "d4".repeat(16), sealed: new Uint8Array(352) };
    journal.storeTicket(delivery, facts);
    journal.endDelivery(delivery, { outcome, cause });
    const place = { station, delivery, phase: "report", stationMs: 0, atMs: NOW_MS } as const;
    const ended = { ...result, station, delivery, outcome, cause };
    for (const floor of floors) floor.hear({ ...place, kind: "ended", result: ended }, NOW_MS);
  };
}

Deno.test("Floor adds what ends to its counts and its pace, and both stay what the record has", () => {
  let nowMs = NOW_MS - 2 * HOUR_MS;
  const journal = new Journal(":memory:", () => nowMs += 60_000);
  const [early, late] = [0, 0].map(() => new Floor(journal, ["station-1", "station-2"], nowMs)) as [
    Floor,
    Floor,
  ];
  const make = line(journal, [early, late]);
  make("delivered");
  make("failed", "no-answer");
  early.counts();
  early.pace(nowMs - HOUR_MS, nowMs);
  for (let board = 0; board < 40; board++) make("delivered");
  make("refused", "not-blank");
  // No verdict on a board: in the counts of the record, in no station's tally.
  make("failed", "authority-unreachable");
  make("failed", "stopped");
  make("refused", "authority-appliance-stopped");
  // A good board that is met again, as after each power cut, was counted when it was made.
  make("refused", "delivered-already");
  make("refused", "authority-uid-committed");
  const fresh = new Floor(journal, ["station-1", "station-2"], nowMs);
  const counts = fresh.counts();
  assert.deepEqual(counts.counts, { delivered: 41, refused: 2, failed: 3, unreported: 0 });
  assert.deepEqual({ ...counts.tallies }, {
    "station-1": { good: 21, bad: 1 },
    "station-2": { good: 20, bad: 1 },
  });
  const pace = fresh.pace(nowMs - HOUR_MS, nowMs);
  assert.ok(pace[0] !== undefined && pace[0].delivered > 3 && pace[0].delivered < 41, JSON.stringify(pace));
  for (const floor of [early, late]) {
    assert.deepEqual(floor.counts(), counts);
    assert.deepEqual(floor.pace(nowMs - HOUR_MS, nowMs), pace);
  }
  // A clock that was put back: what had been forgotten counts again, and nothing of the time to come does.
  const before = nowMs - HOUR_MS / 2;
  const anew = new Floor(journal, [], nowMs).pace(before - HOUR_MS, before);
  assert.deepEqual(early.pace(before - HOUR_MS, before), anew);
  assert.notDeepEqual(anew, pace);
  journal.close();
});

Deno.test("Floor: a fault that lasts is noted once, and again when the station had worked in between", () => {
  const floor = new Floor(workedJournal("station-1", 0), ["station-1", "station-2"], 0);
  const fault = (message: string, station = "station-1") =>
    floor.hear({ kind: "station-fault", station, message, reason: "folder" }, 1);
  const noted = () => floor.noted().items.map(({ subject, says }) => `${subject} ${says}`);
  fault("no folder");
  fault("no folder");
  fault("no folder", "station-2");
  assert.deepEqual(noted(), ["station-2 no folder", "station-1 no folder"]);
  fault("no board");
  assert.deepEqual(noted()[0], "station-1 no board");
  floor.hear({ kind: "station-works", station: "station-1" }, 2);
  fault("no board");
  assert.equal(noted().length, 4);
});
