/**
 * Waiting with the board in place while the authority cannot or will not go on for now: a starved or frozen order, a
 * network that is away. The station asks again by itself and goes on by itself.
 *
 * @module
 */
import type { RefusalCode } from "../../authority/api/mod.ts";
import { type CauseCode, type Stop, stopFor } from "./causes.ts";
import type { Run, Step } from "./run.ts";

/** How often a waiting station asks again, in milliseconds of wall time. */
export const ASK_AGAIN_MS = 2_000;

/** Refusals that end by what the owner does, not by what happens at this station. */
const PASSING: ReadonlySet<string> = new Set<RefusalCode>([
  "quota-spent",
  "order-frozen",
  "order-not-begun",
  "order-expired",
  "order-missing",
  "release-incomplete",
  "appliance-outdated",
  "appliance-stopped",
  // After a restore of the owner's server: a person there goes on.
  "order-awaits-confirmation",
  "unit-epoch",
  "epoch-needed",
]);

/** Ends by the authority's answer, when it can be reached again. */
const WITHOUT_AUTHORITY: ReadonlySet<string> = new Set<CauseCode>([
  "authority-unreachable",
  "offline-spent",
  "offline-over",
  "offline-not-listed",
]);

/**
 * Repeats `ask` while a patient station may hope for another answer. Waits outside any phase deadline; each question
 * has its phase's own. Bound: the delivery's two signals, since only owner, network or operator can end the wait.
 */
export async function patiently<T>(run: Run, ask: () => Promise<Step<T>>): Promise<Step<T>> {
  let told = "";
  for (;;) {
    const step = await ask();
    if ("done" in step || !run.options.patient || !isPassing(step.stop)) return step;
    const { cause, says, remedy, waiting } = step.stop;
    // The sentence may change while the cause stays: more boards wait than before.
    if (cause + says !== told) {
      run.tell({ kind: "waiting", cause, says, remedy, ...(waiting === undefined ? {} : { waiting }) });
    }
    told = cause + says;
    const ended = AbortSignal.any([run.options.stopping, run.options.signal]);
    const nudged = run.options.nudged?.() ?? ended;
    if (!ended.aborted) await run.ports.pause(ASK_AGAIN_MS, AbortSignal.any([ended, nudged]));
    if (ended.aborted) return { stop: stopFor("stopped") };
  }
}

function isPassing({ cause }: Stop): boolean {
  if (WITHOUT_AUTHORITY.has(cause)) return true;
  return cause.startsWith("authority-") && PASSING.has(cause.slice("authority-".length));
}
