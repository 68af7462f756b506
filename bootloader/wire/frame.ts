/**
 * Frames on the link (PROTOCOL section 3): encoding, the CRC, and a decoder that finds its way back after noise (P-9).
 * Knows nothing of time: whoever owns the link tells the decoder about pauses.
 * @module
 */
import { assert } from "./errors.ts";

/** The number of each frame type; a number is never used again (P-54). */
export const FRAME_TYPES = Object.freeze(
  {
    HELLO: 0x01,
    TICKET: 0x02,
    MESSAGE2: 0x03,
    CHUNK: 0x04,
    POLL: 0x05,
    ACK: 0x06,
    WORKING: 0x80,
    HELLO_REPLY: 0x81,
    MESSAGE1: 0x82,
    NEXT: 0x83,
    RECEIPT: 0x84,
    BYE: 0x85,
    STATUS: 0xff,
  } as const,
);

/** A frame type's name. */
export type FrameName = keyof typeof FRAME_TYPES;

/** The only status code: "not authentic" (P-49). */
export const STATUS_NOT_AUTHENTIC = 0x01;
/** The most bytes that a frame's body may have. */
export const BODY_BYTES_MAX = 1024;
/** Bytes of a frame around its body: header 4, CRC 4. */
export const FRAME_OVERHEAD_BYTES = 8;
/** A pause of this many milliseconds within a frame discards what was received of it (P-9). */
export const PAUSE_MS = 50;

const HEADER_BYTES = 4;
const CRC_BYTES = 4;

/** One frame without its CRC. */
export interface Frame {
  /** 0 to 255; ties an answer to what it answers. */
  readonly sequence: number;
  /** A number of `FRAME_TYPES`, or an unknown one that the receiver has to refuse. */
  readonly type: number;
  /** At most 1,024 bytes. */
  readonly body: Uint8Array;
}

/** Returns the name of a frame type's number, or the number in hexadecimal when it has none. */
export function frameName(type: number): FrameName | `0x${string}` {
  const found = Object.entries(FRAME_TYPES).find(([, number]) => number === type);
  return found === undefined ? `0x${type.toString(16).padStart(2, "0")}` : found[0] as FrameName;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** Returns the CRC-32 of IEEE 802.3: reflected, initial value and final XOR 0xFFFFFFFF. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Returns the bytes of `frame` for the link, CRC included. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const { sequence, type, body } = frame;
  assert(
    body.length <= BODY_BYTES_MAX,
    `Cannot send a frame of type ${frameName(type)}: its body has ${body.length} bytes`,
  );
  assert(Number.isInteger(sequence) && sequence >= 0 && sequence <= 255, "Cannot send a frame: bad sequence");
  const encoded = new Uint8Array(HEADER_BYTES + body.length + CRC_BYTES);
  const view = new DataView(encoded.buffer);
  view.setUint16(0, body.length, true);
  encoded[2] = sequence;
  encoded[3] = type;
  encoded.set(body, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + body.length, crc32(encoded.subarray(0, HEADER_BYTES + body.length)), true);
  return encoded;
}

/** What a decoder threw away, by reason. */
export interface FrameDrops {
  /** Frames with a wrong CRC. */
  readonly crc: number;
  /** Headers with a length above 1,024. */
  readonly length: number;
  /** Frames that a pause cut off. */
  readonly pause: number;
}

/** Turns bytes from the link into frames; holds at most one unfinished frame. */
export class FrameDecoder {
  #buffer = new Uint8Array(HEADER_BYTES + BODY_BYTES_MAX + CRC_BYTES);
  #filled = 0;
  #deaf = false;
  #drops = { crc: 0, length: 0, pause: 0 };

  /** Takes bytes and returns the frames that they complete, in order. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (const byte of bytes) {
      if (this.#deaf) break;
      this.#buffer[this.#filled] = byte;
      this.#filled += 1;
      const frame = this.#take();
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  /** Tells the decoder that nothing came for 50 ms: what was received of a frame is discarded (P-9). */
  silence(): void {
    if (this.#filled > 0) this.#drops.pause += 1;
    this.#filled = 0;
    this.#deaf = false;
  }

  /** Bytes received of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#filled;
  }

  /** Counts what was thrown away since the start. */
  get drops(): FrameDrops {
    return { ...this.#drops };
  }

  #take(): Frame | undefined {
    if (this.#filled < HEADER_BYTES) return undefined;
    const view = new DataView(this.#buffer.buffer);
    const length = view.getUint16(0, true);
    if (length > BODY_BYTES_MAX) {
      // P-9: such a length is noise; where the next frame begins can only be told after a pause.
      this.#drops.length += 1;
      this.#filled = 0;
      this.#deaf = true;
      return undefined;
    }
    const end = HEADER_BYTES + length;
    if (this.#filled < end + CRC_BYTES) return undefined;
    this.#filled = 0;
    if (view.getUint32(end, true) !== crc32(this.#buffer.subarray(0, end))) {
      // P-9: dropped without an answer; no state changes.
      this.#drops.crc += 1;
      return undefined;
    }
    return {
      sequence: this.#buffer[2]!,
      type: this.#buffer[3]!,
      body: this.#buffer.slice(HEADER_BYTES, end),
    };
  }
}
