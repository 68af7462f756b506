/**
 * The labels of what authority and appliance sign or MAC besides the structures of PROTOCOL.md (P-1). They are part of
 * the contract, so they live here; none of them is a label of bootloader/wire.
 *
 * @module
 */

function label(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  new TextEncoder().encodeInto(text, bytes);
  return bytes;
}

/** Each 16 bytes: ASCII filled up with zero bytes. Never modified by anyone. */
export const API_LABELS = Object.freeze({
  /** MAC of an appliance that enrols. */
  enrol: label("flashseal enrol"),
  /** MAC of the authority that accepts it. */
  proof: label("flashseal proof"),
  /** The words on both screens. */
  words: label("flashseal words"),
  /** Statements of the log key. */
  statement: label("flashseal state"),
  /** Links of the log's hash chain. */
  log: label("flashseal log"),
});
