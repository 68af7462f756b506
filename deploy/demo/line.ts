/**
 * The production line of the demo: watches the agent's events, knows which board is in which station, and waits for
 * what the story needs.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import { type Tell, tellEvent } from "./story.ts";

/** How one board ended. */
export type Ended = Extract<AgentEvent, { readonly kind: "ended" }>["result"];

/** How long the line may be silent before the demo gives up, in milliseconds. */
const SILENCE_MS = 120_000;

/** The line as the demo sees it. */
export class Line {
  /** Results in the order in which the deliveries ended. */
  readonly ended: Ended[] = [];
  readonly #tell: Tell;
  readonly #boards = new Map<string, string>();
  /** The file of each station's newest board. */
  readonly #paths = new Map<string, string>();
  readonly #working = new Set<string>();
  readonly #waits = new Set<{ readonly met: () => boolean; readonly resolve: () => void }>();
  #lastEventMs: number;
  readonly #nowMs: () => number;
  /** Called with a board's file when its delivery begins, or will again by itself. */
  onBegun: (path: string) => void = () => {};
  /** Called with a board's file when its delivery has ended. */
  onEnded: (path: string, result: Ended) => void = () => {};
  /** Stations whose board waits because the order has no unit left. */
  readonly starved = new Set<string>();
  statusPage: string | null = null;
  /** Whether a board waits because the offline allowance is used up. */
  offlineSpent = false;
  /** Tickets left for offline work, as the newest round of the agent's sync told; null before the first. */
  left: number | null = null;
  /** What the authority has not heard of lent units, as the newest round told; null before the first. */
  unreported: number | null = null;

  constructor(tell: Tell, nowMs: () => number) {
    this.#tell = tell;
    this.#nowMs = nowMs;
    this.#lastEventMs = nowMs();
  }

  /** Takes one line of the agent's standard output. */
  take(line: string): void {
    const event = parseEvent(line);
    if (event === undefined) return;
    this.#lastEventMs = this.#nowMs();
    if (event.kind === "listening") this.statusPage = event.url;
    if (event.kind === "synced") {
      this.left = event.left;
      this.unreported = event.unreported;
    }
    if (event.kind === "waiting" && event.cause === "offline-spent") this.offlineSpent = true;
    if (event.kind === "board") {
      this.#boards.set(event.station, boardName(event.path));
      this.#paths.set(event.station, event.path);
      this.#working.add(event.station);
    }
    if (event.kind === "ended") this.#working.delete(event.result.station);
    this.#tellHands(event);
    if (!("station" in event)) tellEvent(this.#tell, event, "appliance");
    else {
      if (event.kind === "waiting") this.starved.add(event.station);
      else if (event.kind !== "phase") this.starved.delete(event.station);
      tellEvent(this.#tell, event, this.#boards.get(event.station) ?? event.station);
    }
    if (event.kind === "ended") this.ended.push(event.result);
    for (const wait of this.#waits) if (wait.met()) wait.resolve();
  }

  /** The file of a board that a station works on now, or null. */
  boardInWork(): string | null {
    const [station] = this.#working;
    return station === undefined ? null : this.#paths.get(station) ?? null;
  }

  #tellHands(event: AgentEvent): void {
    const station = event.kind === "ended" ? event.result.station : "station" in event ? event.station : "";
    const path = this.#paths.get(station);
    if (path === undefined) return;
    if (event.kind === "board" || event.kind === "again") this.onBegun(path);
    if (event.kind === "ended") this.onEnded(path, event.result);
  }

  /** Resolves once `met`; a Fault when the line is silent for two minutes first. */
  async until(what: string, met: () => boolean): Promise<void> {
    if (met()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = { met, resolve };
    this.#waits.add(wait);
    const watch = Promise.withResolvers<void>();
    const timer = setInterval(() => {
      if (this.#nowMs() - this.#lastEventMs < SILENCE_MS) return;
      watch.reject(
        new Fault(`Cannot go on with the demo: ${what} did not happen, the line is silent`, {
          place: "agent",
          retry: false,
        }),
      );
    }, 1000);
    try {
      await Promise.race([promise, watch.promise]);
    } finally {
      clearInterval(timer);
      this.#waits.delete(wait);
    }
  }
}

/** The agent's own program wrote the line: an event, or its last result. */
function parseEvent(line: string): AgentEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  const value = JSON.parse(line) as AgentEvent | { readonly kind?: undefined };
  return value.kind === undefined ? undefined : value;
}

function boardName(path: string): string {
  return `board ${path.replace(/^.*\//, "").replace(/\.board$/, "")}`;
}
