/**
 * The sweeps over a delivery, and what has to come of them, for a sample and for all of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type HowMuch, pick } from "./power_cut_how_much.ts";
import { summary, sweep } from "./power_cut_sweep.ts";

/** What a chip does once it is locked, a retry's unlock apart: the other walk's. */
const PAGE_KINDS = ["program", "erase-page"];

/** Cuts an installation (erase, bootloader, option write), and the way back to a blank chip at the next try. */
export async function cutInstall(howMuch: HowMuch): Promise<void> {
  const report = await sweep({
    pick: (all, operation, locked) =>
      locked && PAGE_KINDS.includes(operation.kind) ? [] : pick(howMuch, all, operation),
    retries: ["installing", "restartable", "options torn"],
    spotChecks: howMuch === "all" ? 4 : 0,
  });
  console.log(`power cut, install: ${summary(report)}`);
  assert.deepEqual(report.failures, []);
  for (const state of ["blank", "installing", "restartable", "silent", "options torn"] as const) {
    assert.ok(report.states.get(state)! > 0, `no cut left a chip that is "${state}"`);
  }
  assert.ok(report.scrapped > 0, "no chip was found to be beyond help");
  assert.ok(report.cuts > (howMuch === "all" ? 2_600 : 90), `only ${report.cuts} cuts`);
}

/** Cuts a transfer (erases, image, commit word), and the unlock and erase at the next try. */
export async function cutTransfer(howMuch: HowMuch): Promise<void> {
  const report = await sweep({
    pick: (all, operation, locked) => locked ? pick(howMuch, all, operation) : [],
    retries: ["silent", "complete"],
    spotChecks: howMuch === "all" ? 4 : 1,
  });
  console.log(`power cut, transfer: ${summary(report)}`);
  assert.deepEqual(report.failures, []);
  for (const state of ["restartable", "silent", "complete"] as const) {
    assert.ok(report.states.get(state)! > 0, `no cut left a chip that is "${state}"`);
  }
  assert.ok(report.cuts > (howMuch === "all" ? 3_000 : 100), `only ${report.cuts} cuts`);
}
