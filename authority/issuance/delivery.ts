/**
 * What follows a ticket: message 2, receipt, failure. Each is one transaction; nothing leaves before it is durable.
 *
 * @module
 */

import { verify } from "../../bootloader/suite/mod.ts";
import { lockFlaw, openLockRecord } from "../../bootloader/ticket/mod.ts";
import { familyByNumber } from "../../bootloader/chips/mod.ts";
import {
  assert,
  certificateLayout,
  keyRecordLayout,
  Malformed,
  padUid,
  statementLayout,
  type TicketId,
} from "../../bootloader/wire/mod.ts";
import {
  type ApplianceReply,
  type Decision,
  type FailureReply,
  type FailureRequest,
  type Message1Reply,
  type Message1Request,
  type ReceiptReply,
  type ReceiptRequest,
  statementSubjects,
} from "../api/mod.ts";
import { decideFailure, decideMessage2, decideReceipt, type Delivery } from "../ledger/mod.ts";
import { appendEvent, type LogEvent } from "../log/mod.ts";
import {
  closeTickets,
  findMessage2,
  findOrder,
  findProduct,
  findReceipt,
  findRelease,
  findTicket,
  findUnit,
  insertCertificate,
  insertMessage2,
  insertReceipt,
  isDenied,
  keyUnit,
  returnUnit,
  settleUnit,
  type StoredOrder,
  type StoredProduct,
  type StoredReceipt,
  type StoredTicket,
  type StoredUnit,
  wrappedKeyOf,
} from "../store/mod.ts";
import { certificateFor, keptCertificate } from "./certificate.ts";
import { heldBackBy, isDatabaseOutdated, type Office, refuse, whoAppliance } from "./office.ts";

interface Found extends Delivery {
  readonly ticket: StoredTicket;
  readonly order: StoredOrder;
  readonly unit: StoredUnit | undefined;
}

/** Finds a ticket with its unit; the unit counts only while it is the one that the ticket was made for. */
function findDelivery(office: Office, ticketId: TicketId): Found | undefined {
  const ticket = findTicket(office.db, ticketId);
  if (ticket === undefined) return undefined;
  const order = findOrder(office.db, ticket.order);
  assert(order !== undefined, "Cannot find a delivery: the ticket's order is not there");
  const unit = findUnit(office.db, ticket);
  return {
    ticket,
    order,
    unit: unit?.unit === ticket.unit ? unit : undefined,
    denied: isDenied(office.db, ticket),
    epoch: office.epoch,
  };
}

/** Gives message 2 and transport keys for a ticket: the unit is keyed and MESSAGE2(ticket, n) durable when it returns. */
export function giveMessage2(
  office: Office,
  appliance: ApplianceReply,
  ticketId: TicketId,
  request: Message1Request,
): Decision<Message1Reply> {
  return office.db.transact(() => {
    const found = findDelivery(office, ticketId);
    const event: LogEvent = {
      event: "message2-refused",
      who: whoAppliance(appliance.appliance),
      about: { ticket: ticketId, ...(found === undefined ? {} : { uid: found.ticket.uid }) },
    };
    if (found === undefined) return refuse(office, event, "ticket-unknown");
    const barred = heldBackBy(office, appliance.appliance);
    if (barred !== undefined) return refuse(office, event, barred);
    if (isDatabaseOutdated(office)) return refuse(office, event, "epoch-needed");
    const nowMs = office.nowMs();
    const decision = decideMessage2(found, appliance.appliance, Math.floor(nowMs / 1000));
    if ("refused" in decision) return refuse(office, event, decision.refused, decision.detail);
    const { unit } = found;
    assert(unit !== undefined, "Cannot give message 2: the unit is not there");
    const product = findProduct(office.db, found.ticket.product);
    assert(product !== undefined, "Cannot give message 2: the product is not there");
    // P-45: no key without the proof of lock.
    const flaw = lockProofFlaw(appliance, found.ticket, product, request);
    if (flaw !== undefined) return refuse(office, withCause(event, flaw), "lock-not-proven", flaw);
    const certificate = certificateFor(office, found.ticket, unit, nowMs);
    const answer = office.signer.answerMessage1({
      sealedTicket: found.ticket.sealed,
      pinnedUid: found.ticket.uid,
      entropyClasses: entropyClassesOf(product),
      nowSeconds: Math.floor(nowMs / 1000),
      message1: Uint8Array.fromHex(request.message1),
      wrappedKey: wrappedKeyOf(office.db, found.ticket.release),
      personal: certificate.personal,
    });
    // The peer hears one word; the log has the cause (P-49).
    if ("refused" in answer) {
      return refuse(office, withCause(event, answer.refused), "message1-not-authentic");
    }
    const { number } = decision.granted;
    keyUnit(office.db, found.ticket, { number, serial: certificate.serial, nowMs });
    if (certificate.fresh) {
      insertCertificate(office.db, {
        ...found.ticket,
        serial: certificate.serial,
        sealed: certificate.sealed,
      }, nowMs);
    }
    insertMessage2(office.db, ticketId, { number, hh: answer.hh, h2: answer.h2 }, nowMs);
    appendEvent(
      office.db,
      { ...event, event: "message2", about: { ...event.about, number, serial: certificate.serial } },
      nowMs,
    );
    const reply = {
      number,
      message2: answer.message2.toHex(),
      // P-29: message 2 and the two keys, nothing else. They end here and in the encrypted reply.
      transport: { targetToHost: answer.targetToHost.toHex(), hostToTarget: answer.hostToTarget.toHex() },
      keyRecord: keyRecordOf(office, found, { number, certificate: certificate.sealed, ...answer }, nowMs),
    };
    answer.targetToHost.fill(0);
    answer.hostToTarget.fill(0);
    return { granted: reply };
  });
}

