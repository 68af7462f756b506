/**
 * Allowances, leases, their tickets and uses. Every move is conditional and fails loudly when the row is elsewhere; triggers
 * keep the counts. Decides nothing.
 *
 * @module
 */

import {
  type ApplianceId,
  assert,
  type LeaseId,
  padUid,
  type ProductId,
  type ReleaseId,
  type TicketId,
  type Uid,
  uidOf,
} from "../../bootloader/wire/mod.ts";
import type { Allowance, LeaseReply, OfflineRecord, OrderId } from "../api/mod.ts";
import type { LentState, UseFacts } from "../ledger/mod.ts";
import {
  bytesOf,
  bytesOrNull,
  type Database,
  integerOf,
  integerOrNull,
  type Row,
  textOf,
  textOrNull,
} from "./database.ts";
import { countWaitingUids } from "./listed_uids.ts";
import type { UnitKey } from "./units.ts";

/** Sets an allowance. */
export function setAllowance(
  db: Database,
  allowance: Omit<Allowance, "open" | "listed" | "listedOnly" | "effectiveAtMs">,
): void {
  db.run(
    `INSERT INTO allowances (order_id, appliance, units, uid_value, uid_mask, changed_ms, effective_ms)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
      ON CONFLICT DO UPDATE SET units = excluded.units, uid_value = excluded.uid_value, uid_mask = excluded.uid_mask,
        changed_ms = excluded.changed_ms,
        effective_ms = CASE WHEN open <= excluded.units THEN excluded.changed_ms END`,
    allowance.order,
    allowance.appliance,
    allowance.units,
    Uint8Array.fromHex(allowance.uidValue),
    Uint8Array.fromHex(allowance.uidMask),
    allowance.changedAtMs,
  );
}

/** Returns an allowance, or undefined. */
export function findAllowance(db: Database, order: OrderId, appliance: ApplianceId): Allowance | undefined {
  const row = db.first("SELECT * FROM allowances WHERE order_id = ? AND appliance = ?", order, appliance);
  return row === undefined ? undefined : allowanceOf(db, row);
}

/** Returns the allowances of an order, in the order of their appliances. */
export function listAllowances(db: Database, order: OrderId): readonly Allowance[] {
  return db.all("SELECT * FROM allowances WHERE order_id = ? ORDER BY appliance", order).map((row) =>
    allowanceOf(db, row)
  );
}

function allowanceOf(db: Database, row: Row): Allowance {
  const isWithin = integerOf(row, "open") <= integerOf(row, "units");
  const order = textOf(row, "order_id") as OrderId;
  const appliance = textOf(row, "appliance") as ApplianceId;
  return {
    order,
    appliance,
    listed: countWaitingUids(db, { order, appliance }),
    units: integerOf(row, "units"),
    open: integerOf(row, "open"),
    uidValue: bytesOf(row, "uid_value").toHex(),
    uidMask: bytesOf(row, "uid_mask").toHex(),
    changedAtMs: integerOf(row, "changed_ms"),
    listedOnly: integerOf(row, "listed_only") === 1,
    // One that a restore made room for was kept without its time at first: nothing is lent beyond it all the same.
    effectiveAtMs: integerOrNull(row, "effective_ms") ?? (isWithin ? integerOf(row, "changed_ms") : null),
  };
}

/** A lease as it is kept. */
export interface StoredLease {
  readonly lease: LeaseId;
  readonly order: OrderId;
  readonly product: ProductId;
  readonly release: ReleaseId;
  readonly appliance: ApplianceId;
  readonly epoch: number;
  readonly units: number;
  /** 16 bytes each. */
  readonly uidValue: Uint8Array;
  readonly uidMask: Uint8Array;
  /** Ed25519 and X25519, 32 bytes each. */
  readonly leaseKey: Uint8Array;
  readonly wrapKey: Uint8Array;
  /** 224 bytes. */
  readonly delegation: Uint8Array;
  /** 112 bytes. */
  readonly wrappedKey: Uint8Array;
  readonly notAfterSeconds: number;
  /** A restored authority learnt of it from its appliance: its units are unaccounted until they are reported. */
  readonly restored: boolean;
}

