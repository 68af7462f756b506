/**
 * The blocks of RUNBOOK.md, and the hands that follow them.
 *
 * @module
 */
import assert from "node:assert/strict";

const RUNBOOK = new URL("../../deploy/RUNBOOK.md", import.meta.url).pathname;

/** One fenced block. */
export interface Block {
  /** `run`: to its end. `serves`: until a later block stops it. `stops`: ends what was begun. `hand`: not by a test. */
  readonly kind: "run" | "serves" | "stops" | "hand";
  /** Of what is begun or ended. */
  readonly name: string;
  readonly text: string;
  /** Where it begins in the file. */
  readonly line: number;
  /** The paragraph before it. */
  readonly before: string;
}

/** The text of the runbook. */
export function runbook(): string {
  return Deno.readTextFileSync(RUNBOOK);
}

/** The fenced blocks of a text, in order. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const { 1: info = "", 2: body = "", index } of text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, index).split("\n").length;
    const found = /^sh(?: (serves|stops) ([a-z]+)| (by hand))?$/.exec(info);
    assert.ok(found !== null, `line ${line}: a block that is none of the kinds: "${info}"`);
    const before = text.slice(0, index).trimEnd().split("\n\n").at(-1) ?? "";
    const kind = found[3] !== undefined ? "hand" : (found[1] ?? "run") as Block["kind"];
    blocks.push({ kind, name: found[2] ?? "", text: body, line, before });
  }
  return blocks;
}

/** Something that runs until it is stopped. */
interface Running {
  readonly process: Deno.ChildProcess;
  readonly output: string[];
  readonly read: Promise<unknown>;
}

const READY = /^(listening|Status page|.*status page)/mi;
const READY_WITHIN_MS = 60_000;

/** Follows blocks in a folder, like somebody with as many terminals as it takes. */
export class Hands {
  readonly #running = new Map<string, Running>();
  readonly #folder: string;
  readonly #env: Record<string, string>;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = { ...env };
  }

  /** Does what a block says. A command that fails, fails the test with what it said. */
  async follow(block: Block): Promise<void> {
    if (block.kind === "serves") return await this.#begin(block);
    if (block.kind === "stops") return await this.#end(block.name);
    const ran = await this.#command(block.text, AbortSignal.timeout(180_000)).output();
    const out = new TextDecoder().decode(ran.stdout);
    const said = out + new TextDecoder().decode(ran.stderr);
    assert.equal(ran.code, 0, `line ${block.line}:\n${block.text}\n${said}\n${this.#lastWords()}`);
    const code = /^Enrolment code (\S+)$/m.exec(out)?.[1];
    if (code !== undefined) this.#env["CODE"] = code;
  }

  /** Ends whatever still runs. */
  async close(): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.#end(name);
  }

  #command(text: string, signal?: AbortSignal): Deno.Command {
    return new Deno.Command("sh", {
      args: ["-euc", text],
      cwd: this.#folder,
      env: this.#env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #begin({ name, text, line }: Block): Promise<void> {
    // The shell becomes the program, so that it can be stopped by its id.
    const process = this.#command(`exec ${text.trim()}`).spawn();
    const output: string[] = [];
    const take = async (stream: ReadableStream<Uint8Array>) => {
      for await (const part of stream.pipeThrough(new TextDecoderStream())) output.push(part);
    };
    const read = Promise.all([take(process.stdout), take(process.stderr)]);
    this.#running.set(name, { process, output, read });
    const end = Date.now() + READY_WITHIN_MS;
    while (!READY.test(output.join(""))) {
      assert.ok(Date.now() < end, `line ${line}: ${name} is not ready: ${output.join("")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #end(name: string): Promise<void> {
    const running = this.#running.get(name);
    assert.ok(running !== undefined, `"${name}" does not run`);
    this.#running.delete(name);
    running.process.kill("SIGTERM");
    const { code } = await running.process.status;
    await running.read;
    assert.equal(code, 0, `${name}: ${running.output.join("")}`);
  }

  #lastWords(): string {
    return [...this.#running].map(([name, { output }]) => `${name}: ${output.join("").slice(-1_500)}`).join(
      "\n",
    );
  }
}
