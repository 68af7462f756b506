/**
 * One station of the model: waits for a board, delivers to it, and waits for the next (D§1 "stations"). What goes
 * wrong with one board or one station leaves the others working.
 *
 * @module
 */
import { Fault, Malformed } from "../../bootloader/wire/mod.ts";
import type { RefusalCode } from "../../authority/api/mod.ts";
import { type CauseCode, deliver, type DeliveryResult } from "../delivery/mod.ts";
import { createModelChannel } from "../link/model/mod.ts";
import { createProbe } from "../probe/mod.ts";
import { openModelBoard } from "../probe/model/mod.ts";
import type { StationEvent, StationReason } from "../status/mod.ts";
import type { Appliance } from "./appliance.ts";
import type { Bell } from "./bell.ts";
import type { BoardFeed } from "./board_feed.ts";
import { builtInBootloader } from "./bootloaders.ts";
import type { Capture } from "./capture.ts";
import type { StationConfig } from "./config.ts";
import type { AgentPorts } from "./ports.ts";
import { earlierKeySets, statementKeysOf } from "./trust_file.ts";

/** How long a station that cannot work waits before it tries again, in milliseconds. */
const TRY_AGAIN_MS = 2_000;
/** How often a board is taken up again by itself: each time erases its chip, whose flash does not last for ever. */
const TRIES_MOST = 5;
/** Ends that say nothing about the board: the network or the appliance failed, and may be right again. */
const NOT_THE_BOARD: ReadonlySet<string> = new Set<CauseCode | `authority-${RefusalCode}`>([
  "authority-unreachable",
  // P-79: between its ticket and its key; the owner lets the appliance go on.
  "authority-appliance-stopped",
  "disk-fault",
  // The owner's server was restored in the middle of a delivery: the next try gets a ticket that it knows.
  "authority-ticket-epoch",
  "authority-ticket-unknown",
]);

/** Tells whether an end with this cause says nothing about the board. */
export function saysNothingOfTheBoard(cause: string): boolean {
  return NOT_THE_BOARD.has(cause);
}

/** What a station works with. */
export interface StationParts {
  readonly appliance: Appliance;
  readonly config: StationConfig;
  readonly capture: Capture | null;
  /** Ends waiting; a delivery that is further than its ticket goes on. */
  readonly stopping: AbortSignal;
  /** Stops everything between two steps. */
  readonly signal: AbortSignal;
  /** Rung by a person who wants the station to try again now. */
  readonly bell?: Bell;
}

/** Works until `stopping`: every board of the feed that reaches this station is delivered to. */
export async function runStation(parts: StationParts, feed: BoardFeed, ports: AgentPorts): Promise<void> {
  const { name } = parts.config;
  const tries = new Map<string, number>();
  const wait = (rung = rungOf(parts)) => ports.pause(TRY_AGAIN_MS, AbortSignal.any([parts.stopping, rung]));
  let last: DoneBoard | null = null;
  let cannotLook = false;
  while (!parts.stopping.aborted) {
    let path: string | null = null;
    try {
      if (cannotLook) {
        feed.check();
        cannotLook = false;
        ports.onEvent(afterLook(name, last));
      }
      path = await nextBoard(parts, feed, last, ports);
      if (path === null) return;
      last = null;
      ports.onEvent({ kind: "board", station: name, path });
      const { cause } = await deliverTo(path, parts, { patient: true }, ports);
      last = { path, isHeld: cause !== null, fault: null };
      const tried = (tries.get(path) ?? 0) + 1;
      if (cause !== null && NOT_THE_BOARD.has(cause) && tried < TRIES_MOST) {
        tries.set(path, tried);
        ports.onEvent({ kind: "again", station: name });
        await wait();
        feed.putBack(path);
        last = { path, isHeld: false, fault: null };
      } else tries.delete(path);
    } catch (error) {
      if (!(error instanceof Fault) && !(error instanceof Malformed)) throw error;
      const { message } = error;
      const reason = path === null ? "boards-unreadable" : reasonOf(error);
      ports.onEvent({ kind: "station-fault", station: name, message, reason });
      const rung = rungOf(parts);
      await wait(rung);
      cannotLook = path === null;
      if (path === null) continue;
      // A record that cannot be written ends a delivery without a verdict: the board is still to be done.
      const isBack = rung.aborted || error instanceof Fault && error.place === "disk";
      if (isBack) feed.putBack(path);
      last = { path, isHeld: !isBack, fault: { message, reason } };
    }
  }
}

/** What to tell when boards can be looked for again: what stands in the station may still be a fault of its own. */
function afterLook(station: string, last: DoneBoard | null): StationEvent {
  const fault = last?.fault ?? null;
  return fault === null ? { kind: "station-works", station } : { kind: "station-fault", station, ...fault };
}

