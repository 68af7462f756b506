/**
 * The authority raced against the reference of DESIGN section 6: random interleavings of everything that appliances, owners and
 * networks do, at two offices on one database file. FLASHSEAL_RACE_STEPS=100000 for as many steps.
 *
 * @module
 */

import assert from "node:assert/strict";
import { authorityRace } from "./_authority_race.ts";
import { run, stepsAsked } from "./_race.ts";
import { makeTemplate } from "./_site.ts";

const ignore = (["read", "write"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);
if (ignore) console.log("races need a database file: run `deno task test`");

Deno.test({
  name: "two offices on one file agree with the reference on every step of random days, and break no law",
  ignore,
  async fn() {
    const template = await makeTemplate();
    try {
      const race = authorityRace(template);
      const { days, failed } = await run(race, stepsAsked(), { shrink: true });
      if (failed !== undefined) assert.fail(failed.text);
      console.log(
        [...race.answers].sort((a, b) => a[0] < b[0] ? -1 : 1).map(([k, v]) => `${k} ${v}`).join("\n"),
      );
      console.log(`authority: ${race.steps()} steps in ${days} days, 0 differences`);
    } finally {
      template.remove();
    }
  },
});
