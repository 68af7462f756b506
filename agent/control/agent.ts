/**
 * The agent as a program: all stations of an appliance side by side, the reporting of receipts that wait, the status
 * page, and a clean stop. The functions here are what the command line binds to.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import type { DeliveryResult } from "../delivery/mod.ts";
import { type Appliance, openAppliance } from "./appliance.ts";
import { Bell } from "./bell.ts";
import { BoardFeed } from "./board_feed.ts";
import type { BoundedServer } from "./bounded_server.ts";
import { type Capture, createCapture } from "./capture.ts";
import { agentPaths, type StationConfig } from "./config.ts";
import { Floor } from "./floor.ts";
import { takeFile } from "./import.ts";
import { keepInbox } from "./inbox.ts";
import { metricsOf } from "./metrics.ts";
import type { AgentEvent, AgentPorts } from "./ports.ts";
import { serveStatus } from "./serve_status.ts";
import { deliverTo, runStation, type StationParts } from "./station.ts";
import { reportOnce, runSync } from "./sync.ts";

/** How often waiting receipts are reported again, in milliseconds. */
const REPORT_AGAIN_MS = 2_000;
/** How long running deliveries may go on after a stop was asked for, in milliseconds. */
const STOP_GRACE_MS = 20_000;

/** How the agent runs. */
export interface RunOptions {
  readonly folder: string;
  /** Asks for a clean stop: no new board, no more waiting; deliveries under way may end (at most 20 s). */
  readonly signal: AbortSignal;
  /** Folder for captures (D§12). */
  readonly capture?: string;
  /** Port of the status page on loopback; 0: a free one. By default what config.json says. */
  readonly statusPort?: number;
}

/** Runs all stations until `signal`. @throws {Fault} when the appliance cannot be opened or held */
export async function runAgent(options: RunOptions, ports: AgentPorts): Promise<void> {
  const appliance = await openAppliance(options.folder, ports);
  const capture = options.capture === undefined ? null : createCapture(options.capture);
  const names = appliance.config.stations.map(({ name }) => name);
  const floor = new Floor(appliance.journal, names, ports.nowMs());
  const bells = new Map(names.map((name) => [name, new Bell()]));
  const metrics = metricsOf(appliance, floor, ports);
  const onEvent = (event: AgentEvent) => {
    floor.hear(event, ports.nowMs());
    metrics.observe(event);
    ports.onEvent(event);
  };
  const heard: AgentPorts = { ...ports, onEvent };
  const hard = new AbortController();
  const port = options.statusPort ?? appliance.config.statusPort;
  const page = { appliance, floor, bells, metrics, port, signal: hard.signal };
  const server = servedOrClosed(appliance, () => serveStatus(page, heard));
  const grace = () => void ports.pause(STOP_GRACE_MS, hard.signal).then(() => hard.abort());
  options.signal.addEventListener("abort", grace);
  try {
    // Only the key set is of interest here: a newer one is taken over before the first ticket.
    const first = () => AbortSignal.any([options.signal, AbortSignal.timeout(REPORT_AGAIN_MS)]);
    await despiteDisk(async () => void await appliance.refresh(first()), options.signal, heard);
    const feeds = new Map<string, BoardFeed>();
    const working = appliance.config.stations.map((config) => {
      const bell = bells.get(config.name) ?? new Bell();
      const parts = { appliance, config, capture, stopping: options.signal, signal: hard.signal, bell };
      return runStation(parts, feedOf(feeds, parts, heard), heard);
    });
    await Promise.all([
      ...working,
      despiteDisk(() => reportWaiting(appliance, options.signal, heard), options.signal, heard),
      despiteDisk(
        () => runSync(appliance, options.signal, heard, metrics.roundEnded),
        options.signal,
        heard,
      ),
      despiteDisk(() => takeFiles(appliance, options.signal, heard), options.signal, heard),
    ]);
  } finally {
    hard.abort();
    options.signal.removeEventListener("abort", grace);
    await server.stop();
    await Deno.remove(agentPaths(appliance.folder).address).catch(() => {});
    appliance.close();
  }
}

