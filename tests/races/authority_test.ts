/**
 * The authority raced against the reference of D§6: random interleavings of everything that appliances, owners and
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

// `deno task test` sees the same days each time; FLASHSEAL_RACE_STEPS asks for new ones.
const SEED = 20_260_100;

/** What a race has to come to, or it is about nothing. */
const REACHED = [
  ...[
    "ticket granted",
    "ticket quota-spent",
    "ticket uid-elsewhere",
    "ticket uid-committed",
    "ticket order-frozen",
  ],
  ...["message1 granted", "message1 ticket-closed", "message1 ticket-expired", "message1 uid-committed"],
  ...["message1 lock-not-proven", "message1 message1-not-authentic", "message1 message2-limit"],
  ...[
    "receipt granted",
    "receipt receipt-number-unknown",
    "receipt receipt-not-authentic",
    "receipt uid-lost",
  ],
  ...["lease granted", "lease allowance-spent", "lease quota-spent", "lease lease-key-used"],
  ...["uses granted", "uses appliance-frozen", "returns granted"],
  ...["device lost granted", "device lost unit-state", "device re-credit granted", "device rework granted"],
  ...["device rework unit-state", "device rework rework-not-allowed", "ticket rework-not-allowed"],
  ...["message1 of a rework granted", "message1 of a lent unit's rework granted"],
  ...["order granted", "order order-below-use", "allowance granted", "revoke granted", "failure granted"],
];

Deno.test({
  name: "two offices on one file agree with the reference on every step of random days, and break no law",
  ignore,
  async fn() {
    const template = await makeTemplate();
    try {
      const race = authorityRace(template);
      const { days, failed } = await run(race, stepsAsked(), { shrink: true, seed: SEED });
      if (failed !== undefined) assert.fail(failed.text);
      assert.deepEqual(REACHED.filter((answer) => !race.answers.has(answer)), [], "never came about");
      console.log(`authority: ${race.steps()} steps in ${days} days, 0 differences`);
    } finally {
      template.remove();
    }
  },
});
