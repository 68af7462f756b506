/**
 * What is so now, in one glance: the sentence of the operator's page, the owner's counts, and what a newcomer may try next. Asks
 * the appliance's page and the authority, as any reader would; who does not answer is shown as such.
 *
 * @module
 */
import {
  type Headline,
  headlineOf,
  stateOf,
  type StationState,
  type StatusSnapshot,
} from "../../../agent/mod.ts";
import type { Quota } from "../owner_part.ts";
import type { ActName, Playground } from "./playground.ts";

/** How long an answer of either side may take, in milliseconds. */
const ASK_MS = 2000;
/** How long what was asked is good for, in milliseconds: several windows may show the page. */
const FRESH_MS = 500;

/** Both sides as they say they are. */
export interface Glance {
  /** Null: the appliance does not answer. */
  readonly headline: Headline | null;
  readonly states: readonly StationState[];
  /** Devices that the appliance can make without the owner's server. */
  readonly lentHere: number;
  /** Null: the owner's server does not answer. */
  readonly quota: Quota | null;
}

/** Returns a function that looks at both sides; `address` is the operator's page. */
export function glancer(
  ask: { readonly address: string; readonly quota: () => Promise<Quota> },
  nowMs: () => number,
): () => Promise<Glance> {
  let last: { readonly atMs: number; readonly glance: Promise<Glance> } | null = null;
  const look = async (): Promise<Glance> => {
    const [snapshot, quota] = await Promise.all([askOperator(ask.address), ask.quota().catch(() => null)]);
    return {
      headline: snapshot === null ? null : headlineOf(snapshot, "en"),
      lentHere: snapshot?.offline?.left.reduce((sum, { tickets }) => sum + tickets, 0) ?? 0,
      states: snapshot === null ? [] : snapshot.stations.map(stateOf),
      quota,
    };
  };
  return () => {
    if (last === null || nowMs() - last.atMs > FRESH_MS) last = { atMs: nowMs(), glance: look() };
    return last.glance;
  };
}

async function askOperator(address: string): Promise<StatusSnapshot | null> {
  try {
    const answer = await fetch(new URL("status.json", address), { signal: AbortSignal.timeout(ASK_MS) });
    return await answer.json() as StatusSnapshot;
  } catch {
    // Without power nobody answers, which is what the page then says.
    return null;
  }
}

/** What may be tried next, and which act does it. */
export interface Hint {
  readonly says: string;
  readonly act: ActName | null;
}

/** Returns what a newcomer may try next. */
export function hintOf(
  { states, lentHere }: Glance,
  { powered, connected, offers }: Pick<Playground, "powered" | "connected" | "offers">,
): Hint {
  const has = (state: StationState) => states.includes(state);
  if (!powered) {
    return {
      says: "watch the operator's page: it grows old and says so. The power comes back by itself.",
      act: null,
    };
  }
  if (has("blocked")) {
    return { says: "raise the order: it is used up, and the station goes on by itself.", act: "raise" };
  }
  if (has("working") && offers.pull.cannot === null) {
    return { says: "pull out the board or cut the power: no unit is lost.", act: "pull" };
  }
  if (!connected) {
    return has("waiting") || lentHere === 0
      ? {
        says: "plug the network in again: nothing more is lent, and a station that waits goes on by itself.",
        act: "network",
      }
      : { says: "put in a board: it is made from what was lent, without network.", act: "insert" };
  }
  if (lentHere > 0) {
    return { says: "pull the network and put in boards: units are lent.", act: "network" };
  }
  return { says: "put in a board, and look at the operator's page.", act: "insert" };
}
