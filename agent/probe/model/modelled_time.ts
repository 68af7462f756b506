/**
 * Lets modelled time pass in slices, giving the event loop a turn after each, so that several stations and the status
 * page live in one process (D§8).
 *
 * @module
 */
import type { Mcu } from "../../../bootloader/mcu/mod.ts";

/** Modelled milliseconds of one slice: some milliseconds of wall time while the core computes. */
const SLICE_MS = 5;

/** Returns the modelled time in milliseconds. */
export function modelledMs(mcu: Mcu): number {
  return mcu.nanos / 1e6;
}

/** Lets `ms` of modelled time pass; at least one turn of the event loop. @throws the signal's reason when aborted */
export async function letTimePass(mcu: Mcu, ms: number, signal: AbortSignal): Promise<void> {
  const end = modelledMs(mcu) + ms;
  do {
    signal.throwIfAborted();
    const left = Math.min(SLICE_MS, end - modelledMs(mcu));
    if (left > 0) mcu.run({ nanos: left * 1e6 });
    await turn();
  } while (end - modelledMs(mcu) > 1e-6);
}

/**
 * Lets modelled time pass until the chip has sent something or `untilMs` is reached; ends early, without an error,
 * when `signal` is aborted. Returns what came.
 */
export async function receiveUntil(mcu: Mcu, untilMs: number, signal: AbortSignal): Promise<Uint8Array> {
  while (mcu.uart.available === 0 && !signal.aborted) {
    const left = untilMs - modelledMs(mcu);
    if (left <= 1e-6) break;
    const before = mcu.nanos;
    mcu.run({ nanos: Math.min(SLICE_MS, left) * 1e6, untilUart: true });
    if (mcu.nanos - before >= 1e6) await turn();
  }
  return mcu.uart.take();
}

function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
