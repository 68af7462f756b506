/**
 * Exchanges over a byte channel: a host frame goes out, its answer comes back, whatever the wire loses on the way
 * (P-5 to P-11). Knows frames, sequences and deadlines; knows nothing of what a frame says.
 *
 * @module
 */
import {
  decideRetransmission,
  type ExchangeEvent,
  type ExchangeProgress,
  RETRANSMISSIONS_MAX,
  startExchange,
} from "../../bootloader/session/mod.ts";
import {
  encodeFrame,
  Fault,
  type Frame,
  FRAME_TYPES,
  FrameDecoder,
  frameName,
  PAUSE_MS,
  workingLayout,
} from "../../bootloader/wire/mod.ts";
import type { Channel } from "./channel.ts";

/** What one exchange may take, in the channel's time. */
export interface ExchangeLimits {
  /** Milliseconds from the frame's last bit to the first answer; after WORKING the target's own word counts. */
  readonly deadlineMs: number;
  /** How often the frame may be sent again: 5 unless less is asked for (P-10, P-38). */
  readonly retransmissionsMax?: number;
  readonly signal: AbortSignal;
}

/** Frames to the bootloader and back. `exchange` may be called again before the first call has returned. */
export interface Link {
  /** What carries the frames. */
  readonly kind: string;
  /** Milliseconds of the link's time. */
  nowMs(): number;
  /** Sends `frame` and returns the target's final frame for it. @throws Fault when the target stays silent */
  exchange(frame: Frame, limits: ExchangeLimits): Promise<Frame>;
}

/** A turn of the pump ends after this long at most, so that an exchange that was opened meanwhile is seen. */
const TURN_MS = 250;

interface Exchange {
  readonly frame: Frame;
  readonly bytes: Uint8Array;
  readonly limits: ExchangeLimits;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (reason: unknown) => void;
  progress: ExchangeProgress;
  dueMs: number;
}

/** Returns the link over `channel`; it alone may read the channel while an exchange is open. */
export function createLink(channel: Channel): Link {
  return new ChannelLink(channel);
}

class ChannelLink implements Link {
  readonly #channel: Channel;
  readonly #open = new Map<number, Exchange>();
  readonly #decoder = new FrameDecoder();
  #pumping = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get kind(): string {
    return this.#channel.kind;
  }

  nowMs(): number {
    return this.#channel.nowMs();
  }

  async exchange(frame: Frame, limits: ExchangeLimits): Promise<Frame> {
    limits.signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    const progress = startExchange(policyOf(limits));
    const exchange = { frame, bytes: encodeFrame(frame), limits, resolve, reject, progress, dueMs: 0 };
    // The pump may reject it while its bytes are still on the way out, before anybody awaits it.
    promise.catch(() => {});
    this.#open.set(frame.sequence, exchange);
    try {
      await this.#transmit(exchange);
    } catch (reason) {
      this.#open.delete(frame.sequence);
      throw reason;
    }
    if (!this.#pumping) void this.#pump();
    return await promise;
  }

  async #transmit(exchange: Exchange): Promise<void> {
    // Infinity while the bytes are handed over: no deadline runs before the last bit has left.
    exchange.dueMs = Infinity;
    exchange.dueMs = await this.#channel.send(exchange.bytes) + exchange.progress.waitMs;
  }

  /** Runs while an exchange is open. Each turn ends at the earliest deadline, so it is bounded by theirs. */
  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#open.size > 0) {
        const waiting = [...this.#open.values()];
        const signal = AbortSignal.any(waiting.map((exchange) => exchange.limits.signal));
        const dueMs = Math.min(this.nowMs() + TURN_MS, ...waiting.map((exchange) => exchange.dueMs));
        await this.#take(dueMs, signal);
        await this.#retransmitDue(signal);
      }
    } catch (reason) {
      for (const exchange of this.#open.values()) exchange.reject(reason);
      this.#open.clear();
    } finally {
      this.#pumping = false;
    }
  }

  /** Takes what comes until `dueMs`; a pause within a frame discards what came of it (P-9). */
  async #take(dueMs: number, signal: AbortSignal): Promise<void> {
    const within = this.#decoder.pendingBytes > 0;
    const bytes = await this.#channel.receive(within ? this.nowMs() + PAUSE_MS : dueMs, signal);
    signal.throwIfAborted();
    if (within && bytes.length === 0) this.#decoder.silence();
    for (const frame of this.#decoder.push(bytes)) this.#accept(frame);
  }

  #accept(frame: Frame): void {
    const exchange = this.#open.get(frame.sequence);
    // An answer that came twice, or late after a retransmission, belongs to no open exchange: P-8 makes it harmless.
    if (exchange === undefined) return;
    if (frame.type === FRAME_TYPES.WORKING && frame.body.length === workingLayout.size) {
      const decision = decide(exchange, { event: "working", ...workingLayout.decode(frame.body) });
      if (decision.act === "wait") exchange.progress = decision.progress;
      exchange.dueMs = this.nowMs() + exchange.progress.waitMs;
      return;
    }
    this.#open.delete(frame.sequence);
    exchange.resolve(frame);
  }

  async #retransmitDue(signal: AbortSignal): Promise<void> {
    const late = [...this.#open.values()].find((exchange) => exchange.dueMs <= this.nowMs());
    if (late === undefined) return;
    this.#decoder.silence();
    const decision = decide(late, { event: "deadline" });
    if (decision.act !== "retransmit") {
      this.#open.delete(late.frame.sequence);
      late.reject(silent(late));
      return;
    }
    late.progress = decision.progress;
    // P-10: our silence lets a target that waits within a damaged frame give it up; a late answer still counts.
    const untilMs = this.nowMs() + decision.afterSilenceMs;
    while (this.nowMs() < untilMs && this.#open.has(late.frame.sequence)) await this.#take(untilMs, signal);
    if (this.#open.has(late.frame.sequence)) await this.#transmit(late);
  }
}

function decide(exchange: Exchange, event: ExchangeEvent) {
  return decideRetransmission(exchange.progress, event, policyOf(exchange.limits));
}

function policyOf({ deadlineMs, retransmissionsMax }: ExchangeLimits) {
  return { answerMs: deadlineMs, retransmissionsMax: retransmissionsMax ?? RETRANSMISSIONS_MAX };
}

function silent({ frame, limits, progress }: Exchange): Fault {
  const sent = `${frameName(frame.type)}, sent ${progress.retransmissions + 1} times`;
  const text = `Cannot get an answer to ${sent}: the chip is silent for ${limits.deadlineMs} ms each time`;
  return new Fault(text, { place: "link", retry: true });
}
