/**
 * A key or other secret that cannot be printed by accident and can be wiped. Knows nothing of what the bytes are for.
 * @module
 */
import { assert } from "../wire/mod.ts";

const NODE_INSPECT = Symbol.for("nodejs.util.inspect.custom");
const DENO_INSPECT = Symbol.for("Deno.customInspect");
const HIDDEN = "Secret(hidden)";

/** Holds secret bytes; its text, JSON and inspected forms show nothing. */
export class Secret {
  // The bytes live here from construction to `wipe()`; the engine may have moved copies that nobody can reach.
  #bytes: Uint8Array | undefined;
  /** Bytes of the secret. */
  readonly length: number;

  /** Takes over `bytes` without copying: the caller gives the buffer away and does not use it again. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  /** Draws a secret of `length` bytes. */
  static draw(random: Random, length: number): Secret {
    const bytes = random(length);
    assert(
      bytes.length === length,
      `Cannot draw a secret: the source gave ${bytes.length} bytes instead of ${length}`,
    );
    return new Secret(bytes);
  }

  /** Lends the bytes to `f` for the time of the call and returns its result; `f` keeps no reference. */
  use<T>(f: (bytes: Uint8Array) => T): T {
    assert(this.#bytes !== undefined, "Cannot use a secret: it was wiped");
    return f(this.#bytes);
  }

  /** Overwrites the bytes with zeros; using the secret afterwards is a defect. */
  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  /** Tells whether the secret was wiped. */
  get wiped(): boolean {
    return this.#bytes === undefined;
  }

  /** Shows nothing. */
  toString(): string {
    return HIDDEN;
  }

  /** Shows nothing. */
  toJSON(): string {
    return HIDDEN;
  }

  /** Shows nothing under node's inspect. */
  [NODE_INSPECT](): string {
    return HIDDEN;
  }

  /** Shows nothing under Deno's inspect and console. */
  [DENO_INSPECT](): string {
    return HIDDEN;
  }
}

/** Returns `n` fresh bytes that nobody can guess; handed in, so that vectors and simulations repeat. */
export type Random = (n: number) => Uint8Array;
