/**
 * What the agent's control is given by its composition root: clock, randomness, network, and who listens.
 *
 * @module
 */
import type { Random } from "../../bootloader/suite/mod.ts";
import type { DeliveryEvent } from "../delivery/mod.ts";
import type { StationEvent } from "../status/mod.ts";
import type { RoundResult, SyncAlarm } from "../sync/mod.ts";
import { type Network, systemNetwork } from "./network.ts";

/** What the agent tells besides what deliveries tell. */
export type AgentEvent =
  | DeliveryEvent
  /** The status page can be read at `url`. */
  | { readonly kind: "listening"; readonly url: string }
  | StationEvent
  /** A receipt that had waited was reported; `refused` is the authority's code when it was not accepted. */
  | { readonly kind: "reported-late"; readonly uid: string; readonly refused: string | null }
  | SyncEvent;

/** What is told of the authority's reach and of what is lent. */
export type SyncEvent =
  /** The authority went out of reach (with the problem), or answers again. */
  | {
    readonly kind: "contact";
    readonly reachable: boolean;
    readonly problem: string | null;
    readonly atMs: number;
  }
  /** A round changed something: uses reported, units lent, units returned. Nothing is told of a round that did not. */
  | {
    readonly kind: "synced";
    readonly reported: number;
    readonly lent: number;
    readonly returned: number;
    /** Tickets of before a restore that the owner's server has booked. */
    readonly shown: number;
    readonly alarms: readonly SyncAlarm[];
    /** Tickets left for offline work, all products together. */
    readonly left: number;
    /** Steps of lent units that the authority still has not heard of. */
    readonly unreported: number;
    readonly atMs: number;
  }
  /** The authority refused a part of a round; told once until another answer comes. */
  | {
    readonly kind: "sync-refused";
    readonly at: RoundResult["refusals"][number]["at"];
    readonly code: string;
    readonly says: string;
    readonly remedy: string;
    readonly detail: string | null;
  }
  /** A round failed although the authority can be reached. */
  | { readonly kind: "sync-problem"; readonly message: string }
  /** The page or the figures could not be made from the record; told once until they can be again. */
  | { readonly kind: "page-problem"; readonly message: string }
  /** A crash came between a ticket's intent and its binding: the ticket belongs to this chip now, used or not (P-57). */
  | { readonly kind: "lease-use-finished"; readonly uid: string; readonly ticketId: string };

/** The agent's ports. */
export interface AgentPorts {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Waits in wall time; ends early, without an error, when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: Random;
  readonly network: Network;
  readonly onEvent: (event: AgentEvent) => void;
}

/** The ports of this machine; only who listens is left to say. */
export function systemPorts(onEvent: (event: AgentEvent) => void): AgentPorts {
  return {
    nowMs: () => Date.now(),
    pause,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    network: systemNetwork(),
    onEvent,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const timer = setTimeout(end, ms);
  signal.addEventListener("abort", end);
  return promise;

  function end(): void {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    resolve();
  }
}
