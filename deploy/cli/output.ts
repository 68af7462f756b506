/**
 * Writes lines to a stream that may end before this program does: a reader that went away (`| head`), a disk that is
 * full. Nobody's act is torn by that: what cannot be written is dropped, whoever asked is told by a signal, and the
 * command itself goes to its end, or to an orderly early one.
 *
 * @module
 */

/** A stream of bytes, as Deno.stdout and Deno.stderr are. */
export interface ByteStream {
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** One stream for lines. */
export class Output {
  readonly #stream: ByteStream;
  readonly #ended = new AbortController();
  #failure: Error | null = null;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Aborted when nothing that is written here reaches anybody any more. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Why it has ended, when that is more than a reader who has gone: a full disk, for one. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Writes `text` with an end of line behind it, or drops it once the stream has ended. */
  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes `text` as it is, or drops it once the stream has ended. */
  write(text: string): void {
    if (this.#ended.signal.aborted) return;
    try {
      let rest = encoder.encode(text);
      while (rest.length > 0) rest = rest.subarray(this.#stream.writeSync(rest));
    } catch (error) {
      // Safe to go on: nothing depends on what a reader sees, and whoever asks learns of it by `ended` and `failure`.
      if (!(error instanceof Error)) throw error;
      if (!(error instanceof Deno.errors.BrokenPipe)) this.#failure = error;
      this.#ended.abort();
    }
  }
}

/** Standard output of this process. */
export const standardOutput = new Output(Deno.stdout);
/** Standard error of this process. */
export const standardError = new Output(Deno.stderr);
