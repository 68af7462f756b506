/**
 * Slows down whoever asks too often, by address: beyond a burst each further try doubles the wait. Nobody else waits for it,
 * and the memory is bounded: beyond that the address not heard of for longest is forgotten. Knows no request.
 *
 * @module
 */

/** How patient a limiter is. */
export interface Patience {
  /** Tries that cost no waiting. */
  readonly burst: number;
  /** One try is forgiven every so many milliseconds. */
  readonly forgiveMs: number;
  /** The first wait, in milliseconds; each further one is twice as long. */
  readonly waitMs: number;
  /** The longest wait, in milliseconds. */
  readonly waitMostMs: number;
}

interface Tries {
  readonly count: number;
  readonly atMs: number;
  readonly waitUntilMs: number;
}

/** Addresses that are remembered. */
export const ADDRESSES_MOST = 4096;

/** One limiter over all addresses. */
export class Limiter {
  readonly #patience: Patience;
  readonly #tries = new Map<string, Tries>();

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Returns 0 where the try is let through, else how long to wait, in milliseconds. */
  admit(address: string, nowMs: number): number {
    const { burst, forgiveMs, waitMs, waitMostMs } = this.#patience;
    const before = this.#tries.get(address) ?? { count: 0, atMs: nowMs, waitUntilMs: 0 };
    if (nowMs < before.waitUntilMs) return before.waitUntilMs - nowMs;
    const forgiven = Math.floor(Math.max(0, nowMs - before.atMs) / forgiveMs);
    const count = Math.max(0, before.count - forgiven) + 1;
    const over = count - burst;
    const wait = over < 0 ? 0 : Math.min(waitMostMs, waitMs * 2 ** Math.min(over, 30));
    this.#keep(address, { count, atMs: nowMs, waitUntilMs: nowMs + wait });
    return 0;
  }

  /** Forgets an address that turned out to be a friend's. */
  forget(address: string): void {
    this.#tries.delete(address);
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#tries.size;
  }

  #keep(address: string, tries: Tries): void {
    this.#tries.delete(address);
    this.#tries.set(address, tries);
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > ADDRESSES_MOST && oldest !== undefined) this.#tries.delete(oldest);
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
