/** Words of the command line that are made of parts. @module */
import assert from "node:assert/strict";
import { countText } from "../../../../deploy/cli/text.ts";

Deno.test("countText() counts in good English", () => {
  assert.deepEqual(
    ["unit", "reply", "entry"].flatMap((noun) => [0, 1, 2].map((count) => countText(count, noun))),
    [
      "0 units",
      "1 unit",
      "2 units",
      "0 replies",
      "1 reply",
      "2 replies",
      "0 entries",
      "1 entry",
      "2 entries",
    ],
  );
});
