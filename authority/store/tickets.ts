/**
 * Tickets, messages 2, certificates and receipts: what was signed and given. Nothing here is ever deleted.
 *
 * @module
 */

import {
  type ApplianceId,
  padUid,
  type ProductId,
  type ReleaseId,
  type TicketId,
  type Uid,
  uidOf,
} from "../../bootloader/wire/mod.ts";
import type { DeviceRecordReply, OrderId } from "../api/mod.ts";
import type { TicketState } from "../ledger/mod.ts";
import { bytesOf, type Database, integerOf, integerOrNull, type Row, textOf } from "./database.ts";
import type { UnitKey } from "./units.ts";

/** A ticket as it is kept. */
export interface StoredTicket extends TicketState, UnitKey {
  readonly ticketId: TicketId;
  /** The unit that it was made for. */
  readonly unit: string;
  readonly order: OrderId;
  readonly product: ProductId;
  readonly release: ReleaseId;
  /** 352 bytes. */
  readonly sealed: Uint8Array;
}

/** Returns a ticket, or undefined. */
export function findTicket(db: Database, ticket: TicketId): StoredTicket | undefined {
  const row = db.first("SELECT * FROM tickets WHERE id = ?", ticket);
  return row === undefined ? undefined : ticketOf(row);
}

/** Returns the open ticket of a UID, or undefined. */
export function findOpenTicket(db: Database, key: UnitKey): StoredTicket | undefined {
  const row = db.first(
    "SELECT * FROM tickets WHERE family = ? AND uid = ? AND closed = 0",
    key.family,
    padUid(key.uid),
  );
  return row === undefined ? undefined : ticketOf(row);
}

