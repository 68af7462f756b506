/**
 * Runs days until so many steps are compared, or one of them fails. A failure says how to repeat it: seed, path, and the place
 * in the list of commands.
 *
 * @module
 */

import fc from "fast-check";

/** How many steps `deno task test` compares; FLASHSEAL_RACE_STEPS asks for more. */
const STEPS_BY_DEFAULT = 3_000;
const COMMANDS_MOST = 240;
const DAYS_EACH = 5;
// A failing day is made smaller for so long.
const SHRINK_MS = 60_000;

/** A day under way, and what is in its hands. */
export interface Racing {
  readonly close: () => void;
}

/** What is raced: how a day begins, and what may happen in it. */
export interface Race<Hands extends object, Day extends Racing> {
  readonly file: string;
  readonly begin: (seed: number) => { readonly model: Hands; readonly real: Day };
  readonly moves: readonly fc.Arbitrary<fc.AsyncCommand<Hands, Day>>[];
  /** Steps that were compared so far. */
  readonly steps: () => number;
}

/** What a race came to. */
export interface Outcome {
  readonly days: number;
  /** Undefined: no difference. */
  readonly failed?: { readonly error: unknown; readonly text: string };
}

function said(name: string): string | undefined {
  const mayRead = Deno.permissions.querySync({ name: "env", variable: name }).state === "granted";
  return mayRead ? Deno.env.get(name) || undefined : undefined;
}

/** How many steps are asked for; `share` of them for a suite whose steps are dearer. */
export function stepsAsked(share = 1): number {
  return Math.ceil(Number(said("FLASHSEAL_RACE_STEPS") ?? STEPS_BY_DEFAULT) * share);
}

/** Runs days until `least` steps are compared. */
export async function run<Hands extends object, Day extends Racing>(
  race: Race<Hands, Day>,
  least: number,
  options: { readonly shrink: boolean; readonly seed?: number },
): Promise<Outcome> {
  // A seeded bug is looked for in the same days each time; a long race sees days that nobody has seen.
  const told = (name: string) => options.shrink ? said(name) : undefined;
  const drawn = told("FLASHSEAL_RACE_STEPS") === undefined ? options.seed : undefined;
  const seed = Number(told("FLASHSEAL_RACE_SEED") ?? drawn ?? Date.now() % 1_000_000_000);
  const path = told("FLASHSEAL_RACE_PATH");
  const replayPath = told("FLASHSEAL_RACE_REPLAY");
  const commands = fc.commands([...race.moves], {
    maxCommands: COMMANDS_MOST,
    size: "max",
    ...(replayPath === undefined ? {} : { replayPath }),
  });
  const day = fc.asyncProperty(commands, fc.noShrink(fc.nat()), async (moves, daySeed) => {
    let begun: Day | undefined;
    try {
      await fc.asyncModelRun(() => {
        const { model, real } = race.begin(daySeed);
        begun = real;
        return { model, real };
      }, moves);
    } finally {
      begun?.close();
    }
  });
  for (let days = 0;; days += DAYS_EACH) {
    const batchSeed = seed + days;
    const details = await fc.check(day, {
      seed: batchSeed,
      numRuns: DAYS_EACH,
      endOnFailure: !options.shrink,
      ...(options.shrink ? { interruptAfterTimeLimit: SHRINK_MS * DAYS_EACH } : {}),
      ...(path === undefined ? {} : { path }),
    });
    if (details.failed) {
      return {
        days,
        failed: { error: details.errorInstance, text: howToRepeat(race.file, batchSeed, details) },
      };
    }
    if (race.steps() >= least || path !== undefined) return { days: days + DAYS_EACH };
  }
}

function howToRepeat(
  file: string,
  seed: number,
  details: {
    readonly counterexample: readonly unknown[] | null;
    readonly counterexamplePath: string | null;
    readonly errorInstance: unknown;
  },
): string {
  const example = String(details.counterexample?.[0]);
  const replay = /replayPath="([^"]*)"/.exec(example)?.[1];
  const settings = [
    `FLASHSEAL_RACE_SEED=${seed}`,
    `FLASHSEAL_RACE_PATH=${details.counterexamplePath}`,
    ...(replay === undefined ? [] : [`FLASHSEAL_RACE_REPLAY='${replay}'`]),
  ];
  return `${example}\n${details.errorInstance}\nrepeat it: ${settings.join(" ")} deno test -A ${file}`;
}
