/**
 * Identifiers as branded lower-case hexadecimal text, so that no bare string crosses a room. UIDs are 24 digits outside
 * and 16 bytes inside (P-4). Knows nothing of what the identifiers name.
 * @module
 */
import { Malformed } from "./errors.ts";

declare const brand: unique symbol;

/** Lower-case hexadecimal text of a fixed length that only its `parse` function makes. */
export type Id<Name extends string> = string & { readonly [brand]: Name };

/** Names an owner: 8 bytes, 16 digits. */
export type OwnerId = Id<"owner">;
/** Names a product: 8 bytes, 16 digits. */
export type ProductId = Id<"product">;
/** Names a release: 16 bytes, 32 digits. */
export type ReleaseId = Id<"release">;
/** Names a ticket: 16 bytes, 32 digits. */
export type TicketId = Id<"ticket id">;
/** Names an appliance: 8 bytes, 16 digits. */
export type ApplianceId = Id<"appliance">;
/** Names a lease: 16 bytes, 32 digits. */
export type LeaseId = Id<"lease">;
/** Names a ticket key: the first 8 bytes of SHA-512 of the public key, 16 digits. */
export type KeyId = Id<"ticket key id">;
/** A chip's unique ID in memory order: 12 bytes, 24 digits (P-4); shorter IDs are filled up with zeros. */
export type Uid = Id<"UID">;

/** Bytes of a UID inside the protocol's structures (P-4). */
export const UID_BYTES = 16;

/** Bytes of each kind of identifier. */
export const ID_BYTES = Object.freeze({
  owner: 8,
  product: 8,
  release: 16,
  ticketId: 16,
  appliance: 8,
  lease: 16,
  keyId: 8,
  uid: 12,
});

const HEX = /^[0-9a-f]*$/;

function parseId<T extends Id<string>>(text: string, options: { what: string; bytes: number }): T {
  const { what, bytes } = options;
  if (text.length !== 2 * bytes || !HEX.test(text)) {
    throw new Malformed(`Cannot read the ${what}: it must be ${2 * bytes} lower-case hexadecimal digits`, {
      structure: what,
    });
  }
  return text as T;
}

/** Returns `text` as an owner's id. @throws {Malformed} unless it is 16 lower-case hexadecimal digits. */
export function parseOwnerId(text: string): OwnerId {
  return parseId(text, { what: "owner", bytes: ID_BYTES.owner });
}

/** Returns `text` as a product's id. @throws {Malformed} unless it is 16 lower-case hexadecimal digits. */
export function parseProductId(text: string): ProductId {
  return parseId(text, { what: "product", bytes: ID_BYTES.product });
}

/** Returns `text` as a release's id. @throws {Malformed} unless it is 32 lower-case hexadecimal digits. */
export function parseReleaseId(text: string): ReleaseId {
  return parseId(text, { what: "release", bytes: ID_BYTES.release });
}

/** Returns `text` as a ticket's id. @throws {Malformed} unless it is 32 lower-case hexadecimal digits. */
export function parseTicketId(text: string): TicketId {
  return parseId(text, { what: "ticket id", bytes: ID_BYTES.ticketId });
}

/** Returns `text` as an appliance's id. @throws {Malformed} unless it is 16 lower-case hexadecimal digits. */
export function parseApplianceId(text: string): ApplianceId {
  return parseId(text, { what: "appliance", bytes: ID_BYTES.appliance });
}

/** Returns `text` as a lease's id. @throws {Malformed} unless it is 32 lower-case hexadecimal digits. */
export function parseLeaseId(text: string): LeaseId {
  return parseId(text, { what: "lease", bytes: ID_BYTES.lease });
}

/** Returns `text` as a ticket key's id. @throws {Malformed} unless it is 16 lower-case hexadecimal digits. */
export function parseKeyId(text: string): KeyId {
  return parseId(text, { what: "ticket key id", bytes: ID_BYTES.keyId });
}

/** Returns `text` as a UID. @throws {Malformed} unless it is 24 lower-case hexadecimal digits. */
export function parseUid(text: string): Uid {
  return parseId(text, { what: "UID", bytes: ID_BYTES.uid });
}

/** The lease of a ticket or certificate that belongs to none: all zero, as online ones say. */
export const NO_LEASE: LeaseId = parseLeaseId("0".repeat(2 * ID_BYTES.lease));

/** Returns the bytes of any identifier, unpadded, in a new buffer. */
export function idBytes(id: Id<string>): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(id);
}

/** Returns the 16 bytes that stand for `uid` inside structures (P-4). */
export function padUid(uid: Uid): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(UID_BYTES);
  padded.set(Uint8Array.fromHex(uid));
  return padded;
}

/** Returns the UID that 16 bytes of a structure stand for. @throws {Malformed} when the filling is not zero (P-4). */
export function uidOf(padded: Uint8Array): Uid {
  if (padded.length !== UID_BYTES || padded.subarray(ID_BYTES.uid).some((byte) => byte !== 0)) {
    throw new Malformed("Cannot read the UID: it must be 12 bytes filled up with zeros to 16 (P-4)", {
      structure: "UID",
    });
  }
  return padded.slice(0, ID_BYTES.uid).toHex() as Uid;
}

/** Tells whether `uid` is one that no chip has: all zeros or all ones (D§2, step 1). */
export function isBlankUid(uid: Uid): boolean {
  return /^(0+|f+)$/.test(uid);
}
