/**
 * What 24 stations of one agent take beyond their chips, which the bundled model executes in the agent's process: processor time
 * a board, memory, and how old a change is when an open page shows it. Aims: 50 ms, 150 MB, 1 s. Figures of this machine, never
 * asserted.
 *
 * The agent runs three times, each time two rounds of 24 boards: as it is; with the processor time metered within each call of
 * a model; with those calls recorded, to be made again on bare models in a process of their own. What the models took is thus
 * measured twice, in the agent's process and outside of it, and the agent's own part is the rest of the first run or of the
 * second. In neither is the tap a part of the product.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";
import { readFigures } from "../script/_figures.ts";
import { makeSite, type Site } from "../chaos/_site.ts";
import { until } from "../unit/agent/control/deployment.ts";
import type { Bare } from "./_bare_models.ts";
import type { Metered } from "./_model_tap.ts";
import { PageFollower } from "./_page_follower.ts";

const STATIONS = 24;
const ROUNDS = 2;
const WITHIN_MS = 1_200_000;
const IDLE_MS = 10_000;

const TAPPED = new URL("_tapped_agent.ts", import.meta.url).pathname;
const BARE = new URL("_bare_models.ts", import.meta.url).pathname;

/** What one run of the agent took. */
interface Taken {
  readonly idleMegabytes: number;
  readonly mostMegabytes: number;
  readonly idleCpuMsPerSecond: number;
  /** Per round: processor time of the agent's process and wall time, in milliseconds. */
  readonly rounds: readonly { readonly cpuMs: number; readonly wallMs: number }[];
  readonly page: PageFollower;
}

async function figuresOf(url: string): Promise<{ readonly megabytes: number; readonly cpuMs: number }> {
  const { values } = readFigures(await (await fetch(`${url}metrics`)).text());
  return {
    megabytes: values.get("flashseal_process_resident_memory_bytes")! / 1e6,
    cpuMs: 1000 * values.get("flashseal_process_cpu_seconds_total")!,
  };
}

/** Lets 24 stations of an agent make their boards, twice, before an open page. */
async function work(site: Site, tap: string): Promise<Taken> {
  const page = new PageFollower();
  let url = "";
  await site.startAgent({
    main: TAPPED,
    env: { FLASHSEAL_BENCH_TAP: tap },
    onEvent(event: AgentEvent) {
      if (event.kind === "listening") url = event.url;
      page.hear(event);
    },
  });
  const stop = new AbortController();
  const following = page.follow(url, stop.signal);
  const begun = await figuresOf(url);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = await figuresOf(url);
  let mostMegabytes = 0;
  const look = setInterval(() => {
    mostMegabytes = Math.max(mostMegabytes, (site.agent?.residentBytes() ?? 0) / 1e6);
  }, 100);
  const rounds: Taken["rounds"][number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [before, ended, beganMs] = [await figuresOf(url), site.ended.length, performance.now()];
    const boards = Array.from({ length: STATIONS }, () => site.putBoard());
    await until(() => site.ended.length >= ended + STATIONS, WITHIN_MS, "24 boards");
    const wallMs = performance.now() - beganMs;
    rounds.push({ cpuMs: (await figuresOf(url)).cpuMs - before.cpuMs, wallMs });
    await until(() => page.unseen === 0, 10_000, "the page to show every change");
    for (const board of boards) site.takeOut(board);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  clearInterval(look);
  stop.abort();
  await following;
  await site.agent?.stop();
  const idleCpuMsPerSecond = (idle.cpuMs - begun.cpuMs) / (IDLE_MS / 1000);
  return { idleMegabytes: idle.megabytes, mostMegabytes, idleCpuMsPerSecond, rounds, page };
}

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

function share(values: readonly number[], part: number): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? NaN).toFixed(0);
}

/** Processor time of all rounds for each board, in milliseconds. */
function perBoard(cpuMs: number): number {
  return cpuMs / (STATIONS * ROUNDS);
}

function cpuOf({ rounds }: Taken): number {
  return rounds.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

async function run(): Promise<void> {
  const site = await makeSite({ granted: 3 * ROUNDS * STATIONS, stations: STATIONS });
  const [meter, trace] = [`${site.folder}/meter.json`, `${site.folder}/trace.bin`];
  try {
    const plain = await work(site, "");
    const second = await work(site, `meter:${meter}`);
    const metered = JSON.parse(Deno.readTextFileSync(meter)) as Metered;
    await work(site, `record:${trace}`);
    const bare = await bareModels(trace, `${site.folder}/bare`);
    const delivered = site.ended.filter(({ outcome }) => outcome === "delivered").length;
    const bareMegabytes = bare.emptyMegabytes + bare.modelsMegabytes;
    const wallMs = plain.rounds.reduce((sum, one) => sum + one.wallMs, 0);
    const fixed = (value: number) => value.toFixed(0);
    console.log([
      "",
      `${delivered} of ${site.ended.length} boards delivered; ${ROUNDS} rounds of ${STATIONS} in ${
        fixed(wallMs / 1000)
      } s`,
      `the agent's process: ${fixed(perBoard(cpuOf(plain)))} ms of processor a board ` +
      `(rounds: ${plain.rounds.map(({ cpuMs }) => fixed(cpuMs / STATIONS)).join(", ")})`,
      `bare models: ${fixed(perBoard(bare.cpuMs))} ms a board, so the agent's own ` +
      `${fixed(perBoard(cpuOf(plain) - bare.cpuMs))} ms`,
      `metered within the models' calls: ${fixed(perBoard(metered.cpuMs))} of ${
        fixed(perBoard(cpuOf(second)))
      } ms a ` +
      `board (rounds: ${
        second.rounds.map(({ cpuMs }) => fixed(cpuMs / STATIONS)).join(", ")
      }), so the agent's own ` +
      `${fixed(perBoard(cpuOf(second) - metered.cpuMs))} ms`,
      `(${
        fixed(metered.calls / (STATIONS * ROUNDS))
      } calls a board, ${bare.different} gave something else when made ` +
      `again; idle, the agent takes ${fixed(plain.idleCpuMsPerSecond)} ms of processor a second)`,
      `a change shows on the open page after ${share(plain.page.agesMs, 0.5)} ms (median), ` +
      `${share(plain.page.agesMs, 0.95)} ms (95 of 100), ${share(plain.page.agesMs, 1)} ms (most of ` +
      `${plain.page.agesMs.length}); longest silence of its stream ${fixed(plain.page.longestSilenceMs)} ms`,
      `resident memory: agent idle ${fixed(plain.idleMegabytes)} MB, with ${STATIONS} boards at most ` +
      `${fixed(plain.mostMegabytes)} MB; ${STATIONS} bare models ${
        fixed(bareMegabytes)
      } MB, of which Deno itself ` +
      `${fixed(bare.emptyMegabytes)} MB; the agent's own ${fixed(plain.mostMegabytes - bareMegabytes)} MB`,
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
  async fn() {
    await (once ??= run());
  },
});
