/**
 * The error families that are thrown: Defect, Malformed, Fault. A refusal is the fourth family and is a value, never thrown.
 * Knows nothing of who catches them; exit codes and HTTP status numbers are given at the borders.
 * @module
 */

/** Reports that our own code is wrong; caught only by the outermost loop. */
export class Defect extends Error {
  override readonly name = "Defect";
}

/** Names the place in outside bytes or text that is not what the protocol allows. */
export interface MalformedPlace {
  /** The structure that was read, as PROTOCOL.md calls it. */
  readonly structure: string;
  /** The field within it. */
  readonly field?: string;
  /** Bytes from the start of the structure. */
  readonly offset?: number;
  /** The error that showed it, when one did. */
  readonly cause?: unknown;
}

/** Leaves `cause` out altogether when there is none, so that no error shows an empty one. */
function withCause({ cause }: { readonly cause?: unknown }): ErrorOptions {
  return cause === undefined ? {} : { cause };
}

/** Reports bytes or text from outside that are not what the protocol allows; never echoes them. */
export class Malformed extends SyntaxError {
  override readonly name = "Malformed";
  /** The structure that was read. */
  readonly structure: string;
  /** The field that is wrong, when one field is. */
  readonly field: string | undefined;
  /** Bytes from the start of the structure to the field. */
  readonly offset: number | undefined;

  /** Takes the sentence for people and the place for programs. */
  constructor(message: string, place: MalformedPlace) {
    super(message, withCause(place));
    this.structure = place.structure;
    this.field = place.field;
    this.offset = place.offset;
  }
}

/** Where the world can fail. Extend only: a place that was once reported keeps its meaning. */
export type FaultPlace =
  | "agent"
  | "appliance"
  | "authority"
  | "child process"
  | "compiler"
  | "database"
  | "deadline"
  | "demo"
  | "disk"
  | "link"
  | "linker"
  | "network"
  | "probe"
  | "seal key"
  | "service manager"
  | "suite";

/** Reports that the world failed: probe, link, disk, network, power. */
export class Fault extends Error {
  override readonly name = "Fault";
  /** Where it failed. */
  readonly place: FaultPlace;
  /** Whether the same act may succeed when it is tried again. */
  readonly retry: boolean;

  /** Takes the sentence for people, the place, whether a retry may help, and the cause. */
  constructor(
    message: string,
    options: { readonly place: FaultPlace; readonly retry: boolean; readonly cause?: unknown },
  ) {
    super(message, withCause(options));
    this.place = options.place;
    this.retry = options.retry;
  }
}

/** Throws a Defect unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}
