/**
 * The rules of the terminal in one place: results go to standard output, everything else to standard error;
 * with `--json` the last line of standard output is one JSON value; progress is drawn only on a terminal.
 *
 * @module
 */
import type { Failure, Outcome } from "./outcome.ts";
import { EXIT } from "./outcome.ts";

/** Where a command speaks. */
export interface Terminal {
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Narration: standard output, or standard error with `--json`. */
  say(line: string): void;
  /** One event of a running command as a line of JSON on standard output. */
  event(event: unknown): void;
  /** A line of log on standard error. */
  log(line: string): void;
  /** Draws `done` of `total` bytes or steps of `what`; draws nothing unless standard error is a terminal. */
  progress(what: string, done: number, total: number): void;
}

const encoder = new TextEncoder();

function writeLine(stream: { writeSync(bytes: Uint8Array): number }, line: string): void {
  let rest = encoder.encode(`${line}\n`);
  while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
}

/** Returns the terminal of this process. */
export function processTerminal(json: boolean): Terminal {
  return {
    json,
    say: (line) => writeLine(json ? Deno.stderr : Deno.stdout, line),
    event: (event) => writeLine(Deno.stdout, JSON.stringify(event)),
    log: (line) => writeLine(Deno.stderr, line),
    progress: (what, done, total) => {
      if (!Deno.stderr.isTerminal() || total <= 0) return;
      const width = 30;
      const filled = Math.floor((Math.min(done, total) / total) * width);
      const bar = `${"#".repeat(filled)}${".".repeat(width - filled)}`;
      const percent = Math.floor((done / total) * 100).toString().padStart(3);
      Deno.stderr.writeSync(encoder.encode(`\r${what} [${bar}] ${percent} %${done >= total ? "\n" : ""}`));
    },
  };
}

/** Prints `outcome` and returns its exit code. */
export function printOutcome(terminal: Terminal, outcome: Outcome): number {
  if ("refused" in outcome) {
    writeLine(Deno.stderr, `Refused (${outcome.refused}): ${outcome.sentence}. ${outcome.remedy}`);
    if (terminal.json) writeLine(Deno.stdout, JSON.stringify(outcome));
    return EXIT.refused;
  }
  if (terminal.json) writeLine(Deno.stdout, JSON.stringify(outcome.json));
  else for (const line of outcome.lines) writeLine(Deno.stdout, line);
  return EXIT.done;
}

/** Prints `failure` and returns its exit code. */
export function printFailure(failure: Failure, json: boolean): number {
  if (failure.exit === EXIT.done) return EXIT.done;
  writeLine(Deno.stderr, `flashseal: ${failure.sentence}`);
  if (json) writeLine(Deno.stdout, JSON.stringify({ error: failure.code, sentence: failure.sentence }));
  return failure.exit;
}
