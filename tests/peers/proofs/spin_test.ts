/**
 * Spin searches every state of the models (D§5, D§6): with all guards no law is broken; without any one of
 * them the named law is, or the row says which other guard carries the load.
 *
 * Needs the Debian packages spin and gcc.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Model, type Run, RUNS } from "./_runs.ts";
import { search, spinInstalled, type Verdict } from "./_spin.ts";
import { modelMoves } from "./_model_moves.ts";

const WORKERS = 2;

const missing = !spinInstalled();
if (missing) console.warn("spin or gcc is missing: apt-get install spin gcc; run by `deno task peers`");
if (
  missing && Deno.permissions.querySync({ name: "env", variable: "CI" }).state === "granted" &&
  Deno.env.get("CI")
) {
  throw new Error("Cannot skip under CI=true: spin or gcc is missing");
}

async function searchAll(): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const waiting = [...RUNS.entries()];
  await Promise.all(Array.from({ length: WORKERS }, async () => {
    // Bound: each worker takes a run away; a run has a bound of its own.
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      verdicts[next[0]] = await search(next[1]);
    }
  }));
  return verdicts;
}

function line(run: Run, verdict: Verdict | undefined): string {
  assert(verdict !== undefined);
  const mark = verdict.found === run.expect ? "as expected" : `NOT ${run.expect}`;
  const flags = Object.entries(run.set).map(([name, value]) => `${name}=${value}`).join(" ");
  return [
    run.model.padEnd(9),
    run.about.padEnd(66),
    verdict.found.padEnd(25),
    mark,
    `${verdict.states} states`,
    `${verdict.seconds.toFixed(1)} s`,
    flags,
  ].join("  ");
}

Deno.test(
  "models of units, leases, returns and the restored authority (D§5, D§6)",
  { ignore: missing },
  async (t) => {
    const verdicts = await searchAll();
    console.log(RUNS.map((run, index) => line(run, verdicts[index])).join("\n"));
    const taken = new Map<Model, Set<string>>();
    for (const [index, run] of RUNS.entries()) {
      const verdict = verdicts[index];
      assert(verdict !== undefined);
      if (verdict.found === "holds") {
        taken.set(run.model, new Set([...taken.get(run.model) ?? [], ...verdict.moves]));
      }
      await t.step(
        `${run.model}: ${run.about}: ${run.expect}`,
        () => assert.equal(verdict.found, run.expect),
      );
    }
    // A law that holds because nothing ever happens says nothing.
    for (const model of ["online", "lease", "lending"] as const) {
      await t.step(`${model}: every move of the model is taken`, () => {
        assert.deepEqual([...taken.get(model) ?? []].sort(), [...modelMoves[model]].sort());
      });
    }
  },
);
