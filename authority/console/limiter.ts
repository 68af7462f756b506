/**
 * Slows down whoever asks too often: beyond a burst each further try doubles the wait. Nobody else waits for it, and the
 * memory is bounded: beyond that the caller not heard of for longest is forgotten. Knows no request.
 *
 * @module
 */

/** How patient a limiter is. */
export interface Patience {
  /** Tries that cost no waiting. */
  readonly burst: number;
  /** One try is forgiven every so many milliseconds in which none was asked to wait. */
  readonly forgiveMs: number;
  /** The first wait, in milliseconds; each further one is twice as long. */
  readonly waitMs: number;
  /** The longest wait, in milliseconds. */
  readonly waitMostMs: number;
}

interface Tries {
  readonly count: number;
  /** From here on time forgives: a wait has to be sat out first, and forgives nothing itself. */
  readonly quietSinceMs: number;
  readonly waitUntilMs: number;
}

/** Callers that are remembered. */
export const CALLERS_MOST = 4096;

/** One limiter over all callers: addresses, or sessions. */
export class Limiter {
  readonly #patience: Patience;
  readonly #tries = new Map<string, Tries>();

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Returns 0 where the try is let through, else how long to wait, in milliseconds. */
  admit(caller: string, nowMs: number): number {
    const before = this.#tries.get(caller) ?? { count: 0, quietSinceMs: nowMs, waitUntilMs: 0 };
    if (nowMs < before.waitUntilMs) return before.waitUntilMs - nowMs;
    const { count, quietSinceMs } = this.#forgive(before, nowMs);
    const wait = this.#waitAfter(count + 1);
    // The wait of such a try is not quiet time; of one within the burst nothing that has begun to be forgiven is lost.
    const quiet = wait > 0 ? nowMs + wait : quietSinceMs;
    // Counted as far as it lengthens the wait: whoever has waited the longest is forgiven as soon as anybody.
    const counted = wait === this.#patience.waitMostMs ? count : count + 1;
    this.#keep(caller, { count: counted, quietSinceMs: quiet, waitUntilMs: nowMs + wait });
    return 0;
  }

  /** Forgets a caller that turned out to be a friend. */
  forget(caller: string): void {
    this.#tries.delete(caller);
  }

  /** How many callers are remembered. */
  get size(): number {
    return this.#tries.size;
  }

  #forgive(tries: Tries, nowMs: number): Pick<Tries, "count" | "quietSinceMs"> {
    const { forgiveMs } = this.#patience;
    const forgiven = Math.floor(Math.max(0, nowMs - tries.quietSinceMs) / forgiveMs);
    if (forgiven >= tries.count) return { count: 0, quietSinceMs: nowMs };
    return { count: tries.count - forgiven, quietSinceMs: tries.quietSinceMs + forgiven * forgiveMs };
  }

  #waitAfter(count: number): number {
    const { burst, waitMs, waitMostMs } = this.#patience;
    const over = count - burst;
    return over < 0 ? 0 : Math.min(waitMostMs, waitMs * 2 ** over);
  }

  #keep(caller: string, tries: Tries): void {
    this.#tries.delete(caller);
    this.#tries.set(caller, tries);
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > CALLERS_MOST && oldest !== undefined) this.#tries.delete(oldest);
  }
}

/** Returns what stands for an address: a house with IPv6 has 2^64 of them, so its first half counts. */
export function addressGroup(address: string | undefined): string {
  const text = (address ?? "unknown").toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  if (!text.includes(":")) return text;
  const [head = "", tail = ""] = text.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const groups = [...front, ...Array(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}
