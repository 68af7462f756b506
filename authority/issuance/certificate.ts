/**
 * The one device certificate of a unit, and what a message 2 puts into the personal region with it. Signed once, by this
 * authority or by the vault that held the unit, and the same bytes in every later delivery of the unit (P-52, P-71).
 *
 * @module
 */

import { leasePersonalContent, personalContent, SIGNERS } from "../../bootloader/ticket/mod.ts";
import { assert, NO_LEASE, padUid, type TicketId } from "../../bootloader/wire/mod.ts";
import {
  certificateOf,
  findCertificate,
  findLease,
  findLeaseTicket,
  findRelease,
  findUse,
  nextSerial,
  type StoredTicket,
  type StoredUnit,
} from "../store/mod.ts";
import type { Office } from "./office.ts";

/** A unit's certificate, and the whole content of the personal region. */
export interface UnitCertificate {
  readonly serial: number;
  /** 216 bytes. */
  readonly sealed: Uint8Array;
  /** True when it was signed just now and is nowhere kept yet. */
  readonly fresh: boolean;
  readonly personal: Uint8Array;
}

/** Returns the certificate that the unit has, or signs the one that it will have for ever. */
export function certificateFor(
  office: Office,
  ticket: StoredTicket,
  unit: StoredUnit,
  nowMs: number,
): UnitCertificate {
  // A unit that was presumed to be keyed (P-62) has a serial set aside and no certificate yet.
  const hasOne = unit.serial !== null &&
    (unit.leaseTicket !== null || findCertificate(office.db, unit.product, unit.serial) !== undefined);
  if (unit.serial !== null && hasOne) {
    return keptCertificate(office, ticket, { ...unit, serial: unit.serial });
  }
  const serial = unit.serial ?? nextSerial(office.db, unit.product);
  const issuedAt = Math.floor(nowMs / 1000);
  const sealed = signCertificate(office, ticket, { serial, ticketId: ticket.ticketId, issuedAt });
  const personal = personalContent(sealed, personalLengthOf(office, ticket));
  return { serial, sealed, fresh: true, personal };
}

/** Returns the certificate that a unit has. */
export function keptCertificate(
  office: Office,
  ticket: StoredTicket,
  unit: StoredUnit & { readonly serial: number },
): UnitCertificate {
  const { serial, leaseTicket } = unit;
  const personalLength = personalLengthOf(office, ticket);
  if (leaseTicket === null) {
    const sealed = certificateOf(office.db, unit.product, serial);
    return { serial, sealed, fresh: false, personal: personalContent(sealed, personalLength) };
  }
  const use = findUse(office.db, leaseTicket);
  const lent = findLeaseTicket(office.db, leaseTicket);
  const lease = lent === undefined ? undefined : findLease(office.db, lent.lease);
  assert(
    use !== undefined && lease !== undefined,
    "Cannot find the certificate of a lent unit: no use is kept",
  );
  const proof = { certificate: Uint8Array.fromHex(use.certificate), delegation: lease.delegation };
  return {
    serial,
    sealed: proof.certificate,
    fresh: false,
    personal: leasePersonalContent(proof, personalLength),
  };
}

/** Signs the certificate of a ticket's device. Ed25519 is deterministic: the same facts give the same bytes. */
export function signCertificate(
  office: Office,
  ticket: Pick<StoredTicket, "family" | "uid" | "product" | "release">,
  facts: { readonly serial: number; readonly ticketId: TicketId; readonly issuedAt: number },
): Uint8Array {
  return office.signer.sealCertificate({
    signer: SIGNERS.product,
    family: ticket.family,
    owner: office.owner,
    product: ticket.product,
    release: ticket.release,
    uid: padUid(ticket.uid),
    ...facts,
    lease: NO_LEASE,
    deviceKey: new Uint8Array(32),
  });
}

function personalLengthOf(office: Office, ticket: StoredTicket): number {
  const release = findRelease(office.db, ticket.release);
  assert(release !== undefined, "Cannot find the ticket's release: it is not there");
  return release.personalLength;
}