/** A ticket of a lease as it is kept. */
export interface StoredLeaseTicket {
  readonly ticketId: TicketId;
  readonly lease: LeaseId;
  /** Its `leaseIndex`, from 1. */
  readonly position: number;
  /** T, 32 bytes. */
  readonly T: Uint8Array;
  /** 352 bytes. */
  readonly sealed: Uint8Array;
  readonly state: LentState;
  /** The one chip that it was made for; null: all that its lease names. */
  readonly boundUid: Uid | null;
}

/** Keeps a new lease, without tickets. */
export function insertLease(db: Database, lease: StoredLease, createdMs: number): void {
  db.run(
    `INSERT INTO leases (id, order_id, product, release, appliance, epoch, units, uid_value, uid_mask, lease_key, wrap_key,
      delegation, wrapped_key, not_after, restored, created_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    lease.lease,
    lease.order,
    lease.product,
    lease.release,
    lease.appliance,
    lease.epoch,
    lease.units,
    lease.uidValue,
    lease.uidMask,
    lease.leaseKey,
    lease.wrapKey,
    lease.delegation,
    lease.wrappedKey,
    lease.notAfterSeconds,
    Number(lease.restored),
    createdMs,
  );
}

/**
 * Lends one unit: the tables refuse it beyond the allowance, and when the order has none free. `unaccounted`: a ticket of a
 * restored lease, whose unit is counted there already.
 */
export function insertLeaseTicket(
  db: Database,
  ticket: Omit<StoredLeaseTicket, "state">,
  nowMs: number,
  state: "leased" | "unaccounted" = "leased",
): void {
  db.run(
    `INSERT INTO lease_tickets (id, lease, position, t, sealed, state, changed_ms, bound_uid)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ticket.ticketId,
    ticket.lease,
    ticket.position,
    ticket.T,
    ticket.sealed,
    state,
    nowMs,
    ticket.boundUid === null ? null : padUid(ticket.boundUid),
  );
}

/** Whether a ticket of any lease was made for one of these T. */
export function anyTicketKeyTaken(db: Database, keys: readonly Uint8Array[]): boolean {
  return keys.some((T) => db.first("SELECT 1 FROM lease_tickets WHERE t = ?", T) !== undefined);
}

/** Returns a lease, or undefined. */
export function findLease(db: Database, lease: LeaseId): StoredLease | undefined {
  const row = db.first("SELECT * FROM leases WHERE id = ?", lease);
  return row === undefined ? undefined : leaseOf(row);
}

/** Returns the lease of a lease key, or undefined. */
export function findLeaseByKey(db: Database, leaseKey: Uint8Array): StoredLease | undefined {
  const row = db.first("SELECT * FROM leases WHERE lease_key = ?", leaseKey);
  return row === undefined ? undefined : leaseOf(row);
}

function leaseOf(row: Row): StoredLease {
  return {
    lease: textOf(row, "id") as LeaseId,
    order: textOf(row, "order_id") as OrderId,
    product: textOf(row, "product") as ProductId,
    release: textOf(row, "release") as ReleaseId,
    appliance: textOf(row, "appliance") as ApplianceId,
    epoch: integerOf(row, "epoch"),
    units: integerOf(row, "units"),
    uidValue: bytesOf(row, "uid_value"),
    uidMask: bytesOf(row, "uid_mask"),
    leaseKey: bytesOf(row, "lease_key"),
    wrapKey: bytesOf(row, "wrap_key"),
    delegation: bytesOf(row, "delegation"),
    wrappedKey: bytesOf(row, "wrapped_key"),
    notAfterSeconds: integerOf(row, "not_after"),
    restored: integerOf(row, "restored") === 1,
  };
}

/** Returns the tickets of a lease in the order of their index. */
export function listLeaseTickets(db: Database, lease: LeaseId): readonly StoredLeaseTicket[] {
  return db.all("SELECT * FROM lease_tickets WHERE lease = ? ORDER BY position", lease).map(leaseTicketOf);
}

