/**
 * A small authority for delivery tests: real tickets, real key-holder, real receipt check, one order, in memory.
 * What it keeps of a unit is what tests ask about.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type ApplianceClient,
  type OrderId,
  type RefusalCode,
  refusals,
  statementSubjects,
  type TicketReply,
  writeStatement,
} from "../../../../authority/api/mod.ts";
import type { Office } from "../../../../agent/delivery/mod.ts";
import { answerMessage1, encryptRelease } from "../../../../bootloader/session/mod.ts";
import { makeAgreementKeyPair, makeSigningKeyPair, Secret, sign } from "../../../../bootloader/suite/mod.ts";
import {
  checkReceipt,
  lockFlaw,
  type OpenedTicket,
  openLockRecord,
  PATTERNS,
  receiptBytes,
  sealTicket,
  SIGNERS,
  wholeUidMask,
} from "../../../../bootloader/ticket/mod.ts";
import {
  concat,
  Fault,
  keyRecordLayout,
  type Keyset,
  NO_LEASE,
  padUid,
  parseApplianceId,
  parseOwnerId,
  parseProductId,
  parseReleaseId,
  parseTicketId,
  receiptReportLayout,
  type Uid,
} from "../../../../bootloader/wire/mod.ts";

export const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

export const ids = {
  appliance: parseApplianceId("a1".repeat(8)),
  owner: parseOwnerId("b2".repeat(8)),
  product: parseProductId("c3".repeat(8)),
  release: parseReleaseId("d4".repeat(16)),
};

interface Unit {
  opened: OpenedTicket;
  T: ReturnType<typeof makeAgreementKeyPair>;
  message2: { hh: Uint8Array; receiptKey: Secret; personal: Uint8Array }[];
  committed: boolean;
}

/** An image of `bytes` bytes that repeats; its personal region is 0xFF. */
export function testImage(bytes: number, personal: { offset: number; length: number }): Uint8Array {
  const image = Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
  image.fill(0xff, personal.offset, personal.offset + personal.length);
  return image;
}

export class TestOffice implements Office {
  readonly identity = makeSigningKeyPair(random);
  readonly ticketKey = makeSigningKeyPair(random);
  readonly logKey = makeSigningKeyPair(random);
  readonly personal: { readonly offset: number; readonly length: number };
  readonly image: Uint8Array;
  readonly units = new Map<string, Unit>();
  readonly calls: string[] = [];
  readonly failures: { cause: string; phase: string }[] = [];
  granted = 5;
  message2Limit = 3;
  /** Refuses every ticket with this code. */
  refuse: RefusalCode | null = null;
  /** What a refusal "quota-spent" names (P-77). */
  spentOrders: readonly string[] = [];
  /** Calls of these names fail as the network does. */
  down = new Set<string>();
  lockLevel = 1;
  /** Changes a ticket's fields before it is signed. */
  bend: (fields: Parameters<typeof sealTicket>[0]) => Parameters<typeof sealTicket>[0] = (fields) => fields;
  /** Changes a reply before it leaves. */
  alter: (reply: TicketReply) => TicketReply = (reply) => reply;
  /** Changes the personal region that the key-holder believes it sent. */
  misremember = false;
  readonly #encrypted: ReturnType<typeof encryptRelease>;
  #sha256 = "";

  constructor(
    options: {
      readonly imageBytes?: number;
      readonly flashBytes?: number;
      readonly personalBytes?: number;
    } = {},
  ) {
    this.personal = { offset: 512, length: options.personalBytes ?? 256 };
    this.image = testImage(options.imageBytes ?? 4096, this.personal);
    const flash = new Uint8Array(options.flashBytes ?? 8192).fill(0xff);
    flash.set(this.image);
    this.#encrypted = encryptRelease({ image: flash, personal: this.personal, release: ids.release, random });
  }

