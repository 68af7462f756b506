/**
 * The overview: one sentence, every station as a tile, and the figures of the line.
 *
 * @module
 */
import { fill, formatDuration } from "../../authority/api/mod.ts";
import { headlineOf } from "./headline.ts";
import { perHour, runwayOf } from "./runway.ts";
import { tilesOf } from "./tile.tsx";
import type { View } from "./view.ts";

/** Sizes of tiles: up to so many stations each. */
const SIZES = [1, 2, 4, 9, 16];

/** Returns the overview's content; each `data-part` is replaced by itself when it changes. */
export function Overview({ view }: { readonly view: View }) {
  const { status, language } = view;
  const { colour, text } = headlineOf(status, language);
  const size = SIZES.find((most) => status.stations.length <= most) ?? "many";
  return (
    <>
      <h1 class={`headline ${colour}`} id="headline" data-part aria-live="polite">{text}</h1>
      <ul class={`tiles upto-${size}`}>
        {tilesOf(view)}
      </ul>
      <Figures view={view} />
    </>
  );
}

function Figures({ view }: { readonly view: View }) {
  const { status, words } = view;
  const tallies = Object.values(status.tallies);
  const rate = perHour(status);
  const good = tallies.reduce((sum, one) => sum + one.good, 0);
  const bad = tallies.reduce((sum, one) => sum + one.bad, 0);
  return (
    <dl class="figures" id="figures" data-part>
      <Figure name={words.goodBoards} value={`${good}`} />
      <Figure name={words.badBoards} value={`${bad}`} />
      <Figure name={words.perHour} value={rate === null ? words.noFigure : `${Math.round(rate)}`} />
      <Figure name={words.ticketsLeft} {...ticketsOf(view)} />
      <Figure name={words.contact} {...contactOf(view)} />
    </dl>
  );
}

interface FigureParts {
  readonly name: string;
  readonly value: string;
  readonly more?: string | null;
  readonly colour?: string;
}

function Figure({ name, value, more, colour }: FigureParts) {
  return (
    <div class={colour ?? "plain"}>
      <dt>{name}</dt>
      <dd>
        {value}
        {more == null ? null : <small>{more}</small>}
      </dd>
    </div>
  );
}

/** Tickets left as a count and as time. */
function ticketsOf({ status, words }: View): Omit<FigureParts, "name"> {
  const { tickets, isLent, lastsMs } = runwayOf(status);
  if (tickets === null || !isLent) return { value: words.nothing };
  const value = fill(words.ticketsOf, { tickets });
  const lasts = lastsMs === null ? words.noFigure : formatDuration(lastsMs);
  return tickets === 0 ? { value, colour: "yellow" } : { value, more: lasts };
}

/** Whether the owner's server answers, and for how long it has not. */
function contactOf({ status, words }: View): Omit<FigureParts, "name"> {
  const { offline, counts } = status;
  const waiting = counts.unreported + (offline?.unreported ?? 0);
  const more = waiting === 0 ? null : fill(words.notReported, { count: waiting });
  if (offline === undefined || offline.reachable === null) return { value: words.notAsked, more };
  if (offline.reachable) return { value: words.answers, more };
  const { ageMs } = offline.contact;
  const value = ageMs === null ? words.silentAlways : fill(words.silentFor, { time: formatDuration(ageMs) });
  return { value, more, colour: "yellow" };
}
