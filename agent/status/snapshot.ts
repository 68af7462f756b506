/**
 * What the status page shows, kept up to date from events. Pure: it reads nothing and waits for nothing.
 *
 * @module
 */
import type { DeliveryEvent, DeliveryResult, Phase } from "../delivery/mod.ts";

/** What one station does now. */
export interface StationStatus {
  readonly station: string;
  /** `empty`: no board. `working`: a delivery runs. `waiting`: the board waits for a ticket. `done`: see `last`. */
  readonly state: "empty" | "working" | "waiting" | "done";
  readonly phase: Phase | null;
  readonly uid: string | null;
  readonly chip: string | null;
  /** `offline`: this board works on what the owner lent, without the owner's server. */
  readonly mode: "online" | "offline";
  /** Why it waits, or why the last delivery was not delivered. */
  readonly cause: string | null;
  readonly says: string | null;
  readonly remedy: string | null;
  /** Chunks or bytes of the step that runs. */
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly last: DeliveryResult | null;
  /** Milliseconds since 1970 of the newest event. */
  readonly atMs: number | null;
}

/** How many deliveries ended each way, and how many receipts wait to be reported. */
export interface Counts {
  readonly delivered: number;
  readonly refused: number;
  readonly failed: number;
  readonly unreported: number;
}

/** What the page tells of offline work. */
export interface OfflineView {
  /** Whether the authority answers; null: it was not asked yet. */
  readonly reachable: boolean | null;
  readonly vault: { readonly kind: string; readonly promise: string; readonly says: string };
  /** Tickets left for offline work, per product that units were ever lent for. */
  readonly left: readonly { readonly product: string; readonly tickets: number }[];
  /** Steps of lent units that the authority has not heard of. */
  readonly unreported: number;
  readonly contact: { readonly lastMs: number | null; readonly ageMs: number | null };
}

/** The whole page. */
export interface StatusSnapshot {
  readonly appliance: string;
  readonly name: string;
  readonly origin: string;
  readonly stations: readonly StationStatus[];
  readonly counts: Counts;
  /** Why the owner's server wants nothing more of this appliance; null or absent: nothing is known. */
  readonly standing?: { readonly code: string; readonly says: string; readonly remedy: string } | null;
  /** Absent when the agent does not tell. */
  readonly offline?: OfflineView;
}

/** Returns a station as it is before its first event. */
export function emptyStation(station: string): StationStatus {
  return {
    station,
    state: "empty",
    phase: null,
    uid: null,
    chip: null,
    mode: "online",
    cause: null,
    says: null,
    remedy: null,
    progress: null,
    last: null,
    atMs: null,
  };
}

/** Returns the station after an event. */
export function withEvent(before: StationStatus, event: DeliveryEvent): StationStatus {
  const now = { ...before, phase: event.phase, atMs: event.atMs };
  switch (event.kind) {
    case "phase":
      return event.phase === "attach"
        ? {
          ...emptyStation(before.station),
          state: "working",
          phase: "attach",
          last: before.last,
          atMs: event.atMs,
        }
        : { ...now, state: "working", cause: null, says: null, remedy: null, progress: null };
    case "chip":
      return { ...now, uid: event.uid, chip: event.chip };
    case "ticket":
      return { ...now, mode: event.mode };
    case "waiting":
      return { ...now, state: "waiting", cause: event.cause, says: event.says, remedy: event.remedy };
    case "progress":
      return { ...now, progress: { done: event.done, total: event.total } };
    case "ended": {
      const { cause, says, remedy } = event.result;
      return { ...now, state: "done", cause, says, remedy, progress: null, last: event.result };
    }
    default:
      return now;
  }
}
