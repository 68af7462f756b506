/**
 * Reads what an appliance shows of its work before a restore, against this authority's own signatures: tickets, key records,
 * delegations. Books nothing but that this database is older than what it signed.
 *
 * @module
 */

import { openDelegation, openTicket, POLICY, uidMatches } from "../../bootloader/ticket/mod.ts";
import {
  type Delegation,
  type KeyRecord,
  keyRecordLayout,
  keysetLayout,
  Malformed,
  type Ticket,
} from "../../bootloader/wire/mod.ts";
import {
  type ApplianceReply,
  type Decision,
  logKeysOf,
  openStatement,
  type RestoredRequest,
  statementSubjects,
} from "../api/mod.ts";
import { appendEvent, type EventName, type LogEvent } from "../log/mod.ts";
import { listKeySets, listProducts, writeSetting } from "../store/mod.ts";
import { DATABASE_OUTDATED, isDatabaseOutdated, type Office, whoAppliance } from "./office.ts";

/** A ticket that this authority signed for the appliance, with what it gave under it. */
export interface Shown {
  readonly ticket: Ticket;
  /** 352 bytes. */
  readonly sealed: Uint8Array;
  /** By their number, ascending; at least one. */
  readonly records: readonly KeyRecord[];
}

/** Returns a ticket whose signature by a ticket key of this authority holds, made for this appliance; undefined else. */
export function openEarlierTicket(
  office: Office,
  appliance: ApplianceReply,
  sealed: Uint8Array,
): Ticket | undefined {
  try {
    for (const keySet of listKeySets(office.db)) {
      const { ticketKey } = keysetLayout.decode(keySet.subarray(0, keysetLayout.size));
      const opening = openTicket(sealed, { publicKey: ticketKey });
      if (!("opened" in opening)) continue;
      const { ticket } = opening.opened;
      const isOwn = ticket.owner === office.owner && ticket.appliance === appliance.appliance;
      return isOwn ? ticket : undefined;
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return undefined;
}

/** Returns what is shown of one ticket when each signature holds and all of it is about one chip; undefined else (P-63). */
export function readShown(
  office: Office,
  appliance: ApplianceReply,
  shown: RestoredRequest["tickets"][number],
): Shown | undefined {
  const sealed = Uint8Array.fromHex(shown.ticket);
  const ticket = openEarlierTicket(office, appliance, sealed);
  if (ticket === undefined || (ticket.policy & POLICY.offline) !== 0) return undefined;
  try {
    const records = shown.keyRecords.map(({ record, statement }) => {
      const content = Uint8Array.fromHex(record);
      const said = openStatement(Uint8Array.fromHex(statement), {
        logKeys: everyLogKey(office),
        subject: statementSubjects.keyRecord,
        content,
      });
      const read = keyRecordLayout.decode(content);
      return said.number === read.number && said.owner === office.owner ? read : undefined;
    });
    const [first] = records;
    const fit = (read: KeyRecord | undefined): read is KeyRecord =>
      read !== undefined && first !== undefined && read.ticketId === ticket.ticketId &&
      read.epoch === ticket.epoch && read.family === ticket.family && uidMatches(read.uid, ticket) &&
      read.order === first.order && read.serial === first.serial && read.issuedAt === first.issuedAt;
    if (!records.every(fit)) return undefined;
    return { ticket, sealed, records: records.toSorted((a, b) => a.number - b.number) };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** The log keys of every key set so far: what was said before a change of keys was said by this authority. */
function everyLogKey(office: Office): readonly Uint8Array[] {
  return listKeySets(office.db).flatMap((signed) =>
    logKeysOf(keysetLayout.decode(signed.subarray(0, keysetLayout.size)))
  );
}

/** Returns a delegation that the certificate key of its product signed, for this appliance; undefined else (P-63). */
export function openEarlierDelegation(
  office: Office,
  appliance: ApplianceReply,
  sealed: Uint8Array,
): Delegation | undefined {
  try {
    // Bound: the owner's products.
    for (const { product, certificatePublicKey } of listProducts(office.db)) {
      const opening = openDelegation(sealed, { publicKey: Uint8Array.fromHex(certificatePublicKey) });
      if (!("opened" in opening)) continue;
      const delegation = opening.opened;
      const isOwn = delegation.owner === office.owner && delegation.appliance === appliance.appliance &&
        delegation.product === product;
      return isOwn ? delegation : undefined;
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return undefined;
}

/** An event about what an appliance showed. */
export function eventOf(appliance: ApplianceReply, event: EventName, about: LogEvent["about"]): LogEvent {
  return { event, who: whoAppliance(appliance.appliance), about };
}

/** P-64: the alarm is in the log and in every refusal until a new epoch has begun. */
export function markOutdated(
  office: Office,
  appliance: ApplianceReply,
  proof: Readonly<Record<string, string | number>>,
): Decision<never> {
  if (!isDatabaseOutdated(office)) {
    writeSetting(office.db, DATABASE_OUTDATED, JSON.stringify(proof));
    appendEvent(office.db, eventOf(appliance, "database-outdated", proof), office.nowMs());
  }
  return { refused: "epoch-needed" };
}
