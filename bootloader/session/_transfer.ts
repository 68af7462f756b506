/**
 * The encrypted half of a host session: both transport directions, and which chunks the target may still ask for
 * (P-30, P-31, P-33). Knows no frames and no sequence.
 * @module
 */
import { CipherState } from "../suite/mod.ts";
import type { Next, ReceiptReport } from "../wire/mod.ts";
import { chunkLayout, nextLayout, receiptReportLayout } from "../wire/mod.ts";
import type { HostRefusal } from "./host_step.ts";
import type { TransportKeys } from "./key_holder.ts";
import type { ChunkSource } from "./release.ts";

/** Serves one transfer; its keys live until `wipe()`. */
export class Transfer {
  readonly #incoming: CipherState;
  readonly #outgoing: CipherState;
  readonly #chunks: ChunkSource;
  readonly #asked = new Set<number>();

  /** Takes over the transport keys. */
  constructor(keys: TransportKeys, chunks: ChunkSource) {
    this.#incoming = new CipherState(keys.targetToHost);
    this.#outgoing = new CipherState(keys.hostToTarget);
    this.#chunks = chunks;
  }

  /** Whether the target has asked for every chunk. */
  get complete(): boolean {
    return this.#asked.size === this.#chunks.count;
  }

  /** Returns the CHUNK body for a NEXT body, or what is wrong with the latter. */
  next(
    body: Uint8Array,
  ): { readonly body: Uint8Array; readonly next: Next } | { readonly refused: HostRefusal } {
    const clear = this.#incoming.open(body);
    if (clear === undefined) return { refused: "reply-not-authentic" };
    const next = nextLayout.decode(clear);
    // P-33: each index below count, once.
    if (next.index >= this.#chunks.count) return { refused: "chunk-out-of-range" };
    if (this.#asked.has(next.index)) return { refused: "chunk-asked-twice" };
    // P-30: this one included.
    if (next.outstanding !== this.#chunks.count - this.#asked.size) return { refused: "wrong-outstanding" };
    this.#asked.add(next.index);
    const content = chunkLayout.encode({ index: next.index, inner: this.#chunks.chunk(next.index) });
    return { body: this.#outgoing.seal(content), next };
  }

  /** Returns the clear content of a RECEIPT body, or what is wrong with it. */
  receipt(body: Uint8Array):
    | { readonly body: Uint8Array; readonly report: ReceiptReport }
    | { readonly refused: HostRefusal } {
    const clear = this.#incoming.open(body);
    if (clear === undefined) return { refused: "reply-not-authentic" };
    const report = receiptReportLayout.decode(clear);
    return this.complete ? { body: clear, report } : { refused: "receipt-too-early" };
  }

  /** Returns the body of ACK: a transport message of nothing (P-37). */
  acknowledgement(): Uint8Array {
    return this.#outgoing.seal(new Uint8Array(0));
  }

  /** Wipes both keys. */
  wipe(): void {
    this.#incoming.wipe();
    this.#outgoing.wipe();
  }
}
