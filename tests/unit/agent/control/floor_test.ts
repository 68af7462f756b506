import assert from "node:assert/strict";
import { Floor } from "../../../../agent/control/floor.ts";
import { workedJournal } from "../status/_source.ts";

Deno.test("Floor: a fault that lasts is noted once, and again when the station had worked in between", () => {
  const floor = new Floor(workedJournal("station-1", 0), ["station-1", "station-2"], 0);
  const fault = (message: string, station = "station-1") =>
    floor.hear({ kind: "station-fault", station, message }, 1);
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
