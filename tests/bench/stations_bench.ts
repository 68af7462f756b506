/**
 * What 24 stations take of one agent's machine: memory, processor time, and how long its figures take while all work. The
 * model's own work is in it: each chip is executed in the agent's process. Figures of this machine, never asserted.
 *
 * @module
 */
import { makeSite, type Site } from "../chaos/_site.ts";
import { until } from "../unit/agent/control/deployment.ts";
import { readFigures } from "../script/_figures.ts";

const STATIONS = 24;
const WITHIN_MS = 1_200_000;

/** One look at a running agent. */
interface Look {
  readonly residentMegabytes: number;
  readonly cpuSeconds: number;
  /** From the question to the whole answer, in milliseconds. */
  readonly answerMs: number;
}

async function look(url: string): Promise<Look> {
  const begunMs = performance.now();
  const text = await (await fetch(`${url}metrics`)).text();
  const answerMs = performance.now() - begunMs;
  const { values } = readFigures(text);
  return {
    residentMegabytes: values.get("flashseal_process_resident_memory_bytes")! / 1e6,
    cpuSeconds: values.get("flashseal_process_cpu_seconds_total")!,
    answerMs,
  };
}

function urlOf(site: Site): string {
  const event = site.events.find(({ kind }) => kind === "listening");
  return event?.kind === "listening" ? event.url : "";
}

/** Starts an agent with 24 stations, lets each make one board, and says what it took. */
async function run(): Promise<void> {
  const site = await makeSite({ granted: STATIONS, stations: STATIONS });
  try {
    await site.startAgent();
    const url = urlOf(site);
    const idleBegun = await look(url);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const idle = await look(url);
    for (let board = 0; board < STATIONS; board++) site.putBoard();
    const looks: Look[] = [];
    const begunMs = performance.now();
    while (site.ended.length < STATIONS) {
      looks.push(await look(url));
      const count = site.ended.length;
      const nextMs = performance.now() + 1_000;
      await until(() => site.ended.length > count || performance.now() > nextMs, WITHIN_MS, "the next look");
    }
    const wallSeconds = (performance.now() - begunMs) / 1000;
    const end = await look(url);
    const answers = looks.map(({ answerMs }) => answerMs).toSorted((a, b) => a - b);
    const delivered = site.ended.filter(({ outcome }) => outcome === "delivered").length;
    console.log([
      "",
      `${STATIONS} stations idle: ${idle.residentMegabytes.toFixed(0)} MB resident, ` +
      `${((idle.cpuSeconds - idleBegun.cpuSeconds) * 1000).toFixed(0)} ms of processor in 10 s`,
      `${delivered} boards delivered in ${wallSeconds.toFixed(0)} s: ` +
      `${
        ((end.cpuSeconds - idle.cpuSeconds) / STATIONS).toFixed(2)
      } s of processor each, the model's work in it`,
      `most resident memory ${Math.max(...looks.map(({ residentMegabytes: mb }) => mb)).toFixed(0)} MB`,
      `figures answered in ${answers[answers.length >> 1]?.toFixed(0)} ms (median), ` +
      `${answers[Math.floor(answers.length * 0.95)]?.toFixed(0)} ms (95 of 100) while all work`,
    ].join("\n"));
  } finally {
    await site.close();
  }
}

// `deno bench` repeats what is fast; once is enough here, and its own table says nothing about this.
let once: Promise<void> | undefined;

Deno.bench({
  name: "24 stations of one agent: see the lines above",
  n: 1,
  warmup: 0,
  fn: () => once ??= run(),
});
