/**
 * Each law is worth its name: an authority with a seeded bug loses the race within a bounded number of steps, and what it is
 * told is the law that the bug breaks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { authorityRace } from "./_authority_race.ts";
import { BUGS } from "./_bugs.ts";
import { BrokenLaw, LAWS } from "./_laws.ts";
import { run } from "./_race.ts";
import { makeTemplate } from "./_site.ts";

const ignore = (["read", "write"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);
const STEPS_MOST = 10_000;
const SEED = 20_260_101;

Deno.test({
  name: "each seeded bug is found, by the name of the law that it breaks",
  ignore,
  async fn(t) {
    const template = await makeTemplate();
    try {
      for (const bug of BUGS) {
        await t.step(`${bug.breaks}: ${bug.about}`, async () => {
          const race = authorityRace(template, bug);
          const seen: string[] = [];
          // A bug may break another law first, or the table refuses it: it goes on until its own is named.
          for (let seed = bug.seed ?? SEED; !seen.includes(bug.breaks); seed += 1_000) {
            const { failed } = await run(race, STEPS_MOST, { shrink: false, seed });
            assert(
              failed !== undefined && race.steps() < STEPS_MOST,
              `not found in ${race.steps()} steps: ${seen.join(", ")}`,
            );
            seen.push(
              failed.error instanceof BrokenLaw ? failed.error.law : String(failed.error).slice(0, 200),
            );
          }
          console.log(`found after ${race.steps()} steps`);
        });
      }
    } finally {
      template.remove();
    }
  },
});

Deno.test("every law has a seeded bug", () => {
  assert.deepEqual([...new Set(BUGS.map(({ breaks }) => breaks))].sort(), [...LAWS].sort());
});
