/**
 * Begins a new epoch: in one transaction everything that a restored database cannot know is put where only a report or a
 * person moves it on (P-61, P-62). Needs no key: the root stays where it is locked away.
 *
 * @module
 */

import { assert } from "../../bootloader/wire/mod.ts";
import { freeOf, nextEpoch } from "../ledger/mod.ts";
import { appendEvent } from "../log/mod.ts";
import {
  awaitOwner,
  type Database,
  insertEpoch,
  listOrders,
  moveUnaccounted,
  presumeKeyed,
  readSetting,
  setSerialFloors,
  writeSetting,
} from "../store/mod.ts";
import { DATABASE_OUTDATED } from "./office.ts";

/**
 * Serials of a product in one epoch begin at its number times this: two certificates of one serial would be two devices under
 * one number, and of what an epoch gave that is forgotten now, its number is all that is sure. 2^53 is beyond the year 2200.
 */
const SERIALS_OF_AN_EPOCH = 1_000_000;

/** What a new epoch has done. */
export interface EpochBegun {
  readonly epoch: number;
  readonly before: number;
  /** Orders that await their owner's word. */
  readonly orders: number;
  /** Units that became unaccounted: up to so many devices may exist that this database does not know. */
  readonly unaccounted: number;
  /** Reserved units that count as keyed. */
  readonly presumed: number;
}

/** Begins a new epoch. `known`: epochs that are known elsewhere, such as that of the database which is replaced. */
export function beginEpoch(
  db: Database,
  facts: {
    readonly known: readonly number[];
    readonly nowMs: number;
    readonly why: "restored" | "by hand";
  },
): EpochBegun {
  const { nowMs, why } = facts;
  return db.transact(() => {
    const before = Number(readSetting(db, "epoch"));
    assert(before >= 1, "Cannot begin an epoch: the database has none");
    const epoch = nextEpoch([before, ...facts.known], Math.floor(nowMs / 1000));
    writeSetting(db, "epoch", String(epoch));
    writeSetting(db, DATABASE_OUTDATED, "");
    insertEpoch(db, { epoch, before, nowMs });
    setSerialFloors(db, epoch * SERIALS_OF_AN_EPOCH);
    // Keyed, not free: its message 2 may have been given after the backup.
    const presumed = presumeKeyed(db, nowMs);
    const orders = listOrders(db);
    let unaccounted = 0;
    for (const { order, counts } of orders) {
      const units = freeOf(counts);
      if (units > 0) moveUnaccounted(db, order, { units, cause: "epoch", nowMs });
      unaccounted += units;
    }
    awaitOwner(db);
    appendEvent(db, {
      event: "epoch-begun",
      who: "authority",
      about: { epoch, before, why, orders: orders.length, unaccounted, presumed },
    }, nowMs);
    return { epoch, before, orders: orders.length, unaccounted, presumed };
  });
}
