/**
 * `flashseal authority ...`: makes and serves the owner's server.
 *
 * @module
 */
import type { Command } from "commander";
import {
  backupAuthority,
  beginEpochByHand,
  carryHere,
  createHost,
  initAuthority,
  renewTls,
  restoreAuthority,
  serveAuthority,
} from "../../authority/mod.ts";
import { authorityKeysCommands } from "./authority_keys_commands.ts";
import { carryLines } from "./carrier_text.ts";
import { bind, type Exit } from "./command.ts";
import { authorityLogged } from "../logging/mod.ts";
import { portOf } from "./numbers.ts";
import { LOG_LEVEL_OPTION, loggerOf, supervised } from "./service.ts";
import { untilAskedToStop } from "./stop.ts";
import { countText, timeText } from "./text.ts";

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
  serveCommands(authority, exit);
  carryCommand(authority, exit);
  backupCommands(authority, exit);
  authorityKeysCommands(authority, exit);
}

function serveCommands(authority: Command, exit: Exit): void {
  bind<{ readonly dir: string; readonly port?: string; readonly logLevel?: string }>(
    authority.command("serve").description("serve an authority over HTTPS until it is told to stop")
      .requiredOption("--dir <folder>", "the folder that init made")
      .option("--port <number>", "in place of the configured port, 0: any free one")
      .option(LOG_LEVEL_OPTION[0], `${LOG_LEVEL_OPTION[1]} (default: info)`),
    exit,
    async ({ options, terminal }) => {
      const log = loggerOf(options.logLevel, "info", terminal);
      const served = await serveAuthority({
        folder: options.dir,
        ...(options.port === undefined ? {} : { port: portOf(options.port) }),
      }, { ...createHost(), say: terminal.say, log: (line) => log(authorityLogged(line)) });
      const service = supervised(served.healthy, log);
      await untilAskedToStop(terminal.unread);
      service.stopping();
      await served.stop();
      return { json: { stopped: served.origin }, lines: [`stopped ${served.origin}`] };
    },
  );
  renewTlsCommand(authority, exit);
}

function renewTlsCommand(authority: Command, exit: Exit): void {
  bind<{ readonly dir: string }>(
    authority.command("renew-tls").description(
      "make a new certificate for the HTTPS channel now, under the same certificate authority; " +
        "serve does so by itself in the last four months",
    ).requiredOption("--dir <folder>", "the folder that init made"),
    exit,
    async ({ options }) => {
      const { certificateFile, endsAtMs } = await renewTls(options.dir, createHost());
      return {
        json: { certificateFile, endsAtMs },
        lines: [
          `${certificateFile} is new and ends ${
            timeText(endsAtMs)
          }; a server that runs takes it at its next start`,
          "Appliances and owners need nothing: they trust the certificate authority, which stays",
        ],
      };
    },
  );
}

function backupCommands(authority: Command, exit: Exit): void {
  bind<{ readonly dir: string; readonly to: string }>(
    authority.command("backup").description("copy the database into a new file, while it is served")
      .requiredOption("--dir <folder>", "the folder that init made")
      .requiredOption("--to <file>", "the file to make; it must not exist"),
    exit,
    async ({ options }) => {
      const made = await backupAuthority({ folder: options.dir, to: options.to }, createHost());
      return {
        json: made,
        lines: [
          `Backup of epoch ${made.epoch} in ${made.file}`,
          `NOT in it: ${
            made.notInIt.join(", ")
          }. Without the seal key it opens nothing: keep that apart from it`,
          ...(made.isNoted
            ? []
            : ["Its time could not be noted in the database: figures tell an earlier backup"]),
        ],
      };
    },
  );
  bind<{ readonly dir: string; readonly from: string }>(
    authority.command("restore").description("put a backup in place and begin a new epoch")
      .requiredOption("--dir <folder>", "the folder that init made; nobody may serve it")
      .requiredOption("--from <file>", "the backup"),
    exit,
    async ({ options }) => {
      const restored = await restoreAuthority({ folder: options.dir, from: options.from }, createHost());
      const aside = restored.putAside === null ? [] : [`The database that was there: ${restored.putAside}`];
      return {
        json: restored,
        lines: [`Restored ${restored.database}`, ...aside, ...epochLines(restored)],
      };
    },
  );
  bind<{ readonly dir: string }>(
    authority.command("new-epoch").description("begin a new epoch after a database was put back by hand")
      .requiredOption("--dir <folder>", "the folder that init made; nobody may serve it"),
    exit,
    async ({ options }) => {
      const begun = await beginEpochByHand(options.dir, createHost());
      return { json: begun, lines: epochLines(begun) };
    },
  );
}

/** What a person has to know and do after a restore. */
function epochLines(begun: {
  readonly epoch: number;
  readonly orders: number;
  readonly unaccounted: number;
  readonly presumed: number;
}): readonly string[] {
  return [
    `Epoch ${begun.epoch} has begun: tickets of earlier ones get no key any more`,
    `${
      countText(begun.unaccounted, "unit")
    } unaccounted: up to so many devices may exist that this server does not know. ` +
    "What appliances report moves them on",
    ...(begun.presumed === 0 ? [] : [`${countText(begun.presumed, "reserved unit")} counted as keyed`]),
    "FORGOTTEN is whatever was decided after the backup: raises, lowerings, freezes, denied and lost devices, stopped and revoked " +
    "appliances and API keys. Decide it again first",
    `THEN confirm ${
      countText(begun.orders, "order")
    }: flashseal owner order show, flashseal owner order confirm. ` +
    "Until then an order gives nothing",
  ];
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
