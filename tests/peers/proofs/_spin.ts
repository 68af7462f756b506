/**
 * Runs one search with Spin and gcc: generate, compile, search, read the verdict. Memory and time are bounded; a search
 * that did not cover every state has no verdict.
 *
 * @module
 */

import type { Run } from "./_runs.ts";

/** What a search found. */
export interface Verdict {
  /** `holds`, the name of the broken law, or why there is no verdict. */
  readonly found: string;
  readonly states: number;
  readonly seconds: number;
  /** Moves of units that were taken, as `from > to`. */
  readonly moves: readonly string[];
}

const MEMORY_MB = 2000;
const DEPTH_MOST = 100_000;
// Processor time, so that a busy machine changes no verdict. The longest search takes about 40 s; beside others, twice that.
const CPU_SECONDS_MOST = 180;

/** Whether spin and gcc can be run. */
export function spinInstalled(): boolean {
  const kinds = ["run", "read", "write"] as const;
  if (kinds.some((name) => Deno.permissions.querySync({ name }).state !== "granted")) return false;
  return answers("spin", "-V") && answers("gcc", "--version");
}

function answers(program: string, flag: string): boolean {
  try {
    return new Deno.Command(program, { args: [flag], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    // Not found: that is the answer.
    return false;
  }
}

/** Searches all states of a run's model. */
export async function search(run: Run): Promise<Verdict> {
  const folder = await Deno.makeTempDir({ prefix: "spin-" });
  const begun = performance.now();
  try {
    const flags = Object.entries(run.set).map(([name, value]) => `-D${name}=${value}`);
    const model = new URL(`./${run.model}.pml`, import.meta.url).pathname;
    await succeed(folder, "spin", ["-a", ...flags, model]);
    const options = ["-w", "-DSAFETY", "-DCOLLAPSE", `-DMEMLIM=${MEMORY_MB}`];
    await succeed(folder, "gcc", [run.large ? "-O2" : "-O0", ...options, "-o", "pan", "pan.c"]);
    // -E: a model that has nothing left to do is no error; -n: no list of lines that were not reached.
    const text = await output(folder, "./pan", ["-E", "-n", `-m${DEPTH_MOST}`, "-w22"]);
    return { ...readVerdict(text), seconds: (performance.now() - begun) / 1000 };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function readVerdict(text: string): Omit<Verdict, "seconds"> {
  const states = Number(/^ *([0-9.e+]+) states, stored/m.exec(text)?.[1] ?? 0);
  const moves = [...new Set([...text.matchAll(/^move (\w+ > \w+)$/gm)].map((match) => match[1] ?? ""))];
  const errors = /errors: (\d+)/.exec(text)?.[1];
  const broken = /^broken (\w+)$/m.exec(text)?.[1];
  if (errors === undefined) {
    return { found: `no verdict within ${CPU_SECONDS_MOST} s of processor time`, states, moves };
  }
  if (errors !== "0") return { found: broken ?? "an error that is no law", states, moves };
  const partial = /search not completed|max search depth too small|reached -DMEMLIM/i.exec(text)?.[0];
  return { found: partial === undefined ? "holds" : `no verdict: ${partial}`, states, moves };
}

async function succeed(cwd: string, program: string, args: string[]): Promise<void> {
  const run = await new Deno.Command(program, { cwd, args }).output();
  if (run.success) return;
  const says = new TextDecoder().decode(run.stdout) + new TextDecoder().decode(run.stderr);
  throw new Error(`Cannot run ${program}: ${says.slice(0, 500)}`);
}

/** Returns what a search printed until it ended or its processor time was used up; then it prints no verdict. */
async function output(cwd: string, program: string, args: string[]): Promise<string> {
  const bounded = `ulimit -t ${CPU_SECONDS_MOST} && exec "$0" "$@"`;
  const run = await new Deno.Command("sh", { cwd, args: ["-c", bounded, program, ...args] }).output();
  return new TextDecoder().decode(run.stdout) + new TextDecoder().decode(run.stderr);
}
