/**
 * Power cut at every flash operation of a transfer (erases, image, commit word), and of the unlock and erase at the
 * next try: the "cut off" from the lock to the receipt.
 *
 * @module
 */
import assert from "node:assert/strict";
import { evidence } from "./_site.ts";
import { EVERYTHING, pick } from "./power_cut_how_much.ts";
import { summary, sweep } from "./power_cut_sweep.ts";

evidence(
  "power cut before, in and after the flash operations of transfer and commit (D§7): defined, unreadable, completed on the same ticket",
  async () => {
    const report = await sweep({
      pick: (all, operation, locked) => locked ? pick(all, operation) : [],
      retries: ["silent", "complete"],
      spotChecks: EVERYTHING ? 4 : 1,
    });
    console.log(`power cut, transfer: ${summary(report)}`);
    assert.deepEqual(report.failures, []);
    for (const state of ["restartable", "silent", "complete"] as const) {
      assert.ok(report.states.get(state)! > 0, `no cut left a chip that is "${state}"`);
    }
    assert.ok(!EVERYTHING || report.cuts > 3_000, `only ${report.cuts} cuts`);
  },
);
