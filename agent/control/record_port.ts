/**
 * Shows the appliance's record to the authority (P-68): its head, sealed with the identity for one request, with an earlier
 * place that the authority should know.
 *
 * @module
 */
import type { AppliancePorts } from "../../authority/api/mod.ts";
import { sealRecordHead } from "../../bootloader/ticket/mod.ts";
import { type ApplianceId, Fault } from "../../bootloader/wire/mod.ts";
import type { Journal } from "../journal/mod.ts";
import type { Identity } from "./identity.ts";

/** Returns the record as the client needs it. */
export function createRecordPort(
  journal: Pick<Journal, "shown" | "newestStateMs">,
  signer: { readonly appliance: ApplianceId; readonly identity: Identity },
): NonNullable<AppliancePorts["record"]> & {
  /** Makes it durable what was heard, so that another process can build on it. */
  readonly keep: () => void;
} {
  const { shown } = journal;
  // What this process was last answered for is what the authority most likely keeps; after a start, what another was.
  let lastHeard: number | null = null;
  return {
    next(askedNumber) {
      const { sequence, head: { number, hash } } = shown.next(lastHeard ?? 0);
      // Both hashes are the chain's own as it is now: an appliance whose record was changed reports itself.
      const base = shown.at(lastHeard ?? shown.heard());
      const asked = shown.at(askedNumber ?? shown.asked());
      const sealed = sealRecordHead({
        appliance: signer.appliance,
        sequence,
        number,
        hash,
        baseNumber: base.number,
        baseHash: base.hash,
        askedNumber: asked.number,
        askedHash: asked.hash,
        // P-78: it is in the journal, and so is what the owner said in that state.
        known: journal.newestStateMs(),
      }, signer.identity.sign);
      return { sequence, number, sealed };
    },
    heard: (number) => lastHeard = Math.max(number, lastHeard ?? 0),
    keep() {
      try {
        if (lastHeard !== null) shown.expect(lastHeard);
      } catch (error) {
        // It saves a question (P-69); a full disk is told by whatever has to be written.
        if (!(error instanceof Fault)) throw error;
      }
    },
    skipTo: (sequence) => shown.skipTo(sequence),
    acknowledge: ({ number, hash }) => shown.acknowledge({ number, hash: Uint8Array.fromHex(hash) }),
  };
}
