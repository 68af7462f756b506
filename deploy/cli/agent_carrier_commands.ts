/**
 * `flashseal agent export|import FILE`: sync by a file on a stick, for an appliance without a network.
 *
 * @module
 */
import type { Command } from "commander";
import { exportMessages, importReplies, systemPorts } from "../../agent/mod.ts";
import { agentEventLine } from "./agent_text.ts";
import { exportLines, importLines } from "./carrier_text.ts";
import { bind, type Exit } from "./command.ts";
import { stopSignal } from "./stop.ts";

interface WithFolder {
  readonly dir: string;
}

/** Registers `export` and `import`. */
export function carrierCommands(agent: Command, exit: Exit): void {
  bind<WithFolder>(
    agent.command("export <file>")
      .description(
        "write what this appliance has to tell its owner's server into a file; works while the agent runs",
      )
      .requiredOption("--dir <folder>", "the appliance's folder"),
    exit,
    async ({ options, args }) => {
      const made = await exportMessages({ folder: options.dir, file: args[0] ?? "" }, systemPorts(() => {}));
      return { json: made, lines: exportLines(made) };
    },
  );
  bind<WithFolder>(
    agent.command("import <file>")
      .description("take the replies of the owner's server out of a file; a running agent takes them itself")
      .requiredOption("--dir <folder>", "the appliance's folder"),
    exit,
    async ({ options, args, terminal }) => {
      const ports = systemPorts((event) => agentEventLine(event).forEach(terminal.say));
      const asked = { folder: options.dir, file: args[0] ?? "", signal: stopSignal() };
      const result = await importReplies(asked, ports);
      if ("foreign" in result) {
        return {
          refused: "file-foreign",
          sentence: `The file is not for this appliance: ${result.foreign}`,
          remedy: "Take it to the appliance that it was made for; nothing of it was taken",
        };
      }
      if ("waiting" in result) {
        return {
          json: result,
          lines: [`The agent is busy: it takes ${result.waiting} by itself, now or when it runs again`],
        };
      }
      return { json: result.imported, lines: importLines(result.imported) };
    },
  );
}
