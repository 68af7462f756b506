/**
 * The enrolment code and what both sides prove with it: 10 bytes of secret and 10 bytes of the root's hash, so that a
 * person who types it introduces appliance and authority to each other. The secret itself is never sent.
 * Knows no store, no clock, no network.
 *
 * @module
 */

import { native } from "../../bootloader/suite/mod.ts";
import { type ApplianceId, concat, idBytes, LABELS, type OwnerId } from "../../bootloader/wire/mod.ts";
import { malformed } from "./_errors.ts";

const SECRET_BYTES = 10;
const ROOT_HASH_BYTES = 10;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";

/** What an enrolment code says. */
export interface EnrolmentCode {
  /** 10 bytes; secret, it lives as long as the code does. */
  readonly secret: Uint8Array;
  /** First 10 bytes of SHA-512 of the root's public key. */
  readonly rootHash: Uint8Array;
}

/** The public facts that both MACs of an enrolment cover. */
export interface EnrolmentFacts {
  /** The appliance's Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes that the appliance drew. */
  readonly nonce: Uint8Array;
}

/** Returns the part of SHA-512 of a root's public key that codes carry. */
export function rootHashOf(rootPublicKey: Uint8Array): Uint8Array {
  return native.sha512(rootPublicKey).slice(0, ROOT_HASH_BYTES);
}

/** Returns the code as a person reads it: eight groups of four letters and digits (RFC 4648 base32). */
export function writeEnrolmentCode(code: EnrolmentCode): string {
  let bits = "";
  for (const byte of concat(code.secret, code.rootHash)) bits += byte.toString(2).padStart(8, "0");
  const digits = (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET[parseInt(five, 2)]).join("");
  return (digits.match(/.{4}/g) ?? []).join("-");
}

/** Returns what a typed code says; case, spaces and dashes do not matter. @throws {Malformed} for anything else. */
export function parseEnrolmentCode(text: string): EnrolmentCode {
  const digits = text.toUpperCase().replace(/[\s-]/g, "");
  if (!/^[A-Z2-7]{32}$/.test(digits)) {
    // The text may hold most of a secret: it is not repeated in the message.
    throw malformed("enrolment code", "it must be 8 groups of 4 letters A to Z and digits 2 to 7");
  }
  const bits = [...digits].map((digit) => ALPHABET.indexOf(digit).toString(2).padStart(5, "0")).join("");
  const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (eight) => parseInt(eight, 2));
  return { secret: bytes.slice(0, SECRET_BYTES), rootHash: bytes.slice(SECRET_BYTES) };
}

/** Returns the appliance's proof that it was given the code: 32 bytes. */
export function enrolmentMac(secret: Uint8Array, facts: EnrolmentFacts): Uint8Array {
  return native.hmac(secret, concat(LABELS.enrol, facts.publicKey, facts.nonce)).slice(0, 32);
}

/** Returns the authority's proof that it made the code and accepted this appliance under these ids: 32 bytes. */
export function enrolmentProof(
  secret: Uint8Array,
  facts: EnrolmentFacts & {
    readonly appliance: ApplianceId;
    readonly owner: OwnerId;
    readonly rootPublicKey: Uint8Array;
  },
): Uint8Array {
  const { appliance, owner, rootPublicKey, publicKey, nonce } = facts;
  return native.hmac(
    secret,
    concat(LABELS.proof, idBytes(appliance), idBytes(owner), rootPublicKey, publicKey, nonce),
  ).slice(0, 32);
}

/**
 * Returns six words for two people to compare on both screens (P-76): 96 bits of a hash over root and appliance, each 16 bits
 * as a word of five letters (proquint: consonant, vowel, consonant, vowel, consonant).
 */
export function enrolmentWords(rootPublicKey: Uint8Array, appliancePublicKey: Uint8Array): string {
  const hash = native.sha512(concat(LABELS.words, rootPublicKey, appliancePublicKey));
  const words: string[] = [];
  for (let index = 0; index < 12; index += 2) {
    words.push(word((hash[index] ?? 0) * 256 + (hash[index + 1] ?? 0)));
  }
  return words.join(" ");
}

function word(value: number): string {
  const consonant = (shift: number) => CONSONANTS[(value >> shift) & 15];
  const vowel = (shift: number) => VOWELS[(value >> shift) & 3];
  return [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].join("");
}
