/**
 * One agent with 24 stations at work before an open page, round after round, and what that takes.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";
import type { Site } from "../chaos/_site.ts";
import { readFigures } from "../script/_figures.ts";
import { until } from "../unit/agent/control/deployment.ts";
import type { Metered } from "./_model_tap.ts";
import { PageFollower } from "./_page_follower.ts";

/** How many stations the agent has. */
export const STATIONS = 24;

const WITHIN_MS = 1_200_000;
const IDLE_MS = 10_000;
/** After the last board: what is still shown, reported and metered. */
const SETTLE_MS = 2_000;
const TAPPED = new URL("_tapped_agent.ts", import.meta.url).pathname;

/** What one round took, in milliseconds. */
export interface Round {
  readonly wallMs: number;
  /** Processor time of the agent's process. */
  readonly cpuMs: number;
  /** Processor time within calls of the models, where that was metered. */
  readonly modelsMs: number;
  /** What metering took beside them. */
  readonly meterMs: number;
  readonly calls: number;
}

/** What one run of the agent took. */
export interface Taken {
  readonly idleMegabytes: number;
  readonly mostMegabytes: number;
  readonly idleCpuMsPerSecond: number;
  readonly rounds: readonly Round[];
  readonly page: PageFollower;
}

async function figuresOf(url: string): Promise<{ readonly megabytes: number; readonly cpuMs: number }> {
  const { values } = readFigures(await (await fetch(`${url}metrics`)).text());
  return {
    megabytes: values.get("flashseal_process_resident_memory_bytes")! / 1e6,
    cpuMs: 1000 * values.get("flashseal_process_cpu_seconds_total")!,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets 24 stations of an agent make their boards, `rounds` times; `tap` as `_tapped_agent.ts` takes it. */
export async function work(site: Site, rounds: number, tap: string): Promise<Taken> {
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
  // What starting leaves behind is no part of being idle.
  await pause(SETTLE_MS);
  const begun = await figuresOf(url);
  await pause(IDLE_MS);
  const idle = await figuresOf(url);
  let mostMegabytes = 0;
  const look = setInterval(() => {
    mostMegabytes = Math.max(mostMegabytes, (site.agent?.residentBytes() ?? 0) / 1e6);
  }, 100);
  const done: Round[] = [];
  while (done.length < rounds) done.push(await oneRound(site, url, page, meterOf(tap)));
  clearInterval(look);
  stop.abort();
  await following;
  await site.agent?.stop();
  const idleCpuMsPerSecond = (idle.cpuMs - begun.cpuMs) / (IDLE_MS / 1000);
  return { idleMegabytes: idle.megabytes, mostMegabytes, idleCpuMsPerSecond, rounds: done, page };
}

async function oneRound(
  site: Site,
  url: string,
  page: PageFollower,
  meter: () => Metered,
): Promise<Round> {
  const [metered, before] = [meter(), await figuresOf(url)];
  const [ended, beganMs] = [site.ended.length, performance.now()];
  const boards = Array.from({ length: STATIONS }, () => site.putBoard());
  await until(() => site.ended.length >= ended + STATIONS, WITHIN_MS, "24 boards");
  const wallMs = performance.now() - beganMs;
  const cpuMs = (await figuresOf(url)).cpuMs - before.cpuMs;
  await until(() => page.unseen === 0, 10_000, "the page to show every change");
  for (const board of boards) site.takeOut(board);
  await pause(SETTLE_MS);
  const after = meter();
  return {
    wallMs,
    cpuMs,
    modelsMs: after.cpuMs - metered.cpuMs,
    meterMs: after.priceMs - metered.priceMs,
    calls: after.calls - metered.calls,
  };
}

function meterOf(tap: string): () => Metered {
  if (!tap.startsWith("meter:")) return () => ({ calls: 0, cpuMs: 0, priceMs: 0 });
  return () => JSON.parse(Deno.readTextFileSync(tap.slice("meter:".length))) as Metered;
}
