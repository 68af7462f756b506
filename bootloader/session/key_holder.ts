/**
 * The key-holder's half of the handshake: message 1 in, message 2 and transport keys out, or a refusal (P-19 to P-29).
 * Knows the ticket from its own record only; limits, durability and lock records (P-29, P-45) are the caller's, who calls
 * this inside the transaction that records what comes out.
 * @module
 */
import type { AgreementKeyPair, Random } from "../suite/mod.ts";
import { NkResponder, Secret } from "../suite/mod.ts";
import type { OpenedTicket } from "../ticket/mod.ts";
import { PATTERNS, uidMatches } from "../ticket/mod.ts";
import type { Message1Payload, Uid } from "../wire/mod.ts";
import {
  assert,
  concat,
  Malformed,
  MESSAGE1_BYTES,
  message1PayloadLayout,
  sameBytes,
  uidOf,
} from "../wire/mod.ts";

/** The two Split() keys that the host gets, nonces from 0 (P-28, P-29). */
export interface TransportKeys {
  /** 32 bytes: what the target sends is sealed with it. */
  readonly targetToHost: Secret;
  /** 32 bytes: what the host sends is sealed with it. */
  readonly hostToTarget: Secret;
}

/** The secrets and the personal region that message 2 brings to the target (P-27); borrowed, not wiped here. */
export interface Message2Content {
  /** 32 bytes. */
  readonly releaseKey: Secret;
  /** 32 bytes. */
  readonly salt: Secret;
  /** 32 bytes, made for this message 2 alone (P-50). */
  readonly receiptKey: Secret;
  /** As long as the ticket's `personalLength`. */
  readonly personal: Uint8Array;
}

/** Why no key is given. The host's own record may hold it; a target never hears it (P-49). */
export type KeyRefusal =
  | "pattern-not-supported"
  | "ticket-not-yet-valid"
  | "ticket-expired"
  | "not-authentic"
  | "malformed"
  | "wrong-family"
  | "uid-not-in-ticket"
  | "uid-not-pinned"
  | "wrong-lock"
  | "debug-open"
  | "entropy-class";

/** What a key-holder needs to answer one message 1. */
export interface Message1Request {
  /** The key-holder's own record of the ticket, never the asker's copy (P-21). */
  readonly ticket: OpenedTicket;
  /** The ticket's key pair T; the private half is borrowed. */
  readonly T: AgreementKeyPair;
  /** The UID that this ticket was answered for before, or null (P-20). */
  readonly pinnedUid: Uid | null;
  /** Entropy classes that the product allows (P-26). */
  readonly entropyClasses: readonly number[];
  /** The key-holder's time in seconds since 1970 (P-19). */
  readonly nowSeconds: number;
  /** 80 bytes from the target. */
  readonly message1: Uint8Array;
  /** Source of the responder's ephemeral key (P-23). */
  readonly random: Random;
  /** Gives the content once everything was checked; `h2` is for the receipt key. Called at most once, synchronously. */
  readonly contentFor: (h2: Uint8Array, said: Message1Payload) => Message2Content;
}

/** What a key-holder records, and of it what it hands over: `message2` and `transport`, nothing else (P-29). */
export interface KeyAnswer {
  /** Opaque to the host. */
  readonly message2: Uint8Array;
  /** For the host. */
  readonly transport: TransportKeys;
  /** Final handshake hash, 64 bytes: stored with MESSAGE2(ticket, n), needed for the receipt. */
  readonly hh: Uint8Array;
  /** 64 bytes: stored with MESSAGE2(ticket, n), needed to derive the receipt key again. */
  readonly h2: Uint8Array;
  /** The UID to pin the ticket to (P-20). */
  readonly uid: Uid;
  /** What the target said of itself. */
  readonly said: Message1Payload;
}

/** Answers message 1, or says why not. A message 1 proves nothing about its sender: anyone can make one. */
export function answerMessage1(request: Message1Request): KeyAnswer | { readonly refused: KeyRefusal } {
  const { ticket, T, message1, random } = request;
  assert(sameBytes(T.publicKey, ticket.ticket.T), "Cannot answer message 1: T is another ticket's");
  const early = refusalBeforeMessage(request);
  if (early !== undefined) return { refused: early };
  const responder = new NkResponder(T, { prologue: ticket.sealed, random });
  const read = message1.length === MESSAGE1_BYTES ? responder.readMessage1(message1) : undefined;
  if (read === undefined) {
    responder.wipe();
    return { refused: "not-authentic" };
  }
  const seen = parsePayload(read);
  const refused = seen === undefined ? "malformed" : refusalOfPayload(request, seen.said, seen.uid);
  if (seen === undefined || refused !== undefined) {
    responder.wipe();
    return { refused: refused ?? "malformed" };
  }
  // The clear content lives from here to the wipe two lines below.
  let clear: Uint8Array | undefined;
  const answer = responder.writeMessage2((h2) =>
    clear = packContent(request.contentFor(h2, seen.said), ticket)
  );
  clear?.fill(0);
  // P-22: an all-zero `ee` is the peer's doing.
  if (answer === undefined) return { refused: "not-authentic" };
  const { message2, hh, h2, keys } = answer;
  return {
    message2,
    hh,
    h2,
    ...seen,
    transport: { targetToHost: keys.fromInitiator, hostToTarget: keys.fromResponder },
  };
}

function refusalBeforeMessage({ ticket: { ticket }, nowSeconds }: Message1Request): KeyRefusal | undefined {
  // P-21: the pattern comes from the record; this key-holder answers NK only, so an IK ticket gets no NK answer.
  if (ticket.pattern !== PATTERNS.NK) return "pattern-not-supported";
  // P-19: `notAfter` is the last valid second.
  if (nowSeconds < ticket.notBefore) return "ticket-not-yet-valid";
  if (nowSeconds > ticket.notAfter) return "ticket-expired";
  return undefined;
}

function parsePayload(bytes: Uint8Array): { readonly said: Message1Payload; readonly uid: Uid } | undefined {
  try {
    const said = message1PayloadLayout.decode(bytes);
    return { said, uid: uidOf(said.uid) };
  } catch (error) {
    // Outside bytes that are no payload are a refusal here; anything else is a bug and goes on.
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function refusalOfPayload(request: Message1Request, said: Message1Payload, uid: Uid): KeyRefusal | undefined {
  const { ticket } = request.ticket;
  // P-26, in the order of the clause.
  if (said.family !== ticket.family) return "wrong-family";
  if (!uidMatches(said.uid, ticket)) return "uid-not-in-ticket"; // P-15
  if (request.pinnedUid !== null && request.pinnedUid !== uid) return "uid-not-pinned"; // P-20
  if (said.lock !== ticket.lockLevel) return "wrong-lock";
  if (said.debug !== 1) return "debug-open";
  if (!request.entropyClasses.includes(said.entropy)) return "entropy-class";
  return undefined;
}

/** Returns message 2's clear content in a buffer of its own (P-27). */
function packContent(content: Message2Content, { ticket }: OpenedTicket): Uint8Array {
  const { releaseKey, salt, receiptKey, personal } = content;
  assert(
    [releaseKey, salt, receiptKey].every((secret) => secret.length === 32) &&
      personal.length === ticket.personalLength,
    "Cannot write message 2: a key is not 32 bytes or the personal region has another length than the ticket's",
  );
  return releaseKey.use((key) => salt.use((s) => receiptKey.use((mac) => concat(key, s, mac, personal))));
}
