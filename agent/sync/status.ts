/**
 * What status tells of offline work: what is left per product, what waits to be reported, when the authority answered
 * last, and what kind of vault holds it. Reads the journal only: it works beside a running agent.
 *
 * @module
 */
import { type Journal, NO_TICKETS } from "../journal/mod.ts";
import { isOver, isUsable, vaultKinds } from "../vault/mod.ts";

/** One lease as status shows it; units = left or over + open + committed + returned. */
export interface LeaseStatus {
  readonly lease: string;
  readonly order: string;
  readonly product: string;
  readonly release: string;
  readonly units: number;
  readonly free: number;
  /** Begun and without a receipt. */
  readonly open: number;
  /** On the appliance's word. */
  readonly committed: number;
  readonly returned: number;
  /** The last valid second. */
  readonly notAfterSeconds: number;
  /** Whether a chip can be begun with it now: not over, not frozen, its release lies here. */
  readonly usable: boolean;
  /** Whether its time has ended. */
  readonly over: boolean;
}

/** The facts of offline work. */
export interface OfflineStatus {
  readonly vault: { readonly kind: "file"; readonly promise: string; readonly says: string };
  /** Tickets left for offline work, per product that units were ever lent for. */
  readonly left: readonly { readonly product: string; readonly tickets: number }[];
  /** Steps of lent units that the authority has not heard of. */
  readonly unreported: number;
  readonly leases: readonly LeaseStatus[];
  readonly contact: {
    /** Milliseconds since 1970, by this appliance's clock, of the last answer; null: never. */
    readonly lastMs: number | null;
    /** Its age in milliseconds. */
    readonly ageMs: number | null;
  };
}

/** Returns the facts as the journal has them. */
export function offlineStatus(journal: Journal, nowMs: number): OfflineStatus {
  const { lastMs, signedSeconds } = journal.contact();
  const nowSeconds = Math.max(Math.floor(nowMs / 1000), signedSeconds);
  const counts = journal.leases.countsByLease();
  const leases = journal.leases.leases().map((lease): LeaseStatus => {
    const { free, open, committed, closed } = counts.get(lease.leaseKey) ?? NO_TICKETS;
    return {
      lease: lease.lease,
      order: lease.order,
      product: lease.product,
      release: lease.release,
      units: lease.units,
      free,
      open,
      committed,
      returned: closed,
      notAfterSeconds: lease.notAfterSeconds,
      usable: isUsable(lease, journal, nowSeconds),
      over: isOver(lease, nowSeconds),
    };
  });
  const left = new Map<string, number>();
  for (const { product, free, usable } of leases) {
    left.set(product, (left.get(product) ?? 0) + (usable ? free : 0));
  }
  return {
    vault: { kind: "file", ...vaultKinds.file },
    left: [...left].map(([product, tickets]) => ({ product, tickets })),
    unreported: counts.values().reduce((sum, { untold }) => sum + untold, 0),
    leases,
    contact: { lastMs, ageMs: lastMs === null ? null : Math.max(0, nowMs - lastMs) },
  };
}
