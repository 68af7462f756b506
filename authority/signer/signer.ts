/**
 * Custody of the authority's private keys and masters: opens them at start, keeps them behind narrow functions, hands out
 * none. Knows keys and bytes; knows nothing of orders, dates, limits or who asks: whoever calls has decided already.
 *
 * @module
 */

import {
  agreementKeyPairOf,
  keyIdOf,
  native,
  type Random,
  type Secret,
  sign,
  signingKeyPairOf,
} from "../../bootloader/suite/mod.ts";
import type { KeyRefusal } from "../../bootloader/session/mod.ts";
import {
  type ReceiptRefusal,
  sealCertificate,
  sealDelegation,
  sealTicket,
  ticketKeyPairT,
  unwrapReleaseKey,
  type WrapContext,
  wrapReleaseKey,
} from "../../bootloader/ticket/mod.ts";
import {
  assert,
  type Certificate,
  concat,
  type Delegation,
  type KeyId,
  type LeaseId,
  type ProductId,
  type Ticket,
} from "../../bootloader/wire/mod.ts";
import { writeStatement } from "../api/mod.ts";
import {
  answerWithKeys,
  checkWithKeys,
  type Keys,
  type Message1Answer,
  type Message1Question,
  type ReceiptQuestion,
} from "./answers.ts";
import { openAtRest, sealAtRest } from "./custody.ts";
import { certificateKeyName, type PublicKeys } from "./keys.ts";

/** What a ticket says, but for what only the signer knows. */
export type TicketTerms = Omit<Ticket, "T" | "ticketKeyId" | "suite">;

/** The narrow functions that keys are reached through. Each consumer is handed the ones it needs. */
export interface Signer {
  readonly publicKeys: PublicKeys;
  readonly logKeyId: KeyId;
  /** Signs a ticket and gives its T (P-50). */
  readonly sealTicket: (terms: TicketTerms) => Uint8Array;
  /** Signs a device certificate with the key of the product that it names. */
  readonly sealCertificate: (certificate: Certificate) => Uint8Array;
  /** Signs a ticket of a lease, whose T was made in the vault (P-55). */
  readonly sealLeaseTicket: (terms: TicketTerms, T: Uint8Array) => Uint8Array;
  /** Signs a delegation with the certificate key of the product that it names. */
  readonly sealDelegation: (delegation: Delegation) => Uint8Array;
  /** Wraps a release's key anew, to the vault of a lease (P-51, purpose 2). @throws {Malformed} for a key of small order. */
  readonly wrapForVault: (
    wrapped: Uint8Array,
    context: Omit<WrapContext, "lease">,
    to: { readonly lease: LeaseId; readonly wrapKey: Uint8Array },
  ) => Uint8Array;
  /** Makes a product's certificate key: what to publish, and what to keep under {@linkcode certificateKeyName}. */
  readonly makeCertificateKey: (
    product: ProductId,
  ) => { readonly publicKey: Uint8Array; readonly sealed: Uint8Array };
  /** Answers a message 1; the caller has decided and records the answer before it leaves. */
  readonly answerMessage1: (question: Message1Question) => Message1Answer | { readonly refused: KeyRefusal };
  /** Checks a receipt and returns the 212 bytes to countersign: receipt record ‖ MAC. */
  readonly checkReceipt: (
    question: ReceiptQuestion,
  ) => { readonly genuine: Uint8Array } | { readonly refused: ReceiptRefusal };
  /** Whether a release key is wrapped to this authority for this release; nothing of it is kept. */
  readonly canUnwrap: (wrapped: Uint8Array, context: WrapContext) => boolean;
  /** Signs the signature base of a reply (RFC 9421) with the log key. */
  readonly signReply: (base: Uint8Array) => Uint8Array;
  /** Signs a statement of the log key: 144 bytes. */
  readonly sealStatement: (facts: Parameters<typeof writeStatement>[0], content: Uint8Array) => Uint8Array;
  /** Seals a small secret for the database under a name. */
  readonly sealAtRest: (name: string, secret: Uint8Array) => Uint8Array;
  /** Opens what {@linkcode Signer.sealAtRest} made. */
  readonly openAtRest: (name: string, sealed: Uint8Array) => Secret;
  /** Wipes every key; nothing may be called after it. */
  readonly wipe: () => void;
}

/** What {@linkcode createSigner} is given. */
export interface SignerPorts {
  /** 32 bytes; the signer takes it over and wipes it at its end. */
  readonly sealKey: Secret;
  /** Reads a sealed key from the store. */
  readonly readSealed: (name: string) => Uint8Array | undefined;
  readonly random: Random;
  /** Public halves of the ticket keys that were in force before; none by default. */
  readonly earlierTicketKeys?: readonly Uint8Array[];
}

