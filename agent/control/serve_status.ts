/**
 * The status page of a running agent: what it is made from, and its server on loopback.
 *
 * @module
 */
import { enrolmentWords } from "../../authority/api/mod.ts";
import { Fault, type Keyset } from "../../bootloader/wire/mod.ts";
import { diskOf } from "../../figures/host/mod.ts";
import { type AgentMetrics, METRICS_TYPE } from "../metrics/mod.ts";
import { createStatusApp, type Health, type StatusSnapshot, type StatusSource } from "../status/mod.ts";
import { offlineStatus } from "../sync/mod.ts";
import type { Appliance } from "./appliance.ts";
import type { Bell } from "./bell.ts";
import { type BoundedServer, serveBounded } from "./bounded_server.ts";
import { agentPaths } from "./config.ts";
import type { Floor } from "./floor.ts";
import { hasPin, isRightPin } from "./pin.ts";
import type { AgentPorts } from "./ports.ts";
import { standingOf } from "./status_of.ts";

/** What was delivered within this time says how fast the line is, in milliseconds. */
const PACE_MS = 3_600_000;

/** What the page is served from. */
export interface StatusParts {
  readonly appliance: Appliance;
  readonly floor: Floor;
  /** One per station, by its name. */
  readonly bells: ReadonlyMap<string, Bell>;
  readonly metrics: AgentMetrics;
  /** Port on loopback; 0: a free one. */
  readonly port: number;
  /** Ends every open stream, so that the server can end. */
  readonly signal: AbortSignal;
}

/** Serves the page. @throws {Fault} naming the port */
export function serveStatus(parts: StatusParts, ports: AgentPorts): BoundedServer {
  const { folder } = parts.appliance;
  const { port } = parts;
  const app = createStatusApp(statusSource(parts, ports));
  const onListen = (address: Deno.NetAddr) => {
    const url = `http://127.0.0.1:${address.port}/`;
    Deno.writeTextFileSync(agentPaths(folder).address, url + "\n");
    ports.onEvent({ kind: "listening", url });
  };
  try {
    return serveBounded({ port, onListen, fetch: (request) => app.fetch(request) }, ports);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    const remedy =
      "end that one, or choose another with --status-port or in config.json; 0 takes any that is free";
    throw new Fault(`Cannot show the status page: another program listens on port ${port}; ${remedy}`, {
      place: "network",
      retry: true,
      cause,
    });
  }
}

/** Returns what the pages of a running agent are drawn from. */
export function statusSource(
  parts: Omit<StatusParts, "port">,
  ports: Pick<AgentPorts, "nowMs" | "pause" | "onEvent">,
): StatusSource {
  const { appliance, floor, bells, metrics, signal } = parts;
  return {
    snapshot: () => snapshotOf(parts, ports.nowMs()),
    book: appliance.journal.floor,
    health: () => healthOf(appliance),
    noted: () => floor.noted(),
    onChange: (listener) => floor.onChange(listener),
    tryAgain(name) {
      const station = floor.station(name);
      const isStuck = station !== undefined &&
        (station.fault !== null || station.state === "waiting" ||
          station.state === "done" && station.last?.outcome !== "delivered");
      if (isStuck) bells.get(name)?.ring();
      return isStuck;
    },
    figures: async () => ({ type: METRICS_TYPE, text: await metrics.text() }),
    onMade: onceUntilGood((message) => ports.onEvent({ kind: "page-problem", message })),
    isRightPin: (pin) => isRightPin(appliance.folder, pin),
    nowMs: ports.nowMs,
    pause: ports.pause,
    signal,
  };
}

/** Tells a failure once until what failed can be made again: whoever watches asks every few seconds. */
function onceUntilGood(tell: (message: string) => void): StatusSource["onMade"] {
  const failing = new Map<string, string>();
  return (what, error) => {
    if (error === null) return void failing.delete(what);
    const message = `Cannot make the status page or the figures: ${sentenceOf(error)}`;
    const isTold = [...failing.values()].includes(message);
    failing.set(what, message);
    if (!isTold) tell(message);
  };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : "it failed";
}

function snapshotOf(
  { appliance, floor }: Pick<StatusParts, "appliance" | "floor">,
  nowMs: number,
): StatusSnapshot {
  const { config, journal, folder, contact } = appliance;
  return {
    appliance: config.appliance,
    name: config.name,
    origin: config.origin,
    stations: floor.stations(),
    ...floor.counts(),
    standing: standingOf(journal),
    offline: { ...offlineStatus(journal, nowMs), reachable: contact.state.reachable },
    atMs: nowMs,
    zone: config.zone,
    pace: floor.pace(nowMs - PACE_MS, nowMs),
    hasPin: hasPin(folder),
  };
}

function healthOf({ folder, journal, trust, identity }: Appliance): Health {
  const { lastMs, signedSeconds } = journal.contact();
  const { keySet, rootPublicKey } = trust();
  const { number, hash } = journal.head();
  return {
    disk: diskOf(folder),
    clockAheadSeconds: lastMs === null || signedSeconds === 0
      ? null
      : Math.round(lastMs / 1000) - signedSeconds,
    keySet: {
      serial: keySet.serial,
      epoch: keySet.epoch,
      announcesNext: announces(keySet),
      issuedSeconds: Number(keySet.issuedAt),
    },
    sixWords: enrolmentWords(rootPublicKey, identity.publicKey),
    record: { count: number, head: hash.toHex() },
  };
}

/** Whether the owner has announced the ticket key that follows (P-70). */
function announces({ nextTicketKey }: Keyset): boolean {
  return nextTicketKey.some((byte) => byte !== 0);
}
