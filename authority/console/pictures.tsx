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

/** What was made each day as columns, what was left as a line above them. */
export function BurnDown({ view, days }: { readonly view: View; readonly days: readonly Day[] }) {
  const height = 160;
  const step = WIDTH / Math.max(1, days.length);
  const mostLeft = Math.max(1, ...days.map(({ left }) => left));
  const mostMade = Math.max(1, ...days.map(({ made }) => made));
  const y = (left: number) => 8 + (height - 16) * (1 - left / mostLeft);
  const line = days.map(({ left }, index) => `${(step * (index + 0.5)).toFixed(1)},${y(left).toFixed(1)}`)
    .join(" ");
  return (
    <svg
      class="days"
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={view.t.burnDown}
    >
      <line class="axis" x1="0" y1={height - 1} x2={WIDTH} y2={height - 1} />
      {days.map(({ made }, index) => {
        const tall = made === 0 ? 0 : Math.max(2, height * 0.6 * made / mostMade);
        return (
          <rect
            class="unit-committed"
            x={(step * (index + 0.2)).toFixed(1)}
            y={(height - tall - 1).toFixed(1)}
            width={(step * 0.6).toFixed(1)}
            height={tall.toFixed(1)}
          />
        );
      })}
      <polyline class="line" points={line} />
    </svg>
  );
}

/** The last 24 hours: a tall mark where the appliance was heard of, a low one where it was not. */
export function ContactStrip(
  { view, hours, nowHour }: {
    readonly view: View;
    readonly hours: readonly number[];
    readonly nowHour: number;
  },
) {
  const heard = new Set(hours);
  const marks = Array.from({ length: 24 }, (_, index) => heard.has(nowHour - 23 + index));
  const label = fill(view.t.contact24Says, { hours: marks.filter(Boolean).length });
  return (
    <figure class="strip">
      <svg viewBox="0 0 240 24" preserveAspectRatio="none" role="img" aria-label={label}>
        {marks.map((was, index) =>
          was
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
