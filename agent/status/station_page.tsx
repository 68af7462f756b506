/**
 * One station: what it does, how good it is, and how long its phases took against the median.
 *
 * @module
 */
import { fill } from "../../authority/api/mod.ts";
import type { DeliveryRecord } from "../journal/mod.ts";
import { Deliveries } from "./deliveries.tsx";
import { formatShare, formatTook } from "./formats.ts";
import type { Page } from "./frame.tsx";
import { causeOf } from "./headline.ts";
import { canTryAgain, looks, numbersOf, stateOf } from "./look.ts";
import { mediansOf, type PhaseTime, phaseTimesOf } from "./phase_times.ts";
import { saidIn } from "./said.ts";
import { Sign } from "./sign.tsx";
import type { StationStatus } from "./snapshot.ts";
import { Why } from "./tile.tsx";
import type { View } from "./view.ts";

/** How many deliveries the page lists, and how many the median is made of at most. */
const LISTED = 12;
const MEDIAN_OF = 50;

/** Returns the page of a station, or null when there is none of that name. */
export function stationPage(view: View, name: string): Page | null {
  const station = view.status.stations.find((one) => one.station === name);
  if (station === undefined) return null;
  const title = fill(view.words.station, { number: numbersOf(view.status).get(name) ?? 0 });
  return { title, isLive: true, main: <Station station={station} title={title} view={view} /> };
}

interface StationParts {
  readonly station: StationStatus;
  readonly title: string;
  readonly view: View;
}

function Station({ station, title, view }: StationParts) {
  const { words, status, source } = view;
  const state = stateOf(station);
  const deliveries = source.book.ofStation(station.station, MEDIAN_OF);
  const { good, bad } = status.tallies[station.station] ?? { good: 0, bad: 0 };
  return (
    <>
      <h1>
        {title} <small>{station.station}</small>
      </h1>
      <div class={`banner ${looks[state].colour} ${state}`}>
        <span class="state">
          <Sign state={state} />
          <span class="word">{words[state]}</span>
        </span>
        <span class="act">{words[looks[state].act]}</span>
        <Why station={station} view={view} />
      </div>
      <Met station={station} view={view} />
      <TryAgain station={station} view={view} />
      <dl class="figures">
        <div>
          <dt>{words.goodBoards}</dt>
          <dd>{good}</dd>
        </div>
        <div>
          <dt>{words.badBoards}</dt>
          <dd>{bad}</dd>
        </div>
        <div>
          <dt>{words.yield}</dt>
          <dd>{formatShare(good, good + bad) ?? words.noFigure}</dd>
        </div>
        <div class="wide">
          <dt>{words.uid}</dt>
          <dd>
            <code>{station.uid ?? "–"}</code>
          </dd>
        </div>
      </dl>
      <h2>{words.phaseTimes}</h2>
      <PhaseTimes deliveries={deliveries} view={view} />
      <h2>{words.lastDeliveries}</h2>
      <Deliveries deliveries={deliveries.slice(0, LISTED)} view={view} />
    </>
  );
}

/** What the program met when the station could not work, word for word: which file, which folder. */
function Met({ station, view }: { readonly station: StationStatus; readonly view: View }) {
  const { fault } = station;
  if (fault === null || saidIn(view.language, causeOf(station)).says === fault) return null;
  return (
    <p class="cause">
      {view.words.details}
      {view.words.colon}
      <code lang="en">{fault}</code>
    </p>
  );
}

function TryAgain({ station, view }: { readonly station: StationStatus; readonly view: View }) {
  const { words, status } = view;
  if (!canTryAgain(station)) return null;
  return status.hasPin
    ? <a class="button" href={`/stations/${encodeURIComponent(station.station)}/again`}>{words.tryAgain}</a>
    : <p>{words.tryAgainNeedsPin}</p>;
}

/** The picture: each phase of the newest delivery as a bar, the median of good ones as a line across it. */
function PhaseTimes(
  { deliveries, view }: { readonly deliveries: readonly DeliveryRecord[]; readonly view: View },
) {
  const { words, source } = view;
  const newest = deliveries[0];
  if (newest === undefined) return <p>{words.noDelivery}</p>;
  const good = deliveries.filter(({ outcome }) => outcome === "delivered");
  const medians = mediansOf(source.book.steps(good.map(({ id }) => id)));
  const times = phaseTimesOf(source.book.steps([newest.id]), source.nowMs());
  const longest = Math.max(1, ...times.map(({ tookMs }) => tookMs), ...medians.values());
  return (
    <>
      <p>{fill(words.phaseTimesSay, { delivery: newest.id, count: good.length })}</p>
      <table class="picture">
        <thead>
          <tr>
            <th scope="col">{words.phase}</th>
            <th scope="col" class="bars"></th>
            <th scope="col">{words.took}</th>
            <th scope="col">{words.median}</th>
          </tr>
        </thead>
        <tbody>
          {times.map((time) => (
            <PhaseBar
              key={time.beganMs}
              time={time}
              median={medians.get(time.phase)}
              longest={longest}
              view={view}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface BarParts {
  readonly time: PhaseTime;
  readonly median: number | undefined;
  readonly longest: number;
  readonly view: View;
}

function PhaseBar({ time, median, longest, view }: BarParts) {
  const share = (ms: number) => (1000 * ms) / longest;
  const isSlow = median !== undefined && time.tookMs > 2 * median && time.tookMs - median > 500;
  return (
    <tr>
      <th scope="row">{phaseWord(view, time.phase)}</th>
      <td class="bars">
        <svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
          <rect
            class={isSlow ? "bar slow" : "bar"}
            x="0"
            y="3"
            width={Math.max(3, share(time.tookMs))}
            height="14"
          />
          {median === undefined
            ? null
            : <line class="median" x1={share(median)} x2={share(median)} y1="0" y2="20" />}
        </svg>
      </td>
      <td>{formatTook(time.tookMs)}</td>
      <td>{median === undefined ? "–" : formatTook(median)}</td>
    </tr>
  );
}

/** The word for a phase of the record; its name where a later program wrote it. */
export function phaseWord({ words }: View, phase: string): string {
  const known: Readonly<Record<string, unknown>> = words;
  const word = Object.hasOwn(known, phase) ? known[phase] : undefined;
  return typeof word === "string" ? word : phase;
}
