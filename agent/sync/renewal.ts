/**
 * An appliance that was away for longer than the owner's policy asks to be renewed, by itself; a person decides (P-73).
 *
 * @module
 */
import type { ApplianceClient, RequestOf } from "../../authority/api/mod.ts";
import type { Journal } from "../journal/mod.ts";

/** The authority's word that a person must renew this appliance first. */
export const OUTDATED = "appliance-outdated";

/** What asking needs. */
export interface RenewalPorts {
  readonly client: Pick<ApplianceClient, "renewal">;
  readonly journal: Journal;
}

/** Asks where the refusals of a round say so. Each round may ask again: it is the same request. */
export async function askRenewal(
  { client, journal }: RenewalPorts,
  refusals: readonly { readonly code: string }[],
  signal: AbortSignal,
): Promise<void> {
  if (!refusals.some(({ code }) => code === OUTDATED)) return;
  // What comes back is told by the next round's refusal or by its success: there is nothing to do here meanwhile.
  await client.renewal(renewalOf(journal), { signal });
}

/** Returns what the person is told who decides. */
export function renewalOf(journal: Journal): RequestOf<"renewal"> {
  const { free, untold } = journal.leases.counts();
  return { lent: free, unreported: untold + journal.counts().unreported };
}
