/**
 * Power cut at every flash operation of an installation (erase, bootloader, option write), and of the way back to a
 * blank chip at the next try: the "cut off" up to the lock.
 *
 * @module
 */
import assert from "node:assert/strict";
import { evidence } from "./_site.ts";
import { EVERYTHING, pick } from "./power_cut_how_much.ts";
import { summary, sweep } from "./power_cut_sweep.ts";

/** What a chip does once it is locked, a retry's unlock apart: the other test's. */
const PAGE_KINDS = ["program", "erase-page"];

evidence(
  "power cut before, in and after the flash operations of install and option write (D§7): defined, unreadable, completed on the same ticket",
  async () => {
    const report = await sweep({
      pick: (all, operation, locked) =>
        locked && PAGE_KINDS.includes(operation.kind) ? [] : pick(all, operation),
      retries: ["installing", "restartable", "options torn"],
      spotChecks: EVERYTHING ? 4 : 0,
    });
    console.log(`power cut, install: ${summary(report)}`);
    assert.deepEqual(report.failures, []);
    for (const state of ["blank", "installing", "restartable", "silent", "options torn"] as const) {
      assert.ok(report.states.get(state)! > 0, `no cut left a chip that is "${state}"`);
    }
    assert.ok(report.scrapped > 0, "no chip was found to be beyond help");
    assert.ok(!EVERYTHING || report.cuts > 2_600, `only ${report.cuts} cuts`);
  },
);
