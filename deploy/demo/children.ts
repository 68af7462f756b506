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
  /** Rejects when what the child wrote could not be taken, by a defect of the taker; the child's own end is no such thing. */
  readonly troubled: Promise<never>;
  /** Resolves with the exit code once the child has ended and every line of it was taken. */
  readonly ended: Promise<number>;
  /** Ends the child at once, as a power cut does, and waits for its exit. */
  kill(): Promise<number>;
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

/** A bundle stands alone: its children must not look for a configuration or a package either. */
function sandboxFlags(): readonly string[] {
  return Deno.mainModule.endsWith(".js")
    ? ["--no-config", "--no-lock", "--no-npm", "--no-remote", "--cached-only", "--no-prompt"]
    : [];
}

const LINES_KEPT = 2000;
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts `flashseal ...args` as a child process; every line it writes also goes to `onLine`. Whatever `onLine` throws ends
 * up in `troubled`: the child's output is read to its end, so that it can be stopped like any other.
 */
export function startChild(
  args: readonly string[],
  onLine: (line: string) => void = () => {},
  command: Deno.Command = selfCommand(args),
): Child {
  const process = command.spawn();
  const output: string[] = [];
  const troubled = Promise.withResolvers<never>();
  // Nobody has to listen: who starts a child without `onLine` has no trouble to expect.
  troubled.promise.catch(() => {});
  const waiting = new Set<
    { prefix: string; resolve: (line: string) => void; reject: (error: Error) => void }
  >();

  const take = (line: string): void => {
    output.push(line);
    if (output.length > LINES_KEPT) output.shift();
    try {
      onLine(line);
    } catch (error) {
      troubled.reject(error);
    }
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
    troubled: troubled.promise,
    ended,
    line(prefix) {
      const seen = output.find((line) => line.startsWith(prefix));
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve, reject) => waiting.add({ prefix, resolve, reject }));
    },
    kill() {
      signalTo(process, "SIGKILL");
      return ended;
    },
    async stop() {
      const timer = setTimeout(() => signalTo(process, "SIGKILL"), STOP_DEADLINE_MS);
      signalTo(process, "SIGTERM");
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}

function signalTo(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended by itself; its exit is awaited like any other.
  }
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
