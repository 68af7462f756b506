/**
 * Whether the chaos tests may run here, how much of them, and from which seed.
 *
 * @module
 */

const GRANTED = (["run", "read", "write", "net", "env"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** Whether these tests must be skipped: they start processes. */
export const ignore = !GRANTED;
if (ignore) console.log("the chaos tests start processes: run `deno task soak`");

/** The number in an environment variable, or `otherwise`. */
export function amountOf(variable: string, otherwise: number): number {
  const text = GRANTED ? Deno.env.get(variable) : undefined;
  return text === undefined ? otherwise : Number(text);
}

/** The run's seed: from `SEED`, else a new one; every test prints it. */
export const seed = amountOf("SEED", crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);

/** Resolves after `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
