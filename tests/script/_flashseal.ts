/**
 * Runs main.ts as a user does: arguments in, exit code, standard output and standard error out.
 *
 * @module
 */
import assert from "node:assert/strict";

/** The program. */
export const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const granted = (["run", "read", "write", "net", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** Whether these tests must be skipped: they start processes. */
export const ignore = !granted;
if (ignore) console.log("command line tests start processes: run `deno task test`");

/** What a run of the program left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The last line of standard output as JSON. */
  readonly json: () => unknown;
}

/** Runs `flashseal ...args`. */
export function flashseal(...args: readonly string[]): Promise<Ran> {
  return flashsealIn({}, ...args);
}

/** Runs `flashseal ...args` with further variables in its environment. */
export function flashsealIn(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
  return run(MAIN, args, env);
}

/** Runs a script that takes the place of main.ts. */
export async function run(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    signal: AbortSignal.timeout(180_000),
  });
  const { code, stdout, stderr } = await command.output();
  const out = new TextDecoder().decode(stdout);
  return {
    code,
    out,
    err: new TextDecoder().decode(stderr),
    json: () => JSON.parse(out.trimEnd().split("\n").at(-1) ?? ""),
  };
}

/** Runs `flashseal ...args --json`, which must end well, and returns its report. */
export async function done(...args: readonly string[]): Promise<Record<string, unknown>> {
  const ran = await flashseal(...args, "--json");
  assert.equal(ran.code, 0, `${args.join(" ")}: ${ran.out}${ran.err}`);
  return ran.json() as Record<string, unknown>;
}

/** Runs `flashseal ...args`, which must end with `code` and say why, without a stack trace. */
export async function refused(code: number, says: RegExp, ...args: readonly string[]): Promise<void> {
  const ran = await flashseal(...args);
  assert.equal(ran.code, code, `${args.join(" ")}: ${ran.out}${ran.err}`);
  assert.match(ran.err, says);
  assert.doesNotMatch(ran.err, /\n\s+at /);
}

/** Gives `work` an empty folder and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
