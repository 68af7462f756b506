/**
 * What a debug probe driver has to give: power, reset, attach, and memory transfers. Everything about chips is
 * built on top of it (see `probe.ts`), so a driver knows no flash controller and no protocol (D§9).
 *
 * Time is the port's own: wall time with hardware, modelled time with the model. Deadlines are in that time.
 *
 * @module
 */

/** What one operation may take. */
export interface Limits {
  /** Milliseconds of the port's time. */
  readonly deadlineMs: number;
  /** Ends the operation between two transfers; the operation then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/** `plain`: the core runs on. `under-reset`: attached while NRST is held, halted before its first instruction. */
export type AttachMode = "plain" | "under-reset";

/** What a read gave. `closed`: the chip answered the debug port and refused the access. */
export type Reading = { readonly data: Uint8Array } | { readonly closed: true };

/** What a write gave. */
export type Writing = { readonly written: true } | { readonly closed: true };

/** Receives the data bytes of every memory transfer, in order; `tx` is host to target. */
export type TransferSink = (direction: "tx" | "rx", bytes: Uint8Array) => void;

/** One probe with power control of the board. Every method throws {@linkcode Fault} when the probe itself fails. */
export interface DebugPort {
  /** Name that an operator knows the probe by. */
  readonly name: string;
  /** Milliseconds of the port's time, from an arbitrary start; never goes back. */
  nowMs(): number;
  /** Waits `ms` of the port's time. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Switches the board's supply; returns when the supply is stable or gone for long enough to forget RAM. */
  power(on: boolean, limits: Limits): Promise<void>;
  /** Tries to attach. No answer is an ordinary result: it is what a locked chip must do. */
  attach(mode: AttachMode, limits: Limits): Promise<{ readonly dpidr: number } | "no-answer">;
  /** Ends the debug session and lets the core run. Detaching what is not attached is allowed. */
  detach(limits: Limits): Promise<void>;
  /** Reads `length` bytes; both are multiples of 4. */
  read(address: number, length: number, limits: Limits): Promise<Reading>;
  /** Writes whole words in ascending order. */
  write(address: number, bytes: Uint8Array, limits: Limits): Promise<Writing>;
  /** Registers the one receiver of transfer data, or none. */
  observe(sink: TransferSink | null): void;
}
