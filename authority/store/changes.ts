/**
 * What people change, by number, which number each appliance was told, and which it has said that it knows (P-78). Numbers are
 * milliseconds where the clock allows, and always above those before them.
 *
 * @module
 */

import type { ApplianceId } from "../../bootloader/wire/mod.ts";
import type { OrderId } from "../api/mod.ts";
import { type Database, integerOf, textOf } from "./database.ts";

/** A person's act that appliances have to hear of. */
export interface Changed {
  readonly number: number;
  /** Of an order as the contract names it (`raise`, `freeze` and so on); of an appliance `stop` or `resume`. */
  readonly change: string;
  readonly atMs: number;
}

/** What was changed. */
export type Subject = { readonly order: OrderId } | { readonly appliance: ApplianceId };

/** Keeps a change under a number above every change before it and every state that any appliance was told. */
export function noteChange(db: Database, subject: Subject, change: string, nowMs: number): void {
  // Not the clock alone: it may stand still, and may have been ahead when a state was told.
  db.run(
    `INSERT INTO changes (number, order_id, appliance, change, at_ms)
      SELECT 1 + max(?4, (SELECT coalesce(max(number), 0) FROM changes),
        (SELECT coalesce(max(told_ms), 0) FROM appliances)), ?1, ?2, ?3, ?4`,
    "order" in subject ? subject.order : null,
    "order" in subject ? null : subject.appliance,
    change,
    nowMs,
  );
}

/** Returns up to `limit` changes of an order or an appliance, newest first. */
export function listChanges(db: Database, subject: Subject, limit: number): readonly Changed[] {
  const [column, id] = "order" in subject ? ["order_id", subject.order] : ["appliance", subject.appliance];
  return db.all(
    `SELECT number, change, at_ms FROM changes WHERE ${column} = ? AND ${column} IS NOT NULL
      ORDER BY number DESC LIMIT ?`,
    id,
    limit,
  ).map((row) => ({
    number: integerOf(row, "number"),
    change: textOf(row, "change"),
    atMs: integerOf(row, "at_ms"),
  }));
}

/** So many states of an appliance are remembered by their numbers; one that knows an older one will say a newer one soon. */
const TOLD_MOST = 256;

/** Gives a state that will be told to an appliance its number: whatever is changed from now on has a higher one. */
export function noteTold(db: Database, appliance: ApplianceId, nowMs: number): void {
  db.run(
    `UPDATE appliances SET told_ms = max(told_ms + 1, ?2, (SELECT coalesce(max(number), 0) FROM changes))
      WHERE id = ?1`,
    appliance,
    nowMs,
  );
  db.run(
    "INSERT INTO states_told (appliance, number) SELECT id, told_ms FROM appliances WHERE id = ?",
    appliance,
  );
  db.run(
    `DELETE FROM states_told WHERE appliance = ?1 AND number <=
      (SELECT number FROM states_told WHERE appliance = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
    appliance,
    TOLD_MOST,
  );
}

/** Returns the number of the newest state that an appliance was told; 0: none. */
export function toldMs(db: Database, appliance: ApplianceId): number {
  return integerOf(db.one("SELECT told_ms FROM appliances WHERE id = ?", appliance), "told_ms");
}

/**
 * Keeps that an appliance says that it knows a state. Only what is more than was heard before is kept, with the time of now.
 * A number that this database did not tell it is left out, however low: it comes from before a restore, where the same number
 * stood for another state.
 */
export function noteKnown(db: Database, appliance: ApplianceId, known: number, nowMs: number): void {
  db.run(
    `INSERT INTO changes_known (appliance, number, heard_ms)
      SELECT ?1, heard.number, ?3 FROM
        (SELECT coalesce((SELECT max(number) FROM changes WHERE number <= ?2), 0) AS number) heard
      WHERE (?2 = 0 OR EXISTS (SELECT 1 FROM states_told WHERE appliance = ?1 AND number = ?2))
        AND heard.number > coalesce((SELECT max(number) FROM changes_known WHERE appliance = ?1), -1)`,
    appliance,
    known,
    nowMs,
  );
}

/** What is known of an appliance's knowledge of a change: since when it was heard to know it; or nothing was heard yet. */
export type Knowledge =
  | { readonly knownSinceMs: number }
  /** `says`: it tells what it knows, so far not this; else its program tells nothing, or it never spoke. */
  | { readonly knownSinceMs: null; readonly says: boolean };

/** Returns since when an appliance is known to know a change. */
export function knowledgeOf(db: Database, appliance: ApplianceId, number: number): Knowledge {
  const row = db.first(
    "SELECT heard_ms FROM changes_known WHERE appliance = ? AND number >= ? ORDER BY number LIMIT 1",
    appliance,
    number,
  );
  if (row !== undefined) return { knownSinceMs: integerOf(row, "heard_ms") };
  const said = db.first("SELECT 1 FROM changes_known WHERE appliance = ? LIMIT 1", appliance);
  return { knownSinceMs: null, says: said !== undefined };
}
