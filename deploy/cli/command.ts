/**
 * Binds one line of the command table to a function: adds `--json`, turns what comes back or is thrown into an
 * exit code, and keeps it for the caller. No command calls Deno.exit.
 *
 * @module
 */
import type { Command } from "commander";
import type { Outcome } from "./outcome.ts";
import { failureOf } from "./outcome.ts";
import type { Terminal } from "./terminal.ts";
import { printFailure, printOutcome, processTerminal } from "./terminal.ts";

/** Keeps the exit code of the command that ran. */
export interface Exit {
  code: number;
}

/** What a command's function is given: its options by their long names in camel case, and its arguments. */
export interface Invocation<Options> {
  readonly options: Options;
  readonly args: readonly string[];
  readonly terminal: Terminal;
}

/** Registers groups of commands; each binds the commands of one noun. */
export type CommandGroup = (program: Command, exit: Exit) => void;

/** Lets `command` run `run`. */
export function bind<Options extends object>(
  command: Command,
  exit: Exit,
  run: (invocation: Invocation<Options>) => Promise<Outcome> | Outcome,
): void {
  command.option("--json", "print the result as one line of JSON; narration goes to standard error");
  command.action(async () => {
    const options = command.opts<Options & { json?: boolean }>();
    const terminal = processTerminal(options.json === true);
    try {
      exit.code = printOutcome(terminal.json, await run({ options, args: command.args, terminal }));
    } catch (error) {
      exit.code = printFailure(failureOf(error), terminal.json);
    }
  });
}
