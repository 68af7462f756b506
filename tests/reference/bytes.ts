/**
 * Bytes, numbers and the CRC for the reference target, spelled out; imports nothing of the product.
 * @module
 */
import { sha512 } from "@noble/hashes/sha2.js";

/** Joins byte strings. */
export function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.map((p) => p.length).reduce((a, b) => a + b, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** 16 bytes of ASCII, filled up with zeros. */
export function label(text: string): Uint8Array {
  return join(new TextEncoder().encode(text), new Uint8Array(16 - text.length));
}

/** H32 of section 1. */
export function h32(x: Uint8Array): Uint8Array {
  return sha512(x).slice(0, 32);
}

/** A little-endian integer. */
export function le(value: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

/** Reads a little-endian integer. */
export function num(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

/** Whether two byte strings are equal. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

/** Whether all bytes are zero. */
export function zero(bytes: Uint8Array): boolean {
  return bytes.every((x) => x === 0);
}

/** CRC-32 bit by bit. */
export function referenceCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = (crc ^ byte) >>> 0;
    for (let bit = 0; bit < 8; bit++) crc = crc % 2 === 1 ? ((crc >>> 1) ^ 0xedb88320) >>> 0 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
