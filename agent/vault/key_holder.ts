/**
 * The vault as a key-holder: answers a message 1 of a lent ticket, checks a receipt under its own receipt key (P-19 to
 * P-29, P-45, P-60). Keys are borrowed for one call; what comes out is message 2, the two Split keys, and the hashes
 * for the record. Knows no journal: limits and durability are the caller's.
 *
 * @module
 */
import type { Message1Request } from "../../authority/api/mod.ts";
import { familyByNumber } from "../../bootloader/chips/mod.ts";
import { answerMessage1, type KeyAnswer, type KeyRefusal } from "../../bootloader/session/mod.ts";
import { agreementKeyPairOf, type Random, type Secret } from "../../bootloader/suite/mod.ts";
import {
  checkReceipt,
  leasePersonalContent,
  lockFlaw,
  type OpenedTicket,
  openLockRecord,
  receiptKeyOf,
  unwrapReleaseKey,
} from "../../bootloader/ticket/mod.ts";
import {
  type ApplianceId,
  assert,
  concat,
  Malformed,
  padUid,
  parseUid,
  receiptLayout,
  receiptReportLayout,
  sameBytes,
} from "../../bootloader/wire/mod.ts";
import type { HeldLease, LeaseTicket } from "../journal/mod.ts";
import type { VaultRefusal } from "./vault.ts";

/** What answering needs, all of it from the vault's own record. */
export interface KeyHolderParts {
  readonly ticket: LeaseTicket;
  readonly lease: HeldLease;
  readonly opened: OpenedTicket;
  readonly identity: { readonly appliance: ApplianceId; readonly publicKey: Uint8Array };
  readonly random: Random;
  readonly nowSeconds: number;
}

/** The private keys of one answer, borrowed. */
export interface KeyHolderKeys {
  readonly T: Secret;
  readonly wrap: Secret;
  readonly receiptMaster: Secret;
}

/** What leaves for the host, and the hashes that stay. Keys in hex, as in the authority's own reply. */
export interface KeyHolderAnswer {
  readonly number: number;
  readonly message2: string;
  readonly transport: { readonly targetToHost: string; readonly hostToTarget: string };
  readonly hh: Uint8Array;
  readonly h2: Uint8Array;
}

/** Answers a message 1, or refuses; the number is the next one of the ticket. */
export function answerAsKeyHolder(
  parts: KeyHolderParts,
  keys: KeyHolderKeys,
  request: Message1Request,
): KeyHolderAnswer | VaultRefusal {
  // P-45: no key without the proof of lock, signed by this appliance for this very ticket.
  const flaw = lockProofFlaw(parts, request);
  if (flaw !== undefined) return { refused: "lock-not-proven", detail: flaw };
  const { ticket, lease, opened } = parts;
  const { owner, product, release, ticketId } = opened.ticket;
  const context = { owner, product, release, lease: opened.ticket.lease };
  // Release key and salt live until the `finally` below; message 2 alone carries them out.
  const secrets = unwrapReleaseKey(lease.wrappedKey, context, agreementKeyPairOf(keys.wrap));
  assert("opened" in secrets, "Cannot answer message 1: the release key was wrapped to another vault");
  let receiptKey: Secret | undefined;
  try {
    const answer = answerMessage1({
      ticket: opened,
      T: agreementKeyPairOf(keys.T),
      // P-20: the ticket was bound to its chip before anything was asked.
      pinnedUid: uidOfUse(ticket),
      entropyClasses: entropyClassesOf(opened),
      nowSeconds: parts.nowSeconds,
      message1: Uint8Array.fromHex(request.message1),
      random: parts.random,
      contentFor: (h2) => {
        receiptKey = receiptKeyOf(keys.receiptMaster, ticketId, h2);
        return { ...secrets.opened, receiptKey, personal: personalOf(parts) };
      },
    });
    if ("refused" in answer) return refusalOf(answer.refused);
    return handOver(answer, ticket.message2 + 1);
  } finally {
    secrets.opened.releaseKey.wipe();
    secrets.opened.salt.wipe();
    receiptKey?.wipe();
  }
}

