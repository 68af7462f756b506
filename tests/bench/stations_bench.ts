/**
 * What 24 stations of one agent take beyond their chips, which the bundled model executes in the agent's process: processor time
 * a board, memory, and how old a change is when an open page shows it. Aims: 50 ms, 150 MB, 1 s. Figures of this machine, never
 * asserted.
 *
 * The agent runs three times, each time some rounds of 24 boards: as it is; with the processor time metered within each call of
 * a model; with those calls recorded, to be made again on bare models in a process of their own. What the models took is thus
 * measured twice, in the agent's process and outside of it, and the agent's own part is the rest. The meter is the finer of the
 * two: the other is a difference of two large figures of different processes. What metering takes is measured too and left out.
 * In neither is the tap a part of the product.
 *
 * @module
 */
import { makeSite } from "../chaos/_site.ts";
import type { Bare } from "./_bare_models.ts";
import { type Round, STATIONS, type Taken, work } from "./_working_agent.ts";

const ROUNDS = 2;
const BARE = new URL("_bare_models.ts", import.meta.url).pathname;

async function bareModels(trace: string, folder: string): Promise<Bare> {
  await Deno.mkdir(folder);
  const args = ["run", "-A", "--no-check", BARE, trace, folder];
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stderr: "inherit",
  })
    .output();
  return JSON.parse(new TextDecoder().decode(stdout)) as Bare;
}

function fixed(value: number): string {
  return value.toFixed(0);
}

function share(values: readonly number[], part: number): string {
  return fixed(values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? NaN);
}

/** A figure of each round for each board, and over all rounds. */
function perBoard(rounds: readonly Round[], figure: (round: Round) => number): string {
  const each = rounds.map((round) => fixed(figure(round) / STATIONS));
  return `${fixed(meanOf(rounds, figure))} ms a board (rounds: ${each.join(", ")})`;
}

function meanOf(rounds: readonly Round[], figure: (round: Round) => number): number {
  return rounds.reduce((sum, round) => sum + figure(round), 0) / (STATIONS * rounds.length);
}

function cpuLines(plain: Taken, metered: Taken, bare: Bare): readonly string[] {
  const bareMs = bare.cpuMs / (STATIONS * ROUNDS);
  const calls = meanOf(metered.rounds, (round) => round.calls);
  return [
    `the agent's process: ${perBoard(plain.rounds, ({ cpuMs }) => cpuMs)}; idle, ` +
    `${fixed(plain.idleCpuMsPerSecond)} ms a second`,
    `metered: ${perBoard(metered.rounds, ({ cpuMs }) => cpuMs)}, in ${fixed(calls)} calls of the models ` +
    perBoard(metered.rounds, ({ modelsMs }) => modelsMs),
    `so the agent's own: ${
      perBoard(metered.rounds, ({ cpuMs, modelsMs, meterMs }) => cpuMs - modelsMs - meterMs)
    }, ` +
    `without the ${perBoard(metered.rounds, ({ meterMs }) => meterMs)} that metering took`,
    `bare models, the same calls (${bare.different} gave something else): ${
      fixed(bareMs)
    } ms a board, so the agent's own ` +
    `${fixed(meanOf(plain.rounds, ({ cpuMs }) => cpuMs) - bareMs)} ms`,
  ];
}

function pageLine({ page }: Taken): string {
  const { agesMs } = page;
  return `a change shows on the open page after ${share(agesMs, 0.5)} ms (median), ${
    share(agesMs, 0.95)
  } ms ` +
    `(95 of 100), ${share(agesMs, 1)} ms (most of ${agesMs.length})`;
}

function memoryLine({ idleMegabytes, mostMegabytes }: Taken, bare: Bare): string {
  const bareMegabytes = bare.emptyMegabytes + bare.modelsMegabytes;
  return `resident memory: agent idle ${fixed(idleMegabytes)} MB, with ${STATIONS} boards at most ` +
    `${fixed(mostMegabytes)} MB; ${STATIONS} bare models ${fixed(bareMegabytes)} MB, of which Deno itself ` +
    `${fixed(bare.emptyMegabytes)} MB; the agent's own ${fixed(mostMegabytes - bareMegabytes)} MB`;
}

async function run(): Promise<void> {
  const site = await makeSite({ granted: 3 * ROUNDS * STATIONS, stations: STATIONS });
  const trace = `${site.folder}/trace.bin`;
  try {
    const plain = await work(site, ROUNDS, "");
    const metered = await work(site, ROUNDS, `meter:${site.folder}/meter.json`);
    await work(site, ROUNDS, `record:${trace}`);
    const bare = await bareModels(trace, `${site.folder}/bare`);
    const delivered = site.ended.filter(({ outcome }) => outcome === "delivered").length;
    const wallMs = plain.rounds.reduce((sum, one) => sum + one.wallMs, 0);
    console.log([
      "",
      `${delivered} of ${site.ended.length} boards delivered; ${ROUNDS} rounds of ${STATIONS} in ${
        fixed(wallMs / 1000)
      } s`,
      ...cpuLines(plain, metered, bare),
      pageLine(plain),
      memoryLine(plain, bare),
    ].join("\n"));
  } finally {
    await site.close();
  }
}

// `deno bench` repeats what is fast; once is enough here, and its own table says nothing about this.
let once: Promise<void> | undefined;

Deno.bench({
  name: `${STATIONS} stations of one agent: see the lines above`,
  n: 1,
  warmup: 0,
  // An asynchronous function: of another one that returns a promise, `deno bench` does not await it.
  async fn() {
    await (once ??= run());
  },
});