function withCause(event: LogEvent, cause: string): LogEvent {
  return { ...event, about: { ...event.about, cause } };
}

/** Returns why the lock record does not prove the lock of this very ticket's chip, or undefined. */
function lockProofFlaw(
  appliance: ApplianceReply,
  ticket: StoredTicket,
  product: StoredProduct,
  request: Message1Request,
): string | undefined {
  const sealed = Uint8Array.fromHex(request.lockRecord + request.lockSignature);
  try {
    const result = openLockRecord(sealed, { publicKey: Uint8Array.fromHex(appliance.publicKey) });
    if ("refused" in result) return "The lock record's signature does not hold";
    const record = result.opened;
    if (record.ticketId !== ticket.ticketId || record.appliance !== appliance.appliance) {
      return "The lock record is of another ticket";
    }
    if (record.uid.toHex() !== padUid(ticket.uid).toHex()) return "The lock record is of another chip";
    const lockClass = familyByNumber(ticket.family)?.chips.lockClass.number;
    const flaw = lockFlaw(record, { lockLevel: product.lockLevel, ramClosed: lockClass === 1 });
    return flaw === undefined ? undefined : `The lock record says: ${flaw}`;
  } catch (error) {
    if (error instanceof Malformed) return "The lock record cannot be read";
    throw error;
  }
}

/** P-63: what the appliance keeps of a message 2, so that a restored authority can book it again. */
function keyRecordOf(
  office: Office,
  { ticket, order }: Found,
  given: {
    readonly number: number;
    readonly certificate: Uint8Array;
    readonly hh: Uint8Array;
    readonly h2: Uint8Array;
  },
  nowMs: number,
): NonNullable<Message1Reply["keyRecord"]> {
  const certificate = certificateLayout.decode(given.certificate.subarray(0, certificateLayout.size));
  const record = keyRecordLayout.encode({
    ticketId: ticket.ticketId,
    uid: padUid(ticket.uid),
    order: order.order,
    certificateTicket: certificate.ticketId,
    serial: certificate.serial,
    signer: certificate.signer,
    issuedAt: certificate.issuedAt,
    epoch: ticket.epoch,
    family: ticket.family,
    number: given.number,
    hh: given.hh,
    h2: given.h2,
  });
  const facts = {
    subject: statementSubjects.keyRecord,
    owner: office.owner,
    atMs: nowMs,
    number: given.number,
  };
  return { record: record.toHex(), statement: office.signer.sealStatement(facts, record).toHex() };
}

function entropyClassesOf(product: StoredProduct): readonly number[] {
  const family = familyByNumber(product.family);
  return family === undefined ? [] : [family.chips.entropyClass];
}

/** Commits a unit on an authentic receipt and countersigns it; the same receipt again gives the same answer. */
export function acceptReceipt(
  office: Office,
  appliance: ApplianceReply,
  ticketId: TicketId,
  request: ReceiptRequest,
): Decision<ReceiptReply> {
  return office.db.transact(() => bookReceipt(office, appliance, ticketId, request));
}

/** The same within the running transaction. */
export function bookReceipt(
  office: Office,
  appliance: ApplianceReply,
  ticketId: TicketId,
  request: ReceiptRequest,
): Decision<ReceiptReply> {
  const found = findDelivery(office, ticketId);
  const event: LogEvent = {
    event: "receipt-refused",
    who: whoAppliance(appliance.appliance),
    // A receipt is no secret; a refused one may be the only trace of a device, so all of it is kept.
    about: { ticket: ticketId, number: request.number, receipt: request.receipt },
  };
  if (found === undefined) return refuse(office, event, "ticket-unknown");
  const message2 = findMessage2(office.db, ticketId, request.number);
  const kept = findReceipt(office.db, ticketId);
  const checked = message2 === undefined || found.unit === undefined || found.unit.serial === null ||
      found.unit.presumed
    ? undefined
    : checkReport(office, found.ticket, { ...found.unit, serial: found.unit.serial }, message2, request);
  const decision = decideReceipt(found, appliance.appliance, {
    number: request.number,
    numberKnown: message2 !== undefined,
    authentic: checked === undefined || "genuine" in checked,
    repeated: kept !== undefined && checked !== undefined && "genuine" in checked &&
      kept.record.toHex() === checked.genuine.toHex(),
  });
  if ("refused" in decision) {
    const cause = checked !== undefined && "refused" in checked ? withCause(event, checked.refused) : event;
    return refuse(office, cause, decision.refused, decision.detail);
  }
  assert(
    checked !== undefined && "genuine" in checked,
    "Cannot commit a unit: its receipt was not checked",
  );
  const receipt = decision.granted === "commit"
    ? commit(office, found, request.number, checked.genuine, event)
    : kept;
  assert(receipt !== undefined && found.unit !== undefined, "Cannot repeat a receipt: none is kept");
  return { granted: receiptReply(office, found.ticket, found.unit, receipt) };
}

