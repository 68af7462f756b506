/**
 * Lets modelled time pass in slices, one station after the other, and gives the event loop its turn between them, so that
 * several stations and the status page live in one process (D§8).
 *
 * @module
 */
import type { Mcu } from "../../../bootloader/mcu/mod.ts";
import { takeTurn } from "./turns.ts";

/** Modelled milliseconds of one slice: some milliseconds of wall time while the core computes. */
const SLICE_MS = 5;

/** Returns the modelled time in milliseconds. */
export function modelledMs(mcu: Mcu): number {
  return mcu.nanos / 1e6;
}

/** Lets `ms` of modelled time pass; other stations get at least one turn. @throws the signal's reason when aborted */
export async function letTimePass(mcu: Mcu, ms: number, signal: AbortSignal): Promise<void> {
  const endMs = modelledMs(mcu) + ms;
  do {
    signal.throwIfAborted();
    const nanos = sliceUntil(mcu, endMs);
    if (nanos > 0) mcu.run({ nanos });
    await takeTurn();
  } while (sliceUntil(mcu, endMs) > 0);
}

/**
 * Lets modelled time pass until the chip has sent something or `untilMs` is reached; ends early, without an error,
 * when `signal` is aborted. Returns what came.
 */
export async function receiveUntil(mcu: Mcu, untilMs: number, signal: AbortSignal): Promise<Uint8Array> {
  while (mcu.uart.available === 0 && !signal.aborted) {
    const nanos = sliceUntil(mcu, untilMs);
    if (nanos === 0) break;
    const before = mcu.nanos;
    mcu.run({ nanos, untilUart: true });
    if (mcu.nanos - before >= 1e6) await takeTurn();
  }
  return mcu.uart.take();
}

/** Returns the nanoseconds of the next slice; rounded up, so that the end is reached and never only approached. */
function sliceUntil(mcu: Mcu, endMs: number): number {
  const leftMs = Math.min(SLICE_MS, endMs - modelledMs(mcu));
  return leftMs > 0 ? Math.ceil(leftMs * 1e6) : 0;
}
