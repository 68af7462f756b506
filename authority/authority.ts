/**
 * Puts the rooms together: an open database and a seal key in, an HTTP application out. Knows no file and no socket.
 *
 * @module
 */

import type { Secret } from "../bootloader/suite/mod.ts";
import type { OwnerId } from "../bootloader/wire/mod.ts";
import { OUTDATED_AFTER_DAYS } from "./config.ts";
import { type GenerationPorts, hasOtherKeySet, openGeneration } from "./generation.ts";
import type { MachineFacts } from "../figures/mod.ts";
import { createAuthorityMetrics } from "./metrics/mod.ts";

/** What an authority is given. */
export interface AuthorityPorts extends Omit<GenerationPorts, "observe"> {
  /** 32 bytes; taken over and wiped by `close`. */
  readonly sealKey: Secret;
  /** What the machine tells, for the figures; they do without where it is missing. */
  readonly machine?: () => MachineFacts;
}

/** A working authority. */
export interface Authority {
  /** `peer`: address of the caller as the socket has it. */
  readonly fetch: (request: Request, peer?: string) => Promise<Response>;
  /** Wipes the keys and closes the database; nothing may be asked after it. */
  readonly close: () => void;
  /** The figures as Prometheus reads them. @throws {Fault} when the database fails. */
  readonly metrics: () => Promise<string>;
  readonly owner: OwnerId;
  readonly rootPublicKey: Uint8Array;
}

/** Opens a founded authority. @throws {Fault} when the database has none or the seal key is another's. */
export function createAuthority(ports: AuthorityPorts): Authority {
  const metrics = createAuthorityMetrics({
    ...ports,
    outdatedAfterMs: (ports.outdatedAfterDays ?? OUTDATED_AFTER_DAYS) * 86_400_000,
  });
  const parts = { ...ports, observe: metrics.observe };
  let current = openGeneration(parts);
  const { owner, rootPublicKey } = current.office;
  return {
    async fetch(request, peer) {
      // P-70: another process may have changed the keys; whatever comes from here on is answered with those in force.
      if (hasOtherKeySet(current)) {
        const before = current;
        current = openGeneration(parts);
        before.retire();
      }
      return await current.handle(request, peer);
    },
    close() {
      current.retire();
      ports.sealKey.wipe();
      ports.db.close();
    },
    metrics: metrics.text,
    owner,
    rootPublicKey,
  };
}
