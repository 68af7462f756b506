/**
 * What the status pages are made from, as the agent's control hands it in: the floor as it is now, the record, the
 * appliance's health, what was noted, and the one thing that a person may ask for.
 *
 * @module
 */
import type { FloorBook } from "../journal/mod.ts";
import type { StatusSnapshot } from "./snapshot.ts";

/** How the appliance itself is. */
export interface Health {
  /** Bytes on the disk that holds the appliance's folder; null: this system does not tell. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | null;
  /** Seconds by which this clock was ahead of the newest time that the authority signed; null: none was heard. */
  readonly clockAheadSeconds: number | null;
  /** The key set of the owner that is used now, and whether it announces its successor. */
  readonly keySet: {
    readonly serial: number;
    readonly epoch: number;
    readonly announcesNext: boolean;
    /** When the owner's root signed it, in seconds since 1970. */
    readonly issuedSeconds: number;
  };
  /** Six words that the owner's screen must show too (P-76). */
  readonly sixWords: string;
  /** The end of the appliance's record: how many entries, and the hash of the last one in hex. */
  readonly record: { readonly count: number; readonly head: string };
}

/** Something that a person may have to know, as it was told. */
export interface Noted {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly kind: "away" | "back" | "refused" | "problem" | "alarm" | "finished" | "late" | "station";
  /** Of which station, chip or code it is. */
  readonly subject: string | null;
  /** Why a station could not work: a code that has words in every language. */
  readonly reason?: string;
  /** Sentence and remedy where there are some. */
  readonly says: string | null;
  readonly remedy: string | null;
}

/** What the pages read and may ask for. */
export interface StatusSource {
  readonly snapshot: () => StatusSnapshot;
  readonly book: FloorBook;
  readonly health: () => Health;
  /** What was noted since the agent started, newest first, at most as many as memory is given to it. */
  readonly noted: () => { readonly sinceMs: number; readonly items: readonly Noted[] };
  /** Calls `listener` whenever the floor has changed; returns how to end that. */
  readonly onChange: (listener: () => void) => () => void;
  /** Lets a station that waits, or whose board was not delivered, try again now. False: there is nothing to try. */
  readonly tryAgain: (station: string) => boolean;
  /** Everything as Prometheus reads it, with its content type. */
  readonly figures: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Takes it that a page or the figures could not be made (an error), or could (null). */
  readonly onMade: (what: "page" | "figures", error: unknown) => void;
  readonly isRightPin: (pin: string) => Promise<boolean>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Waits in wall time; ends early, without an error, when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends every open stream. */
  readonly signal: AbortSignal;
}
