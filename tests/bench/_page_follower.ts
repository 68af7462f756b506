/**
 * An open overview as a browser has it, and how old what happens is when it shows: each event of the agent that changes a tile
 * is waited for in what the stream brings. The drawing in a browser is not in it.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";
import {
  emptyStation,
  stateOf,
  type StationEvent,
  type StationStatus,
  withEvent,
} from "../../agent/status/mod.ts";
import type { DeliveryEvent } from "../../agent/mod.ts";

/** A tile as its reader sees it. */
function seenOf({ state, phase, uid, progress, ...station }: StationStatus): string {
  const isShown = state === "working" && phase !== null;
  return [
    stateOf({ state, phase, uid, progress, ...station }),
    uid?.slice(-4) ?? "",
    isShown && progress !== null ? `${progress.done}/${progress.total}` : "",
  ].join(" ");
}

/** The same of each tile in the content of the page. */
function tilesOf(html: string): ReadonlyMap<string, string> {
  const tiles = new Map<string, string>();
  for (
    const [, state = "", station = "", tile = ""] of html.matchAll(
      /<li class="tile \w+ (\w+)" id="tile-([^"]+)"([\s\S]*?)<\/li>/g,
    )
  ) {
    const uid = /class="uid">…?([^<]*)</.exec(tile)?.[1] ?? "";
    const progress = /<progress[^>]*>([^<]*)</.exec(tile)?.[1] ?? "";
    tiles.set(station, `${state} ${uid} ${progress}`);
  }
  return tiles;
}

interface Awaited {
  readonly seen: string;
  readonly atMs: number;
}

/** Follows the overview of one agent. */
export class PageFollower {
  /** How old each change was when the page had it, or a later one of the same station, in milliseconds. */
  readonly agesMs: number[] = [];
  readonly #stations = new Map<string, StationStatus>();
  readonly #awaited = new Map<string, Awaited[]>();

  /** Takes an event of the agent as it comes out of its standard output. */
  hear(event: AgentEvent): void {
    if (!("station" in event)) return;
    const before = this.#stations.get(event.station) ?? emptyStation(event.station);
    const now = withEvent(before, event as DeliveryEvent | StationEvent);
    this.#stations.set(event.station, now);
    if (seenOf(now) === seenOf(before)) return;
    const awaited = this.#awaited.get(event.station) ?? [];
    // The agent's own time of the event where it has one: the same machine's clock.
    awaited.push({ seen: seenOf(now), atMs: "atMs" in event ? event.atMs : Date.now() });
    this.#awaited.set(event.station, awaited);
  }

  /** Reads the stream until `signal`. */
  async follow(url: string, signal: AbortSignal): Promise<void> {
    const response = await fetch(`${url}events?at=/`, { signal });
    let rest = "";
    try {
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        const messages = (rest + text).split("\n\n");
        rest = messages.pop() ?? "";
        const heardMs = Date.now();
        // Let the events that the agent printed before this be heard first.
        await new Promise((resolve) => setTimeout(resolve, 0));
        for (const message of messages) if (message.startsWith("event: page")) this.#show(message, heardMs);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Changes that the page has not shown. */
  get unseen(): number {
    return [...this.#awaited.values()].reduce((sum, one) => sum + one.length, 0);
  }

  #show(message: string, atMs: number): void {
    for (const [station, seen] of tilesOf(message)) {
      const awaited = this.#awaited.get(station) ?? [];
      const last = awaited.findLastIndex((one) => one.seen === seen);
      for (const one of awaited.splice(0, last + 1)) this.agesMs.push(atMs - one.atMs);
    }
  }
}
