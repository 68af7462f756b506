/**
 * What a delivery tells while it runs, for narration, status and tests. Holds no secret. Times are modelled (the
 * station's own time, from the delivery's start) and wall (since 1970).
 *
 * @module
 */
import type { UnitEffect } from "./causes.ts";
import type { Phase } from "./phases.ts";

/** Where and when an event happened. */
export interface EventPlace {
  readonly station: string;
  /** Number of the delivery in the journal. */
  readonly delivery: number;
  readonly phase: Phase;
  /** Milliseconds of the station's own time since the delivery began; modelled time with the model. */
  readonly stationMs: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Who gave the ticket: the authority, or a lease in this appliance's vault. */
export type Mode = "online" | "offline";

/** What happened. */
export type Happening =
  | { readonly kind: "phase" }
  | { readonly kind: "chip"; readonly uid: string; readonly chip: string; readonly flashKb: number }
  | { readonly kind: "own-chip"; readonly uid: string; readonly locked: boolean }
  /** A person allowed that this delivered device is erased and made anew. */
  | { readonly kind: "rework"; readonly uid: string; readonly locked: boolean }
  | {
    readonly kind: "ticket";
    readonly ticketId: string;
    readonly release: string;
    readonly fresh: boolean;
    /** `offline`: out of what the owner lent to this appliance, without the owner's server. */
    readonly mode: Mode;
  }
  | { readonly kind: "release"; readonly release: string; readonly bytes: number; readonly cached: boolean }
  | {
    readonly kind: "waiting";
    readonly cause: string;
    readonly says: string;
    readonly remedy: string;
    /** How many devices wait for the same, where that is known. */
    readonly waiting?: number;
  }
  | { readonly kind: "installed"; readonly bytes: number }
  | { readonly kind: "lock-proven"; readonly lock: number; readonly ramReadable: boolean }
  | { readonly kind: "keyed"; readonly message2: number }
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "receipt" }
  /** `word`: whose the unit's state is: the authority's, or this appliance's until it is reported. */
  | { readonly kind: "committed"; readonly serial: number; readonly word: "authority" | "appliance" }
  | { readonly kind: "report-pending"; readonly detail: string }
  | { readonly kind: "ended"; readonly result: DeliveryResult };

/** One event. */
export type DeliveryEvent = EventPlace & Happening;

/** How a delivery ended. */
export interface DeliveryResult {
  readonly delivery: number;
  readonly station: string;
  readonly outcome: "delivered" | "refused" | "failed";
  /** 24 lower-case hex digits in memory order; null when no chip was identified. */
  readonly uid: string | null;
  /** Name of the chip, e.g. `stm32g0-8k`. */
  readonly chip: string | null;
  readonly ticketId: string | null;
  readonly release: string | null;
  readonly mode: Mode;
  /** Cause with sentence and remedy; null when delivered. */
  readonly cause: string | null;
  readonly says: string | null;
  readonly remedy: string | null;
  readonly detail: string | null;
  readonly unit: UnitEffect;
  /** Device certificate and signature in hex, when the key-holder has committed the unit. */
  readonly certificate: string | null;
  readonly seconds: { readonly modelled: number; readonly wall: number };
}
