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
  /** How many devices wait for the same, where that is known. */
  readonly waiting: number | null;
  /** Chunks or bytes of the step that runs. */
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly last: DeliveryResult | null;
  /** The delivery that runs or ended last at this board, by its number in the journal; null: none. */
  readonly delivery: number | null;
  /** Why the station cannot work at all, whatever the board; null: it can. */
  readonly fault: string | null;
  /** Which kind of fault that is: a code that has words in every language. */
  readonly faultReason: string | null;
  /** The board whose delivery ended is taken up again by itself. */
  readonly again: boolean;
  /** Milliseconds since 1970 of the newest event. */
  readonly atMs: number | null;
}

/** What is told of a station between deliveries. */
export type StationEvent =
  /** A board was put into a station. */
  | { readonly kind: "board"; readonly station: string; readonly path: string }
  /** The board of the last delivery was taken out. */
  | { readonly kind: "board-out"; readonly station: string }
  /** The board of the last delivery is taken up again by itself, soon. */
  | { readonly kind: "again"; readonly station: string }
  /** A station cannot work, and why; it tries again by itself. `reason`: a code of `stationReasons`, or a cause. */
  | {
    readonly kind: "station-fault";
    readonly station: string;
    readonly message: string;
    readonly reason: string;
  }
  /** A station that could not look for boards can again; no board was in the fault. */
  | { readonly kind: "station-works"; readonly station: string };

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
  readonly leases: readonly LentUnits[];
}

/** Units that the owner lent: one lease. */
export interface LentUnits {
  readonly lease: string;
  readonly product: string;
  readonly free: number;
  /** The last valid second. */
  readonly notAfterSeconds: number;
  /** Whether a chip can be begun with it now. */
  readonly usable: boolean;
  /** Whether its time has ended. */
  readonly over: boolean;
}

/** Good and bad boards of one station, as the record has them. */
export interface Tallied {
  readonly good: number;
  readonly bad: number;
}

/** What was delivered of one product within some time. */
export interface Pace {
  readonly product: string;
  readonly delivered: number;
  /** Milliseconds since 1970 at which the first of these deliveries began. */
  readonly sinceMs: number;
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
  /** Milliseconds since 1970 by the appliance's clock at which this was so. */
  readonly atMs: number;
  /** The site's time zone, an IANA name. */
  readonly zone: string;
  /** Per station, by its name. */
  readonly tallies: Readonly<Record<string, Tallied>>;
  /** What was delivered within the last hour, per product. */
  readonly pace: readonly Pace[];
  /** Whether a person has set a PIN: without one no action is offered. */
  readonly hasPin: boolean;
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
    waiting: null,
    progress: null,
    last: null,
    delivery: null,
    fault: null,
    faultReason: null,
    again: false,
    atMs: null,
  };
}

/** Returns the station after an event. */
export function withEvent(before: StationStatus, event: DeliveryEvent | StationEvent): StationStatus {
  return "delivery" in event ? withDelivery(before, event) : withBoard(before, event);
}

function withBoard(before: StationStatus, event: StationEvent): StationStatus {
  switch (event.kind) {
    case "board":
    case "station-works":
      return { ...before, fault: null, faultReason: null };
    case "board-out":
      return { ...emptyStation(before.station), last: before.last, atMs: before.atMs };
    case "again":
      return { ...before, again: true };
    case "station-fault":
      return { ...before, fault: event.message, faultReason: event.reason };
  }
}

function withDelivery(before: StationStatus, event: DeliveryEvent): StationStatus {
  const now = { ...before, phase: event.phase, delivery: event.delivery, atMs: event.atMs };
  switch (event.kind) {
    case "phase":
      return event.phase === "attach"
        ? {
          ...emptyStation(before.station),
          state: "working",
          phase: "attach",
          last: before.last,
          delivery: event.delivery,
          atMs: event.atMs,
        }
        : { ...now, state: "working", cause: null, says: null, remedy: null, waiting: null, progress: null };
    case "chip":
      return { ...now, uid: event.uid, chip: event.chip };
    case "ticket":
      return { ...now, mode: event.mode };
    case "waiting": {
      const { cause, says, remedy, waiting = null } = event;
      return { ...now, state: "waiting", cause, says, remedy, waiting };
    }
    case "progress":
      return { ...now, progress: { done: event.done, total: event.total } };
    case "ended": {
      const { cause, says, remedy } = event.result;
      return {
        ...now,
        state: "done",
        cause,
        says,
        remedy,
        waiting: null,
        progress: null,
        last: event.result,
      };
    }
    default:
      return now;
  }
}
