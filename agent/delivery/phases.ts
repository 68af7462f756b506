/**
 * The named phases of a delivery (D§2), in order, each with the longest time it may take.
 *
 * @module
 */

/** Each phase and its deadline in milliseconds of wall time; the station's own operations have shorter ones. */
export const phases = {
  /** Power on, attach under reset. */
  attach: { deadlineMs: 30_000 },
  /** Chip, UID, option bytes, blankness. */
  identify: { deadlineMs: 30_000 },
  /** Ask for a ticket and verify it. */
  ticket: { deadlineMs: 30_000 },
  /** Fetch the encrypted release unless it is held. */
  release: { deadlineMs: 300_000 },
  /** Erase, write the bootloader, read back. */
  install: { deadlineMs: 120_000 },
  /** Prove the lock from outside (P-44). */
  lock: { deadlineMs: 120_000 },
  /** TICKET, message 1, message 2. */
  handshake: { deadlineMs: 120_000 },
  /** Chunks. */
  transfer: { deadlineMs: 600_000 },
  /** Receipt durable, ACK. */
  receipt: { deadlineMs: 60_000 },
  /** The authority commits the unit. */
  report: { deadlineMs: 30_000 },
} as const;

/** A name of {@linkcode phases}. */
export type Phase = keyof typeof phases;
