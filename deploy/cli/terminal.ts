/**
 * The rules of the terminal in one place: results go to standard output, everything else to standard error;
 * with `--json` the last line of standard output is one JSON value; progress is drawn only on a terminal.
 *
 * @module
 */
import { type Failure, failureOf, type Outcome } from "./outcome.ts";
import { EXIT } from "./outcome.ts";
import { type Output, standardError, standardOutput } from "./output.ts";

/** Where a command speaks. */
export interface Terminal {
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Aborted when nobody reads any more what this command says: a long one ends in order then. */
  readonly unread: AbortSignal;
  /** Narration: standard output, or standard error with `--json`. */
  say(line: string): void;
  /** One event of a running command as a line of JSON on standard output. */
  event(event: unknown): void;
  /** A line of log on standard error. */
  log(line: string): void;
  /** Draws `done` of `total` bytes or steps of `what`; draws nothing unless standard error is a terminal. */
  progress(what: string, done: number, total: number): void;
}

/** The two streams that a command writes to. */
export interface Streams {
  readonly out: Output;
  readonly err: Output;
}

/** The streams of this process. */
export const processStreams: Streams = { out: standardOutput, err: standardError };

/** Returns the terminal of this process. */
export function processTerminal(json: boolean, { out, err }: Streams = processStreams): Terminal {
  return {
    json,
    unread: AbortSignal.any([out.ended, err.ended]),
    say: (line) => (json ? err : out).line(line),
    event: (event) => out.line(JSON.stringify(event)),
    log: (line) => err.line(line),
    progress: (what, done, total) => {
      if (!Deno.stderr.isTerminal() || total <= 0) return;
      const width = 30;
      const filled = Math.floor((Math.min(done, total) / total) * width);
      const bar = `${"#".repeat(filled)}${".".repeat(width - filled)}`;
      const percent = Math.floor((done / total) * 100).toString().padStart(3);
      err.write(`\r${what} [${bar}] ${percent} %${done >= total ? "\n" : ""}`);
    },
  };
}

/** Prints `outcome` and returns its exit code: a result that could not be written for want of space is a fault. */
export function printOutcome(json: boolean, outcome: Outcome, streams: Streams = processStreams): number {
  const code = print(json, outcome, streams);
  const { failure } = streams.out;
  return failure === null || code !== EXIT.done ? code : printFailure(failureOf(failure), false, streams);
}

function print(json: boolean, outcome: Outcome, { out, err }: Streams): number {
  if ("refused" in outcome) {
    err.line(`Refused (${outcome.refused}): ${outcome.sentence}. ${outcome.remedy}`);
    if (json) out.line(JSON.stringify(outcome));
    return EXIT.refused;
  }
  if ("exit" in outcome) {
    err.line(outcome.exit === "refused" ? `Refused: ${outcome.sentence}` : `flashseal: ${outcome.sentence}`);
    if (json) out.line(JSON.stringify(outcome.json));
    return EXIT[outcome.exit];
  }
  if (json) out.line(JSON.stringify(outcome.json));
  else for (const line of outcome.lines) out.line(line);
  return EXIT.done;
}

/** Prints `failure` and returns its exit code. */
export function printFailure(
  failure: Failure,
  json: boolean,
  { out, err }: Streams = processStreams,
): number {
  if (failure.exit === EXIT.done) return EXIT.done;
  // commander has printed its own message already.
  if (!failure.told) err.line(`flashseal: ${failure.sentence}`);
  if (json) out.line(JSON.stringify({ error: failure.code, sentence: failure.sentence }));
  return failure.exit;
}
