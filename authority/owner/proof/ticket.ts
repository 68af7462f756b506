/**
 * Checks a ticket: which key set's ticket key signed it, and what it permits (PROTOCOL section 5, P-13, P-14).
 *
 * @module
 */
import { noble } from "../../../bootloader/suite/mod.ts";
import { openTicket } from "../../../bootloader/ticket/mod.ts";
import type { Ticket } from "../../../bootloader/wire/mod.ts";
import { openKeySets, type ProofTrust } from "./trust.ts";
import { fails, type Verdict } from "./verdict.ts";

/**
 * Returns the ticket's content when a ticket key of the key sets signed it and it is of that key set's owner and epoch.
 *
 * @param sealed the 352 bytes as received (P-2)
 * @throws {Malformed} for a wrong length, or a key set that the root did not sign
 */
export function verifyTicket(sealed: Uint8Array, trust: ProofTrust): Verdict<Ticket> {
  for (const keySet of openKeySets(trust)) {
    for (const publicKey of [keySet.ticketKey, keySet.nextTicketKey]) {
      if (publicKey.every((byte) => byte === 0)) continue;
      const opening = openTicket(sealed, { publicKey, primitives: noble });
      if ("refused" in opening) continue;
      const { ticket } = opening.opened;
      if (ticket.owner !== keySet.owner) {
        return fails("it names another owner than the key set of its signer");
      }
      // P-61: the key set names the first epoch of its ticket key.
      if (ticket.epoch < keySet.epoch) {
        return fails("it names an earlier epoch than the key set of its signer");
      }
      return { holds: true, says: ticket };
    }
  }
  return fails("no ticket key of the key sets signed it");
}
