/**
 * The three errors that Flashseal throws. The fourth family, the refusal, is a value and never thrown.
 * They live in the lowest room so that every house speaks of the same classes.
 *
 * @module
 */

/** Bytes or text from outside that are not what their definition allows. */
export class Malformed extends SyntaxError {
  override readonly name = "Malformed";
  /** The structure or input that was read, e.g. `ticket` or a file's name. */
  readonly what: string;
  /** Byte offset, line or address of the fault, in words, when one is known. */
  readonly where: string | undefined;

  constructor(what: string, problem: string, options: { where?: string; cause?: unknown } = {}) {
    const place = options.where === undefined ? "" : ` at ${options.where}`;
    super(`Cannot read ${what}${place}: ${problem}`, options.cause === undefined ? {} : { cause: options.cause });
    this.what = what;
    this.where = options.where;
  }
}

/** The world failed: a probe, a disk, the network, the power. `message` is a sentence an operator can act on. */
export class Fault extends Error {
  override readonly name = "Fault";
  /** The part of the world that failed, e.g. `probe`, `link`, `authority`, `disk`. */
  readonly place: string;
  /** Whether trying the same again may help. */
  readonly retry: boolean;

  constructor(place: string, message: string, options: { retry: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.place = place;
    this.retry = options.retry;
  }
}

/** Our own code is wrong. Only the outermost handler may catch it. */
export class Defect extends Error {
  override readonly name = "Defect";
}

/** Throws {@linkcode Defect} when `condition` does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}
