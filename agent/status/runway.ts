/**
 * How fast the line is and how long what the owner lent lasts. Says nothing where there is nothing to go by. Pure.
 *
 * @module
 */
import type { LentUnits, StatusSnapshot } from "./snapshot.ts";

const HOUR_MS = 3_600_000;
/** A rate of fewer devices than this, or over less time, is no figure. */
const LEAST_DELIVERED = 2;
const LEAST_SPAN_MS = 10_000;

/** What the line can do without the network. */
export interface Runway {
  /** Devices that can be made; null: the agent does not tell. */
  readonly tickets: number | null;
  /** Whether units were ever lent here. */
  readonly isLent: boolean;
  /** Whether units lie here unused whose time is over. */
  readonly isOver: boolean;
  /**
   * For how long, in milliseconds, the scarcest product lasts at the pace of the last hour, as long as what was lent is valid;
   * null: no figure yet.
   */
  readonly lastsMs: number | null;
}

type Paced = Pick<StatusSnapshot, "pace" | "atMs">;

/** Returns devices per hour over the last hour, or since the first of them began; null: no figure yet. */
export function perHour({ pace, atMs }: Paced): number | null {
  const delivered = pace.reduce((sum, one) => sum + one.delivered, 0);
  const rate = rateOf(delivered, Math.min(...pace.map(({ sinceMs }) => sinceMs)), atMs);
  return rate === null ? null : rate * HOUR_MS;
}

/** Returns what the line can do without the network. */
export function runwayOf(snapshot: Paced & Pick<StatusSnapshot, "offline">): Runway {
  const { offline, pace, atMs } = snapshot;
  if (offline === undefined) return { tickets: null, isLent: false, isOver: false, lastsMs: null };
  const { left, leases } = offline;
  const lasts = left.flatMap(({ product }) => {
    const made = pace.find((one) => one.product === product);
    const rate = made === undefined ? null : rateOf(made.delivered, made.sinceMs, atMs);
    return rate === null ? [] : [lastsMs(leases.filter((one) => one.product === product), rate, atMs)];
  });
  return {
    tickets: left.reduce((sum, one) => sum + one.tickets, 0),
    isLent: left.length > 0,
    isOver: leases.some(({ free, over }) => over && free > 0),
    lastsMs: lasts.length === 0 ? null : Math.min(...lasts),
  };
}

/** How long leases of one product last at a rate: the one that ends first is used first, and what is left at its end is over. */
function lastsMs(leases: readonly LentUnits[], rate: number, atMs: number): number {
  return leases.filter(({ usable }) => usable).toSorted((a, b) => a.notAfterSeconds - b.notAfterSeconds)
    .reduce((sofarMs, lease) => {
      const validMs = Math.max(0, 1000 * (lease.notAfterSeconds + 1) - atMs);
      return Math.max(sofarMs, Math.min(sofarMs + lease.free / rate, validMs));
    }, 0);
}

/** Devices per millisecond. A line that has just begun is measured from its beginning: a full hour would flatter the rest. */
function rateOf(delivered: number, sinceMs: number, atMs: number): number | null {
  const spanMs = Math.min(HOUR_MS, atMs - sinceMs);
  return delivered < LEAST_DELIVERED || !(spanMs >= LEAST_SPAN_MS) ? null : delivered / spanMs;
}
