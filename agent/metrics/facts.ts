/**
 * What the figures are read from at a scrape: handed in, so that this room knows no record and no machine.
 *
 * @module
 */

import type { MachineFacts } from "../../figures/mod.ts";

/** What is read at each scrape; times in seconds. Its disk is the one of the appliance's folder. */
export interface AgentFacts extends MachineFacts {
  readonly stations: readonly {
    readonly station: string;
    readonly state: string;
    /** Why it cannot work at all; null: it can. */
    readonly fault: string | null;
  }[];
  /** Over the whole life of the record. */
  readonly counts: {
    readonly delivered: number;
    readonly refused: number;
    readonly failed: number;
    readonly unreported: number;
  };
  readonly left: readonly { readonly product: string; readonly tickets: number }[];
  /** Units lent and unused, each lease with its last valid second, in seconds since 1970. */
  readonly leases: readonly {
    readonly product: string;
    readonly free: number;
    readonly usable: boolean;
    readonly notAfterSeconds: number;
  }[];
  /** Steps of lent units that the authority has not heard of. */
  readonly unreportedUses: number;
  /** Null: it was not asked yet by this process. */
  readonly reachable: boolean | null;
  /** Null: it never answered. */
  readonly contactAgeSeconds: number | null;
  /** This clock minus the authority's, at the last answer; null: it never answered. */
  readonly clockOffsetSeconds: number | null;
  /** Why the authority wants nothing more of this appliance: a refusal's code. */
  readonly barred: string | null;
}
