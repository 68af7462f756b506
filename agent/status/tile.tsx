/**
 * One station as a tile: number, sign, word and colour, what hands should do, why, and how it has done so far.
 *
 * @module
 */
import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { type Language, languages } from "../../authority/api/mod.ts";
import { looks, numbersOf, stateOf } from "./look.ts";
import { causeOf } from "./headline.ts";
import { saidIn } from "./said.ts";
import { Sign } from "./sign.tsx";
import type { StationStatus } from "./snapshot.ts";
import type { View } from "./view.ts";
import { wordsIn } from "./words.ts";

/** How much of a UID tells boards apart on a bench. */
const UID_DIGITS = 4;

/** How a tile was drawn last. A station's status is never changed, only replaced, so it stands for all that it says. */
interface Drawn {
  readonly number: number;
  readonly good: number;
  readonly bad: number;
  readonly html: HtmlEscapedString;
}

const drawn = new Map<Language, WeakMap<StationStatus, Drawn>>(
  languages.map((language) => [language, new WeakMap()]),
);

/** Returns all tiles. Only those that differ are drawn anew: an open page asks for all of them five times a second. */
export function tilesOf(view: View): readonly HtmlEscapedString[] {
  const numbers = numbersOf(view.status);
  return view.status.stations.map((station) => {
    const number = numbers.get(station.station) ?? 0;
    const { good, bad } = view.status.tallies[station.station] ?? { good: 0, bad: 0 };
    const before = drawn.get(view.language)?.get(station);
    if (before?.number === number && before.good === good && before.bad === bad) return before.html;
    const html = raw(String(<Tile station={station} view={view} number={number} />));
    drawn.get(view.language)?.set(station, { number, good, bad, html });
    return html;
  });
}

/** Returns the tile; all of it leads to the station's page. */
function Tile(
  { station, view, number }: {
    readonly station: StationStatus;
    readonly view: View;
    readonly number: number;
  },
) {
  const { words, status } = view;
  const state = stateOf(station);
  const { colour, act } = looks[state];
  const tally = status.tallies[station.station];
  return (
    <li class={`tile ${colour} ${state}`} id={`tile-${station.station}`} data-part>
      <a href={`/stations/${encodeURIComponent(station.station)}`} id={`link-${station.station}`}>
        <span class="top">
          <b class="number">{number}</b>
          <span class="uid">{station.uid === null ? "" : `…${station.uid.slice(-UID_DIGITS)}`}</span>
          <span class="tally">
            {words.goodBoards} {tally?.good ?? 0} · {words.badBoards} {tally?.bad ?? 0}
          </span>
        </span>
        <span class="state">
          <Sign state={state} />
          <span class="word">{words[state]}</span>
        </span>
        <span class="now">
          <span class="act">{words[act]}</span>
          <Doing station={station} view={view} />
        </span>
        <Why station={station} view={view} />
      </a>
    </li>
  );
}

/** What runs at the station, and how far it is. */
function Doing({ station, view }: { readonly station: StationStatus; readonly view: View }) {
  const { words } = view;
  const { state, phase, progress, mode, fault } = station;
  if (state !== "working" || phase === null || fault !== null) return null;
  return (
    <span class="doing">
      <span class="phase">
        {words[phase]}
        {mode === "offline" ? `, ${words.withoutNetwork}` : ""}
      </span>
      {progress === null
        ? null
        : (
          <progress value={progress.done} max={Math.max(1, progress.total)} aria-label={words.progress}>
            {progress.done}/{progress.total}
          </progress>
        )}
    </span>
  );
}

/** Cause and remedy, where something keeps the station. */
export function Why({ station, view }: { readonly station: StationStatus; readonly view: View }) {
  const cause = causeOf(station);
  if (cause.says === "") return null;
  const { says, remedy, language } = saidIn(view.language, cause);
  const { stop, between } = wordsIn(language);
  return (
    <span class="why" lang={language}>
      <span class="says">
        {says}
        {stop}
      </span>
      {remedy === null ? null : <span class="remedy">{`${between}${remedy}${stop}`}</span>}
    </span>
  );
}
