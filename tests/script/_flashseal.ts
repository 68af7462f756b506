/**
 * Runs main.ts as a user does: arguments in, exit code, standard output and standard error out.
 *
 * @module
 */

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

/** Gives `work` an empty folder and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