  async ready(): Promise<this> {
    const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(this.#encrypted.chunks));
    this.#sha256 = new Uint8Array(digest).toHex();
    return this;
  }

  get keySet(): Keyset {
    return {
      serial: 1,
      epoch: 7,
      owner: ids.owner,
      ticketKey: this.ticketKey.publicKey,
      logKey: this.logKey.publicKey,
      nextTicketKey: new Uint8Array(32),
      nextLogKey: new Uint8Array(32),
      unwrapKey: new Uint8Array(32),
      issuedAt: 0,
    };
  }

  /** The release's key and salt, as a lender wraps them. */
  get releaseSecrets() {
    return this.#encrypted.secrets;
  }

  /** The key record that goes with a message 2 is about another one. */
  misnumber = false;
  /** Receipts are of tickets that are not known: the authority was restored. */
  forgotten = false;

  /** How many units are not free. */
  get used(): number {
    return this.units.size;
  }

  get descriptor() {
    const { length, count, imageDigest, chunks } = this.#encrypted;
    return {
      release: ids.release,
      product: ids.product,
      version: "1.0.0",
      length,
      count,
      personalOffset: this.personal.offset,
      personalLength: this.personal.length,
      imageDigest: imageDigest.toHex(),
      bytes: chunks.length,
      sha256: this.#sha256,
    };
  }

  ticket(
    request: { readonly uid: string; readonly family: number; readonly rework?: boolean | undefined },
  ): ReturnType<Office["ticket"]> {
    this.#call("ticket");
    if (request.rework === true) return refused("rework-not-allowed");
    const known = this.units.get(request.uid);
    if (known?.committed === true) return refused("uid-committed");
    if (this.refuse !== null) return refused(this.refuse, this.spentOrders);
    if (known === undefined && this.used >= this.granted) return refused("quota-spent", this.spentOrders);
    const unit = known ?? this.#newUnit(request);
    const reply = {
      ticketId: unit.opened.ticket.ticketId,
      ticket: unit.opened.sealed.toHex(),
      fresh: known === undefined,
      unit: unit.message2.length > 0 ? "keyed" as const : "reserved" as const,
      message2Count: unit.message2.length,
      message2Limit: this.message2Limit,
      release: this.descriptor,
    };
    return granted(this.alter(reply));
  }

  message1(
    ticketId: string,
    request: { message1: string; lockRecord: string; lockSignature: string },
  ): ReturnType<Office["message1"]> {
    this.#call("message1");
    const unit = this.#unitOf(ticketId);
    const sealed = concat(Uint8Array.fromHex(request.lockRecord), Uint8Array.fromHex(request.lockSignature));
    const lock = openLockRecord(sealed, { publicKey: this.identity.publicKey });
    if ("refused" in lock) return refused("lock-not-proven");
    assert.equal(lock.opened.ticketId, ticketId);
    if (lockFlaw(lock.opened, { lockLevel: this.lockLevel, ramClosed: false }) !== undefined) {
      return refused("lock-not-proven");
    }
    if (unit.message2.length >= this.message2Limit) return refused("message2-limit");
    const receiptKey = Secret.draw(random, 32);
    const personal = random(this.personal.length);
    const answer = answerMessage1({
      ticket: unit.opened,
      T: unit.T,
      pinnedUid: null,
      entropyClasses: [1],
      nowSeconds: 1000,
      message1: Uint8Array.fromHex(request.message1),
      random,
      contentFor: () => ({ ...this.#encrypted.secrets, receiptKey, personal }),
    });
    if ("refused" in answer) return refused("message1-not-authentic");
    const remembered = this.misremember ? random(personal.length) : personal;
    unit.message2.push({ hh: answer.hh, receiptKey, personal: remembered });
    const { targetToHost, hostToTarget } = answer.transport;
    const { ticket } = unit.opened;
    const number = unit.message2.length;
    const record = keyRecordLayout.encode({
      ticketId: ticket.ticketId,
      uid: ticket.uidValue,
      order: "00".repeat(16) as OrderId,
      certificateTicket: ticket.ticketId,
      serial: 1,
      signer: SIGNERS.product,
      issuedAt: 1000,
      epoch: ticket.epoch,
      family: ticket.family,
      number: this.misnumber ? number + 1 : number,
      hh: answer.hh,
      h2: answer.h2,
    });
    const facts = { subject: statementSubjects.keyRecord, owner: ids.owner, atMs: 5, number };
    const said = writeStatement(facts, record);
    return granted({
      keyRecord: {
        record: record.toHex(),
        statement: concat(said, sign(this.logKey.seed, said)).toHex(),
      },
      number: unit.message2.length,
      message2: answer.message2.toHex(),
      transport: {
        targetToHost: targetToHost.use((key) => key.toHex()),
        hostToTarget: hostToTarget.use((key) => key.toHex()),
      },
    });
  }

  receipt(
    ticketId: string,
    request: { readonly number: number; readonly receipt: string },
  ): ReturnType<Office["receipt"]> {
    this.#call("receipt");
    if (this.forgotten) return refused("ticket-unknown");
    const unit = this.#unitOf(ticketId);
    const sent = unit.message2[request.number - 1];
    if (sent === undefined) return refused("receipt-number-unknown");
    const body = Uint8Array.fromHex(request.receipt);
    const { ticket } = unit.opened;
    const record = { hh: sent.hh, uid: ticket.uidValue, ticketId: ticket.ticketId };
    const demand = { imageDigest: ticket.imageDigest, personal: sent.personal, lockLevel: ticket.lockLevel };
    const check = checkReceipt(body, { record, receiptKey: sent.receiptKey, demand });
    if ("refused" in check) return refused("receipt-not-authentic");
    unit.committed = true;
    const report = receiptReportLayout.decode(body);
    const content = concat(receiptBytes(record, report), report.mac);
    const facts = { subject: statementSubjects.receipt, owner: ids.owner, atMs: 5, number: request.number };
    const statement = writeStatement(facts, content);
    return granted({
      unit: "committed" as const,
      committedAtMs: 5,
      serial: 1,
      certificate: "00".repeat(216),
      record: content.toHex(),
      statement: concat(statement, sign(this.logKey.seed, statement)).toHex(),
    });
  }

  failure(
    _ticketId: string,
    request: { readonly cause: string; readonly phase: string },
  ): ReturnType<Office["failure"]> {
    this.#call("failure");
    this.failures.push({ cause: request.cause, phase: request.phase });
    return granted({ unit: "reserved" as const });
  }

  restored(request: Parameters<ApplianceClient["restored"]>[0]): ReturnType<ApplianceClient["restored"]> {
    this.#call("restored");
    return granted({
      epoch: 7,
      tickets: request.tickets.map(({ ticket, receipt }) => {
        const unit = [...this.units.values()].find(({ opened }) => opened.sealed.toHex() === ticket);
        assert.ok(unit, "a ticket is shown that was never given");
        const { ticketId } = unit.opened.ticket;
        return { ticketId, booked: true, committed: receipt !== null, alarm: null };
      }),
    });
  }

  releaseContent(
    _release: string,
    range: { readonly offset: number; readonly length: number },
  ): ReturnType<Office["releaseContent"]> {
    this.#call("releaseContent");
    return granted(this.#encrypted.chunks.slice(range.offset, range.offset + range.length));
  }

  #newUnit(request: { readonly uid: string; readonly family: number }): Unit {
    const T = makeAgreementKeyPair(random);
    const { length, imageDigest } = this.#encrypted;
    const fields = this.bend({
      pattern: PATTERNS.NK,
      lockLevel: this.lockLevel,
      policy: 0,
      epoch: 7,
      family: request.family,
      ticketId: parseTicketId(random(16).toHex()),
      owner: ids.owner,
      product: ids.product,
      release: ids.release,
      imageDigest,
      length,
      personalOffset: this.personal.offset,
      personalLength: this.personal.length,
      uidValue: padUid(request.uid as Uid),
      uidMask: wholeUidMask(),
      appliance: ids.appliance,
      T: T.publicKey,
      notBefore: 0,
      notAfter: 2000,
      optionValue: [5 << 24, 0, 0, 0],
      optionMask: [5 << 24, 0, 0, 0],
      lease: NO_LEASE,
      leaseIndex: 0,
    });
    const unit: Unit = { opened: sealTicket(fields, this.ticketKey), T, message2: [], committed: false };
    this.units.set(request.uid, unit);
    return unit;
  }

  #unitOf(ticketId: string): Unit {
    const unit = [...this.units.values()].find(({ opened }) => opened.ticket.ticketId === ticketId);
    assert.ok(unit, "the agent names a ticket that was never given");
    return unit;
  }

  #call(name: string): void {
    this.calls.push(name);
    if (!this.down.has(name)) return;
    throw new Fault("Cannot reach the owner's server at test: the network failed", {
      place: "authority",
      retry: true,
    });
  }
}

function granted<T>(value: T) {
  return Promise.resolve({ granted: value, atSeconds: 1000 });
}

function refused(code: RefusalCode, spentOrders: readonly string[] = []) {
  const { number, says, remedy, effect } = refusals[code];
  return Promise.resolve({
    refused: { code, number, says, remedy, effect, detail: undefined, spentOrders },
    atSeconds: 1000,
  });
}
