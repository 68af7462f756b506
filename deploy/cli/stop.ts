/**
 * How this process is asked to end: SIGTERM or SIGINT.
 *
 * @module
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGTERM", "SIGINT"];

/** Returns a signal that is aborted when this process is asked to end. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const ask = () => {
    for (const name of SIGNALS) Deno.removeSignalListener(name, ask);
    stop.abort();
  };
  for (const name of SIGNALS) Deno.addSignalListener(name, ask);
  return stop.signal;
}

/** Resolves when this process is asked to end. */
export function untilAskedToStop(): Promise<void> {
  const signal = stopSignal();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
