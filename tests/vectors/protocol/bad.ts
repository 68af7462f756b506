/**
 * Tickets, second messages and chunks that a target has to refuse, each wrong in one thing and named by its clause.
 * A builder that can lie: every ticket but the first few carries a good signature.
 * @module
 */
import { sign } from "../../../bootloader/suite/mod.ts";
import type { Ticket } from "../../../bootloader/wire/mod.ts";
import { concat, padUid, parseUid, ticketLayout } from "../../../bootloader/wire/mod.ts";
import type { World } from "./world.ts";
import { makeWorld } from "./world.ts";

/** A ticket that a target refuses. */
export interface BadTicket {
  /** What is wrong, and the clause. */
  readonly name: string;
  /** As it is sent. */
  readonly sealed: Uint8Array;
}

/** Returns the refused tickets of a world whose plain ticket is good. */
export function badTickets(world: World): readonly BadTicket[] {
  const { ticket, sealed } = world.ticket;
  const signed = (body: Uint8Array, seed = world.ticketKey.seed) => concat(body, sign(seed, body));
  const fields = (name: string, changes: Partial<Ticket>) => ({
    name,
    sealed: signed(ticketLayout.encode({ ...ticket, ...changes })),
  });
  const byte = (name: string, at: number, value: number) => {
    const body = sealed.slice(0, 288);
    body[at] = value;
    return { name, sealed: signed(body) };
  };
  const end = ticket.length;
  return [
    { name: "a flipped signature bit (P-13)", sealed: flip(sealed, 300) },
    { name: "a flipped field bit (P-13)", sealed: flip(sealed, 120) },
    { name: "s + L in its signature (P-13)", sealed: addL(sealed) },
    { name: "another key's signature (P-13)", sealed: signed(sealed.slice(0, 288), world.identity.seed) },
    { name: "another label (P-1, P-14)", sealed: signed(relabel(sealed)) },
    byte("another version (P-14)", 16, 2),
    fields("another suite (P-14)", { suite: 2 }),
    fields("pattern IK, which it does not implement (P-14, P-21)", { pattern: 2 }),
    fields("another ticket key id (P-14)", { ticketKeyId: "0".repeat(16) as Ticket["ticketKeyId"] }),
    fields("another epoch (P-14)", { epoch: ticket.epoch + 1 }),
    fields("another family (P-14)", { family: 2 }),
    byte("a reserved byte set, first (section 1)", 38, 1),
    byte("a reserved byte set, last (section 1)", 287, 1),
    fields("a reserved policy bit (section 1)", { policy: 2 }),
    fields("another UID (P-15)", { uidValue: padUid(parseUid("1".repeat(24))) }),
    fields("length 0 (P-16)", { length: 0 }),
    fields("a length that is no multiple of 512 (P-16)", { length: end - 256 }),
    fields("a length above flash (P-16)", { length: 8192 + 512 }),
    fields("an offset without a personal region (P-17)", { personalLength: 0 }),
    fields("a personal region over the first word (P-17)", { personalOffset: 0 }),
    fields("a personal offset that is not aligned (P-17)", { personalOffset: 2564 }),
    fields("a personal length that is not aligned (P-17)", { personalLength: 252 }),
    fields("a personal region of 776 bytes (P-17)", { personalOffset: 512, personalLength: 776 }),
    fields("a personal region beyond the length (P-17)", { personalOffset: end - 248 }),
    fields("a personal region that wraps around (P-17)", { personalOffset: 0xfffffff8 }),
    fields("options that are not in force (P-18)", { optionValue: [0, 0, 0, 0] }),
    fields("a WRP option that is not in force (P-18)", {
      optionMask: [0, 0xff, 0, 0],
      optionValue: [0, 0, 0, 0],
    }),
    fields("another lock level (P-18)", { lockLevel: 2 }),
    fields("a T of small order (P-22)", { T: new Uint8Array(32) }),
  ];
}

/** Ways to spoil a good message 2. */
export const badMessage2s: readonly {
  readonly name: string;
  readonly change: (good: Uint8Array) => Uint8Array;
}[] = [
  { name: "a flipped bit in its ephemeral key", change: (m) => flip(m, 0) },
  { name: "a flipped bit in its content", change: (m) => flip(m, 64) },
  { name: "a flipped bit in its tag", change: (m) => flip(m, m.length - 1) },
  { name: "one byte less (P-27)", change: (m) => m.slice(0, -1) },
  { name: "one byte more (P-27)", change: (m) => concat(m, Uint8Array.of(0)) },
  { name: "an ephemeral key of small order (P-22)", change: (m) => concat(new Uint8Array(32), m.slice(32)) },
];

/** Releases with one wrong chunk; the outer layer is always right. */
export const badChunks: readonly { readonly name: string; readonly chunks: (world: World) => Uint8Array }[] =
  [
    { name: "a first chunk with a flipped bit (P-31)", chunks: (w) => flip(w.release.chunks, 4 * 528 + 9) },
    { name: "a last chunk with a flipped bit (P-31)", chunks: (w) => flip(w.release.chunks, 3 * 528 + 9) },
    { name: "a chunk with a flipped tag bit (P-31)", chunks: (w) => flip(w.release.chunks, 1 * 528 + 527) },
    { name: "a chunk in another's place (P-31)", chunks: (w) => moved(w.release.chunks) },
    { name: "a chunk of another release (P-31)", chunks: () => makeWorld("another release").release.chunks },
  ];

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at]! ^= 1;
  return changed;
}

function relabel(sealed: Uint8Array): Uint8Array {
  const body = sealed.slice(0, 288);
  body.set(new TextEncoder().encode("flashseal digest"));
  return body;
}

function moved(chunks: Uint8Array): Uint8Array {
  const changed = chunks.slice();
  changed.set(chunks.slice(0, 528), 528);
  return changed;
}

/** Adds the order L of the group to a signature's s (RFC 8032 section 5.1). */
function addL(sealed: Uint8Array): Uint8Array {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${sealed.slice(320).reverse().toHex()}`) + L;
  return concat(sealed.slice(0, 320), Uint8Array.fromHex(s.toString(16).padStart(64, "0")).reverse());
}
