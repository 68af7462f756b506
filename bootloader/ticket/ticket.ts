/**
 * Seals and opens tickets (PROTOCOL section 5, P-13 to P-18). Knows bytes and keys; knows nothing of orders, dates or chips:
 * whether a length fits a flash or an option word a chip is for those who know the chip.
 * @module
 */
import type { SigningKeyPair } from "../suite/mod.ts";
import { keyIdOf } from "../suite/mod.ts";
import type { Ticket } from "../wire/mod.ts";
import {
  assert,
  CHUNK_BYTES,
  Malformed,
  NO_LEASE,
  PERSONAL_BYTES_MAX,
  SIGNATURE_BYTES,
  ticketLayout,
} from "../wire/mod.ts";
import type { Opening, OpenOptions } from "./_sealed.ts";
import { open, seal } from "./_sealed.ts";

/** Bytes of a sealed ticket. */
export const SEALED_TICKET_BYTES = ticketLayout.size + SIGNATURE_BYTES;
/** The suite number of X25519, ChaCha20-Poly1305, SHA-512, Ed25519. */
export const SUITE = 1;
/** Handshake patterns that a ticket can name (P-21). */
export const PATTERNS = Object.freeze({ NK: 1, IK: 2 } as const);
/** Policy flags of a ticket; all others are reserved. */
export const POLICY = Object.freeze({ offline: 1 } as const);

/** A ticket whose signature held, with the bytes it was parsed from. */
export interface OpenedTicket {
  /** The parsed fields. */
  readonly ticket: Ticket;
  /** The 352 bytes as received; they are the handshake's prologue. */
  readonly sealed: Uint8Array;
  /** The ticket key that vouches for it, 32 bytes. */
  readonly ticketKey: Uint8Array;
}

/** Returns the sealed ticket, 352 bytes, signed with the ticket key. @throws {Defect} when no target would take it. */
export function sealTicket(ticket: Omit<Ticket, "ticketKeyId" | "suite">, key: SigningKeyPair): OpenedTicket {
  const complete: Ticket = { ...ticket, suite: SUITE, ticketKeyId: keyIdOf(key.publicKey) };
  const flaw = ticketFlaw(complete);
  assert(flaw === undefined, `Cannot seal the ticket: ${flaw?.says}`);
  return {
    ticket: complete,
    sealed: seal(ticketLayout, complete, key.seed),
    ticketKey: key.publicKey.slice(),
  };
}

/**
 * Verifies a sealed ticket with the ticket key and parses it.
 * @throws {Malformed} when the length is wrong, or when an authentic ticket breaks a rule of section 5.
 */
export function openTicket(sealed: Uint8Array, options: OpenOptions): Opening<OpenedTicket> {
  const result = open(ticketLayout, sealed, options);
  if ("refused" in result) return result;
  const ticket = result.opened;
  const flaw = ticket.ticketKeyId !== keyIdOf(options.publicKey)
    ? {
      field: "ticketKeyId",
      says: `field "ticketKeyId" names another key than the one that signed it (P-14)`,
    } as const
    : ticketFlaw(ticket);
  if (flaw !== undefined) {
    throw new Malformed(`Cannot read ticket: ${flaw.says}`, {
      structure: "ticket",
      field: flaw.field,
      offset: ticketLayout.offsets[flaw.field],
    });
  }
  return { opened: { ticket, sealed: sealed.slice(), ticketKey: options.publicKey.slice() } };
}

/** The field of a ticket that breaks a rule, and the sentence. */
export interface TicketFlaw {
  /** Name in PROTOCOL.md. */
  readonly field: keyof Ticket;
  /** What is wrong, without a final period. */
  readonly says: string;
}

/** Returns the first rule of section 5 that a ticket breaks by itself, or undefined. */
export function ticketFlaw(ticket: Ticket): TicketFlaw | undefined {
  const rules: readonly (readonly [field: keyof Ticket, holds: boolean, must: string])[] = [
    ["suite", ticket.suite === SUITE, "must be 1 (P-14)"],
    ["pattern", ticket.pattern === PATTERNS.NK || ticket.pattern === PATTERNS.IK, "must be 1 or 2 (P-14)"],
    ["lockLevel", ticket.lockLevel === 1 || ticket.lockLevel === 2, "must be 1 or 2 (P-18)"],
    ["policy", (ticket.policy & ~POLICY.offline) === 0, "has reserved bits set (section 1)"],
    [
      "length",
      ticket.length > 0 && ticket.length % CHUNK_BYTES === 0,
      "must be a multiple of 512 above 0 (P-16)",
    ],
    [
      "personalLength",
      personalRegionFits(ticket),
      "must be absent or lie within the length, clear of the first word (P-17)",
    ],
    ["notAfter", ticket.notAfter >= ticket.notBefore, "must not lie before notBefore (P-19)"],
    ["lease", leaseFits(ticket), "must be zero online and must not be zero offline (section 5)"],
  ];
  const broken = rules.find(([, holds]) => !holds);
  return broken === undefined ? undefined : { field: broken[0], says: `field "${broken[0]}" ${broken[2]}` };
}

function personalRegionFits({ personalOffset, personalLength, length }: Ticket): boolean {
  // P-17: absent means both are zero.
  if (personalLength === 0) return personalOffset === 0;
  return personalOffset % 8 === 0 && personalLength % 8 === 0 && personalOffset >= 8 &&
    personalLength <= PERSONAL_BYTES_MAX && personalOffset + personalLength <= length;
}

function leaseFits({ policy, lease, leaseIndex }: Ticket): boolean {
  const offline = (policy & POLICY.offline) !== 0;
  return offline ? lease !== NO_LEASE : lease === NO_LEASE && leaseIndex === 0;
}

/** Tells whether a padded UID matches a ticket's value and mask (P-15). */
export function uidMatches(uid: Uint8Array, ticket: Pick<Ticket, "uidValue" | "uidMask">): boolean {
  return uid.length === ticket.uidMask.length && uid.every((byte, index) => {
    const mask = ticket.uidMask[index]!;
    return (byte & mask) === (ticket.uidValue[index]! & mask);
  });
}

/** The mask of a ticket for one UID alone: all ones. Returned afresh, 16 bytes. */
export function wholeUidMask(): Uint8Array {
  return new Uint8Array(16).fill(0xff);
}
