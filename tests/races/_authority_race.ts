/**
 * The race of the authority: fast-check commands over a day at two offices on one file.
 *
 * @module
 */

import type fc from "fast-check";
import type { Bug } from "./_bugs.ts";
import { Day } from "./_day.ts";
import type { Hands } from "./_hands.ts";
import type { Race } from "./_race.ts";
import type { Template } from "./_site.ts";
import { type Move, move } from "./_steps.ts";

/** One move as a command. */
class Command implements fc.AsyncCommand<Hands, Day> {
  constructor(readonly move: Move, readonly count: (answered: number) => void) {}

  check(hands: Readonly<Hands>): boolean {
    return hands.has(this.move.step);
  }

  async run(_hands: Hands, day: Day): Promise<void> {
    this.count(await day.take(this.move));
  }

  toString(): string {
    return JSON.stringify(this.move);
  }
}

/** Returns the race at a template's authority; with a bug, one that must be lost. */
export function authorityRace(
  template: Template,
  bug?: Bug,
): Race<Hands, Day> & { readonly answers: ReadonlyMap<string, number> } {
  let steps = 0;
  const answers = new Map<string, number>();
  return {
    answers,
    file: "tests/races/authority_test.ts",
    steps: () => steps,
    begin(seed) {
      const real = new Day(template, seed, answers, bug);
      return { model: real.hands, real };
    },
    moves: [move.map((one) => new Command(one, (answered) => steps += answered))],
  };
}
