/**
 * What needs attention now, from the floor and the appliance's health. Pure.
 *
 * @module
 */
import { fill, formatDuration } from "../../authority/api/mod.ts";
import { formatBytes } from "./formats.ts";
import { causeOf, spentOf } from "./headline.ts";
import { type Colour, looks, numbersOf, stateOf } from "./look.ts";
import { saidIn } from "./said.ts";
import type { Health } from "./source.ts";
import type { View } from "./view.ts";
import { wordsIn } from "./words.ts";

/** A disk with less room than this, in bytes, soon ends all work: what cannot be recorded is not done. */
const DISK_LOW_BYTES = 500_000_000;
/** A clock that is further off shows wrong times; it decides nothing. */
const CLOCK_OFF_SECONDS = 120;

/** One thing that needs attention. */
export interface Alarm {
  readonly colour: Colour;
  readonly text: string;
  readonly says: string | null;
  /** Where to look closer; null: nowhere. */
  readonly link: string | null;
}

/** Returns what needs attention, the worst first. */
export function alarmsOf(view: View, health: Health): readonly Alarm[] {
  const order: readonly Colour[] = ["red", "blue", "yellow", "green"];
  return [...standing(view), ...stations(view), ...appliance(view, health)]
    .sort((a, b) => order.indexOf(a.colour) - order.indexOf(b.colour));
}

function standing({ status, language }: View): readonly Alarm[] {
  if (status.standing == null) return [];
  const { code, says, remedy } = status.standing;
  const said = saidIn(language, { code: `authority-${code}`, says, remedy });
  const { stop } = wordsIn(said.language);
  return [{ colour: "blue", text: said.says, says: `${said.remedy ?? ""}${stop}`, link: null }];
}

function stations({ status, language, words }: View): readonly Alarm[] {
  const numbers = numbersOf(status);
  return status.stations.flatMap((station) => {
    const state = stateOf(station);
    const { colour } = looks[state];
    if (colour === "green") return [];
    const { says, remedy, language: spoken } = saidIn(language, causeOf(station));
    const name = fill(words.station, { number: numbers.get(station.station) ?? 0 });
    const { stop, between } = wordsIn(spoken);
    const full = remedy === null ? `${says}${stop}` : `${says}${stop}${between}${remedy}${stop}`;
    const link = `/stations/${encodeURIComponent(station.station)}`;
    return [{ colour, text: `${name}${words.colon}${words[state]}`, says: full, link }];
  });
}

function appliance({ status, language, words }: View, { disk, clockAheadSeconds }: Health): readonly Alarm[] {
  const alarms: Alarm[] = [];
  if (status.offline?.reachable === false) {
    alarms.push({ colour: "yellow", text: words.away, says: null, link: "/health" });
  }
  const spent = spentOf(status, language);
  if (spent !== null) alarms.push({ colour: "yellow", text: spent, says: null, link: "/health" });
  if (disk !== null && disk.freeBytes < DISK_LOW_BYTES) {
    const text = fill(words.diskLow, { free: formatBytes(disk.freeBytes) });
    alarms.push({ colour: "red", text, says: null, link: "/health" });
  }
  if (clockAheadSeconds !== null && Math.abs(clockAheadSeconds) > CLOCK_OFF_SECONDS) {
    const text = fill(words.clockOff, { time: formatDuration(1000 * Math.abs(clockAheadSeconds)) });
    alarms.push({ colour: "yellow", text, says: null, link: "/health" });
  }
  return alarms;
}
