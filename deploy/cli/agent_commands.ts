/**
 * `flashseal agent ...`: the appliance at the manufacturer.
 *
 * @module
 */
import type { Command } from "commander";
import {
  type AgentEvent,
  agentStatus,
  deliverOnce,
  type DeliveryResult,
  enrolAgent,
  readConfig,
  runAgent,
  selfTest,
  syncOnce,
  systemPorts,
} from "../../agent/mod.ts";
import { demandKnownAnswers } from "../../bootloader/suite/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { bind, type Exit } from "./command.ts";
import { carrierCommands } from "./agent_carrier_commands.ts";
import { pinCommand } from "./agent_pin_command.ts";
import { portOf } from "./numbers.ts";
import { agentLogged } from "../logging/mod.ts";
import { answersMetrics, LOG_LEVEL_OPTION, loggerOf, supervised } from "./service.ts";
import { type Outcome, Usage } from "./outcome.ts";
import { stopSignal } from "./stop.ts";
import { agentEventLine } from "./agent_text.ts";
import { countText } from "./text.ts";

/** Registers `agent` and its commands. */
export function agentCommands(program: Command, exit: Exit): void {
  const agent = program.command("agent").description("the appliance on the factory floor");
  enrolCommand(agent, exit);
  runCommand(agent, exit);
  deliverCommand(agent, exit);
  syncCommand(agent, exit);
  selfTestCommand(agent, exit);
  carrierCommands(agent, exit);
  pinCommand(agent, exit);
  bind<{ readonly dir: string }>(
    agent.command("status").description("what the appliance has done and does now").requiredOption(
      "--dir <folder>",
      "the appliance's folder",
    ),
    exit,
    async ({ options }) => {
      const status = await agentStatus({ folder: options.dir }, { nowMs: () => Date.now() });
      const { counts } = status;
      return {
        json: status,
        lines: [
          `${status.name} (${status.appliance}), owner's server ${status.origin}`,
          `Six words: ${status.words}`,
          status.url === null ? "Not running" : `Running, status page ${status.url}`,
          `${counts.delivered} delivered, ${counts.refused} refused, ${counts.failed} failed, ${
            countText(counts.unreported, "receipt")
          } not yet reported`,
          status.record.holds
            ? `Record: ${status.record.count} entries, chain holds`
            : `RECORD BROKEN at ${status.record.number}: ${status.record.problem}`,
          ...(status.standing === null
            ? []
            : [`${status.standing.says.toUpperCase()}. ${status.standing.remedy}`]),
          ...(status.running?.stations ?? []).map((station) =>
            `${station.station}: ${station.state}${
              station.says === null ? "" : `: ${station.says}. ${station.remedy ?? ""}`
            }`
          ),
        ],
      };
    },
  );
}

function enrolCommand(agent: Command, exit: Exit): void {
  interface Enrol {
    readonly dir: string;
    readonly authority: string;
    readonly code: string;
    readonly stations: string;
    readonly sealKey?: string;
  }
  bind<Enrol>(
    agent.command("enrol").description("introduce this appliance to its owner's server")
      .requiredOption("--dir <folder>", "the appliance's folder; made when missing")
      .requiredOption("--authority <url>", "https://HOST:PORT")
      .requiredOption("--code <code>", "the owner's code: eight groups of four letters and digits")
      .option("--stations <number>", "how many stations with the bundled model", "1")
      .option("--seal-key <file>", "where the seal key goes (default: beside the folder)"),
    exit,
    async ({ options }) => {
      const stations = Number(options.stations);
      if (!Number.isInteger(stations) || stations < 1 || stations > 64) {
        throw new Usage("Cannot enrol: --stations must be a whole number from 1 to 64");
      }
      const answer = await enrolAgent({
        folder: options.dir,
        origin: options.authority,
        code: options.code,
        stations,
        ...(options.sealKey === undefined ? {} : { sealKeyFile: options.sealKey }),
      }, systemPorts(() => {}));
      if ("refused" in answer) {
        const { code, says, remedy } = answer.refused;
        return { refused: code, sentence: says, remedy };
      }
      const { enrolled } = answer;
      return {
        json: enrolled,
        lines: [
          `Enrolled as "${enrolled.name}" (${enrolled.appliance}) in ${enrolled.folder}`,
          `Six words: ${enrolled.words}`,
          'Read them to the owner by telephone: "owner appliance list" must show the same, else somebody stands between',
        ],
      };
    },
  );
}

