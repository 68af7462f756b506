/**
 * Counts what the authority's own log tells, by reading on from where the scrape before ended: other processes write it too.
 *
 * @module
 */

import { Counter, type Registry } from "prom-client";
import * as v from "valibot";
import { type Database, lastLogEntry, listLog } from "../store/mod.ts";

/** Entries of one page, and how many pages one scrape reads: what is beyond waits for the next. */
const PAGE = 500;
const PAGES_MOST = 20;
/** Told from the first scrape on, so that an alert sees the first one too. */
const KNOWN_EVENTS = ["appliance-frozen", "database-outdated", "failure"];
const KNOWN_ALARMS = ["uid-held"];

const entrySchema = v.object({ event: v.string(), about: v.record(v.string(), v.unknown()) });

/** Registers the counters and returns who brings them up to date. */
export function createLogReader(registry: Registry, db: Database): () => void {
  const registers = [registry];
  const events = new Counter({
    name: "flashseal_log_events_total",
    help: "Entries of the authority's log since this process started, by their event",
    labelNames: ["event"],
    registers,
  });
  const alarms = new Counter({
    name: "flashseal_alarms_total",
    help: "Alarms about reported uses and shown tickets since this process started",
    labelNames: ["alarm"],
    registers,
  });
  for (const event of KNOWN_EVENTS) events.inc({ event }, 0);
  for (const alarm of KNOWN_ALARMS) alarms.inc({ alarm }, 0);
  let next = (lastLogEntry(db)?.index ?? -1) + 1;
  return () => {
    for (let page = 0; page < PAGES_MOST; page++) {
      const entries = listLog(db, next, PAGE);
      for (const { index, entry } of entries) {
        next = index + 1;
        const read = v.safeParse(entrySchema, JSON.parse(entry));
        if (!read.success) continue;
        events.inc({ event: read.output.event });
        for (const alarm of alarmsOf(read.output.about)) alarms.inc({ alarm });
      }
      if (entries.length < PAGE) return;
    }
  };
}

/** Reports of uses name theirs as `alarms`, with spaces between; shown tickets have one `alarm`. */
function alarmsOf({ alarms, alarm }: Readonly<Record<string, unknown>>): readonly string[] {
  return `${alarms ?? ""} ${alarm ?? ""}`.split(" ").filter((name) => /^[a-z-]{1,40}$/.test(name));
}
