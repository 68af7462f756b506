/**
 * Joining and comparing byte strings. Comparison here is for public bytes; secrets are compared by the suite.
 * @module
 */

/** Returns the concatenation of `parts` in a new buffer (PROTOCOL: x ‖ y). */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Tells whether two public byte strings are equal; its time depends on their content. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