/** Returns a ticket of a lease, or undefined. */
export function findLeaseTicket(db: Database, ticket: TicketId): StoredLeaseTicket | undefined {
  const row = db.first("SELECT * FROM lease_tickets WHERE id = ?", ticket);
  return row === undefined ? undefined : leaseTicketOf(row);
}

function leaseTicketOf(row: Row): StoredLeaseTicket {
  const bound = bytesOrNull(row, "bound_uid");
  return {
    boundUid: bound === null ? null : uidOf(bound),
    ticketId: textOf(row, "id") as TicketId,
    lease: textOf(row, "lease") as LeaseId,
    position: integerOf(row, "position"),
    T: bytesOf(row, "t"),
    sealed: bytesOf(row, "sealed"),
    state: textOf(row, "state") as LentState,
  };
}

/** Moves a unit of a lease on, out of the state that it was found in. */
export function moveLent(
  db: Database,
  ticket: Pick<StoredLeaseTicket, "ticketId" | "state">,
  to: Exclude<LentState, "leased">,
  nowMs: number,
): void {
  const changed = db.run(
    "UPDATE lease_tickets SET state = ?, changed_ms = ? WHERE id = ? AND state = ?",
    to,
    nowMs,
    ticket.ticketId,
    ticket.state,
  );
  assert(changed === 1, "Cannot move a lent unit: it is in another state");
  db.run(
    `UPDATE allowances SET effective_ms = ? WHERE effective_ms IS NULL AND open <= units AND (order_id, appliance) =
      (SELECT l.order_id, l.appliance FROM leases l JOIN lease_tickets t ON t.lease = l.id WHERE t.id = ?)`,
    nowMs,
    ticket.ticketId,
  );
}

const LEASE_REPLIES = `SELECT l.*,
  total(t.state = 'used') AS used, total(t.state = 'returned') AS returned,
  total(t.state = 'unaccounted') AS unaccounted, total(t.state = 'leased') AS open, count(t.bound_uid) AS listed
  FROM leases l LEFT JOIN lease_tickets t ON t.lease = l.id`;

/** Returns all leases with their counts, oldest first. */
export function listLeases(db: Database, nowSeconds: number): readonly LeaseReply[] {
  return db.all(`${LEASE_REPLIES} GROUP BY l.id ORDER BY l.created_ms, l.rowid`)
    .map((row) => leaseReplyOf(row, nowSeconds));
}

/** Returns one lease with its counts; it exists. */
export function leaseWithCounts(db: Database, lease: LeaseId, nowSeconds: number): LeaseReply {
  return leaseReplyOf(db.one(`${LEASE_REPLIES} WHERE l.id = ? GROUP BY l.id`, lease), nowSeconds);
}

function leaseReplyOf(row: Row, nowSeconds: number): LeaseReply {
  const { lease, appliance, order, product, release, units, uidValue, uidMask, notAfterSeconds, restored } =
    leaseOf(row);
  const used = integerOf(row, "used");
  const open = integerOf(row, "open");
  return {
    lease,
    appliance,
    order,
    product,
    release,
    units,
    used,
    returned: integerOf(row, "returned"),
    // Of a restored lease only what was reported has a row; the rest is inside the order's unaccounted units.
    unaccounted: restored ? units - used : integerOf(row, "unaccounted"),
    open,
    listed: integerOf(row, "listed"),
    uidValue: uidValue.toHex(),
    uidMask: uidMask.toHex(),
    createdAtMs: integerOf(row, "created_ms"),
    notAfterSeconds,
    state: open === 0 ? "done" : nowSeconds > notAfterSeconds ? "expired" : "open",
  };
}

/** A use as it is kept. */
export interface StoredUse extends UseFacts, UnitKey {
  readonly ticketId: TicketId;
  /** Id of the row of units that it occupies; null: another unit holds the UID. */
  readonly unit: string | null;
}

