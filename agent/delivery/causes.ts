/**
 * The one table of causes: why a delivery did not end in a delivered device, as an operator reads it, and what to do
 * about it. Extend only: a code that was once reported keeps its meaning. Knows no phase order and no unit states.
 *
 * A cause that begins with `authority-` stands for a refusal of the authority, whose own table has the sentence.
 *
 * @module
 */

/** One row. `says` and `remedy` are sentences without a final period. */
export interface CauseRow {
  /** `refused`: a well-formed no, nothing is broken. `failed`: something broke. */
  readonly outcome: "refused" | "failed";
  readonly says: string;
  readonly remedy: string;
}

const again = "Start the delivery again; replace the board when this repeats";
const aside = "Put the board aside and ask the owner: a device may exist";

/** Every cause that the agent itself finds. */
export const causes = {
  // Refusals: what the agent does not touch.
  "chip-unknown": {
    outcome: "refused",
    says: "The chip is not one that this program knows",
    remedy: "Check the board type; `flashseal chips` lists what is supported",
  },
  "uid-invalid": {
    outcome: "refused",
    says: "The chip's unique ID is all zeros or all ones",
    remedy: "Check the contact of the probe; put the board aside when this repeats",
  },
  "options-unfit": {
    outcome: "refused",
    says: "The chip's option bytes would keep the bootloader from starting or could not be put right later",
    remedy: "Use a chip with factory option bytes",
  },
  "not-blank": {
    outcome: "refused",
    says: "The chip is not blank and this appliance has no open delivery for it",
    remedy: "Take the board out; use a blank chip, or have a person erase this one",
  },
  "locked-unknown": {
    outcome: "refused",
    says: "The chip is locked and this appliance has no open delivery for it: it is left alone",
    remedy: "Take the board out and find out where it was programmed; only the owner can allow a rework",
  },
  "chip-swapped": {
    outcome: "refused",
    says: "The board was changed while the station waited for its ticket",
    remedy: "Start the delivery again with the board that is in place",
  },
  "delivered-already": {
    outcome: "refused",
    says: "This chip has been delivered already",
    remedy: "Put the board with the good ones; only the owner can allow a rework",
  },

  // Probe and power.
  "no-answer": {
    outcome: "failed",
    says: "The chip does not answer the probe, not even under reset",
    remedy: "Check contacts and supply; a chip locked for ever (level 2) never answers",
  },
  "probe-fault": { outcome: "failed", says: "The probe or the chip's debug port failed", remedy: again },
  "unlock-failed": {
    outcome: "failed",
    says: "The chip of an open delivery could not be unlocked",
    remedy:
      "Start the delivery again; replace the board when this repeats: its unit stays with it until the owner decides",
  },
  "options-torn": {
    outcome: "failed",
    says:
      "The chip's option bytes are damaged, as by a power cut while they were written, and cannot be put right",
    remedy:
      "Replace the board: its unit stays with it until the owner decides; check the station's supply when this repeats",
  },
  "erase-failed": {
    outcome: "failed",
    says: "The chip is not blank after it was erased",
    remedy: "Replace the board: its flash is worn or broken",
  },
  "readback-differs": {
    outcome: "failed",
    says: "What was read back from the chip is not what was written: the chip was erased again",
    remedy: again,
  },

  // Ticket and release.
  "ticket-unfit": {
    outcome: "failed",
    says: "The ticket is not authentic or not for this chip",
    remedy: "Tell the owner: the server and the appliance do not fit together",
  },
  "release-unfit": {
    outcome: "failed",
    says: "The release that came does not fit its digest",
    remedy: "Start the delivery again; tell the owner when this repeats",
  },
  "authority-unreachable": {
    outcome: "failed",
    says: "The owner's server cannot be reached",
    remedy: "Check the network; the station tries again by itself",
  },
  "offline-spent": {
    outcome: "failed",
    says: "The offline allowance is used up",
    remedy: "Restore the connection to the owner's server; the station goes on by itself",
  },
  "offline-over": {
    outcome: "failed",
    says: "The time of the offline allowance is over",
    remedy: "Restore the connection to the owner's server; the station goes on by itself",
  },
  "offline-not-listed": {
    outcome: "failed",
    says: "The owner's list for offline work does not name this chip",
    remedy:
      "Restore the connection to the owner's server, and the station goes on by itself; or take a listed board",
  },
  "authority-unfit": {
    outcome: "failed",
    says: "The owner's server gave an answer that cannot be trusted or read",
    remedy: "Tell the owner: the server and the appliance do not fit together",
  },

  // Bootloader and lock.
  "bootloader-silent": {
    outcome: "failed",
    says: "The bootloader does not answer after it was installed",
    remedy: "Check the contacts of the serial line; start the delivery again",
  },
  "bootloader-unfit": {
    outcome: "failed",
    says: "What answers is not the bootloader that was installed",
    remedy: "Put the board aside and tell the owner",
  },
  "lock-missing": {
    outcome: "failed",
    says: "The chip did not lock itself or did not take its option bytes",
    remedy: again,
  },
  "lock-open": {
    outcome: "failed",
    says: "The lock is not proven: the chip's flash can be read from outside",
    remedy: "Put the board aside and tell the owner",
  },
  "debug-open": {
    outcome: "failed",
    says: "The lock is not proven: the chip answers a debugger while the bootloader runs",
    remedy: "Put the board aside and tell the owner",
  },

  // Handshake, transfer, receipt.
  "link-silent": { outcome: "failed", says: "The chip stopped answering on the serial line", remedy: again },
  "chip-refused": { outcome: "failed", says: "The chip refused what it was sent", remedy: again },
  "chip-unfit": {
    outcome: "failed",
    says: "The chip answered against the protocol",
    remedy: "Put the board aside and tell the owner",
  },
  "receipt-missing": {
    outcome: "failed",
    says: "A device may exist: no receipt came",
    remedy: "Start the delivery again with the same board, or put it aside and ask the owner",
  },
  "receipt-unfit": {
    outcome: "failed",
    says: "A device may exist: the receipt does not say what was ordered",
    remedy: aside,
  },
  "receipt-refused": {
    outcome: "failed",
    says: "A device may exist: the owner's server does not accept its receipt",
    remedy: aside,
  },

  // The appliance itself.
  "phase-deadline": { outcome: "failed", says: "The step took too long", remedy: again },
  "disk-fault": {
    outcome: "failed",
    says: "The appliance's disk failed",
    remedy: "Check free space and health of the disk",
  },
  "stopped": {
    outcome: "failed",
    says: "The delivery was stopped",
    remedy: "Start the delivery again with the same board",
  },
  "interrupted": {
    outcome: "failed",
    says: "The appliance was switched off during the delivery",
    remedy: "Start the delivery again with the same board",
  },
  "defect": {
    outcome: "failed",
    says: "The program has a fault",
    remedy: "Report it with the log of this delivery",
  },
} as const satisfies Record<string, CauseRow>;

/** A code of {@linkcode causes}. */
export type CauseCode = keyof typeof causes;

/** What became of the unit, as far as this appliance knows. */
export type UnitEffect =
  | "none used"
  | "reserved for this chip"
  | "keyed for this chip: a device may exist"
  | "committed"
  | "committed on the appliance's word";

/** Why and how a delivery ended otherwise than delivered. */
export interface Stop {
  readonly outcome: "refused" | "failed";
  /** A {@linkcode CauseCode}, or `authority-` and the code of the authority's refusal. */
  readonly cause: string;
  readonly says: string;
  readonly remedy: string;
  /** What exactly was seen, for the record; holds no secret. */
  readonly detail: string | null;
  /** With `offline-spent` and `offline-over`: how many devices wait for the owner's server, this one among them. */
  readonly waiting?: number;
}

/** Returns the stop for a cause of the table. */
export function stopFor(cause: CauseCode, detail: string | null = null): Stop {
  const { outcome, says, remedy } = causes[cause];
  return { outcome, cause, says, remedy, detail };
}
