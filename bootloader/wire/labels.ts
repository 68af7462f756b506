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
  ticketSecret: label("flashseal T"),
  receiptKey: label("flashseal rkey"),
  wrap: label("flashseal wrap"),
  /** MAC of an appliance that enrols. */
  enrol: label("flashseal enrol"),
  /** MAC of the authority that accepts it. */
  proof: label("flashseal proof"),
  /** The words on both screens. */
  words: label("flashseal words"),
  /** Statements of the log key. */
  statement: label("flashseal state"),
  /** What the authority says of a message 2 that it gave. */
  keyRecord: label("flashseal given"),
  /** Links of the authority's hash chain. */
  log: label("flashseal log"),
  /** Links of the appliance's hash chain. */
  record: label("flashseal record"),
  /** What an appliance says of the end of its hash chain. */
  head: label("flashseal head"),
  /** What an authority says of a lease key. */
  delegation: label("flashseal deleg"),
  /** Keys at rest under a seal key: the authority's. */
  seal: label("flashseal seal"),
  /** Keys at rest under a seal key: the appliance's identity. */
  identity: label("flashseal ident"),
  /** What the authority keeps of an API key. */
  apiKey: label("flashseal api"),
  /** The MAC by which an unfinished upload knows its file. */
  upload: label("flashseal upload"),
  /** The mark of a certificate slot in a firmware file. */
  certificateSlot: label("flashseal certk"),
  /** A file of an appliance's messages. */
  messageFile: label("flashseal msgs"),
  /** A file of the authority's replies to them. */
  replyFile: label("flashseal reply"),
});
