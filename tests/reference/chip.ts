/**
 * What a reference target is made of: its states, its chip, and the numbers of section 3; imports nothing of the product.
 * @module
 */

/** The states of section 11, and "started": the firmware runs (P-48). */
export type TargetState = "OPEN" | "READY" | "KEYING" | "TRANSFER" | "DONE" | "FAIL" | "started";

/** A chip with a bootloader in it. */
export interface TargetChip {
  /** 200 bytes, section 10. */
  installBlock: Uint8Array;
  /** 16 bytes (P-4). */
  uid: Uint8Array;
  /** Section 4. */
  family: number;
  /** Section 4. */
  chipId: number;
  /** KiB of flash. */
  flashKb: number;
  /** Version as 0x00MMmmpp. */
  bootloader: number;
  /** Entropy class. */
  entropy: number;
  /** Option words in force at first power-on. */
  options: number[];
  /** Lock level in force at first power-on. */
  lock: number;
  /** Whether an option write takes effect (P-42). */
  optionsCanBeSet: boolean;
  /** The random number generator: one raw 32-bit word, or null for its error flag (P-24). */
  word: () => number | null;
}

/** Frame types of section 3. */
export const TYPE = {
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
} as const;

/** Bytes of an erase page. */
export const PAGE = 2048;
