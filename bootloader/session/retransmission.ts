/**
 * When a host waits, sends again or gives up (P-10, P-38), as a pure function of what happened. Knows no clock: the caller
 * waits as long as it is told and reports what came.
 * @module
 */
import { BODY_BYTES_MAX, FRAME_OVERHEAD_BYTES } from "../wire/mod.ts";

/** The host is silent this long before it sends again (P-10). */
export const SILENCE_MS = 60;
/** A frame is sent again at most this often (P-10). */
export const RETRANSMISSIONS_MAX = 5;
/** What the host adds to the time named in WORKING (P-10). */
export const WORKING_GRACE_MS = 200;
/** A target says WORKING before work of more than this (P-11). */
export const UNANNOUNCED_WORK_MS = 100;

/** How far an exchange has come. */
export interface ExchangeProgress {
  /** How often the frame was sent again. */
  readonly retransmissions: number;
  /** How long to wait for the next frame of the target, in milliseconds. */
  readonly waitMs: number;
}

/** What the caller saw: the wait ran out, or the target said that it works. */
export type ExchangeEvent =
  | { readonly event: "deadline" }
  | { readonly event: "working"; readonly milliseconds: number };

/** What the caller does next. */
export type ExchangeDecision =
  | { readonly act: "wait"; readonly progress: ExchangeProgress }
  | { readonly act: "retransmit"; readonly afterSilenceMs: number; readonly progress: ExchangeProgress }
  | { readonly act: "give-up" };

/** Limits of one exchange. */
export interface ExchangeLimits {
  /** Milliseconds until an answer has to be there; see `answerDeadlineMs`. */
  readonly answerMs: number;
  /** 5, or 0 for a frame that is not sent again (P-38). */
  readonly retransmissionsMax: number;
}

/** Returns the progress of an exchange whose frame was just sent for the first time. */
export function startExchange({ answerMs }: ExchangeLimits): ExchangeProgress {
  return { retransmissions: 0, waitMs: answerMs };
}

/** Decides what follows from an event; a frame that is sent again is byte-identical, sequence included (P-7). */
export function decideRetransmission(
  progress: ExchangeProgress,
  event: ExchangeEvent,
  limits: ExchangeLimits,
): ExchangeDecision {
  if (event.event === "working") {
    return { act: "wait", progress: { ...progress, waitMs: event.milliseconds + WORKING_GRACE_MS } };
  }
  // Bound: after `retransmissionsMax` the exchange is over and the caller says "no answer".
  if (progress.retransmissions >= limits.retransmissionsMax) return { act: "give-up" };
  return {
    act: "retransmit",
    afterSilenceMs: SILENCE_MS,
    progress: { retransmissions: progress.retransmissions + 1, waitMs: limits.answerMs },
  };
}

/** Returns a deadline: the time of the frame and of the longest answer on the wire, unannounced work, and as much again. */
export function answerDeadlineMs(
  { sentBytes, baud }: { readonly sentBytes: number; readonly baud: number },
): number {
  // 8N1: ten bit times for each byte.
  const wireMs = (sentBytes + BODY_BYTES_MAX + FRAME_OVERHEAD_BYTES) * 10_000 / baud;
  return Math.ceil(wireMs + 2 * UNANNOUNCED_WORK_MS);
}
