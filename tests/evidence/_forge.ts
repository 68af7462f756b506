/**
 * What an attacker, or a fault, might put in the place of the real thing: tickets changed and signed again, by the real
 * ticket key or by a stranger's, and small-order points.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { DeliveryPorts } from "../../agent/delivery/mod.ts";
import { Secret, sign } from "../../bootloader/suite/mod.ts";
import { concat, type Ticket, ticketLayout } from "../../bootloader/wire/mod.ts";
import { atRest } from "./_secrets.ts";
import type { Site } from "./_site.ts";

const TICKET_BYTES = 288;

/** Points whose DH with anything is all zero (RFC 7748 section 6.1; u = 0, 1 and one of order 8), as T or as e. */
export const SMALL_ORDER: readonly Uint8Array[] = [
  new Uint8Array(32),
  new Uint8Array(32).with(0, 1),
  Uint8Array.fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
];

/** Returns a ticket with other fields under a good signature of the site's ticket key, or of `seed`. */
export function resigned(
  site: Site,
  sealed: Uint8Array,
  fields: Partial<Ticket>,
  seed: Uint8Array = atRest(site, "ticket"),
): Uint8Array {
  const ticket = ticketLayout.decode(sealed.slice(0, TICKET_BYTES));
  const bytes = ticketLayout.encode({ ...ticket, ...fields });
  return concat(bytes, sign(new Secret(seed.slice()), bytes));
}

/** Ports whose authority gives another ticket than the one it made. */
export function ticketBecomes(change: (sealed: Uint8Array) => Uint8Array) {
  return ({ office }: DeliveryPorts): Partial<DeliveryPorts> => ({
    office: {
      ...office,
      async ticket(...args) {
        const answer = await office.ticket(...args);
        assert.ok("granted" in answer, JSON.stringify(answer));
        const ticket = change(Uint8Array.fromHex(answer.granted.ticket)).toHex();
        return { ...answer, granted: { ...answer.granted, ticket } };
      },
    },
  });
}

/** Returns the bytes with one bit changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, bytes[at]! ^ 1);
}
