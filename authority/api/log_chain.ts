/**
 * The log's hash chain as everybody can check it: each entry's hash covers its text and the hash before it. Pure; knows no
 * event's meaning and no store.
 *
 * @module
 */
import { native, type Primitives } from "../../bootloader/suite/mod.ts";
import { assert, concat, LABELS, Malformed } from "../../bootloader/wire/mod.ts";
import type { LogEntry } from "./owner_schemas.ts";

/** The hash before the first entry. */
export const LOG_START = new Uint8Array(64);

/** Returns the link of the log's hash chain that follows `previous` (64 bytes; zero before the first entry). */
export function chainLog(
  previous: Uint8Array,
  entry: string,
  { sha512 }: Pick<Primitives, "sha512"> = native,
) {
  return sha512(concat(LABELS.log, previous, new TextEncoder().encode(entry)));
}

/**
 * Checks that `entries` follow each other without gap or change.
 * @param before Hash before the first of them: {@linkcode LOG_START} for a log from its beginning.
 * @throws {Malformed} naming the first entry that does not fit.
 */
export function checkChain(
  entries: readonly LogEntry[],
  before: Uint8Array,
  primitives: Pick<Primitives, "sha512"> = native,
): void {
  assert(before.length === 64, "Cannot check a log: the hash before it is not 64 bytes");
  let previous = before;
  let index = entries[0]?.index;
  for (const entry of entries) {
    const hash = chainLog(previous, entry.entry, primitives);
    if (entry.index !== index || hash.toHex() !== entry.hash) {
      throw new Malformed(`Cannot trust the log: entry ${entry.index} does not follow the one before it`, {
        structure: "log",
        field: String(entry.index),
      });
    }
    previous = hash;
    index += 1;
  }
}
