/** What the story tells of a station that could not work: the fault, and that it is over. @module */
import assert from "node:assert/strict";
import { tellEvent } from "../../../../deploy/demo/story.ts";

Deno.test("the story tells that a station cannot work, and that it works again", () => {
  const lines: string[] = [];
  const tell = (line: string) => lines.push(line);
  const station = "station-1";
  tellEvent(
    tell,
    { kind: "station-fault", station, message: "no folder", reason: "boards-unreadable" },
    "board",
  );
  tellEvent(tell, { kind: "station-works", station }, "board");
  assert.deepEqual(lines, ["station-1: no folder", "station-1: works again"]);
});
