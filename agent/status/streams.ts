/**
 * Pages that follow the floor: each open stream gets its page's content when that has changed, and the time each second, so
 * that a page knows when it hears nothing. The newest content is all that counts, so a slow reader misses the ones between;
 * one that reads nothing for long is let go.
 *
 * @module
 */
import type { StatusSource } from "./source.ts";

/** How many streams may be open; whoever comes then is asked to come again. */
export const STREAMS_MOST = 16;
/** How often the time is sent, in milliseconds. */
const BEAT_MS = 1_000;
/** Changes that come within this time are shown together, in milliseconds. */
const TOGETHER_MS = 200;
/** How long a reader may take nothing, in milliseconds. */
const UNREAD_MS = 30_000;
/** How many messages wait for a slow reader. */
const WAITING_MOST = 4;

/** Why a pause ends early. A reason of its own: without one, an error with its stack is made for each event. */
const CHANGED = "changed";

/** What one reader follows. */
export interface Followed {
  /** Readers with the same key get the same content. */
  readonly key: string;
  /** Returns the page's content now; null: only the time is followed. */
  readonly render: () => string | null;
  /** Returns what this reader is told each second, whatever its page. */
  readonly beat: (nowMs: number) => string;
}

interface Reader {
  readonly followed: Followed;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  sent: string | null;
  beatMs: number;
  readMs: number;
}

/** All open streams. */
export class Streams {
  readonly #source: StatusSource;
  readonly #readers = new Set<Reader>();
  #isRunning = false;

  constructor(source: StatusSource) {
    this.#source = source;
    source.signal.addEventListener("abort", () => this.#closeAll());
  }

  /** Returns a stream of server-sent events, or null when too many are open. */
  open(followed: Followed): ReadableStream<Uint8Array> | null {
    if (this.#readers.size >= STREAMS_MOST || this.#source.signal.aborted) return null;
    let reader: Reader;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const nowMs = this.#source.nowMs();
        reader = { followed, controller, sent: null, beatMs: -Infinity, readMs: nowMs };
        this.#readers.add(reader);
        controller.enqueue(new TextEncoder().encode("retry: 1000\n\n"));
        this.#tell(reader, nowMs, new Map());
        void this.#run();
      },
      cancel: () => void this.#readers.delete(reader),
    }, { highWaterMark: WAITING_MOST });
  }

  /** Tells every reader what has changed, as long as there are readers. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let changed = new AbortController();
    const stop = this.#source.onChange(() => changed.abort(CHANGED));
    try {
      while (this.#readers.size > 0 && !this.#source.signal.aborted) {
        const { signal } = this.#source;
        await this.#source.pause(BEAT_MS, AbortSignal.any([signal, changed.signal]));
        if (changed.signal.aborted) await this.#source.pause(TOGETHER_MS, signal);
        changed = new AbortController();
        const nowMs = this.#source.nowMs();
        const rendered = new Map<string, string | null>();
        for (const reader of this.#readers) this.#tell(reader, nowMs, rendered);
      }
    } finally {
      stop();
      this.#isRunning = false;
    }
  }

  #tell(reader: Reader, nowMs: number, rendered: Map<string, string | null>): void {
    const { controller, followed } = reader;
    if ((controller.desiredSize ?? 0) <= 0) {
      if (nowMs - reader.readMs > UNREAD_MS) this.#close(reader);
      return;
    }
    reader.readMs = nowMs;
    if (!rendered.has(followed.key)) rendered.set(followed.key, renderOrNull(followed));
    const content = rendered.get(followed.key) ?? null;
    const isDue = nowMs - reader.beatMs >= BEAT_MS || nowMs < reader.beatMs;
    const isNew = content !== null && content !== reader.sent;
    if (!isDue && !isNew) return;
    if (isDue) reader.beatMs = nowMs;
    if (isNew) reader.sent = content;
    const message = (isNew ? eventOf("page", content) : "") +
      (isDue ? eventOf("beat", beatOrNothing(followed, nowMs)) : "");
    controller.enqueue(new TextEncoder().encode(message));
  }

  #close(reader: Reader): void {
    this.#readers.delete(reader);
    try {
      reader.controller.close();
    } catch {
      // The reader's end of it was closed already.
    }
  }

  #closeAll(): void {
    for (const reader of [...this.#readers]) this.#close(reader);
  }
}

/** A record that cannot be read for a moment shows as a page that stands, not as a stream that ends. */
function renderOrNull(followed: Followed): string | null {
  try {
    return followed.render();
  } catch {
    return null;
  }
}

function beatOrNothing(followed: Followed, nowMs: number): string {
  try {
    return followed.beat(nowMs);
  } catch {
    return "";
  }
}

/** Returns one server-sent event (WHATWG HTML, 9.2): a line of data for each line of text. */
function eventOf(name: string, text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `event: ${name}\n${lines.join("")}\n`;
}
