/**
 * `flashseal authority keys ...`: the ticket and log key of an authority, and their change by the root's word.
 *
 * @module
 */
import type { Command } from "commander";
import { changeKeys, createHost, keySetRefusals, showKeys } from "../../authority/mod.ts";
import { keyIdOf } from "../../bootloader/suite/mod.ts";
import { bind, type Exit } from "./command.ts";
import type { Outcome } from "./outcome.ts";
import { timeText } from "./text.ts";

interface Change {
  readonly dir: string;
  readonly rootKey: string;
}

/** Registers the commands. */
export function authorityKeysCommands(authority: Command, exit: Exit): void {
  const keys = authority.command("keys").description(
    "the ticket and log key, and their change by the root key",
  );
  bind<{ readonly dir: string }>(
    keys.command("show").description("every key set that the root has signed, newest first")
      .requiredOption("--dir <folder>", "the folder that init made"),
    exit,
    async ({ options }) => {
      const shown = await showKeys({ folder: options.dir }, createHost());
      return {
        json: shown,
        lines: [
          `Root key ${shown.rootHash}`,
          ...shown.keySets.map((set) =>
            `Key set ${set.serial}, epoch ${set.epoch}, ${timeText(set.issuedAtSeconds * 1000)}: ` +
            `ticket key ${set.ticketKeyId}, log key ${set.logKeyId}${
              set.nextTicketKeyId === null
                ? ""
                : `; next ticket key ${set.nextTicketKeyId}, next log key ${set.nextLogKeyId}`
            }`
          ),
        ],
      };
    },
  );
  const change = (word: Word, says: string) =>
    bind<Change>(
      keys.command(word).description(says)
        .requiredOption("--dir <folder>", "the folder that init made")
        .requiredOption("--root-key <file>", "the root key's file; bring it for this and take it away again"),
      exit,
      ({ options }) => runChange(word, options),
    );
  change("next", "announce the ticket and log key that come next; the current ones go on");
  change(
    "switch",
    "make the announced keys the current ones; the private halves of the earlier ones are deleted",
  );
}

type Word = "next" | "switch";

async function runChange(word: Word, options: Change): Promise<Outcome> {
  const task = { folder: options.dir, rootKeyFile: options.rootKey, change: word };
  const done = await changeKeys(task, createHost());
  if ("refused" in done) {
    const { says, remedy } = keySetRefusals[done.refused];
    return { refused: done.refused, sentence: says, remedy };
  }
  const { serial, ticketKey, logKey, nextTicketKey, nextLogKey } = done.keySet;
  const announced = word === "next";
  const ids = {
    serial,
    ticketKeyId: keyIdOf(ticketKey),
    logKeyId: keyIdOf(logKey),
    nextTicketKeyId: announced ? keyIdOf(nextTicketKey) : null,
    nextLogKeyId: announced ? keyIdOf(nextLogKey) : null,
  };
  return {
    json: ids,
    lines: [
      announced
        ? `Key set ${serial} announces ticket key ${ids.nextTicketKeyId} and log key ${ids.nextLogKeyId}`
        : `Key set ${serial}: ticket key ${ids.ticketKeyId} and log key ${ids.logKeyId} are the current ones`,
      announced
        ? "Appliances hear of it by themselves; then run: flashseal authority keys switch"
        : "Back up the database again: a backup of before has the earlier keys",
      `TAKE THE ROOT KEY AWAY AGAIN: ${options.rootKey}`,
    ],
  };
}
