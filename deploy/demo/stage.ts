/**
 * What every part of the demo stands on: its folder, its options, who tells, and its child processes. Whatever happens,
 * the children that run are known and can be stopped, and none is started once the demo is over.
 *
 * @module
 */
import type { FirmwareFile } from "../../authority/owner/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { type Child, startChild } from "./children.ts";
import type { Line } from "./line.ts";
import type { DemoOptions } from "./options.ts";
import type { Tell } from "./story.ts";

/** What the demo needs beside its options. */
export interface DemoPorts {
  readonly say: (line: string) => void;
  /** Aborted when the process is asked to stop: the end of `--keep`, or of a demo that is cut short. */
  readonly stop: AbortSignal;
  /** Aborted when nobody reads the story any more: the demo is cut short. */
  readonly unread: AbortSignal;
}

/** One demo. */
export interface Stage {
  readonly folder: string;
  readonly options: DemoOptions;
  readonly file: FirmwareFile;
  readonly ports: DemoPorts;
  readonly tell: Tell;
  /** Children that run now; whatever happens, they are stopped. */
  readonly running: Set<Child>;
  /** Ends the demo when something goes wrong while a child's words are taken. */
  readonly trouble: PromiseWithResolvers<never>;
  /** Aborted when the demo is over, well or not: what is still on its way starts nothing any more. */
  readonly over: AbortSignal;
}

/** An authority that is served. */
export interface RunningAuthority {
  readonly child: Child;
  readonly origin: string;
}

/** Serves the demo's authority. */
export async function serve(stage: Stage, port = "0"): Promise<RunningAuthority> {
  const child = start(stage, ["authority", "serve", "--dir", `${stage.folder}/authority`, "--port", port]);
  const origin = (await child.line("listening ")).slice("listening ".length);
  return { child, origin };
}

/** Runs the demo's appliance; `line` takes its events. Its page is shown at any free port by default. */
export function runAgentChild(
  stage: Stage,
  line: Line,
  { capture, statusPort = "0" }: { readonly capture: string | null; readonly statusPort?: string },
): Child {
  const args = ["agent", "run", "--dir", `${stage.folder}/appliance`, "--json", "--status-port", statusPort];
  const all = capture === null ? args : [...args, "--capture", capture];
  return start(stage, all, (text) => line.take(text));
}

/** Runs `flashseal ...args` to its end. @throws {Fault} with its last words when it does not end well */
export async function runToItsEnd(stage: Stage, args: readonly string[]): Promise<void> {
  const child = start(stage, args);
  const code = await child.ended;
  stage.running.delete(child);
  if (code === 0) return;
  const says = child.output.slice(-3).join(" ");
  throw new Fault(`Cannot run ${args.slice(0, 2).join(" ")}: it ended with ${code}: ${says}`, {
    place: "child process",
    retry: false,
  });
}

function start(stage: Stage, args: readonly string[], onLine?: (line: string) => void): Child {
  if (stage.over.aborted) {
    throw new Fault("Cannot go on with the demo: it is over", { place: "demo", retry: true });
  }
  const child = startChild(args, onLine);
  stage.running.add(child);
  child.troubled.catch(stage.trouble.reject);
  return child;
}
