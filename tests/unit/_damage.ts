/**
 * Damages a SQLite file under whoever has it open, as a failing disk does: everything behind its first page becomes nonsense.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";

/** Damages the file at `path`; who has it open reads the damage at its next statement. */
export function damage(path: string): void {
  const other = new DatabaseSync(path, { timeout: 15_000 });
  // What waits beside the file comes into it, and pages that the other keeps in memory count as old.
  other.exec("CREATE TABLE damaged (number INTEGER)");
  const { busy } = other.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { readonly busy: number };
  assert.equal(busy, 0, "nobody reads or writes at this moment");
  const pageBytes = Number(
    (other.prepare("PRAGMA page_size").get() as { readonly page_size: number }).page_size,
  );
  other.close();
  using file = Deno.openSync(path, { read: true, write: true });
  const { size } = file.statSync();
  assert.ok(size > 2 * pageBytes);
  file.seekSync(pageBytes, Deno.SeekMode.Start);
  for (let at = pageBytes; at < size; at += pageBytes) file.writeSync(new Uint8Array(pageBytes).fill(0xa5));
}