/** Opens the sealed keys and returns the signer. @throws {Fault} when the seal key is not the database's. */
export function createSigner(ports: SignerPorts): Signer {
  const open = (name: string) => openKey(ports, name);
  // These live as long as the process serves: `wipe` ends them.
  const keys: Keys = {
    ticket: signingKeyPairOf(open("ticket")),
    log: signingKeyPairOf(open("log")),
    unwrap: agreementKeyPairOf(open("unwrap")),
    tMaster: open("T-master"),
    receiptMaster: open("receipt-master"),
    earlierTicketKeys: ports.earlierTicketKeys ?? [],
  };
  return {
    publicKeys: {
      ticketKey: keys.ticket.publicKey,
      logKey: keys.log.publicKey,
      unwrapKey: keys.unwrap.publicKey,
    },
    logKeyId: keyIdOf(keys.log.publicKey),
    sealTicket: (terms) => sealWithT(keys, terms),
    sealCertificate: (certificate) =>
      withProductKey(ports, certificate.product, (seed) => sealCertificate(certificate, seed)),
    sealLeaseTicket: (terms, T) => sealTicket({ ...terms, T }, keys.ticket).sealed,
    sealDelegation: (delegation) =>
      withProductKey(ports, delegation.product, (seed) => sealDelegation(delegation, seed)),
    wrapForVault: (wrapped, context, to) => wrapForVault(keys, ports.random, { wrapped, context, to }),
    makeCertificateKey: (product) => makeCertificateKey(ports, product),
    answerMessage1: (question) => answerWithKeys(keys, ports.random, question),
    checkReceipt: (question) => checkWithKeys(keys.receiptMaster, question),
    canUnwrap: (wrapped, context) => {
      const result = unwrapReleaseKey(wrapped, context, keys.unwrap);
      if ("refused" in result) return false;
      result.opened.releaseKey.wipe();
      result.opened.salt.wipe();
      return true;
    },
    signReply: (base) => sign(keys.log.seed, base),
    sealStatement: (facts, content) => {
      const statement = writeStatement(facts, content);
      return concat(statement, sign(keys.log.seed, statement));
    },
    sealAtRest: (name, secret) => sealAtRest(ports.sealKey, { name, secret }, ports.random),
    openAtRest: (name, sealed) => openAtRest(ports.sealKey, { name, sealed }),
    wipe: () => {
      for (
        const secret of [
          keys.ticket.seed,
          keys.log.seed,
          keys.unwrap.privateKey,
          keys.tMaster,
          keys.receiptMaster,
          ports.sealKey,
        ]
      ) secret.wipe();
    },
  };
}

function openKey(ports: SignerPorts, name: string): Secret {
  const sealed = ports.readSealed(name);
  assert(sealed !== undefined, `Cannot open the sealed key "${name}": the database has none`);
  return openAtRest(ports.sealKey, { name, sealed });
}

/** Lends a product's certificate key for one signature: it does not stay in memory. */
function withProductKey<T>(ports: SignerPorts, product: ProductId, act: (seed: Secret) => T): T {
  const seed = openKey(ports, certificateKeyName(product));
  try {
    return act(seed);
  } finally {
    seed.wipe();
  }
}

function wrapForVault(keys: Keys, random: Random, { wrapped, context, to }: {
  readonly wrapped: Uint8Array;
  readonly context: Omit<WrapContext, "lease">;
  readonly to: { readonly lease: LeaseId; readonly wrapKey: Uint8Array };
}): Uint8Array {
  const result = unwrapReleaseKey(wrapped, context, keys.unwrap);
  assert("opened" in result, "Cannot lend a release key: it was wrapped to another key");
  // The release key lives in clear until the `finally` below.
  try {
    return wrapReleaseKey(result.opened, { ...context, lease: to.lease }, { unwrapKey: to.wrapKey, random });
  } finally {
    result.opened.releaseKey.wipe();
    result.opened.salt.wipe();
  }
}

function makeCertificateKey(
  ports: SignerPorts,
  product: ProductId,
): { readonly publicKey: Uint8Array; readonly sealed: Uint8Array } {
  // The seed lives in clear from here to the wipe.
  const seed = ports.random(32);
  const publicKey = native.ed25519PublicKey(seed);
  const sealed = sealAtRest(ports.sealKey, { name: certificateKeyName(product), secret: seed }, ports.random);
  seed.fill(0);
  return { publicKey, sealed };
}

function sealWithT(keys: Keys, terms: TicketTerms): Uint8Array {
  const T = ticketKeyPairT(keys.tMaster, terms.ticketId);
  T.privateKey.wipe();
  return sealTicket({ ...terms, T: T.publicKey }, keys.ticket).sealed;
}
