/**
 * `flashseal authority ...`: makes and serves the owner's server.
 *
 * @module
 */
import type { Command } from "commander";
import { carryHere, createHost, initAuthority, serveAuthority } from "../../authority/mod.ts";
import { carryLines } from "./carrier_text.ts";
import { bind, type Exit } from "./command.ts";
import { Usage } from "./outcome.ts";
import { untilAskedToStop } from "./stop.ts";

/** Registers `authority` and its commands. */
export function authorityCommands(program: Command, exit: Exit): void {
  const authority = program.command("authority").description(
    "the owner's server: signs tickets, counts, remembers",
  );
  interface Init {
    readonly dir: string;
    readonly owner: string;
    readonly name: readonly string[];
    readonly port: string;
    readonly host: string;
  }
  bind<Init>(
    authority.command("init").description("make the folder, keys and certificates of a new authority")
      .requiredOption("--dir <folder>", "the folder to make; it must not exist")
      .requiredOption("--owner <text>", "the owner's name")
      .option(
        "--name <host>",
        "host name or address that people and appliances use; repeat for more",
        collect,
        [] as string[],
      )
      .option("--host <address>", "address to listen on", "127.0.0.1")
      .option("--port <number>", "port to listen on, 0: any free one", "8443"),
    exit,
    async ({ options, terminal }) => {
      const names = options.name.length === 0 ? ["localhost", "127.0.0.1"] : options.name;
      const made = await initAuthority({
        folder: options.dir,
        ownerName: options.owner,
        names,
        listen: { host: options.host, port: portOf(options.port) },
      }, { ...createHost(), say: terminal.say });
      return { json: { ...made, rootPublicKey: made.rootPublicKey.toHex() }, lines: [] };
    },
  );
  carryCommand(authority, exit);
  bind<{ readonly dir: string; readonly port?: string }>(
    authority.command("serve").description("serve an authority over HTTPS until it is told to stop")
      .requiredOption("--dir <folder>", "the folder that init made")
      .option("--port <number>", "in place of the configured port, 0: any free one"),
    exit,
    async ({ options, terminal }) => {
      const served = await serveAuthority({
        folder: options.dir,
        ...(options.port === undefined ? {} : { port: portOf(options.port) }),
      }, { ...createHost(), say: terminal.say, log: terminal.log });
      await untilAskedToStop();
      await served.stop();
      return { json: { stopped: served.origin }, lines: [`stopped ${served.origin}`] };
    },
  );
}

function carryCommand(authority: Command, exit: Exit): void {
  bind<{ readonly dir: string; readonly reply: string }>(
    authority.command("carry <file>")
      .description("answer an appliance's messages from a stick on this machine; the server may run or not")
      .requiredOption("--dir <folder>", "the folder that init made")
      .requiredOption("--reply <file>", "the file of replies to write, for flashseal agent import"),
    exit,
    async ({ options, args, terminal }) => {
      const { dir: folder, reply: replyFile } = options;
      const asked = { folder, file: args[0] ?? "", replyFile };
      const done = await carryHere(asked, { ...createHost(), log: terminal.log });
      return { json: { ...done, replyFile }, lines: carryLines({ ...done, replyFile }) };
    },
  );
}

/** Gathers the values of an option that may be repeated. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Usage(`Cannot listen on port "${text}": it must be a whole number from 0 to 65535`);
}
