/**
 * Takes the newest step of the journal's tables away again, for tests that make a file of before.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { SCHEMA_GROWTH } from "../../../../agent/journal/schema_growth.ts";

/** Drops every index of the step. */
export function dropGrowth(database: DatabaseSync): void {
  for (const [, name] of SCHEMA_GROWTH.matchAll(/CREATE INDEX (\w+)/g)) database.exec(`DROP INDEX ${name}`);
}
