/**
 * `flashseal agent pin`: sets the PIN that people before the appliance need for what its status page may do. The PIN comes
 * from the keyboard or from standard input, never from an argument, which other people of the machine can read.
 *
 * @module
 */
import type { Command } from "commander";
import { isPin, removePin, setPin } from "../../agent/mod.ts";
import { bind, type Exit } from "./command.ts";
import { Usage } from "./outcome.ts";

/** More than any PIN and its end of line, in bytes. */
const INPUT_BYTES_MOST = 64;

/** Registers `pin` under `agent`. */
export function pinCommand(agent: Command, exit: Exit): void {
  bind<{ readonly dir: string; readonly remove?: boolean }>(
    agent.command("pin")
      .description(
        'set the PIN for "try again" on the status page; 4 to 12 digits, typed or on standard input',
      )
      .requiredOption("--dir <folder>", "the appliance's folder")
      .option("--remove", "take the PIN away: the page offers no action then"),
    exit,
    async ({ options, terminal }) => {
      if (options.remove === true) {
        await removePin(options.dir);
        return { json: { pin: "removed" }, lines: ["PIN removed: the status page offers no action"] };
      }
      const pin = await readPin((line) => terminal.log(line));
      if (!isPin(pin)) throw new Usage("Cannot set the PIN: it must be 4 to 12 digits");
      await setPin(options.dir, pin, (length) => crypto.getRandomValues(new Uint8Array(length)));
      return { json: { pin: "set" }, lines: ["PIN set: it counts at once, also for an agent that runs"] };
    },
  );
}

/** Reads a PIN: unseen and twice from a keyboard, as the first line from anything else. */
async function readPin(say: (line: string) => void): Promise<string> {
  if (!Deno.stdin.isTerminal()) return (await readLine(false)).trim();
  say("New PIN (4 to 12 digits, not shown):");
  const pin = await readLine(true);
  say("The same PIN again:");
  if (await readLine(true) !== pin) throw new Usage("Cannot set the PIN: the two are not the same");
  return pin;
}

/** Reads up to the end of a line. Unseen: the terminal shows nothing of it meanwhile. */
async function readLine(isUnseen: boolean): Promise<string> {
  if (isUnseen) Deno.stdin.setRaw(true, { cbreak: true });
  try {
    let line = "";
    const piece = new Uint8Array(INPUT_BYTES_MOST);
    while (line.length < INPUT_BYTES_MOST) {
      const count = await Deno.stdin.read(piece);
      if (count === null) break;
      const [before, after] = new TextDecoder().decode(piece.subarray(0, count)).split(/[\r\n]/, 2);
      line += before;
      if (after !== undefined) break;
    }
    return line;
  } finally {
    if (isUnseen) Deno.stdin.setRaw(false);
  }
}