function syncCommand(agent: Command, exit: Exit): void {
  bind<{ readonly dir: string; readonly giveBack?: boolean }>(
    agent.command("sync").description("one round with the owner's server now, while the agent does not run")
      .requiredOption("--dir <folder>", "the appliance's folder")
      .option("--give-back", "return the lent units that were not used"),
    exit,
    async ({ options, terminal }) => {
      const result = await syncOnce(
        { folder: options.dir, giveBack: options.giveBack === true, signal: stopSignal() },
        systemPorts((event) => agentEventLine(event).forEach(terminal.say)),
      );
      return {
        json: result,
        lines: [`${result.left} tickets left for offline work, ${result.unreported} steps not yet reported`],
      };
    },
  );
}

function selfTestCommand(agent: Command, exit: Exit): void {
  bind(
    agent.command("selftest").description(
      "does this machine's cryptography give the published answers? Both implementations; every start asks the same",
    ),
    exit,
    ({ terminal }) => {
      const checks = selfTest();
      const line = ({ implementation, check, passed }: typeof checks[number]) =>
        `${passed ? "right" : "WRONG"}  ${implementation}  ${check}`;
      const wrong = checks.filter(({ passed }) => !passed);
      if (wrong.length > 0) {
        checks.map(line).forEach(terminal.say);
        const named = wrong.map(({ implementation, check }) => `${check} on ${implementation}`).join(", ");
        throw new Fault(
          `This machine's cryptography gives ${
            countText(wrong.length, "wrong answer")
          }: ${named}; install the program anew, then try another machine`,
          { place: "suite", retry: false },
        );
      }
      return {
        json: { passed: true, checks },
        lines: [...checks.map(line), `${checks.length} right answers`],
      };
    },
  );
}

function runCommand(agent: Command, exit: Exit): void {
  interface Run {
    readonly dir: string;
    readonly capture?: string;
    readonly statusPort?: string;
    readonly logLevel?: string;
  }
  bind<Run>(
    agent.command("run").description("work at all stations until told to stop")
      .requiredOption("--dir <folder>", "the appliance's folder")
      .option("--capture <folder>", "record every wire into this folder")
      .option("--status-port <number>", "port of the status page on 127.0.0.1, 0: any free one")
      .option(LOG_LEVEL_OPTION[0], `${LOG_LEVEL_OPTION[1]} (default: info; off on a terminal)`),
    exit,
    async ({ options, terminal }) => {
      // On a terminal the narration tells the same to the person who looks.
      const log = loggerOf(options.logLevel, Deno.stderr.isTerminal() ? "off" : "info", terminal);
      const statusPort = options.statusPort === undefined ? {} : { statusPort: portOf(options.statusPort) };
      // Before anything else: a machine that computes wrongly says so, whatever else is missing.
      demandKnownAnswers();
      const { appliance } = await readConfig(options.dir);
      const signal = stopSignal(terminal.unread);
      const onEvent = (event: AgentEvent) => {
        if (terminal.json) terminal.event(event);
        else agentEventLine(event).forEach(terminal.say);
        log(agentLogged(event, appliance));
        if (event.kind !== "listening") return;
        const service = supervised(() => answersMetrics(event.url), log);
        signal.addEventListener("abort", service.stopping, { once: true });
      };
      await runAgent({
        folder: options.dir,
        signal,
        ...(options.capture === undefined ? {} : { capture: options.capture }),
        ...statusPort,
      }, systemPorts(onEvent));
      return { json: { stopped: options.dir }, lines: ["stopped"] };
    },
  );
}

function deliverCommand(agent: Command, exit: Exit): void {
  bind<
    { readonly dir: string; readonly station?: string; readonly wait?: boolean; readonly capture?: string }
  >(
    agent.command("deliver <board>").description("deliver to one board")
      .requiredOption("--dir <folder>", "the appliance's folder")
      .option("--station <name>", "which station (default: the first)")
      .option("--wait", "wait for a unit while the order has none")
      .option("--capture <folder>", "record every wire into this folder"),
    exit,
    async ({ options, args, terminal }) => {
      const result = await deliverOnce({
        folder: options.dir,
        board: args[0] ?? "",
        patient: options.wait === true,
        signal: stopSignal(),
        ...(options.station === undefined ? {} : { station: options.station }),
        ...(options.capture === undefined ? {} : { capture: options.capture }),
      }, systemPorts((event) => agentEventLine(event).forEach(terminal.say)));
      return deliveryOutcome(result);
    },
  );
}

/** What one delivery comes to: refused is a "no", failed is the world's doing (D§12); the result is told in every case. */
export function deliveryOutcome(result: DeliveryResult): Outcome {
  if (result.outcome === "delivered") return { json: result, lines: [`Delivered ${result.uid}`] };
  const { says, remedy, cause } = result;
  const sentence = `${says ?? "Not delivered"} (${cause ?? result.outcome}). ${remedy ?? ""}`.trimEnd();
  return { exit: result.outcome === "refused" ? "refused" : "fault", sentence, json: result };
}
