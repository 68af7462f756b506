/**
 * A demo that is kept open, for tests that play with it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { MAIN } from "../script/_flashseal.ts";

/** How long anything may take, in milliseconds. */
const PATIENCE_MS = 120_000;

/** A `demo --keep` of one board, as a process of its own. */
export class KeptDemo {
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  /** What it has told so far. */
  readonly lines: string[] = [];

  /** Starts it; everything that it makes lies in `folder`. */
  constructor(folder: string, { offline }: { readonly offline: number }) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", MAIN, "demo", "--keep", "--devices", "1", "--offline", `${offline}`],
      env: { NO_COLOR: "1", TMPDIR: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
    }
  }

  /** Returns the first match in a line after the `from`th. */
  async line(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      for (const line of this.lines.slice(from)) {
        const found = pattern.exec(line);
        if (found !== null) return found;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`no line ${pattern} in: ${this.lines.slice(from).join("\n")}`);
  }

  /** Stops it, as Ctrl-C does; the exit code. */
  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.status;
    await this.#reading;
    return code;
  }
}
