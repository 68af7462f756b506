/**
 * What an honest appliance still does when it hears that it is frozen (P-69): it tells once more what it used and was never
 * answered for, so that the owner learns which chips this disk made. Nothing of it is booked.
 *
 * @module
 */
import { type ApplianceClient, LEASE_REPORTS_MOST, LEASE_UNITS_MOST } from "../../authority/api/mod.ts";
import type { LeaseId } from "../../bootloader/wire/mod.ts";
import type { Journal } from "../journal/mod.ts";
import { useOf } from "./use_report.ts";

/** Journals whose uses were told since this process runs: the answer is a refusal and will stay one. */
const told = new WeakSet<Journal>();

/** Tells each use that waits, in bounded batches, once for each process. @throws {Fault} when the network or the disk fails */
export async function tellFrozenUses(
  { client, journal }: { readonly client: ApplianceClient; readonly journal: Journal },
  signal: AbortSignal,
): Promise<void> {
  if (told.has(journal)) return;
  for (const { leaseKey, lease } of journal.leases.leases()) {
    const uses = journal.leases.untold(leaseKey, LEASE_UNITS_MOST).map(useOf);
    for (let at = 0; at < uses.length; at += LEASE_REPORTS_MOST) {
      const { number, hash } = journal.shown.head();
      const body = { uses: uses.slice(at, at + LEASE_REPORTS_MOST), chain: { number, hash: hash.toHex() } };
      await client.leaseUses(lease as LeaseId, body, { signal });
    }
  }
  told.add(journal);
}
