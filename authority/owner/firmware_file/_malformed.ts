/**
 * The one sentence form of everything this room refuses about a file: which file, where in it, what is wrong and
 * what to do. Knows no rule itself and never sees the file's bytes.
 *
 * @module
 */
import { Malformed } from "../../../bootloader/wire/mod.ts";

/**
 * Returns the error to throw about a firmware file.
 *
 * @param what the file as messages name it, e.g. `firmware file "app.hex"`
 * @param problem the state and the remedy, e.g. `the record has an odd number of digits`
 * @param where line, header or address, e.g. `line 12 (address 0x08000010)`
 */
export function malformed(what: string, problem: string, where?: string): Malformed {
  const place = where === undefined ? "" : ` at ${where}`;
  return new Malformed(`Cannot use ${what}${place}: ${problem}`, { structure: what });
}
