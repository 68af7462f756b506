/**
 * The floor as the running agent sees it: stations kept from events, counts kept from the record, and the last things that
 * a person may have to know. In memory and bounded; whatever must survive stands in the journal.
 *
 * @module
 */
import { emptyStation, type Noted, type StationStatus, type Tallied, withEvent } from "../status/mod.ts";
import type { Counts } from "../status/mod.ts";
import type { Journal } from "../journal/mod.ts";
import type { AgentEvent } from "./ports.ts";
import { saysNothingOfTheBoard } from "./station.ts";

/** How many noted things are kept; the oldest goes first. */
const NOTED_MOST = 100;
/** Ends that are no verdict on a board: it is taken up again, or was good before and is still. */
const NO_VERDICT: readonly string[] = [
  "stopped",
  "interrupted",
  "delivered-already",
  "authority-uid-committed",
];

/** Counts of the record in the shape that pages and JSON have. */
export interface FloorCounts {
  readonly counts: Counts;
  readonly tallies: Readonly<Record<string, Tallied>>;
}

/** What is known of the floor. */
export class Floor {
  readonly #journal: Journal;
  readonly #stations: Map<string, StationStatus>;
  readonly #listeners = new Set<() => void>();
  readonly #sinceMs: number;
  #noted: readonly Noted[] = [];
  #counted: Omit<FloorCounts, "counts"> & { readonly counts: Omit<Counts, "unreported"> } | null = null;

  constructor(journal: Journal, stations: readonly string[], nowMs: number) {
    this.#journal = journal;
    this.#stations = new Map(stations.map((name) => [name, emptyStation(name)]));
    this.#sinceMs = nowMs;
  }

  /** Takes an event. */
  hear(event: AgentEvent, nowMs: number): void {
    let isKnown = false;
    if ("station" in event) {
      const before = this.#stations.get(event.station);
      if (before !== undefined) this.#stations.set(event.station, withEvent(before, event));
      // A station that cannot work says so at each try: noted once, or it would push out everything else.
      isKnown = event.kind === "station-fault" && before?.fault === event.message;
    }
    if (event.kind === "ended") this.#counted = null;
    if (!isKnown) this.#noted = [...notedOf(event, nowMs), ...this.#noted].slice(0, NOTED_MOST);
    for (const listener of this.#listeners) listener();
  }

  /** Every station as it is now, in the order of the configuration. */
  stations(): readonly StationStatus[] {
    return [...this.#stations.values()];
  }

  station(name: string): StationStatus | undefined {
    return this.#stations.get(name);
  }

  /** Counts, read from the record once after each delivery. */
  counts(): FloorCounts {
    this.#counted ??= countOf(this.#journal);
    const unreported = this.#journal.floor.unreported();
    return { tallies: this.#counted.tallies, counts: { ...this.#counted.counts, unreported } };
  }

  noted() {
    return { sinceMs: this.#sinceMs, items: this.#noted };
  }

  /** Calls `listener` at each event; returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function countOf(journal: Journal) {
  const counts = { delivered: 0, refused: 0, failed: 0 };
  const tallies: Record<string, Tallied> = Object.create(null);
  for (const { station, outcome, cause, count } of journal.floor.tallies()) {
    counts[outcome] += count;
    const before = tallies[station] ?? { good: 0, bad: 0 };
    const isVerdict = cause === null || !(saysNothingOfTheBoard(cause) || NO_VERDICT.includes(cause));
    if (outcome === "delivered") tallies[station] = { ...before, good: before.good + count };
    else if (isVerdict) tallies[station] = { ...before, bad: before.bad + count };
  }
  return { counts, tallies };
}

/** What a person may have to know of an event; empty for what is ordinary. */
function notedOf(event: AgentEvent, atMs: number): readonly Noted[] {
  const nothing = { subject: null, says: null, remedy: null };
  switch (event.kind) {
    case "contact":
      return [{ atMs, ...nothing, kind: event.reachable ? "back" : "away", says: event.problem }];
    case "sync-refused":
      return [{ atMs, kind: "refused", subject: event.code, says: event.says, remedy: event.remedy }];
    case "sync-problem":
      return [{ atMs, ...nothing, kind: "problem", says: event.message }];
    case "synced":
      return event.alarms.map(({ uid, alarm }) => ({
        ...nothing,
        atMs,
        kind: "alarm",
        subject: uid,
        says: alarm,
      }));
    case "lease-use-finished":
      return [{ atMs, ...nothing, kind: "finished", subject: event.uid }];
    case "reported-late":
      return event.refused === null
        ? []
        : [{ atMs, ...nothing, kind: "late", subject: event.uid, says: event.refused }];
    case "station-fault":
      return [{ atMs, ...nothing, kind: "station", subject: event.station, says: event.message }];
    default:
      return [];
  }
}
