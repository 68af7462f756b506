/**
 * All domain-separation labels in one list (PROTOCOL section 1, P-1). Refuses to know what is done under them.
 * @module
 */
import { assert } from "./errors.ts";

/** Bytes of a label on the wire. */
export const LABEL_BYTES = 16;

function label(text: string): Uint8Array {
  assert(text.length <= LABEL_BYTES, `Cannot make the label "${text}": it is longer than 16 bytes`);
  const bytes = new Uint8Array(LABEL_BYTES);
  bytes.set(new TextEncoder().encode(text));
  return bytes;
}

/** The labels in use, each 16 bytes: ASCII filled up with zero bytes. Never modified by anyone. */
export const LABELS = Object.freeze({
  ticket: label("flashseal ticket"),
  digest: label("flashseal digest"),
  chunk: label("flashseal chunk"),
  receipt: label("flashseal rcpt"),
  certificate: label("flashseal cert"),
  setup: label("flashseal setup"),
  keyset: label("flashseal keyset"),
  lock: label("flashseal lock"),
  time: label("flashseal time"),
  reply: label("flashseal reply"),
  ticketSecret: label("flashseal T"),
  receiptKey: label("flashseal rkey"),
  wrap: label("flashseal wrap"),
});