/** Returns what was reported of a ticket of a lease, or undefined. */
export function findUse(db: Database, ticket: TicketId): StoredUse | undefined {
  const row = db.first("SELECT * FROM lease_uses WHERE ticket = ?", ticket);
  if (row === undefined) return undefined;
  const receipt = bytesOrNull(row, "receipt");
  return {
    ticketId: ticket,
    family: integerOf(row, "family"),
    uid: uidOf(bytesOf(row, "uid")),
    unit: textOrNull(row, "unit"),
    state: textOf(row, "state") as StoredUse["state"],
    message2Count: integerOf(row, "message2_count"),
    certificate: bytesOf(row, "certificate").toHex(),
    receipt: receipt === null ? null : { number: integerOf(row, "receipt_number"), record: receipt.toHex() },
  };
}

/** Keeps the first report of a use. */
export function insertUse(db: Database, use: StoredUse, nowMs: number): void {
  db.run(
    `INSERT INTO lease_uses (ticket, family, uid, unit, state, message2_count, certificate, receipt, receipt_number, receipt_ms,
      reported_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    use.ticketId,
    use.family,
    padUid(use.uid),
    use.unit,
    use.state,
    use.message2Count,
    Uint8Array.fromHex(use.certificate),
    ...receiptColumns(use, nowMs),
    nowMs,
  );
}

/** Keeps a later report of a use; the table refuses one that goes back. */
export function advanceUse(db: Database, use: Omit<StoredUse, "unit">, nowMs: number): void {
  const changed = db.run(
    `UPDATE lease_uses SET state = ?, message2_count = ?, receipt = ?, receipt_number = ?, receipt_ms = ? WHERE ticket = ?`,
    use.state,
    use.message2Count,
    ...receiptColumns(use, nowMs),
    use.ticketId,
  );
  assert(changed === 1, "Cannot keep a report: its ticket was not used");
}

function receiptColumns(
  { receipt }: UseFacts,
  nowMs: number,
): readonly [Uint8Array | null, number | null, number | null] {
  return receipt === null ? [null, null, null] : [Uint8Array.fromHex(receipt.record), receipt.number, nowMs];
}

/** Marks the certificate of a use as revoked; the first time counts. */
export function revokeLeaseCertificate(db: Database, ticket: TicketId, nowMs: number): void {
  db.run("UPDATE lease_uses SET revoked_ms = ? WHERE ticket = ? AND revoked_ms IS NULL", nowMs, ticket);
}

/** What is known of a UID from leases: newest certificate first, then the records as owners see them, oldest first. */
export interface OfflineHistory {
  readonly certificate: string | null;
  readonly certificateRevoked: boolean;
  readonly offline: OfflineRecord[];
}

/** Returns what was reported of a UID. */
export function offlineHistoryOf(db: Database, key: UnitKey): OfflineHistory {
  const rows = db.all(
    `SELECT u.*, t.lease, l.delegation FROM lease_uses u JOIN lease_tickets t ON t.id = u.ticket
      JOIN leases l ON l.id = t.lease WHERE u.family = ? AND u.uid = ? ORDER BY u.reported_ms, u.rowid`,
    key.family,
    padUid(key.uid),
  );
  const newest = rows.at(-1);
  return {
    certificate: newest === undefined ? null : bytesOf(newest, "certificate").toHex(),
    certificateRevoked: newest !== undefined && integerOrNull(newest, "revoked_ms") !== null,
    offline: rows.map((row) => ({
      lease: textOf(row, "lease") as LeaseId,
      certificate: bytesOf(row, "certificate").toHex(),
      delegation: bytesOf(row, "delegation").toHex(),
      message2Count: integerOf(row, "message2_count"),
      receipt: row["receipt"] === null
        ? null
        : { record: bytesOf(row, "receipt").toHex(), reportedAtMs: integerOf(row, "receipt_ms") },
      doubled: row["unit"] === null,
    })),
  };
}

/** Keeps a reported head of an appliance's journal, unless it is kept already. */
export function keepJournalHead(
  db: Database,
  appliance: ApplianceId,
  head: { readonly number: number; readonly hash: string },
): void {
  db.run(
    "INSERT INTO journal_heads (appliance, number, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    appliance,
    head.number,
    Uint8Array.fromHex(head.hash),
  );
}
