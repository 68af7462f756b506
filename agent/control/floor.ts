/**
 * The floor as the running agent sees it: stations kept from events, counts kept from the record, and the last things that
 * a person may have to know. In memory and bounded; whatever must survive stands in the journal.
 *
 * @module
 */
import {
  type Counts,
  emptyStation,
  type Noted,
  type Pace,
  type StationStatus,
  type Tallied,
  wasGoodBefore,
  withEvent,
} from "../status/mod.ts";
import { Fault } from "../../bootloader/wire/mod.ts";
import type { DeliveryResult } from "../delivery/mod.ts";
import type { Delivered, Journal, Tally } from "../journal/mod.ts";
import type { AgentEvent } from "./ports.ts";
import { saysNothingOfTheBoard } from "./station.ts";

/** How many noted things are kept; the oldest goes first. */
const NOTED_MOST = 100;
/** Ends that are no verdict on a board: it is taken up again. */
const NO_VERDICT: readonly string[] = ["stopped", "interrupted"];

/** Counts of the record in the shape that pages and JSON have. */
export interface FloorCounts {
  readonly counts: Counts;
  readonly tallies: Readonly<Record<string, Tallied>>;
}

type Counted = Omit<FloorCounts, "counts"> & { readonly counts: Omit<Counts, "unreported"> };

/** What is known of the floor. */
export class Floor {
  readonly #journal: Journal;
  readonly #stations: Map<string, StationStatus>;
  readonly #listeners = new Set<() => void>();
  readonly #sinceMs: number;
  #noted: readonly Noted[] = [];
  /** Null: not read yet. */
  #counted: Counted | null = null;
  #delivered: { readonly sinceMs: number; readonly list: Delivered[] } | null = null;

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
    if (event.kind === "ended") this.#count(event.result);
    if (!isKnown) this.#noted = [...notedOf(event, nowMs), ...this.#noted].slice(0, NOTED_MOST);
    for (const listener of this.#listeners) listener();
  }

  /** Adds a delivery that has just ended: a record of 100,000 is not read again after each board. */
  #count({ delivery, station, outcome, cause }: DeliveryResult): void {
    this.#counted = this.#counted && countOf([{ station, outcome, cause, count: 1 }], this.#counted);
    if (outcome !== "delivered" || this.#delivered === null) return;
    try {
      const delivered = this.#journal.floor.delivered(delivery);
      if (delivered !== null) this.#delivered.list.push(delivered);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // The record cannot be read just now: the delivery has ended all the same, and is counted at the next look.
      this.#delivered = null;
    }
  }

  /** Every station as it is now, in the order of the configuration. */
  stations(): readonly StationStatus[] {
    return [...this.#stations.values()];
  }

  station(name: string): StationStatus | undefined {
    return this.#stations.get(name);
  }

  /** Counts, read from the record once and kept from then on. */
  counts(): FloorCounts {
    this.#counted ??= countOf(this.#journal.floor.tallies());
    const unreported = this.#journal.floor.unreported();
    return { tallies: this.#counted.tallies, counts: { ...this.#counted.counts, unreported } };
  }

  /** What was delivered of each product between two instants (milliseconds since 1970). */
  pace(fromMs: number, toMs: number): readonly Pace[] {
    // Read from the record anew where the clock was put back: what is older than asked for is forgotten.
    if (this.#delivered === null || fromMs < this.#delivered.sinceMs) {
      this.#delivered = { sinceMs: fromMs, list: [...this.#journal.floor.deliveredAfter(fromMs)] };
    } else {
      const list = this.#delivered.list.filter(({ endedMs }) => endedMs > fromMs);
      this.#delivered = { sinceMs: fromMs, list };
    }
    return paceOf(this.#delivered.list.filter(({ endedMs }) => endedMs <= toMs));
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

const NOTHING: Counted = { counts: { delivered: 0, refused: 0, failed: 0 }, tallies: {} };

/** Returns the counts with more deliveries in them; a good board that a station met again was counted when it was made. */
function countOf(more: readonly Tally[], before: Counted = NOTHING): Counted {
  const counts = { ...before.counts };
  const tallies: Record<string, Tallied> = Object.assign(Object.create(null), before.tallies);
  for (const { station, outcome, cause, count } of more) {
    if (wasGoodBefore({ outcome, cause })) continue;
    counts[outcome] += count;
    const tally = tallies[station] ?? { good: 0, bad: 0 };
    const isVerdict = cause === null || !(saysNothingOfTheBoard(cause) || NO_VERDICT.includes(cause));
    if (outcome === "delivered") tallies[station] = { ...tally, good: tally.good + count };
    else if (isVerdict) tallies[station] = { ...tally, bad: tally.bad + count };
  }
  return { counts, tallies };
}

function paceOf(delivered: readonly Delivered[]): readonly Pace[] {
  return [...Map.groupBy(delivered, ({ product }) => product)].map(([product, list]) => ({
    product,
    delivered: list.length,
    sinceMs: list.reduce((first, { startedMs }) => Math.min(first, startedMs), Infinity),
  }));
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
    case "page-problem":
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
      return [{
        atMs,
        ...nothing,
        kind: "station",
        subject: event.station,
        says: event.message,
        reason: event.reason,
      }];
    default:
      return [];
  }
}
