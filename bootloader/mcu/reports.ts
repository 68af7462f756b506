/**
 * The list of everything firmware or debugger did that the model does not carry out, or that a manual forbids.
 *
 * Knows no device. A clean run leaves the list empty; tests assert that.
 *
 * @module
 */

/** One entry: what happened, where the core was, what was accessed, how often. */
export interface Report {
  /** One sentence for people: the thing and the rule. */
  readonly what: string;
  /** Program counter of the core at the first occurrence. */
  readonly pc: number;
  /** Address accessed, or 0 where none was. */
  readonly address: number;
  readonly by: "core" | "debug" | "model";
  /** Occurrences with the same text, program counter and address. */
  count: number;
}

/** Different entries kept; beyond it only counts of known entries go up, so that a loop cannot eat the memory. */
const LIMIT = 1000;

/** Collects reports; equal ones are counted, not repeated. */
export class Reports {
  readonly list: Report[] = [];

  /** Adds one occurrence. */
  add(entry: Omit<Report, "count">): void {
    const same = this.list.find((known) =>
      known.what === entry.what && known.pc === entry.pc && known.address === entry.address
    );
    if (same !== undefined) same.count++;
    else if (this.list.length < LIMIT) this.list.push({ ...entry, count: 1 });
  }
}
