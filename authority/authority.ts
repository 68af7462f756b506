/**
 * Puts the rooms together: an open database and a seal key in, an HTTP application out. Knows no file and no socket.
 *
 * @module
 */

import { type Random, type Secret } from "../bootloader/suite/mod.ts";
import type { OwnerId } from "../bootloader/wire/mod.ts";
import { hasOtherKeySet, openGeneration } from "./generation.ts";
import type { Database } from "./store/mod.ts";

/** What an authority is given. */
export interface AuthorityPorts {
  readonly db: Database;
  /** 32 bytes; taken over and wiped by `close`. */
  readonly sealKey: Secret;
  /** PEM text of the certificate authority of the HTTPS channel. */
  readonly caCertificate: string;
  /** How long an appliance may be away before a person must renew it, in days; 365 when missing. */
  readonly outdatedAfterDays?: number;
  /** The site's zone, a name of the IANA database; UTC when missing. */
  readonly zone?: string;
  /** When the certificate of the HTTPS channel ends, in milliseconds since 1970, where it is known. */
  readonly channelEndsMs?: () => number | undefined;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Takes one JSON line for each request and incident. */
  readonly say: (line: string) => void;
}

/** A working authority. */
export interface Authority {
  /** `peer`: address of the caller as the socket has it. */
  readonly fetch: (request: Request, peer?: string) => Promise<Response>;
  /** Wipes the keys and closes the database; nothing may be asked after it. */
  readonly close: () => void;
  readonly owner: OwnerId;
  readonly rootPublicKey: Uint8Array;
}

/** Opens a founded authority. @throws {Fault} when the database has none or the seal key is another's. */
export function createAuthority(ports: AuthorityPorts): Authority {
  let current = openGeneration(ports);
  const { owner, rootPublicKey } = current.office;
  return {
    async fetch(request, peer) {
      // P-70: another process may have changed the keys; whatever comes from here on is answered with those in force.
      if (hasOtherKeySet(current)) {
        const before = current;
        current = openGeneration(ports);
        before.retire();
      }
      return await current.handle(request, peer);
    },
    close() {
      current.retire();
      ports.sealKey.wipe();
      ports.db.close();
    },
    owner,
    rootPublicKey,
  };
}
