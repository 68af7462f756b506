/**
 * Signs of the states, drawn in the page itself: a shape says what its colour says, for whoever does not see colours.
 *
 * @module
 */
import type { StationState } from "./look.ts";

/** Each sign in a square of 24; lines take the text's colour. */
const SHAPES: Readonly<Record<StationState, string>> = {
  // An arrow into a socket.
  ready: "M12 3v11m-5-5l5 5l5-5M4 15v5h16v-5",
  // A triangle that plays.
  working: "M7 4l12 8l-12 8z",
  // A tick in a circle.
  good: "M7 12.5l3.5 3.5L17.5 8.5M12 2a10 10 0 1 0 .01 0z",
  // An hourglass.
  waiting: "M6 3h12M6 21h12M7 3v3l5 6l5-6v-3M7 21v-3l5-6l5 6v3",
  // A hand: two bars in a circle.
  blocked: "M9 8v8M15 8v8M12 2a10 10 0 1 0 .01 0z",
  // A bar across a circle.
  refused: "M7 12h10M12 2a10 10 0 1 0 .01 0z",
  // A cross in an octagon.
  failed: "M8.5 8.5l7 7M15.5 8.5l-7 7M8 2h8l6 6v8l-6 6h-8l-6-6v-8z",
  // An exclamation mark in a triangle.
  fault: "M12 9v5M12 17v1M12 2.5L22.5 21h-21z",
};

/** The sign of a state; hidden from screen readers, since the word stands beside it. */
export function Sign({ state }: { readonly state: StationState }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[state]} />
    </svg>
  );
}
