/**
 * The byte channel between a station and the chip's bootloader: what a driver (serial device, model) has to give.
 * Knows bytes and its own time; knows no frames. Time is wall time with hardware, modelled time with the model.
 *
 * @module
 */

/** Receives the raw bytes of the channel in order; `tx` is host to target. */
export type ByteSink = (direction: "tx" | "rx", bytes: Uint8Array) => void;

/** One byte channel. Its methods throw {@linkcode Fault} when the channel itself fails. */
export interface Channel {
  /** What carries the bytes, e.g. `model` or `uart`. */
  readonly kind: string;
  /** Milliseconds of the channel's time, from an arbitrary start; never goes back. */
  nowMs(): number;
  /** Hands over bytes; returns the time at which their last bit will have left. */
  send(bytes: Uint8Array): Promise<number>;
  /**
   * Returns the bytes that have come, as soon as there are any; none when `signal` is aborted, or when `untilMs` is
   * reached, so that `nowMs` is then not below it.
   */
  receive(untilMs: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Returns `channel` with every byte shown to `sink` as it passes. */
export function observed(channel: Channel, sink: ByteSink): Channel {
  return {
    kind: channel.kind,
    nowMs: () => channel.nowMs(),
    send(bytes) {
      sink("tx", bytes);
      return channel.send(bytes);
    },
    async receive(untilMs, signal) {
      const bytes = await channel.receive(untilMs, signal);
      if (bytes.length > 0) sink("rx", bytes);
      return bytes;
    },
  };
}
