/**
 * What the status page costs: 24 stations, a record of 100,000 deliveries, and how long a change takes to a page that is open.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { createStatusApp, stationStates } from "../../agent/status/mod.ts";
import { Journal } from "../../agent/journal/mod.ts";
import { Floor } from "../../agent/control/floor.ts";
import { NOW_MS, snapshotOf, sourceOf, stationIn } from "../unit/agent/status/_source.ts";

const folder = Deno.makeTempDirSync({ prefix: "flashseal-bench-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const DELIVERIES = 100_000;

/** A journal with many deliveries of 24 stations; their records are not made, since pages look few of them up. */
function largeJournal(): Journal {
  const path = `${folder}/journal.db`;
  const journal = new Journal(path, () => NOW_MS);
  const database = new DatabaseSync(path);
  const insert = database.prepare(
    "INSERT INTO deliveries (station, started_ms, ended_ms, uid, chip, phase, outcome, cause) VALUES (?, ?, ?, ?, 'stm32g0-8k', 'report', ?, ?)",
  );
  database.exec("BEGIN");
  for (let number = 0; number < DELIVERIES; number++) {
    const atMs = NOW_MS - 60_000 * (DELIVERIES - number);
    const uid = number.toString(16).padStart(24, "0");
    const isBad = number % 100 === 0;
    insert.run(
      `station-${number % 24 + 1}`,
      atMs,
      atMs + 30_000,
      uid,
      isBad ? "failed" : "delivered",
      isBad ? "no-answer" : null,
    );
  }
  database.exec("COMMIT");
  database.close();
  return journal;
}

const journal = largeJournal();
const states = Array.from({ length: 24 }, (_, index) => stationStates[index % 8]!);
const floors = [0, 1].map((turn) =>
  snapshotOf(states.map((_, index) => stationIn(states[(index + turn) % 24]!, index + 1)))
);
let turn = 0;
const listeners = new Set<() => void>();
const app = createStatusApp(
  sourceOf(() => ({ ...floors[turn % 2]!, tallies: { "station-1": { good: turn, bad: 0 } } }), {
    journal,
    nowMs: () => Date.now(),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  }),
);

for (const path of ["/", "/stations/station-2", "/alarms", "/devices?uid=1869f", "/health", "/status.json"]) {
  Deno.bench(`GET ${path}, 24 stations, ${DELIVERIES} deliveries`, { group: "status" }, async () => {
    await (await app.request(path)).text();
  });
}

Deno.bench(`counts of ${DELIVERIES} deliveries, read anew after each`, { group: "status" }, () => {
  new Floor(journal, ["station-1"], NOW_MS).counts();
});

/** Opened when it is read: a reader that takes nothing is let go. */
let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

Deno.bench("a change until an open page has it", { group: "status" }, async () => {
  reader ??= (await app.request("/events")).body!.getReader();
  turn++;
  for (const listener of listeners) listener();
  for (;;) {
    const { value, done } = await reader.read();
    if (done || new TextDecoder().decode(value).includes("event: page")) return;
  }
});
