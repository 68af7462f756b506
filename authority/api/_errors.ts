/**
 * Builds the errors of this room in the house's grammar: what could not be read or done, and why. Knows no meaning.
 *
 * @module
 */

import { Fault, Malformed } from "../../bootloader/wire/mod.ts";

/** Returns the error for text or bytes from outside; never echoes them. */
export function malformed(what: string, problem: string, where?: string): Malformed {
  const place = where === undefined ? "" : ` at ${where}`;
  return new Malformed(`Cannot read ${what}${place}: ${problem}`, {
    structure: what,
    ...(where === undefined ? {} : { field: where }),
  });
}

/** Returns the error for a server or network that failed. */
export function serverFault(
  message: string,
  options: { readonly retry: boolean; readonly cause?: unknown },
): Fault {
  return new Fault(message, { place: "authority", ...options });
}