function checkReport(
  office: Office,
  ticket: StoredTicket,
  unit: StoredUnit & { readonly serial: number },
  message2: { readonly hh: Uint8Array; readonly h2: Uint8Array },
  request: ReceiptRequest,
): { readonly genuine: Uint8Array } | { readonly refused: string } {
  const release = findRelease(office.db, ticket.release);
  const product = findProduct(office.db, ticket.product);
  assert(release !== undefined && product !== undefined, "Cannot check a receipt: its release is not there");
  try {
    return office.signer.checkReceipt({
      ticketId: ticket.ticketId,
      hh: message2.hh,
      h2: message2.h2,
      uid: padUid(ticket.uid),
      imageDigest: Uint8Array.fromHex(release.imageDigest),
      personal: keptCertificate(office, ticket, unit).personal,
      lockLevel: product.lockLevel,
      report: Uint8Array.fromHex(request.receipt),
    });
  } catch (error) {
    // A reserved byte that is set: no target wrote this.
    if (error instanceof Malformed) return { refused: "malformed" };
    throw error;
  }
}

function commit(
  office: Office,
  found: Found,
  number: number,
  record: Uint8Array,
  event: LogEvent,
): StoredReceipt {
  const nowMs = office.nowMs();
  const statement = office.signer.sealStatement(
    { subject: statementSubjects.receipt, owner: office.owner, atMs: nowMs, number },
    record,
  );
  const receipt = { number, record, statement, committedAtMs: nowMs };
  settleUnit(office.db, found.ticket, "committed", nowMs);
  insertReceipt(office.db, found.ticket.ticketId, receipt);
  // P-29: after a receipt no message 2 is given, whatever ticket the unit has open.
  closeTickets(office.db, found.ticket);
  const { uid } = found.ticket;
  appendEvent(
    office.db,
    {
      ...event,
      event: "receipt",
      about: { ticket: found.ticket.ticketId, uid, number, record: record.toHex() },
    },
    nowMs,
  );
  return receipt;
}

function receiptReply(
  office: Office,
  ticket: StoredTicket,
  unit: StoredUnit,
  receipt: StoredReceipt,
): ReceiptReply {
  assert(unit.serial !== null, "Cannot answer a receipt: the unit has no certificate");
  return {
    unit: "committed",
    committedAtMs: receipt.committedAtMs,
    serial: unit.serial,
    certificate: keptCertificate(office, ticket, { ...unit, serial: unit.serial }).sealed.toHex(),
    record: receipt.record.toHex(),
    statement: statementInForce(office, receipt).toHex(),
  };
}

/** P-70: an answer that is asked for again after the log key has changed is countersigned by the key that holds now. */
function statementInForce(office: Office, receipt: StoredReceipt): Uint8Array {
  const { statement, record, number, committedAtMs: atMs } = receipt;
  const message = statement.subarray(0, statementLayout.size);
  const signature = statement.subarray(statementLayout.size);
  if (verify({ publicKey: office.signer.publicKeys.logKey, message, signature })) return statement;
  const facts = { subject: statementSubjects.receipt, owner: office.owner, atMs, number };
  return office.signer.sealStatement(facts, record);
}

/** Records a failed delivery; with `abandon` the ticket is closed, and a unit that never got a key goes back. */
export function recordFailure(
  office: Office,
  appliance: ApplianceReply,
  ticketId: TicketId,
  request: FailureRequest,
): Decision<FailureReply> {
  return office.db.transact(() => {
    const found = findDelivery(office, ticketId);
    if (found === undefined) return { refused: "ticket-unknown" };
    const decision = decideFailure(found, appliance.appliance, request.abandon);
    if ("refused" in decision) return decision;
    const { closesTicket, returnsUnit } = decision.granted;
    if (closesTicket) closeTickets(office.db, found.ticket);
    if (returnsUnit) returnUnit(office.db, found.ticket, "reserved");
    const unit = returnsUnit || found.unit === undefined ? "free" : found.unit.state;
    const { cause, phase, abandon } = request;
    appendEvent(office.db, {
      event: "failure",
      who: whoAppliance(appliance.appliance),
      about: { ticket: ticketId, uid: found.ticket.uid, cause, phase, abandon, unit },
    }, office.nowMs());
    return { granted: { unit } };
  });
}