/** What one delivery is told. */
export interface DeliverOptions {
  readonly folder: string;
  /** The board's file. */
  readonly board: string;
  /** Name of the station; the first one of config.json by default. */
  readonly station?: string;
  /** Whether to wait for a ticket while the order is starved. */
  readonly patient?: boolean;
  readonly capture?: string;
  readonly signal: AbortSignal;
}

/** Delivers to one board and returns how it ended. @throws {Fault} {Malformed} when the appliance or the board cannot be opened */
export async function deliverOnce(options: DeliverOptions, ports: AgentPorts): Promise<DeliveryResult> {
  const appliance = await openAppliance(options.folder, ports);
  try {
    const { stations } = appliance.config;
    const config = stations.find(({ name }) => name === (options.station ?? stations[0]?.name));
    if (config === undefined) {
      const known = stations.map(({ name }) => `"${name}"`).join(", ");
      throw new Fault(`Cannot deliver: there is no station "${options.station}", config.json has ${known}`, {
        place: "agent",
        retry: false,
      });
    }
    await appliance.refresh(AbortSignal.any([options.signal, AbortSignal.timeout(REPORT_AGAIN_MS)]));
    await reportOnce(appliance, options.signal, ports);
    const capture: Capture | null = options.capture === undefined ? null : createCapture(options.capture);
    const { signal } = options;
    const parts: StationParts = { appliance, config, capture, stopping: signal, signal };
    return await deliverTo(options.board, parts, { patient: options.patient ?? false }, ports);
  } finally {
    appliance.close();
  }
}

/**
 * Reports receipts that could not be reported when their delivery ended, until `signal`. One that is new at a look is left to
 * its own station, which reports it at once: asked by both, the authority would answer twice. At the next look it is taken here.
 */
async function reportWaiting(appliance: Appliance, signal: AbortSignal, ports: AgentPorts): Promise<void> {
  const waiting = () => new Set(appliance.journal.unreported().map(({ ticketId }) => ticketId));
  let before = waiting();
  while (!signal.aborted) {
    const now = waiting();
    await reportOnce(appliance, signal, ports, (ticketId) => before.has(ticketId));
    before = now;
    await ports.pause(REPORT_AGAIN_MS, signal);
  }
}

/** Takes files of replies that `import` lays into the inbox, each between two rounds. */
async function takeFiles(appliance: Appliance, signal: AbortSignal, ports: AgentPorts): Promise<void> {
  const take = (bytes: Uint8Array) => appliance.inTurn(() => takeFile(appliance, bytes, ports));
  await keepInbox(agentPaths(appliance.folder).inbox, take, { signal, pause: ports.pause });
}

/** Takes up again what a failing disk stopped: what cannot be recorded now can be when there is space again. */
async function despiteDisk(
  work: () => Promise<void>,
  signal: AbortSignal,
  ports: AgentPorts,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault) || error.place !== "disk") throw error;
      ports.onEvent({ kind: "sync-problem", message: error.message });
      await ports.pause(REPORT_AGAIN_MS, signal);
    }
  }
}

function feedOf(feeds: Map<string, BoardFeed>, parts: StationParts, ports: AgentPorts): BoardFeed {
  const { folder } = parts.appliance;
  const path = boardsOf(parts.config, folder);
  const feed = feeds.get(path) ?? new BoardFeed(path, ports);
  feeds.set(path, feed);
  return feed;
}

function boardsOf(config: StationConfig, folder: string): string {
  return config.boards.startsWith("/") ? config.boards : `${folder}/${config.boards}`;
}

/** Returns the status page's server; the appliance is let go when there can be none. @throws {Fault} naming the port */
function servedOrClosed(appliance: Appliance, serve: () => BoundedServer): BoundedServer {
  try {
    return serve();
  } catch (error) {
    appliance.close();
    throw error;
  }
}
