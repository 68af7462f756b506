/**
 * Makes Intel HEX files for tests, right ones and, record by record, wrong ones. Written from Intel's format
 * specification (1988), apart from the product's reader.
 *
 * @module
 */

/** A run of bytes at an address. */
export interface Part {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** How a file is laid out. */
export interface HexOptions {
  /** Data bytes of a full record: 1 to 255. */
  readonly recordBytes?: number;
  /** `segment` uses record type 02 and reaches the first MiB only. */
  readonly base?: "linear" | "segment";
  readonly lineEnd?: string;
  readonly lowerCase?: boolean;
  /** Start address of record type 05 (or 03 with base `segment`). */
  readonly entry?: number;
}

/** Returns one record with its colon and a right checksum, without a line end. */
export function hexRecord(type: number, offset: number, data: readonly number[] | Uint8Array): string {
  const bytes = [data.length, offset >>> 8, offset & 0xff, type, ...data];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return `:${new Uint8Array([...bytes, -sum & 0xff]).toHex().toUpperCase()}`;
}

/** The end-of-file record. */
export const HEX_END = hexRecord(1, 0, []);

/** Returns a whole file: base records where the base changes, data records, a start record, the end record. */
export function makeIntelHex(parts: readonly Part[], options: HexOptions = {}): Uint8Array {
  const { recordBytes = 16, base = "linear", lineEnd = "\n", lowerCase = false, entry } = options;
  const lines: string[] = [];
  let current: number | undefined;
  for (const part of parts) {
    for (let at = 0; at < part.bytes.length;) {
      const address = part.address + at;
      const upper = Math.floor(address / 0x10000);
      const offset = address % 0x10000;
      if (upper !== current) {
        lines.push(
          base === "linear"
            ? hexRecord(4, 0, bigEndian(upper, 2))
            : hexRecord(2, 0, bigEndian(upper * 0x1000, 2)),
        );
        current = upper;
      }
      const size = Math.min(recordBytes, part.bytes.length - at, 0x10000 - offset);
      lines.push(hexRecord(0, offset, part.bytes.subarray(at, at + size)));
      at += size;
    }
  }
  if (entry !== undefined) lines.push(hexRecord(base === "linear" ? 5 : 3, 0, bigEndian(entry, 4)));
  lines.push(HEX_END);
  const text = lines.map((line) => line + lineEnd).join("");
  return new TextEncoder().encode(lowerCase ? text.toLowerCase() : text);
}

function bigEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** (size - 1 - index)) % 256);
}
