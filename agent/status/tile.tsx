/**
 * One station as a tile: number, sign, word and colour, what hands should do, why, and how it has done so far.
 *
 * @module
 */
import { looks, numbersOf, stateOf } from "./look.ts";
import { causeOf } from "./headline.ts";
import { saidIn } from "./said.ts";
import { Sign } from "./sign.tsx";
import type { StationStatus } from "./snapshot.ts";
import type { View } from "./view.ts";
import { wordsIn } from "./words.ts";

/** How much of a UID tells boards apart on a bench. */
const UID_DIGITS = 4;

/** Returns the tile; all of it leads to the station's page. */
export function Tile({ station, view }: { readonly station: StationStatus; readonly view: View }) {
  const { words, status } = view;
  const state = stateOf(station);
  const { colour, act } = looks[state];
  const number = numbersOf(status).get(station.station) ?? 0;
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