/** Keeps a new ticket, open or closed; the table refuses a second open one of a UID. */
export function insertTicket(db: Database, ticket: StoredTicket, createdMs: number): void {
  db.run(
    `INSERT INTO tickets (id, unit, family, uid, order_id, product, release, appliance, epoch, not_before, not_after, sealed,
      closed, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ticket.ticketId,
    ticket.unit,
    ticket.family,
    padUid(ticket.uid),
    ticket.order,
    ticket.product,
    ticket.release,
    ticket.appliance,
    ticket.epoch,
    ticket.notBeforeSeconds,
    ticket.notAfterSeconds,
    ticket.sealed,
    Number(ticket.closed),
    createdMs,
  );
}

/** Closes the open ticket of a UID, if there is one. */
export function closeTickets(db: Database, key: UnitKey): void {
  db.run(
    "UPDATE tickets SET closed = 1 WHERE family = ? AND uid = ? AND closed = 0",
    key.family,
    padUid(key.uid),
  );
}

/** What is kept of a message 2. */
export interface StoredMessage2 {
  readonly number: number;
  readonly hh: Uint8Array;
  readonly h2: Uint8Array;
}

/** Records MESSAGE2(ticket, number): it is durable when the transaction is (P-29). */
export function insertMessage2(
  db: Database,
  ticket: TicketId,
  message2: StoredMessage2,
  nowMs: number,
): void {
  db.run(
    "INSERT INTO messages2 (ticket, number, hh, h2, at_ms) VALUES (?, ?, ?, ?, ?)",
    ticket,
    message2.number,
    message2.hh,
    message2.h2,
    nowMs,
  );
}

/** Returns MESSAGE2(ticket, number), or undefined. */
export function findMessage2(db: Database, ticket: TicketId, number: number): StoredMessage2 | undefined {
  const row = db.first("SELECT * FROM messages2 WHERE ticket = ? AND number = ?", ticket, number);
  return row === undefined ? undefined : { number, hh: bytesOf(row, "hh"), h2: bytesOf(row, "h2") };
}

/** Returns the next serial of a product: from 1, without gaps within an epoch; above all that an earlier one may have given. */
export function nextSerial(db: Database, product: ProductId): number {
  return integerOf(
    db.one(
      `SELECT max(p.serial_floor,
          (SELECT coalesce(max(serial), 0) FROM certificates WHERE product = p.id),
          (SELECT coalesce(max(serial), 0) FROM units WHERE product = p.id AND presumed = 1)) + 1 AS serial
        FROM products p WHERE p.id = ?`,
      product,
    ),
    "serial",
  );
}

/** Returns the certificate of a product's serial, or undefined: a presumed unit has none. */
export function findCertificate(db: Database, product: ProductId, serial: number): Uint8Array | undefined {
  const row = db.first("SELECT sealed FROM certificates WHERE product = ? AND serial = ?", product, serial);
  return row === undefined ? undefined : bytesOf(row, "sealed");
}

/** Keeps a new certificate. */
export function insertCertificate(
  db: Database,
  certificate: UnitKey & {
    readonly product: ProductId;
    readonly serial: number;
    readonly ticketId: TicketId;
    readonly sealed: Uint8Array;
  },
  nowMs: number,
): void {
  db.run(
    "INSERT INTO certificates (product, serial, family, uid, ticket, sealed, issued_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
    certificate.product,
    certificate.serial,
    certificate.family,
    padUid(certificate.uid),
    certificate.ticketId,
    certificate.sealed,
    nowMs,
  );
}

/** Returns the sealed certificate of a product's serial: 216 bytes. */
export function certificateOf(db: Database, product: ProductId, serial: number): Uint8Array {
  return bytesOf(
    db.one("SELECT sealed FROM certificates WHERE product = ? AND serial = ?", product, serial),
    "sealed",
  );
}

/** Marks a certificate as revoked. */
export function revokeCertificate(db: Database, product: ProductId, serial: number, nowMs: number): void {
  db.run(
    "UPDATE certificates SET revoked_ms = ? WHERE product = ? AND serial = ? AND revoked_ms IS NULL",
    nowMs,
    product,
    serial,
  );
}

/** A receipt as it is kept. */
export interface StoredReceipt {
  readonly number: number;
  /** 180 bytes and the MAC. */
  readonly record: Uint8Array;
  /** The log key's statement: 144 bytes. */
  readonly statement: Uint8Array;
  readonly committedAtMs: number;
}

/** Keeps the receipt of a ticket, once. */
export function insertReceipt(db: Database, ticket: TicketId, receipt: StoredReceipt): void {
  db.run(
    "INSERT INTO receipts (ticket, number, record, statement, at_ms) VALUES (?, ?, ?, ?, ?)",
    ticket,
    receipt.number,
    receipt.record,
    receipt.statement,
    receipt.committedAtMs,
  );
}

/** Returns the receipt of a ticket, or undefined. */
export function findReceipt(db: Database, ticket: TicketId): StoredReceipt | undefined {
  const row = db.first("SELECT * FROM receipts WHERE ticket = ?", ticket);
  return row === undefined ? undefined : receiptOf(row);
}

function receiptOf(row: Row): StoredReceipt {
  return {
    number: integerOf(row, "number"),
    record: bytesOf(row, "record"),
    statement: bytesOf(row, "statement"),
    committedAtMs: integerOf(row, "at_ms"),
  };
}

/** Returns all that was signed and given for a UID, newest certificate first. */
export function historyOf(
  db: Database,
  key: UnitKey,
): Pick<DeviceRecordReply, "tickets" | "certificate" | "certificateRevoked" | "receipt"> {
  const uid = padUid(key.uid);
  const tickets = db.all(
    "SELECT * FROM tickets WHERE family = ? AND uid = ? ORDER BY created_ms, rowid",
    key.family,
    uid,
  );
  const certificate = db.first(
    "SELECT sealed, revoked_ms FROM certificates WHERE family = ? AND uid = ? ORDER BY issued_ms DESC, rowid DESC LIMIT 1",
    key.family,
    uid,
  );
  const receipt = db.first(
    `SELECT r.* FROM receipts r JOIN tickets t ON t.id = r.ticket WHERE t.family = ? AND t.uid = ?
      ORDER BY r.at_ms DESC LIMIT 1`,
    key.family,
    uid,
  );
  return {
    certificate: certificate === undefined ? null : bytesOf(certificate, "sealed").toHex(),
    certificateRevoked: certificate !== undefined && integerOrNull(certificate, "revoked_ms") !== null,
    tickets: tickets.map((row) => ({
      ticketId: textOf(row, "id") as TicketId,
      ticket: bytesOf(row, "sealed").toHex(),
      closed: integerOf(row, "closed") === 1,
      createdAtMs: integerOf(row, "created_ms"),
      message2AtMs: db.all("SELECT at_ms FROM messages2 WHERE ticket = ? ORDER BY number", textOf(row, "id"))
        .map((message2) => integerOf(message2, "at_ms")),
    })),
    receipt: receipt === undefined ? null : {
      record: bytesOf(receipt, "record").toHex(),
      statement: bytesOf(receipt, "statement").toHex(),
      committedAtMs: integerOf(receipt, "at_ms"),
    },
  };
}

function ticketOf(row: Row): StoredTicket {
  return {
    ticketId: textOf(row, "id") as TicketId,
    unit: textOf(row, "unit"),
    family: integerOf(row, "family"),
    uid: uidOf(bytesOf(row, "uid")) satisfies Uid,
    order: textOf(row, "order_id") as OrderId,
    product: textOf(row, "product") as ProductId,
    release: textOf(row, "release") as ReleaseId,
    appliance: textOf(row, "appliance") as ApplianceId,
    epoch: integerOf(row, "epoch"),
    notBeforeSeconds: integerOf(row, "not_before"),
    notAfterSeconds: integerOf(row, "not_after"),
    closed: integerOf(row, "closed") === 1,
    sealed: bytesOf(row, "sealed"),
  };
}
