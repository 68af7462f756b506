/**
 * One definition of a structure gives its TypeScript type, its codec, its offsets and its size (P-2, P-3).
 * Byte order lives in the field definitions here and nowhere else. Knows no structure in particular.
 * @module
 */
import { assert, Malformed } from "./errors.ts";
import { sameBytes } from "./bytes.ts";
import type { Id } from "./ids.ts";
import { UID_BYTES } from "./ids.ts";

/** How values of type T stand in a fixed number of bytes. */
export interface Field<T> {
  /** Bytes of the field. */
  readonly size: number;
  /** Returns the value that `bytes` (exactly `size`) stand for; the result shares no memory with them. */
  read(bytes: Uint8Array): T;
  /** Writes a value that has no flaw. */
  write(bytes: Uint8Array, value: T): void;
  /** Says what is wrong with received bytes, if anything. */
  complaint?(bytes: Uint8Array): string | undefined;
  /** Says why a value cannot be written, if it cannot. */
  flaw(value: T): string | undefined;
}

/** Bytes that are the same in every structure of a kind (labels, versions, reserved bytes) and no part of its type. */
export interface Fixed {
  /** Bytes of the field. */
  readonly size: number;
  /** The only content allowed. */
  readonly fixed: Uint8Array;
  /** What the complaint calls this content. */
  readonly says: string;
}

/** The fields of a structure in their order. */
export type Shape = Readonly<Record<string, Field<unknown> | Fixed>>;

/** The values of a structure: one property per field that is not fixed. */
export type Values<S extends Shape> = {
  readonly [K in keyof S as S[K] extends Fixed ? never : K]: S[K] extends Field<infer T> ? T : never;
};

/** The TypeScript type of what a layout decodes. */
export type Decoded<L> = L extends Layout<infer S> ? Values<S> : never;

/** A structure of fixed size: encodes and decodes it, and knows where its fields are. */
export class Layout<S extends Shape> {
  /** The structure's name in PROTOCOL.md. */
  readonly name: string;
  /** Bytes of the whole structure. */
  readonly size: number;
  /** Offset in bytes of each field, fixed ones included. */
  readonly offsets: { readonly [K in keyof S]: number };
  /** The fields in their order. */
  readonly shape: S;

  /** Takes the name of PROTOCOL.md and the fields in their order. */
  constructor(name: string, shape: S) {
    let offset = 0;
    const offsets: Record<string, number> = {};
    for (const [key, field] of Object.entries(shape)) {
      offsets[key] = offset;
      offset += field.size;
    }
    this.name = name;
    this.shape = shape;
    this.size = offset;
    this.offsets = Object.freeze(offsets) as { readonly [K in keyof S]: number };
  }

  /**
   * Returns the values in `bytes`, copied.
   * @throws {Malformed} naming the structure, field and offset when the length (P-3) or a field is wrong.
   */
  decode(bytes: Uint8Array): Values<S> {
    if (bytes.length !== this.size) {
      // P-3: a structure that is longer or shorter than its table is refused.
      throw new Malformed(
        `Cannot read ${this.name}: it has ${bytes.length} bytes and must have ${this.size}`,
        {
          structure: this.name,
        },
      );
    }
    const values: Record<string, unknown> = {};
    for (const [key, field] of Object.entries(this.shape)) {
      const offset = this.#offsetOf(key);
      const part = bytes.subarray(offset, offset + field.size);
      const complaint = "fixed" in field
        ? sameBytes(part, field.fixed) ? undefined : `must be ${field.says}`
        : field.complaint?.(part);
      if (complaint !== undefined) {
        throw new Malformed(`Cannot read ${this.name}: field "${key}" at offset ${offset} ${complaint}`, {
          structure: this.name,
          field: key,
          offset,
        });
      }
      if (!("fixed" in field)) values[key] = field.read(part);
    }
    return values as Values<S>;
  }

