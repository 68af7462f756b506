/**
 * Starts this program again as a child process (authority, agent) and stops it in order: terminated, then its
 * exit awaited. Works from source, from a bundle and from the compiled binary.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";

/** A running child process of this program. */
export interface Child {
  readonly pid: number;
  /** Resolves with the first line of standard output that starts with `prefix`; a Fault when the child ends first. */
  line(prefix: string): Promise<string>;
  /** Everything the child wrote, line by line, newest last; bounded to the last 2,000 lines. */
  readonly output: readonly string[];
  /** Terminates the child and waits for its exit; the exit code. */
  stop(): Promise<number>;
}

/** Returns the command that runs this same program with `args`. */
function selfCommand(args: readonly string[]): Deno.Command {
  const flags = Deno.build.standalone ? [] : ["run", "-A", ...sandboxFlags(), Deno.mainModule];
  return new Deno.Command(Deno.execPath(), {
    args: [...flags, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs `flashseal ...args` to its end. @throws {Fault} with its last words when it does not end well */
export async function runChild(args: readonly string[]): Promise<void> {
  const { code, stderr } = await selfCommand(args).output();
  if (code === 0) return;
  const says = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" ");
  throw new Fault(`Cannot run ${args.slice(0, 2).join(" ")}: it ended with ${code}: ${says}`, {
    place: "child process",
    retry: false,
  });
}

/** A bundle stands alone: its children must not look for a configuration or a package either. */
function sandboxFlags(): readonly string[] {
  return Deno.mainModule.endsWith(".js")
    ? ["--no-config", "--no-lock", "--no-npm", "--no-remote", "--cached-only", "--no-prompt"]
    : [];
}

const LINES_KEPT = 2000;
const STOP_DEADLINE_MS = 10_000;

/** Starts `flashseal ...args` as a child process; every line it writes also goes to `onLine`. */
export function startChild(args: readonly string[], onLine: (line: string) => void = () => {}): Child {
  const process = selfCommand(args).spawn();
  const output: string[] = [];
  const waiting = new Set<
    { prefix: string; resolve: (line: string) => void; reject: (error: Error) => void }
  >();

  const take = (line: string): void => {
    output.push(line);
    if (output.length > LINES_KEPT) output.shift();
    onLine(line);
    for (const wait of waiting) {
      if (!line.startsWith(wait.prefix)) continue;
      waiting.delete(wait);
      wait.resolve(line);
    }
  };
  const ended = Promise.all([eachLine(process.stdout, take), eachLine(process.stderr, take), process.status])
    .then(([, , status]) => {
      const last = output.slice(-5).join(" | ");
      for (const wait of waiting) {
        const says = `Cannot wait for "${wait.prefix}": ${
          args.join(" ")
        } ended with ${status.code} (${last})`;
        wait.reject(new Fault(says, { place: "child process", retry: false }));
      }
      waiting.clear();
      return status.code;
    });

  return {
    pid: process.pid,
    output,
    line(prefix) {
      const seen = output.find((line) => line.startsWith(prefix));
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve, reject) => waiting.add({ prefix, resolve, reject }));
    },
    async stop() {
      const timer = setTimeout(() => process.kill("SIGKILL"), STOP_DEADLINE_MS);
      try {
        process.kill("SIGTERM");
      } catch {
        // It has ended by itself; its exit is awaited below like any other.
      }
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}
