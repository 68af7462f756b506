/**
 * The words between a host session and whoever drives it: what to send, what was learnt, why it ended.
 * @module
 */
import type { Frame, HelloReply, ReceiptReport } from "../wire/mod.ts";

/** One frame to be exchanged for a final frame (P-5). */
export interface Exchange {
  /** The frame, with its sequence. */
  readonly frame: Frame;
  /** The frame's bytes; a retransmission sends exactly these (P-7). */
  readonly bytes: Uint8Array;
  /** How often they may be sent again (P-10, P-38). */
  readonly retransmissionsMax: number;
}

/** Why a session ended without a receipt that was acknowledged. */
export const HOST_REFUSALS = Object.freeze(
  {
    "not-authentic": "The target refused: not authentic",
    "no-answer": "The target gave no answer",
    "unexpected-type": "The target answered with a frame of a type that this state does not allow",
    "malformed-reply": "The target's answer is not what the protocol allows",
    "reply-not-authentic": "The target's answer does not open under the session's key",
    "version-unknown": "The target speaks a version of the protocol that this host does not know",
    "lock-not-proven": "The proof of lock is missing or does not hold",
    "wrong-family": "The ticket is for another chip family",
    "uid-not-in-ticket": "The ticket is for another UID",
    "other-ticket-key": "The bootloader was installed for another ticket key or epoch",
    "options-differ": "The options in force are not the ticket's",
    "image-too-large": "The release is longer than the flash",
    "wrong-chunk-count": "The encrypted release has not as many chunks as the ticket's length",
    "chunk-out-of-range": "The target asked for a chunk that does not exist",
    "chunk-asked-twice": "The target asked for a chunk that it was given before",
    "wrong-outstanding": "The target counts outstanding chunks wrongly",
    "receipt-too-early": "The target sent a receipt before it had every chunk",
    "receipt-changed": "The target answered a poll with another receipt",
  } as const,
);

/** A code of `HOST_REFUSALS`. */
export type HostRefusal = keyof typeof HOST_REFUSALS;

/** What follows from a frame, or from its absence. */
export type HostStep =
  /** Exchange this frame next. `chunk` says which chunk it carries, if it does. */
  | {
    readonly step: "send";
    readonly exchange: Exchange;
    readonly chunk?: { index: number; outstanding: number };
  }
  /** Wait on: the target works for so long (P-10, P-11). */
  | { readonly step: "working"; readonly milliseconds: number }
  /** Not an answer to the open exchange: forget it and wait on. */
  | { readonly step: "ignored" }
  /** The target named itself; `ticket()` may follow. */
  | { readonly step: "hello"; readonly reply: HelloReply }
  /** Take these 80 bytes to the key-holder; `message2()` follows. */
  | { readonly step: "message1"; readonly message1: Uint8Array }
  /** Make the 100 bytes durable; `acknowledge()` (or `poll()`) follows (P-38). */
  | { readonly step: "receipt"; readonly body: Uint8Array; readonly report: ReceiptReport }
  /** The session is over and went well; `bye` tells whether the target said so (P-38). */
  | { readonly step: "done"; readonly bye: boolean }
  /** The session is over; the target needs a power cycle. `detail` is for the host's own record (P-49). */
  | { readonly step: "refused"; readonly code: HostRefusal; readonly detail: string };
