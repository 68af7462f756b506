/**
 * One process of the program under test, started as a user starts it, watched line by line, and killed by its own id.
 *
 * @module
 */
import assert from "node:assert/strict";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const LINES_KEPT = 400;
const START_MS = 60_000;

/** A running `flashseal ...`. */
export interface Process {
  readonly pid: number;
  /** The last lines of standard output and standard error. */
  readonly lines: readonly string[];
  /** Resolves with the first line that begins with `prefix`; rejects when the process ends before it. */
  line(prefix: string): Promise<string>;
  /** SIGKILL: no handler runs, no buffer is written, no lock is given back by the program. */
  kill(): Promise<void>;
  /** SIGTERM, as an operator stops it; the exit code. */
  stop(): Promise<number>;
  readonly ended: Promise<Deno.CommandStatus>;
  /** Resident memory in bytes, or 0 when the process has ended. */
  residentBytes(): number;
}

/** Starts `flashseal ...args`; every line goes to `onLine` too. `wrap` is put before the command, e.g. `prlimit`; `main` takes the place of main.ts. */
export function startProcess(
  args: readonly string[],
  options: {
    readonly onLine?: (line: string) => void;
    readonly env?: Readonly<Record<string, string>>;
    readonly wrap?: readonly string[];
    readonly main?: string;
  } = {},
): Process {
  const command = [
    ...options.wrap ?? [],
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    options.main ?? MAIN,
    ...args,
  ];
  const child = new Deno.Command(command[0] ?? "", {
    args: command.slice(1),
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  const waiting = new Map<string, PromiseWithResolvers<string>>();
  const take = (line: string): void => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    options.onLine?.(line);
    for (const [prefix, wait] of waiting) if (line.startsWith(prefix)) wait.resolve(line);
  };
  const ended = Promise.all([eachLine(child.stdout, take), eachLine(child.stderr, take), child.status])
    .then(([, , status]) => {
      const says = `${args.slice(0, 2).join(" ")} ended with ${status.code}: ${lines.slice(-4).join(" | ")}`;
      for (const wait of waiting.values()) wait.reject(new Error(says));
      return status;
    });
  const send = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already; its end is awaited by the caller all the same.
    }
  };
  return {
    pid: child.pid,
    lines,
    ended,
    line(prefix) {
      const wait = Promise.withResolvers<string>();
      const seen = lines.find((line) => line.startsWith(prefix));
      if (seen !== undefined) wait.resolve(seen);
      waiting.set(prefix, wait);
      const timer = setTimeout(
        () => wait.reject(new Error(`no "${prefix}" within ${START_MS} ms: ${lines.slice(-4).join(" | ")}`)),
        START_MS,
      );
      return wait.promise.finally(() => clearTimeout(timer));
    },
    async kill() {
      send("SIGKILL");
      await ended;
    },
    async stop() {
      send("SIGTERM");
      return (await ended).code;
    },
    residentBytes() {
      try {
        const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
        return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
      } catch {
        return 0;
      }
    },
  };
}

/** Runs `flashseal ...args` to its end. */
export async function runProcess(args: readonly string[]): Promise<void> {
  const process = startProcess(args);
  assert.equal((await process.ended).code, 0, process.lines.slice(-4).join(" | "));
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  // What has no end was cut off by a kill: it was not said.
}
