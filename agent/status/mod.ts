/**
 * The appliance's status: kept from events, shown as pages and as JSON. A page is drawn from a {@linkcode StatusSource}, which
 * the agent's control hands in; this room reads no disk and asks nobody.
 *
 * @example
 * ```ts
 * import { emptyStation, withEvent } from "./mod.ts";
 * const station = withEvent(emptyStation("station-1"), { kind: "board", station: "station-1", path: "a.board" });
 * console.assert(station.state === "empty");
 * ```
 * @module
 */
export { createStatusApp, isLoopbackName } from "./app.tsx";
export { type Headline, headlineOf } from "./headline.ts";
export { type Colour, looks, stateOf, type StationState, stationStates, wasGoodBefore } from "./look.ts";
export { mediansOf, type PhaseTime, phaseTimesOf } from "./phase_times.ts";
export { PinGuard, type PinTry } from "./pin_guard.ts";
export { perHour, type Runway, runwayOf } from "./runway.ts";
export {
  type Counts,
  emptyStation,
  type LentUnits,
  type OfflineView,
  type Pace,
  type StationEvent,
  type StationStatus,
  type StatusSnapshot,
  type Tallied,
  withEvent,
} from "./snapshot.ts";
export type { Health, Noted, StatusSource } from "./source.ts";
export { STREAMS_MOST } from "./streams.ts";
export { detailWords } from "./words_details.ts";
export { type StationReason, stationReasonIn, stationReasons } from "./words_stations.ts";
