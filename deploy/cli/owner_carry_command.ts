/**
 * `flashseal owner carry FILE --reply FILE`: an appliance's messages from a stick, to the owner's server and back.
 *
 * @module
 */
import type { Command } from "commander";
import { carryFile } from "../../authority/owner/mod.ts";
import { carryLines } from "./carrier_text.ts";
import type { Exit } from "./command.ts";
import { bindOwner, type Granted } from "./owner_binding.ts";

/** Registers `carry`. */
export function carryCommand(owner: Command, exit: Exit): void {
  bindOwner<{ readonly reply: string }, Granted<typeof carryFile>>(
    owner.command("carry <file>").description(
      "bring an appliance's messages from a stick to the owner's server, and its replies back into a file",
    )
      .requiredOption("--reply <file>", "the file of replies to write, for flashseal agent import"),
    exit,
    (session, { options, args, terminal }) =>
      carryFile(session, {
        file: args[0] ?? "",
        replyFile: options.reply,
        onReply: (done, total) => terminal.progress("messages", done, total),
      }),
    carryLines,
  );
}
