/**
 * Compares what the authority lent with what was asked for, before anything of it is kept (P-2, P-55). The reply as a
 * whole is vouched for by the log key; each ticket is verified under the ticket keys of the key set besides. The
 * delegation's own signature is for verifiers, who have the product's certificate key; the appliance has not.
 *
 * @module
 */
import type { LeaseGrant } from "../../authority/api/mod.ts";
import {
  fileLeaseKey,
  type OpenedTicket,
  openTicket,
  PATTERNS,
  POLICY,
  regionTakesLease,
  VAULTS,
} from "../../bootloader/ticket/mod.ts";
import {
  type Delegation,
  delegationLayout,
  type Keyset,
  Malformed,
  sameBytes,
} from "../../bootloader/wire/mod.ts";

import type { LeaseAsked } from "./vault.ts";

/** What the appliance knows of itself and of its owner. */
export interface LeaseExpectation {
  readonly request: LeaseAsked;
  readonly product: string;
  readonly appliance: string;
  readonly keySet: Keyset;
  /** Earlier ones of the same epoch: an answer that was lost is the same again after the ticket key has changed (P-70). */
  readonly earlierKeySets?: readonly Keyset[];
}

/** Returns the verified tickets in the order of their index, or what does not fit. */
export function checkLease(
  grant: LeaseGrant,
  expected: LeaseExpectation,
): { readonly tickets: readonly OpenedTicket[] } | { readonly flaw: string } {
  try {
    const delegation = delegationLayout.decode(
      Uint8Array.fromHex(grant.delegation).subarray(0, delegationLayout.size),
    );
    const flaw = grantFlaw(grant, delegation, expected);
    if (flaw !== undefined) return { flaw };
    const tickets: OpenedTicket[] = [];
    for (const [index, sealed] of grant.tickets.entries()) {
      const opened = openWith(
        [expected.keySet, ...(expected.earlierKeySets ?? [])],
        Uint8Array.fromHex(sealed),
      );
      if (opened === undefined) {
        return { flaw: `ticket ${index + 1} is signed by no ticket key of the key set` };
      }
      const wrong = ticketFlaw(opened, { index, grant, delegation, expected });
      if (wrong !== undefined) return { flaw: `ticket ${index + 1} ${wrong}` };
      tickets.push(opened);
    }
    return { tickets };
  } catch (error) {
    if (error instanceof Malformed) return { flaw: error.message };
    throw error;
  }
}

/** Verifies with the ticket keys of the key sets and no other (P-53), before anything of the ticket is read (P-2). */
export function openWith(keySets: readonly Keyset[], sealed: Uint8Array): OpenedTicket | undefined {
  for (const publicKey of keySets.flatMap(({ ticketKey, nextTicketKey }) => [ticketKey, nextTicketKey])) {
    if (publicKey.every((byte) => byte === 0)) continue;
    const opening = openTicket(sealed, { publicKey });
    if ("opened" in opening) return opening.opened;
  }
  return undefined;
}

function grantFlaw(
  grant: LeaseGrant,
  delegation: Delegation,
  { request, product, appliance, keySet }: LeaseExpectation,
): string | undefined {
  const leaseKey = fileLeaseKey(Uint8Array.fromHex(request.leaseKey));
  const rules: readonly (readonly [boolean, string])[] = [
    [grant.order === request.order, "the lease is of another order"],
    [
      grant.units === request.units && grant.tickets.length === request.units,
      "the lease has another number of units",
    ],
    [grant.release.product === product, "the lease is of another product"],
    [regionTakesLease(grant.release.personalLength), "the release has no room for a certificate of a lease"],
    [delegation.vault === VAULTS.file, "the delegation is for another kind of vault"],
    [delegation.units === request.units, "the delegation has another number of units"],
    [delegation.owner === keySet.owner, "the delegation is of another owner"],
    [delegation.product === product, "the delegation is of another product"],
    [delegation.release === grant.release.release, "the delegation is of another release"],
    [delegation.lease === grant.lease, "the delegation is of another lease"],
    [delegation.appliance === appliance, "the delegation is for another appliance"],
    [delegation.notAfter === grant.notAfterSeconds, "the delegation ends at another time"],
    [sameBytes(delegation.leaseKey, leaseKey), "the delegation is for another lease key"],
  ];
  return rules.find(([holds]) => !holds)?.[1];
}

function ticketFlaw(
  { ticket }: OpenedTicket,
  { index, grant, delegation, expected }: {
    readonly index: number;
    readonly grant: LeaseGrant;
    readonly delegation: Delegation;
    readonly expected: LeaseExpectation;
  },
): string | undefined {
  const T = Uint8Array.fromHex(expected.request.ticketKeys[index]!);
  const { release } = grant;
  const rules: readonly (readonly [boolean, string])[] = [
    // P-55: policy bit, lease, index, and the very T that this vault made.
    [(ticket.policy & POLICY.offline) !== 0, "is not one for offline work"],
    [ticket.lease === grant.lease, "is of another lease"],
    [ticket.leaseIndex === index + 1, "has another index"],
    [sameBytes(ticket.T, T), "has another T"],
    [ticket.pattern === PATTERNS.NK, "has a handshake pattern that is not supported"],
    [ticket.owner === delegation.owner && ticket.product === delegation.product, "is of another product"],
    [ticket.appliance === expected.appliance, "is for another appliance"],
    [ticket.release === release.release, "is for another release"],
    [ticket.epoch >= expected.keySet.epoch, "is of an earlier epoch than the key set"],
    [sameBytes(ticket.imageDigest, Uint8Array.fromHex(release.imageDigest)), "has another image digest"],
    [
      ticket.length === release.length && ticket.personalOffset === release.personalOffset &&
      ticket.personalLength === release.personalLength,
      "has another length or personal region than its release",
    ],
    [ticket.notAfter <= grant.notAfterSeconds, "ends after its lease"],
  ];
  return rules.find(([holds]) => !holds)?.[1];
}
