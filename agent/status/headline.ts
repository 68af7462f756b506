/**
 * The one sentence on top: whether the line runs, and if not, what a person should do first. A pure function of the snapshot.
 *
 * @module
 */
import { fill, formatDuration, type Language } from "../../authority/api/mod.ts";
import { type Colour, numbersOf, stateOf } from "./look.ts";
import { runwayOf } from "./runway.ts";
import { type Cause, saidIn } from "./said.ts";
import type { StationStatus, StatusSnapshot } from "./snapshot.ts";
import { wordsIn } from "./words.ts";

/** The sentence, and how urgent it is. */
export interface Headline {
  readonly colour: Colour;
  readonly text: string;
}

/** How many stations one sentence names. */
const NAMED_MOST = 4;

/** Returns the sentence for what is so now. */
export function headlineOf(snapshot: StatusSnapshot, language: Language): Headline {
  const words = wordsIn(language);
  const { standing } = snapshot;
  if (standing != null) {
    const cause = { code: `authority-${standing.code}`, says: standing.says, remedy: standing.remedy };
    return { colour: "blue", text: sentence(language, words.standsStill, cause) };
  }
  return standingStill(snapshot, language) ?? needingPerson(snapshot, language) ??
    waitingOnes(snapshot, language) ?? going(snapshot, language);
}

/** Every station waits: nothing is made. */
function standingStill(snapshot: StatusSnapshot, language: Language): Headline | null {
  const { stations } = snapshot;
  const waits = (station: StationStatus) => ["waiting", "blocked"].includes(stateOf(station));
  if (stations.length === 0 || !stations.every(waits)) return null;
  const blocked = stations.find((station) => stateOf(station) === "blocked");
  return {
    colour: blocked === undefined ? "yellow" : "blue",
    text: sentence(language, wordsIn(language).standsStill, causeOf(blocked ?? stations[0]!)),
  };
}

/** At least one station goes on only when a person does something. */
function needingPerson(snapshot: StatusSnapshot, language: Language): Headline | null {
  const words = wordsIn(language);
  const bad = snapshot.stations.filter((station) => ["failed", "fault"].includes(stateOf(station)));
  const asking = snapshot.stations.filter((station) => ["refused", "blocked"].includes(stateOf(station)));
  const [first] = [...bad, ...asking];
  if (first === undefined) return null;
  const numbers = numbersOf(snapshot);
  const numberOf = ({ station }: StationStatus) => numbers.get(station) ?? 0;
  const text = sentence(
    language,
    fill(words.stationNeedsPerson, { numbers: numberOf(first) }),
    causeOf(first),
  );
  const others = [...bad, ...asking].filter((station) => station !== first).map(numberOf).sort((a, b) =>
    a - b
  );
  const colour = bad.length > 0 ? "red" : "blue";
  if (others.length === 0) return { colour, text };
  const listed = others.length > NAMED_MOST ? [...others.slice(0, NAMED_MOST), "…"] : others;
  const also = others.length === 1 ? words.alsoStation : words.alsoStations;
  // After a sentence of another language its own space.
  const between = text.endsWith(words.stop) ? words.between : " ";
  return { colour, text: `${text}${between}${fill(also, { numbers: listed.join(words.listed) })}` };
}

/** Some stations wait, others work. */
function waitingOnes(snapshot: StatusSnapshot, language: Language): Headline | null {
  const waiting = snapshot.stations.find((station) => stateOf(station) === "waiting");
  if (waiting === undefined) return null;
  const number = numbersOf(snapshot).get(waiting.station) ?? 0;
  const text = fill(wordsIn(language).stationWaits, { numbers: number });
  return { colour: "yellow", text: sentence(language, text, causeOf(waiting)) };
}

/** The line runs, or could. */
function going(snapshot: StatusSnapshot, language: Language): Headline {
  const words = wordsIn(language);
  const isAway = snapshot.offline?.reachable === false;
  const isIdle = snapshot.stations.every((station) => stateOf(station) === "ready");
  const { text: enough, isSpent } = enoughOf(snapshot, language);
  const how = isAway ? words.runsAlone : isIdle ? words.readyForBoards : words.runs;
  return {
    colour: isAway || isSpent ? "yellow" : "green",
    text: `${how}${words.between}${enough}`.trimEnd(),
  };
}

/** How long the line would go on without the network. */
function enoughOf(
  snapshot: StatusSnapshot,
  language: Language,
): { readonly text: string; readonly isSpent: boolean } {
  const words = wordsIn(language);
  const { tickets, isLent, lastsMs } = runwayOf(snapshot);
  if (tickets === null) return { text: "", isSpent: false };
  if (!isLent) return { text: words.nothingLent, isSpent: false };
  const spent = spentOf(snapshot, language);
  if (spent !== null) return { text: spent, isSpent: true };
  return lastsMs === null
    ? {
      text: fill(tickets === 1 ? words.oneWithoutFigure : words.someWithoutFigure, { tickets }),
      isSpent: false,
    }
    : { text: fill(words.enoughFor, { time: formatDuration(lastsMs) }), isSpent: false };
}

/** Why the line would stand without the network although units were lent: none of them is left. Null: some are, or none ever was. */
export function spentOf(snapshot: StatusSnapshot, language: Language): string | null {
  const { tickets, isLent, isOver } = runwayOf(snapshot);
  if (tickets !== 0 || !isLent) return null;
  const words = wordsIn(language);
  return isOver ? words.allowanceOver : words.allowanceUsedUp;
}

/** Why a station does not go on. */
export function causeOf({ fault, faultReason, cause, says, remedy, waiting }: StationStatus): Cause {
  return fault === null
    ? { code: cause, says: says ?? "", remedy, waiting }
    : { code: faultReason, says: fault, remedy: null, isRaw: true };
}

function sentence(
  language: Language,
  text: string,
  cause: Cause,
): string {
  const said = saidIn(language, cause);
  const says = said.language === "en" ? lowered(said.says) : said.says;
  // The marks between sentences are those of the sentences' own language.
  const { stop, between } = wordsIn(said.language);
  const first = `${fill(text, { says })}${stop}`;
  return said.remedy === null ? first : `${first}${between}${said.remedy}${stop}`;
}

/** A sentence that goes on after a colon: "The order" becomes "the order", "UID" stays. */
function lowered(says: string): string {
  return /^[A-Z][a-z' ]/.test(says) ? says[0]!.toLowerCase() + says.slice(1) : says;
}
