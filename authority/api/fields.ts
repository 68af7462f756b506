/**
 * The building blocks of every request and reply: hexadecimal bytes of a fixed length, counts, times, names.
 * Knows no route and no meaning. Binary values travel as lower-case hexadecimal so that one value has one spelling.
 *
 * @module
 */

import * as v from "valibot";
import type {
  ApplianceId,
  Id,
  LeaseId,
  OwnerId,
  ProductId,
  ReleaseId,
  TicketId,
  Uid,
} from "../../bootloader/wire/mod.ts";

/** Accepts exactly `size` bytes written as lower-case hexadecimal digits. */
export function hexBytes(size: number) {
  return v.pipe(
    v.string(),
    v.regex(new RegExp(`^[0-9a-f]{${size * 2}}$`), `must be ${size} bytes in lower-case hex`),
  );
}

/** Accepts `least` to `most` bytes written as lower-case hexadecimal digits. */
export function hexBytesBetween(least: number, most: number) {
  return v.pipe(
    v.string(),
    v.regex(
      new RegExp(`^(?:[0-9a-f]{2}){${least},${most}}$`),
      `must be ${least} to ${most} bytes in lower-case hex`,
    ),
  );
}

/** Accepts an integer from `least` to `most`. */
export function integerBetween(least: number, most: number) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
}

/**
 * Accepts a line of text of 1 to `most` characters without spaces at its ends, without control characters, without halves of
 * characters (no store keeps them), and without marks that turn the direction: they make one name look like another.
 */
export function lineOfText(most: number) {
  return v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(most),
    v.regex(
      /^(?! )[^\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]*(?<! )$/u,
      "must be one line without spaces at its ends",
    ),
  );
}

/** Names an order: 16 bytes, 32 digits. */
export type OrderId = Id<"order">;
/** Names an enrolment code: 16 bytes, 32 digits. */
export type EnrolmentId = Id<"enrolment">;

function idOf<T extends Id<string>>(size: number) {
  // The check before it is all that the brand promises.
  return v.pipe(hexBytes(size), v.transform((text) => text as T));
}

/** An owner's id: 8 bytes. */
export const ownerId = idOf<OwnerId>(8);
/** A product's id: 8 bytes. */
export const productId = idOf<ProductId>(8);
/** An appliance's id: 8 bytes. */
export const applianceId = idOf<ApplianceId>(8);
/** A release's id: 16 bytes. */
export const releaseId = idOf<ReleaseId>(16);
/** A ticket's id: 16 bytes. */
export const ticketId = idOf<TicketId>(16);
/** A lease's id: 16 bytes. */
export const leaseId = idOf<LeaseId>(16);
/** An order's id: 16 bytes. */
export const orderId = idOf<OrderId>(16);
/** An enrolment's id: 16 bytes. */
export const enrolmentId = idOf<EnrolmentId>(16);
/** A chip's unique id in memory order, 24 digits, without the zero fill of PROTOCOL P-4. */
export const uid = idOf<Uid>(12);
/** Ed25519 or X25519 public keys. */
export const publicKey = hexBytes(32);
/** An Ed25519 signature. */
export const signature = hexBytes(64);
/** SHA-256, or the first 32 bytes of SHA-512. */
export const digest32 = hexBytes(32);
/** A 16-bit number such as a chip family or a DEV_ID. */
export const u16 = integerBetween(0, 0xffff);
/** A 32-bit word. */
export const u32 = integerBetween(0, 0xffff_ffff);
/** The four option words of PROTOCOL P-18, in its order. */
export const optionWords = v.tuple([u32, u32, u32, u32]);
/** Seconds since 1970-01-01T00:00:00Z; the upper bound is the year 9999. */
export const seconds = integerBetween(0, 253_402_300_799);
/** Milliseconds since 1970-01-01T00:00:00Z. */
export const milliseconds = integerBetween(0, 253_402_300_799_999);
/** A number of units; the bound keeps every sum of counts exact. */
export const units = integerBetween(0, 1_000_000_000);
/** The serial of a certificate: each epoch's begin at its number times a million. */
export const serial = integerBetween(0, Number.MAX_SAFE_INTEGER);
/** A machine-readable cause, e.g. `flash-not-blank`. */
export const causeCode = v.pipe(
  v.string(),
  v.maxLength(64),
  v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "must be a code"),
);
