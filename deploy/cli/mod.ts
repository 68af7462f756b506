/**
 * The command table (D§12): which words of the command line lead to which function. The one place that knows
 * exit codes, terminals and option names; everything behind it is a plain function.
 *
 * @module
 */
import { Command, type Option } from "commander";
import { agentCommands } from "./agent_commands.ts";
import { authorityCommands } from "./authority_commands.ts";
import type { CommandGroup, Exit } from "./command.ts";
import { demoCommand } from "./demo_command.ts";
import { deviceCommands } from "./device_commands.ts";
import { ownerCommands } from "./owner_commands.ts";
import { verifyCommands } from "./verify_commands.ts";
import { EXIT, failureOf } from "./outcome.ts";
import { standardError, standardOutput } from "./output.ts";
import { printFailure } from "./terminal.ts";
import { versionLine } from "./version.ts";

export { type ExitName, exitWords } from "./exit_words.ts";
export { EXIT } from "./outcome.ts";

const GROUPS: readonly CommandGroup[] = [
  demoCommand,
  authorityCommands,
  ownerCommands,
  agentCommands,
  deviceCommands,
  verifyCommands,
];

/** Runs the command line `args` (without the program's name) and resolves with the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const exit: Exit = { code: EXIT.done };
  const program = buildProgram(exit);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exit.code;
  } catch (error) {
    const code = printFailure(failureOf(error), args.includes("--json"));
    const { failure } = standardOutput;
    return code === EXIT.done && failure !== null ? printFailure(failureOf(failure), false) : code;
  }
}

/** Returns the whole command table; a command that runs leaves its exit code in `exit`. */
export function buildProgram(exit: Exit): Command {
  const program = new Command("flashseal")
    .description(
      "Lets a manufacturer you do not trust program your microcontrollers, without ever showing it the firmware",
    )
    .helpOption("--help", "show help")
    // Behind a command `--version` is the command's own: `owner release create` has one.
    .enablePositionalOptions()
    .version(versionLine(), "--version", "show the versions of program, bootloader and runtime")
    .helpCommand(false)
    .showHelpAfterError("(--help shows what can be given)")
    .configureOutput({
      writeOut: (text) => standardOutput.write(text),
      writeErr: (text) => standardError.write(text),
    });
  for (const group of GROUPS) group(program, exit);
  everyCommand(program, (command) => {
    command.exitOverride().helpOption("--help", "show help");
    command.options.forEach(unquoteDefault);
  });
  return program;
}

/** Help shows a default as it is typed: 3, not "3". */
function unquoteDefault(option: Option): void {
  const value: unknown = option.defaultValue;
  if (typeof value === "string") option.default(value, value);
}

function everyCommand(command: Command, act: (command: Command) => void): void {
  act(command);
  for (const child of command.commands) everyCommand(child, act);
}
