/**
 * A process whose clock is wrong, by libfaketime.
 *
 * @module
 */
import type { StartOptions } from "./_site.ts";

/** The library that Debian's package libfaketime brings (x86-64). */
export const FAKETIME_LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/** Starts a process under a false clock, e.g. `+3650d`. Timers stay true: a wrong date is tested, not a wrong quartz. */
export function underClock(time: string): StartOptions {
  return { env: { LD_PRELOAD: FAKETIME_LIBRARY, FAKETIME: time, FAKETIME_DONT_FAKE_MONOTONIC: "1" } };
}