/** What keeps a station from a board that is there, as a code that has words in every language. */
function reasonOf(error: Fault | Malformed): StationReason | CauseCode {
  if (!(error instanceof Fault)) return "board-unreadable";
  if (error.place === "authority") return "authority-unreachable";
  return error.place === "disk" ? "disk-fault" : "board-unreadable";
}

/** A board whose delivery has ended, or never began, and that may still be in its place. */
interface DoneBoard {
  readonly path: string;
  /** Whether it stays as it is until the bell rings: neither delivered nor put back already. */
  readonly isHeld: boolean;
  /** Why the station could not work on it, when it could not. */
  readonly fault: { readonly message: string; readonly reason: string } | null;
}

/**
 * Returns the next board. Tells when the last one is taken out; when the bell rings before that, one that is held
 * is taken up again, as if it had been put in anew.
 */
async function nextBoard(
  parts: StationParts,
  feed: BoardFeed,
  last: DoneBoard | null,
  ports: AgentPorts,
): Promise<string | null> {
  const taken = new AbortController();
  const watch = async ({ path, isHeld }: DoneBoard) => {
    const rung = rungOf(parts);
    if (isHeld) rung.addEventListener("abort", () => feed.putBack(path), { signal: taken.signal });
    await feed.gone(path, AbortSignal.any([parts.stopping, taken.signal]));
    if (!taken.signal.aborted && !parts.stopping.aborted) {
      taken.abort();
      ports.onEvent({ kind: "board-out", station: parts.config.name });
    }
  };
  const watching = last === null ? null : watch(last);
  try {
    return await feed.take(parts.stopping);
  } finally {
    taken.abort();
    await watching;
  }
}

/** A signal that the station's bell aborts; never aborted where there is none. */
function rungOf({ bell }: StationParts): AbortSignal {
  return bell?.rung ?? new AbortController().signal;
}

/** Delivers to the board in a file. @throws {Malformed} when it is no board; {Fault} when record or capture fail. */
export async function deliverTo(
  path: string,
  parts: StationParts,
  options: { readonly patient: boolean },
  ports: AgentPorts,
): Promise<DeliveryResult> {
  const { appliance, config, capture, stopping, signal } = parts;
  const product = config.product ?? await onlyProduct(parts, options, ports);
  const board = openModelBoard(path, { name: config.name, wiring: config.wiring, random: ports.random });
  try {
    return await deliver({
      probe: createProbe(board.port),
      channel: createModelChannel(board.mcu),
      office: appliance.office,
      journal: appliance.journal,
      releases: appliance.releases,
      identity: { appliance: appliance.config.appliance, sign: appliance.identity.sign },
      get keySet() {
        return appliance.trust().keySet;
      },
      get earlierKeySets() {
        return earlierKeySets(appliance.trust());
      },
      statementKeys: () => statementKeysOf(appliance.trust()),
      bootloaderFor: builtInBootloader,
      nowMs: ports.nowMs,
      pause: ports.pause,
      emit: ports.onEvent,
      ...(capture === null ? {} : { capture: capture.begin() }),
    }, {
      station: config.name,
      product,
      wiring: config.wiring,
      patient: options.patient,
      nudged: () => rungOf(parts),
      listenMs: config.listenMs,
      stopping,
      signal,
    });
  } finally {
    board.close();
  }
}

/** Returns the one product that the owner allows this appliance; a patient station waits until there is one. */
async function onlyProduct(
  parts: StationParts,
  options: { readonly patient: boolean },
  ports: AgentPorts,
): Promise<string> {
  for (;;) {
    const state = await parts.appliance.refresh(parts.signal);
    const products = parts.appliance.products();
    if (products.length === 1) return products[0]!;
    const refusal = parts.appliance.refusal();
    const [reason, problem] = refusal !== null
      ? [`authority-${refusal.code}`, `${refusal.says}. ${refusal.remedy}`]
      : state === null && products.length === 0
      ? ["authority-unreachable", "the owner's server cannot be reached"]
      : [
        "product-open",
        `the owner allows ${products.length} products; set "product" for the station in config.json`,
      ];
    const fault = new Fault(`Cannot choose a product for ${parts.config.name}: ${problem}`, {
      place: "authority",
      retry: true,
    });
    if (!options.patient || parts.stopping.aborted) throw fault;
    ports.onEvent({ kind: "station-fault", station: parts.config.name, message: fault.message, reason });
    await ports.pause(TRY_AGAIN_MS, AbortSignal.any([parts.stopping, rungOf(parts)]));
  }
}
