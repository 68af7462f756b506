/**
 * What a command comes to, and how that becomes an exit code. The only file that knows exit codes.
 *
 * @module
 */
import { CommanderError } from "commander";
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import { systemErrorSentence } from "./system_error.ts";

/** Exit codes of every command (D§12). */
export const EXIT = { done: 0, usage: 2, malformed: 65, fault: 69, defect: 70, refused: 77 } as const;

/** A command that did what was asked: `lines` for people, `json` for programs. */
export interface Done {
  readonly lines: readonly string[];
  readonly json: unknown;
}

/** A well-formed "no": `code` never changes, `sentence` and `remedy` are for people. */
export interface Refused {
  readonly refused: string;
  readonly sentence: string;
  readonly remedy: string;
}

/** A command that has a result to show although what was asked did not come about: `json` is that result. */
export interface Short {
  readonly exit: "refused" | "fault";
  readonly sentence: string;
  readonly json: unknown;
}

/** The end of a command that did not throw. */
export type Outcome = Done | Refused | Short;

/** A failure as a person and a program read it. */
export interface Failure {
  readonly exit: number;
  readonly code: string;
  readonly sentence: string;
  /** Whether a person has been told already. */
  readonly told?: boolean;
}

/** A wrong use of the command line: exit code 2. */
export class Usage extends Error {
  override readonly name = "Usage";
}

/** Translates whatever a command threw. A defect shows its sentence, never a stack trace. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const exit = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return { exit, code: "usage", sentence: error.message.replace(/^error: /, ""), told: true };
  }
  if (error instanceof Usage) return { exit: EXIT.usage, code: "usage", sentence: error.message };
  if (error instanceof Malformed) return { exit: EXIT.malformed, code: "malformed", sentence: error.message };
  if (error instanceof Fault) return { exit: EXIT.fault, code: "fault", sentence: error.message };
  const system = systemErrorSentence(error);
  if (system !== undefined) return { exit: EXIT.fault, code: "fault", sentence: system };
  const sentence = error instanceof Error
    ? `${error.name}: ${error.message}`
    : "a value that is no error was thrown";
  return {
    exit: EXIT.defect,
    code: "defect",
    sentence: `Internal error (${sentence}). Please report it with the command that led here`,
  };
}
