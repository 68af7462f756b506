/** Models that compute side by side take turns, and leave some to the event loop. @module */
import assert from "node:assert/strict";
import { createModelPort } from "../../../../agent/probe/model/mod.ts";
import { takeTurn } from "../../../../agent/probe/model/turns.ts";
import { Mcu } from "../../../../bootloader/mcu/mod.ts";

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

Deno.test("a model's port that is read word by word, as a busy flag is, leaves turns to the others and to the event loop", async () => {
  const limits = { deadlineMs: 1000, signal: new AbortController().signal };
  let words = [0, 0];
  const seen: (readonly number[])[] = [];
  let loopTurns = 0;
  const loop = setInterval(() => loopTurns++, 0);
  await Promise.all([0, 1].map(async (station) => {
    const uid = new Uint8Array(12).fill(station + 1);
    const mcu = new Mcu({ chip: "stm32g0-8k", uid, random: (length) => new Uint8Array(length) });
    const port = createModelPort(mcu, { name: `station-${station}` });
    await port.power(true, limits);
    await port.attach("under-reset", limits);
    for (let word = 0; word < 3000; word++) {
      await port.read(0x4002_2010, 4, limits);
      words = words.with(station, word);
      seen.push(words);
      if (word % 500 === 0) compute(5);
    }
  }));
  clearInterval(loop);
  // A word takes 11.5 us of modelled time, and a turn comes after each millisecond of it.
  const ahead = Math.max(...seen.map(([one = 0, other = 0]) => Math.abs(one - other)));
  assert.ok(ahead < 300, `one station was ${ahead} words ahead of the other`);
  assert.ok(loopTurns > 1, `${loopTurns} turns of the event loop`);
});
