/** Models that compute side by side take turns, and leave some to the event loop. @module */
import assert from "node:assert/strict";
import { takeTurn } from "../../../../agent/probe/model/turns.ts";

/** Computes for some milliseconds of wall time, as a slice of a model does. */
function compute(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

Deno.test("takeTurn() lets nobody overtake, however long a slice takes", async () => {
  const order: number[] = [];
  await Promise.all(Array.from({ length: 5 }, async (_, station) => {
    for (let slice = 0; slice < 20; slice++) {
      await takeTurn();
      order.push(station);
      compute(station === 0 ? 3 : 0.2);
    }
  }));
  assert.deepEqual(order, Array.from({ length: 100 }, (_, turn) => turn % 5));
});

Deno.test("takeTurn() lets the event loop have its turns while many compute, and goes on when one of them ends", async () => {
  let loopTurns = 0;
  let isOver = false;
  const count = () => {
    loopTurns++;
    if (!isOver) setTimeout(count, 0);
  };
  setTimeout(count, 0);
  await Promise.all(Array.from({ length: 24 }, async (_, station) => {
    // Each ends at another time, and calls nobody when it does.
    for (let slice = 0; slice <= station; slice++) {
      await takeTurn();
      compute(1);
    }
  }));
  isOver = true;
  assert.ok(loopTurns > 1, `${loopTurns} turns of the event loop in 300 slices`);
  await new Promise((resolve) => setTimeout(resolve, 10));
});
