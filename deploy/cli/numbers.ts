/**
 * Numbers out of the command line, within their bounds.
 *
 * @module
 */
import { Usage } from "./outcome.ts";

/** Returns a port to listen on. @throws {Usage} unless it is a whole number from 0 to 65535 */
export function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Usage(`Cannot listen on port "${text}": it must be a whole number from 0 to 65535`);
}
