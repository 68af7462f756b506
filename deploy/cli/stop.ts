/**
 * How this process is asked to end: SIGTERM or SIGINT; for what runs until it is stopped also by a reader who goes away.
 *
 * @module
 */

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGTERM", "SIGINT"];

/** Returns a signal that is aborted when this process is asked to end, or when `unread` is. */
export function stopSignal(unread?: AbortSignal): AbortSignal {
  const stop = new AbortController();
  const ask = () => {
    for (const name of SIGNALS) Deno.removeSignalListener(name, ask);
    stop.abort();
  };
  for (const name of SIGNALS) Deno.addSignalListener(name, ask);
  return unread === undefined ? stop.signal : AbortSignal.any([stop.signal, unread]);
}

/** Resolves when this process is asked to end. */
export function untilAskedToStop(unread: AbortSignal): Promise<void> {
  const signal = stopSignal(unread);
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
