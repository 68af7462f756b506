/**
 * What the signer does with T, release keys and receipt keys: answers a message 1, checks a receipt. Every secret lives
 * for one call. Knows nothing of units, limits or dates beyond the ticket's own.
 *
 * @module
 */

import {
  type AgreementKeyPair,
  type Random,
  type Secret,
  type SigningKeyPair,
} from "../../bootloader/suite/mod.ts";
import { answerMessage1, type KeyRefusal } from "../../bootloader/session/mod.ts";
import {
  checkReceipt,
  type OpenedTicket,
  openTicket,
  receiptKeyOf,
  type ReceiptRefusal,
  ticketKeyPairT,
  unwrapReleaseKey,
} from "../../bootloader/ticket/mod.ts";
import {
  assert,
  concat,
  Defect,
  receiptLayout,
  receiptReportLayout,
  type TicketId,
  type Uid,
} from "../../bootloader/wire/mod.ts";

/** What answering a message 1 needs, all of it from the authority's own records. */
export interface Message1Question {
  /** 352 bytes. */
  readonly sealedTicket: Uint8Array;
  readonly pinnedUid: Uid;
  readonly entropyClasses: readonly number[];
  readonly nowSeconds: number;
  /** 80 bytes from the target. */
  readonly message1: Uint8Array;
  /** The release's wrapped key: 112 bytes. */
  readonly wrappedKey: Uint8Array;
  /** Content of the personal region. */
  readonly personal: Uint8Array;
}

/** What leaves the signer for one message 1: message 2 and transport keys for the appliance, hashes for the record. */
export interface Message1Answer {
  readonly message2: Uint8Array;
  /** The two Split() keys, 32 bytes each; they live until the reply is written (P-29). */
  readonly targetToHost: Uint8Array;
  readonly hostToTarget: Uint8Array;
  readonly hh: Uint8Array;
  readonly h2: Uint8Array;
}

/** What checking a receipt needs. */
export interface ReceiptQuestion {
  readonly ticketId: TicketId;
  /** As recorded with MESSAGE2(ticket, n). */
  readonly hh: Uint8Array;
  readonly h2: Uint8Array;
  /** 16 bytes. */
  readonly uid: Uint8Array;
  readonly imageDigest: Uint8Array;
  readonly personal: Uint8Array;
  readonly lockLevel: number;
  /** The 100 bytes inside the target's RECEIPT. */
  readonly report: Uint8Array;
}

/** The opened keys of a signer. */
export interface Keys {
  readonly ticket: SigningKeyPair;
  readonly log: SigningKeyPair;
  readonly unwrap: AgreementKeyPair;
  readonly tMaster: Secret;
  readonly receiptMaster: Secret;
  /** Public halves of the ticket keys of before: a delivery that began under one of them is finished (P-70). */
  readonly earlierTicketKeys: readonly Uint8Array[];
}

/** Answers a message 1 with the authority's own records; what is refused is refused without a trace in the keys. */
export function answerWithKeys(
  keys: Keys,
  random: Random,
  question: Message1Question,
): Message1Answer | { readonly refused: KeyRefusal } {
  const ticket = openOwn(keys, question.sealedTicket);
  const { ticketId, owner, product, release } = ticket.ticket;
  const secrets = unwrapReleaseKey(question.wrappedKey, { owner, product, release }, keys.unwrap);
  assert("opened" in secrets, "Cannot answer message 1: the release key was wrapped to another key");
  // T, release key, salt and receipt key live until the `finally` below; message 2 alone carries them out.
  const T = ticketKeyPairT(keys.tMaster, ticketId);
  let receiptKey: Secret | undefined;
  try {
    const result = answerMessage1({
      ticket,
      T,
      pinnedUid: question.pinnedUid,
      entropyClasses: question.entropyClasses,
      nowSeconds: question.nowSeconds,
      message1: question.message1,
      random,
      contentFor: (h2) => {
        receiptKey = receiptKeyOf(keys.receiptMaster, ticketId, h2);
        return { ...secrets.opened, receiptKey, personal: question.personal };
      },
    });
    if ("refused" in result) return result;
    const { message2, hh, h2, transport } = result;
    const handed = {
      targetToHost: transport.targetToHost.use((key) => key.slice()),
      hostToTarget: transport.hostToTarget.use((key) => key.slice()),
    };
    transport.targetToHost.wipe();
    transport.hostToTarget.wipe();
    return { message2, hh, h2, ...handed };
  } finally {
    T.privateKey.wipe();
    secrets.opened.releaseKey.wipe();
    secrets.opened.salt.wipe();
    receiptKey?.wipe();
  }
}

/** Opens a ticket of our own record. @throws {Defect} when no ticket key that ever was in force has signed it */
function openOwn(keys: Keys, sealed: Uint8Array): OpenedTicket {
  for (const publicKey of [keys.ticket.publicKey, ...keys.earlierTicketKeys]) {
    const opening = openTicket(sealed, { publicKey });
    if ("opened" in opening) return opening.opened;
  }
  throw new Defect("Cannot answer message 1: the ticket is of no ticket key of this authority");
}

/** Checks a receipt and returns the 212 bytes to countersign: receipt record ‖ MAC (P-39). */
export function checkWithKeys(
  receiptMaster: Secret,
  question: ReceiptQuestion,
): { readonly genuine: Uint8Array } | { readonly refused: ReceiptRefusal } {
  const { ticketId, hh, h2, uid, imageDigest, personal, lockLevel, report } = question;
  // The receipt key is derived again for this check alone (P-50).
  const receiptKey = receiptKeyOf(receiptMaster, ticketId, h2);
  try {
    const result = checkReceipt(report, {
      record: { hh, uid, ticketId },
      receiptKey,
      demand: { imageDigest, personal, lockLevel },
    });
    if ("refused" in result) return result;
    return { genuine: concat(receiptLayout.encode(result.genuine), receiptReportLayout.decode(report).mac) };
  } finally {
    receiptKey.wipe();
  }
}
