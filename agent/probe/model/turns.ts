/**
 * Turns of the models in one process: whoever has waited the longest is next, and the event loop gets its own turn as soon as
 * the models have computed for some milliseconds, however many stations there are. A turn of the loop for each slice of each
 * station costs more than many a slice, and one for a slice of every station lets the status page wait for all of them.
 *
 * @module
 */

/** How long the models may compute before the event loop gets a turn, in milliseconds of wall time. */
const LOOP_MS = 16;

const waiting: (() => void)[] = [];
let isLoopAsked = false;
/** When the event loop had its last turn, by `performance.now()`. */
let loopMs = -Infinity;

/** Resolves when it is the caller's turn to compute a slice. */
export function takeTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.push(resolve);
  if (performance.now() - loopMs < LOOP_MS) waiting.shift()?.();
  // Whoever is left must not wait for the one who goes on: he may have nothing more to compute, and would call nobody.
  if (waiting.length > 0) askLoop();
  return promise;
}

function askLoop(): void {
  if (isLoopAsked) return;
  isLoopAsked = true;
  setImmediate(() => {
    isLoopAsked = false;
    loopMs = performance.now();
    waiting.shift()?.();
    if (waiting.length > 0) askLoop();
  });
}
