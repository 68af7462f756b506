/**
 * `flashseal demo`: the whole deployment on one laptop.
 *
 * @module
 */
import type { Command } from "commander";
import {
  type DemoResult,
  DEVICES_MAX,
  flawsOf,
  isChip,
  OFFLINE_MAX,
  runDemo,
  STATIONS_MAX,
} from "../demo/mod.ts";
import { bind, type Exit } from "./command.ts";
import { type Outcome, Usage } from "./outcome.ts";
import { stopSignal } from "./stop.ts";

interface Demo {
  readonly devices: string;
  readonly offline: string;
  readonly stations: string;
  readonly firmware?: string;
  readonly chip: string;
  readonly capture?: string;
  readonly keep?: boolean;
}

/** Registers `demo`. */
export function demoCommand(program: Command, exit: Exit): void {
  bind<Demo>(
    program.command("demo").description(
      "the whole deployment on one laptop: owner, authority, agent and boards, narrated",
    )
      .option("--devices <number>", "boards delivered while the authority can be reached", "3")
      .option("--offline <number>", "boards delivered while it cannot, from the offline allowance", "2")
      .option("--stations <number>", "stations of the appliance", "1")
      .option("--firmware <file>", "your own firmware, .hex, .elf or .bin (default: a built-in sample)")
      .option("--chip <name>", "a name that `flashseal mcu list` gives", "stm32g0-8k")
      .option(
        "--capture <folder>",
        "record every wire, and the clear image beside, into this folder; what an earlier demo recorded there is removed",
      )
      .option("--keep", "leave everything running at the end, until Ctrl-C"),
    exit,
    async ({ options, terminal }) => {
      if (!isChip(options.chip)) {
        throw new Usage(
          `Cannot use --chip ${options.chip}: the model has no such chip; see flashseal mcu list`,
        );
      }
      const result = await runDemo({
        devices: count("--devices", options.devices, 1, DEVICES_MAX),
        offline: count("--offline", options.offline, 0, OFFLINE_MAX),
        stations: count("--stations", options.stations, 1, STATIONS_MAX),
        chip: options.chip,
        firmware: options.firmware ?? null,
        capture: options.capture ?? null,
        keep: options.keep === true,
      }, { say: terminal.say, stop: stopSignal(), unread: terminal.unread });
      return demoOutcome(result, options.keep === true ? [] : NEXT);
    },
  );
}

/** Where somebody goes who has seen a first demo. */
const NEXT = [
  "Next: --keep, to play with it in both pages; --firmware FILE, with a firmware of yours; --capture FOLDER, to search every wire",
  "      for it; then deploy/RUNBOOK.md, the first day of a real deployment",
];

/**
 * What a demo comes to: its report is the result even when a device is not as it must be (D§12). `next` follows it for people.
 */
export function demoOutcome(result: DemoResult, next: readonly string[] = []): Outcome {
  const { report } = result;
  const flaws = flawsOf(result);
  if (flaws.length > 0) {
    return { exit: "fault", sentence: `Cannot call the demo good: ${flaws.join("; ")}`, json: report };
  }
  const { length } = report.devices;
  const devices = length === 1 ? "1 device:" : `${length} devices: each`;
  const every = `${devices} delivered, booted, locked, and holding exactly the owner's image`;
  return { json: report, lines: [every, ...next] };
}

function count(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most && text.trim() !== "") return value;
  throw new Usage(`Cannot use ${option} ${text}: it must be a whole number from ${least} to ${most}`);
}
