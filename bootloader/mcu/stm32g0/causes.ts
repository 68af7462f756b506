/**
 * Why a chip is reset and why a run of it ends: two lists of words, shared by those who cause and those who read.
 *
 * @module
 */

/** Why a reset happens. */
export type ResetCause = "power" | "pin" | "software" | "option-load";

/** Why `runUntil` came back. */
export type StopReason =
  | "budget"
  | "uart"
  | "halted"
  | "lockup"
  | "returned"
  | "parked"
  | "held-in-reset"
  | "off";