/** P-29: message 2 and the two keys, nothing else; the keys end in the reply, which a session turns into secrets again. */
function handOver(answer: KeyAnswer, number: number): KeyHolderAnswer {
  const { message2, hh, h2, transport } = answer;
  const handed = {
    number,
    message2: message2.toHex(),
    transport: {
      targetToHost: transport.targetToHost.use((key) => key.toHex()),
      hostToTarget: transport.hostToTarget.use((key) => key.toHex()),
    },
    hh,
    h2,
  };
  transport.targetToHost.wipe();
  transport.hostToTarget.wipe();
  return handed;
}

/** Checks the 100 bytes of a receipt; returns the 212 bytes of receipt record and MAC (P-39). */
export function checkAsKeyHolder(
  parts: Pick<KeyHolderParts, "ticket" | "lease" | "opened"> & {
    readonly message2: { readonly hh: Uint8Array; readonly h2: Uint8Array };
  },
  receiptMaster: Secret,
  report: string,
): { readonly genuine: Uint8Array } | VaultRefusal {
  const { ticket, opened, message2 } = parts;
  const { ticketId, imageDigest, lockLevel } = opened.ticket;
  const body = Uint8Array.fromHex(report);
  // The receipt key is derived again for this check alone (P-60).
  const receiptKey = receiptKeyOf(receiptMaster, ticketId, message2.h2);
  try {
    const result = checkReceipt(body, {
      record: { hh: message2.hh, uid: padUid(uidOfUse(ticket)), ticketId },
      receiptKey,
      demand: { imageDigest, personal: personalOf(parts), lockLevel },
    });
    if ("refused" in result) return { refused: "receipt-not-authentic", detail: result.refused };
    return { genuine: concat(receiptLayout.encode(result.genuine), receiptReportLayout.decode(body).mac) };
  } finally {
    receiptKey.wipe();
  }
}

/** P-56: certificate, then delegation, then 0xFF. */
function personalOf(
  { ticket, lease, opened }: Pick<KeyHolderParts, "ticket" | "lease" | "opened">,
): Uint8Array {
  const { certificate } = ticket;
  assert(certificate !== null, "Cannot lay out the personal region: the ticket has no certificate");
  return leasePersonalContent({ certificate, delegation: lease.delegation }, opened.ticket.personalLength);
}

function uidOfUse({ chip }: LeaseTicket) {
  assert(chip !== null, "Cannot answer for a ticket that is bound to no chip");
  return parseUid(chip.uid);
}

function entropyClassesOf({ ticket }: OpenedTicket): readonly number[] {
  const family = familyByNumber(ticket.family);
  return family === undefined ? [] : [family.chips.entropyClass];
}

function refusalOf(refused: KeyRefusal): VaultRefusal {
  const isDate = refused === "ticket-expired" || refused === "ticket-not-yet-valid";
  return { refused: isDate ? "ticket-expired" : "message1-not-authentic", detail: refused };
}

/** Returns why the lock record does not prove the lock of this very ticket's chip, or undefined. */
function lockProofFlaw(parts: KeyHolderParts, request: Message1Request): string | undefined {
  const { ticket, opened, identity } = parts;
  try {
    const sealed = Uint8Array.fromHex(request.lockRecord + request.lockSignature);
    const result = openLockRecord(sealed, { publicKey: identity.publicKey });
    if ("refused" in result) return "the lock record's signature does not hold";
    const record = result.opened;
    if (record.ticketId !== ticket.ticketId || record.appliance !== identity.appliance) {
      return "the lock record is of another ticket";
    }
    if (!sameBytes(record.uid, padUid(uidOfUse(ticket)))) return "the lock record is of another chip";
    const ramClosed = familyByNumber(opened.ticket.family)?.chips.lockClass.number === 1;
    const flaw = lockFlaw(record, { lockLevel: opened.ticket.lockLevel, ramClosed });
    return flaw === undefined ? undefined : `the lock record says: ${flaw}`;
  } catch (error) {
    if (error instanceof Malformed) return "the lock record cannot be read";
    throw error;
  }
}
