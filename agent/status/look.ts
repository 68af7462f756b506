/**
 * How a station looks from two metres: one state with a word, a sign, a colour after IEC 60073 and what hands should do.
 * Colour never stands alone. Pure.
 *
 * @module
 */
import type { RefusalCode } from "../../authority/api/mod.ts";
import type { CauseCode, DeliveryResult } from "../delivery/mod.ts";
import type { StationStatus, StatusSnapshot } from "./snapshot.ts";

/** What a station can be in. */
export const stationStates = Object.freeze(
  ["ready", "working", "good", "waiting", "blocked", "refused", "failed", "fault"] as const,
);

/** One of {@linkcode stationStates}. */
export type StationState = typeof stationStates[number];

/** IEC 60073: green normal, yellow attention, red fault, blue a person must act. */
export type Colour = "green" | "yellow" | "red" | "blue";

/** What hands should do with the board. */
export type Act = "insert" | "leave" | "remove" | "ask" | "call";

/** How a state looks; its word stands in the table of words. */
export interface Look {
  readonly colour: Colour;
  readonly act: Act;
}

/** The look of each state. */
export const looks: Readonly<Record<StationState, Look>> = Object.freeze({
  /** No board lies in the station. */
  ready: { colour: "green", act: "insert" },
  working: { colour: "green", act: "leave" },
  good: { colour: "green", act: "remove" },
  /** Goes on by itself, without a person's doing. */
  waiting: { colour: "yellow", act: "leave" },
  /** Goes on by itself as soon as a person at the owner's has decided. */
  blocked: { colour: "blue", act: "ask" },
  /** A well-formed no about this board: nothing is broken. */
  refused: { colour: "blue", act: "remove" },
  failed: { colour: "red", act: "remove" },
  /** The station cannot work, whatever the board. */
  fault: { colour: "red", act: "call" },
});

/** Causes of a refusal that says no more than that the board is a good one: it was delivered and counted before. */
const GOOD_BEFORE: ReadonlySet<string> = new Set<CauseCode | `authority-${RefusalCode}`>([
  "delivered-already",
  "authority-uid-committed",
]);

/** Tells whether a delivery ended because its board is a good one already, as after a restart with boards in their places. */
export function wasGoodBefore({ outcome, cause }: Pick<DeliveryResult, "outcome" | "cause">): boolean {
  return outcome === "refused" && cause !== null && GOOD_BEFORE.has(cause);
}

/** Returns what a station is in. */
export function stateOf({ state, cause, fault, again, last }: StationStatus): StationState {
  if (fault !== null) return "fault";
  switch (state) {
    case "empty":
      return "ready";
    case "working":
      return "working";
    case "waiting":
      return isDecidedByOwner(cause) ? "blocked" : "waiting";
    case "done":
      if (last !== null && (last.outcome === "delivered" || wasGoodBefore(last))) return "good";
      if (again) return "waiting";
      return last?.outcome === "refused" ? "refused" : "failed";
  }
}

/** A refusal that a station waits through ends by what a person at the owner's does; a network comes back by itself. */
function isDecidedByOwner(cause: string | null): boolean {
  return cause !== null && cause.startsWith("authority-") && cause !== "authority-unreachable";
}

/** Whether a person can let the station try again. */
export function canTryAgain(station: StationStatus): boolean {
  return station.fault !== null || station.state === "waiting" ||
    station.state === "done" && station.last?.outcome !== "delivered";
}

/** Returns the number that each station is called by: the one its name ends with where all have one, else its place. */
export function numbersOf({ stations }: Pick<StatusSnapshot, "stations">): ReadonlyMap<string, number> {
  const named = stations.map(({ station }) => Number(/(\d{1,3})$/.exec(station)?.[1] ?? NaN));
  const areFit = new Set(named).size === named.length && named.every((number) => !Number.isNaN(number));
  return new Map(stations.map(({ station }, index) => [station, areFit ? named[index]! : index + 1]));
}
