/**
 * The pictures of the page, drawn as SVG without a style of their own: the bar of an order, its days, an appliance's hours.
 * Each says in words what it shows; the numbers stand in a table beside it.
 *
 * @module
 */
// deno-lint-ignore-file jsx-key -- drawn once, on the server: a key would only become an attribute

import { fill, type Quota } from "../api/mod.ts";
import { count, type View } from "./view.tsx";

/** States of a unit in the order of the bar; together they are what was granted. */
export const BAR_STATES = Object.freeze(
  ["committed", "keyed", "reserved", "leased", "free", "lost", "unaccounted"] as const,
);

const WIDTH = 1000;

/** One bar: every state of a unit as long as its share; the whole is what was granted. */
export function QuotaBar({ view, quota }: { readonly view: View; readonly quota: Quota }) {
  const parts = BAR_STATES.filter((state) => quota[state] > 0);
  const label = parts.map((state) => `${view.unit[state]} ${count(quota[state])}`).join(", ");
  const granted = Math.max(1, quota.granted);
  // Whoever has one unit of a million is seen too: a sliver of 4, taken from the rest in proportion.
  const sliver = 4;
  const room = WIDTH - sliver * parts.length;
  let x = 0;
  return (
    <svg
      class="bar"
      viewBox={`0 0 ${WIDTH} 32`}
      preserveAspectRatio="none"
      role="img"
      aria-label={fill(view.t.barSays, { granted: count(quota.granted), parts: label })}
    >
      <rect class="bar-ground" x="0" y="0" width={WIDTH} height="32" />
      {parts.map((state) => {
        const width = sliver + room * quota[state] / granted;
        const left = x;
        x += width;
        return (
          <rect
            class={`unit-${state}`}
            x={left.toFixed(2)}
            y="0"
            width={Math.max(1, width - 2).toFixed(2)}
            height="32"
          />
        );
      })}
    </svg>
  );
}

/** One day of a burn-down. */
export interface Day {
  /** `2026-12-04`. */
  readonly day: string;
  readonly made: number;
  /** Units that were left at its end, of what is granted now. */
  readonly left: number;
}

const AHEAD_MOST = 14;

/**
 * What was made each day as columns, what was left as a line, both in units and on one scale; dashed, how it goes on at the
 * rate of the forecast. `daysLeft`: days from now until nothing is left.
 */
export function BurnDown(
  { view, days, daysLeft }: {
    readonly view: View;
    readonly days: readonly Day[];
    readonly daysLeft: number | undefined;
  },
) {
  const height = 160;
  const ahead = daysLeft === undefined ? 0 : Math.min(AHEAD_MOST, Math.ceil(daysLeft));
  const step = WIDTH / Math.max(1, days.length + ahead);
  const most = Math.max(1, ...days.flatMap(({ left, made }) => [left, made]));
  const tall = (units: number) => (height - 16) * units / most;
  const y = (units: number) => (height - 1 - tall(units)).toFixed(1);
  const line = days.map(({ left }, index) => `${(step * (index + 0.5)).toFixed(1)},${y(left)}`).join(" ");
  const now = { x: step * (days.length - 0.5), left: days.at(-1)?.left ?? 0 };
  const drawn = Math.min(ahead, daysLeft ?? 0);
  return (
    <svg
      class="days"
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={view.t.burnDown}
    >
      <line class="axis" x1="0" y1={height - 1} x2={WIDTH} y2={height - 1} />
      {days.map(({ made }, index) => (
        <rect
          class="unit-committed"
          x={(step * (index + 0.2)).toFixed(1)}
          y={y(made)}
          width={(step * 0.6).toFixed(1)}
          height={tall(made).toFixed(1)}
        />
      ))}
      <polyline class="line" points={line} />
      {daysLeft === undefined ? null : (
        <line
          class="line ahead"
          x1={now.x.toFixed(1)}
          y1={y(now.left)}
          x2={(now.x + step * drawn).toFixed(1)}
          y2={y(now.left * (1 - drawn / daysLeft))}
        />
      )}
    </svg>
  );
}

/** The last 24 hours: a tall mark where the appliance was heard of, a low one where it was not, none before it was enrolled. */
export function ContactStrip(
  { view, hours, nowHour, sinceHour }: {
    readonly view: View;
    readonly hours: readonly number[];
    readonly nowHour: number;
    /** The hour in which it was enrolled. */
    readonly sinceHour: number;
  },
) {
  const heard = new Set(hours);
  const marks = Array.from({ length: 24 }, (_, index) => {
    const hour = nowHour - 23 + index;
    return hour < sinceHour ? undefined : heard.has(hour);
  });
  const since = marks.filter((was) => was !== undefined).length;
  const says = since < marks.length ? view.t.contactSinceSays : view.t.contact24Says;
  const label = fill(says, { hours: marks.filter(Boolean).length, since });
  return (
    <figure class="strip">
      <svg viewBox="0 0 240 24" preserveAspectRatio="none" role="img" aria-label={label}>
        {marks.map((was, index) =>
          was === undefined
            ? null
            : was
            ? <rect class="heard" x={index * 10} y="0" width="8" height="24" />
            : <rect class="silent" x={index * 10} y="18" width="8" height="6" />
        )}
      </svg>
      <figcaption>
        <span>−24 h</span>
        <span>{label}</span>
        <span>{view.t.now}</span>
      </figcaption>
    </figure>
  );
}
