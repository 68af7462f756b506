/**
 * Appliances raced against the authority: the real vault, journal and round over a network that loses, doubles and is
 * overtaken, through crashes; authority and vault hold each other to the truth.
 *
 * @module
 */

import assert from "node:assert/strict";
import type fc from "fast-check";
import { refusals } from "../../authority/api/mod.ts";
import { Fault, type TicketId } from "../../bootloader/wire/mod.ts";
import { AGENT_LAWS, AgentDay } from "./_agent_day.ts";
import { type AgentMove, agentMove } from "./_agent_steps.ts";
import { BrokenLaw } from "./_laws.ts";
import type { WrongAgent } from "./_line.ts";
import { type Race, run, stepsAsked } from "./_race.ts";
import { makeTemplate, type Template } from "./_site.ts";

const ignore = (["read", "write"] as const).some((name) =>
  Deno.permissions.querySync({ name }).state !== "granted"
);
// A round is some ten requests.
const SHARE = 0.1;
const BUG_STEPS_MOST = 4_000;

class Command implements fc.AsyncCommand<AgentDay, AgentDay> {
  constructor(readonly move: AgentMove, readonly count: () => void) {}

  check(): boolean {
    return true;
  }

  async run(_model: AgentDay, day: AgentDay): Promise<void> {
    await day.take(this.move);
    this.count();
  }

  toString(): string {
    return JSON.stringify(this.move);
  }
}

function agentRace(template: Template, wrong: WrongAgent = {}): Race<AgentDay, AgentDay> {
  let steps = 0;
  return {
    file: "tests/races/agent_test.ts",
    steps: () => steps,
    begin(seed) {
      const real = new AgentDay(template, seed, wrong);
      return { model: real, real };
    },
    moves: [agentMove.map((one) => new Command(one, () => steps += 1))],
  };
}

Deno.test({
  name: "two appliances off and on line, and their authority, agree over every network and crash",
  ignore,
  async fn() {
    const template = await makeTemplate();
    try {
      const race = agentRace(template);
      const { days, failed } = await run(race, stepsAsked(SHARE), { shrink: true, seed: 20_260_103 });
      if (failed !== undefined) assert.fail(failed.text);
      console.log(`appliances: ${race.steps()} steps in ${days} days, 0 differences`);
    } finally {
      template.remove();
    }
  },
});

/** Agents with one rule less. */
const BUGS: readonly { readonly about: string; readonly breaks: string; readonly wrong: WrongAgent }[] = [
  {
    about: "a ticket is said to be returned before it is closed",
    breaks: "authority-never-ahead-of-the-vault",
    wrong: {
      book: (book) => ({
        closed: () => [
          ...book.closed(),
          ...book.leases().flatMap(({ leaseKey }) => book.free(leaseKey)).slice(0, 1),
        ],
      }),
    },
  },
  {
    about: "uses are taken for told before they are answered",
    breaks: "both-sides-agree-after-a-round",
    wrong: {
      client: (client) => ({
        ...client,
        leaseUses: (_lease, { uses }) => {
          const accepted = uses.map(({ ticketId }) => ticketId) as TicketId[];
          return Promise.resolve({ granted: { epoch: 1, accepted, alarms: [] }, atSeconds: 1 });
        },
      }),
    },
  },
  {
    about: "a request for a lease whose answer was lost is made anew with other keys",
    breaks: "both-sides-agree-after-a-round",
    wrong: {
      client: (client) => ({
        ...client,
        async lease(request, options) {
          try {
            return await client.lease(request, options);
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            const code = "quota-spent" as const;
            return { refused: { code, ...refusals[code], detail: undefined }, atSeconds: 1 };
          }
        },
      }),
    },
  },
  {
    about: "reports name another head of the journal under the same number",
    breaks: "honest-appliance-is-never-frozen",
    wrong: { head: (journal) => ({ ...journal.head(), number: 1 }) },
  },
  {
    about: "message 2 leaves before it is kept",
    breaks: "message2-durable-before-it-leaves",
    wrong: { book: () => ({ storeMessage2: () => {} }) },
  },
];

Deno.test({
  name: "each seeded bug of an agent is found, by the name of the law that it breaks",
  ignore,
  async fn(t) {
    const template = await makeTemplate();
    try {
      for (const { about, breaks, wrong } of BUGS) {
        await t.step(`${breaks}: ${about}`, async () => {
          const race = agentRace(template, wrong);
          const { failed } = await run(race, BUG_STEPS_MOST, { shrink: false, seed: 20_260_102 });
          assert(failed?.error instanceof BrokenLaw, String(failed?.error));
          assert.equal(failed.error.law, breaks);
          console.log(`${breaks}: ${about}: found after ${race.steps()} steps`);
        });
      }
      assert.deepEqual([...new Set(BUGS.map(({ breaks }) => breaks))].sort(), [...AGENT_LAWS].sort());
    } finally {
      template.remove();
    }
  },
});