  /** Returns the bytes of `values` in a new buffer. @throws {Defect} naming the field whose value does not fit. */
  encode(values: Values<S>): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.size);
    for (const [key, field] of Object.entries(this.shape)) {
      const offset = this.#offsetOf(key);
      const part = bytes.subarray(offset, offset + field.size);
      if ("fixed" in field) {
        part.set(field.fixed);
        continue;
      }
      const value = (values as Record<string, unknown>)[key];
      const flaw = field.flaw(value);
      assert(flaw === undefined, `Cannot write ${this.name}: field "${key}" ${flaw}`);
      field.write(part, value);
    }
    return bytes;
  }

  #offsetOf(key: string): number {
    return (this.offsets as Record<string, number>)[key]!;
  }
}

function unsigned(size: 1 | 2 | 4 | 6 | 8): Field<number> {
  // P §1: u64 values are below 2^53, so that a JavaScript number holds each exactly.
  const max = size === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * size) - 1;
  return {
    size,
    read(bytes) {
      return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
    },
    write(bytes, value) {
      for (let index = 0, rest = value; index < size; index += 1, rest = Math.floor(rest / 256)) {
        bytes[index] = rest % 256;
      }
    },
    complaint(bytes) {
      return size === 8 && (bytes[7] !== 0 || bytes[6]! > 0x1f) ? "must be below 2^53" : undefined;
    },
    flaw(value) {
      return Number.isInteger(value) && value >= 0 && value <= max
        ? undefined
        : `must be an integer from 0 to ${max}`;
    },
  };
}

/** An unsigned byte. */
export const u8: Field<number> = unsigned(1);
/** An unsigned 16-bit integer, little-endian. */
export const u16: Field<number> = unsigned(2);
/** An unsigned 32-bit integer, little-endian. */
export const u32: Field<number> = unsigned(4);
/** An unsigned 48-bit integer, little-endian: milliseconds until the year 10889. */
export const u48: Field<number> = unsigned(6);
/** An unsigned 64-bit integer below 2^53, little-endian. */
export const u64: Field<number> = unsigned(8);

/** `size` bytes of any content; copied in both directions. */
export function bytes(size: number): Field<Uint8Array> {
  return {
    size,
    read: (part) => part.slice(),
    write: (part, value) => part.set(value),
    flaw: (value) =>
      value instanceof Uint8Array && value.length === size ? undefined : `must be ${size} bytes`,
  };
}

/** A chip's UID as 16 bytes (P-4). */
export const uid16: Field<Uint8Array> = bytes(UID_BYTES);

/** An identifier of `size` bytes, as branded hexadecimal text. */
export function id<T extends Id<string>>(size: number): Field<T> {
  return {
    size,
    read: (part) => part.slice().toHex() as T,
    write: (part, value) => part.setFromHex(value),
    flaw: (value) => value.length === 2 * size ? undefined : `must be ${2 * size} hexadecimal digits`,
  };
}

/** The four option words of a chip (P-18). */
export type OptionWords = readonly [number, number, number, number];

/** Four u32 in a row: option words, values or masks. */
export const optionWords: Field<OptionWords> = {
  size: 16,
  read(part) {
    const word = (index: number) => u32.read(part.subarray(4 * index, 4 * index + 4));
    return [word(0), word(1), word(2), word(3)];
  },
  write(part, value) {
    value.forEach((word, index) => u32.write(part.subarray(4 * index, 4 * index + 4), word));
  },
  flaw(value) {
    return value.length === 4 && value.every((word) => u32.flaw(word) === undefined)
      ? undefined
      : "must be four u32";
  },
};

/** The label that a structure begins with (P-1). */
export function tag(label: Uint8Array): Fixed {
  const text = new TextDecoder().decode(label).replace(/\0+$/, "");
  return { size: label.length, fixed: label, says: `the label "${text}"` };
}

/** A byte that has one value only, e.g. a version. */
export function always(value: number): Fixed {
  return { size: 1, fixed: Uint8Array.of(value), says: String(value) };
}

/** `size` reserved bytes: written as zero, refused when not zero (PROTOCOL section 1). */
export function reserved(size: number): Fixed {
  return { size, fixed: new Uint8Array(size), says: "zero" };
}
