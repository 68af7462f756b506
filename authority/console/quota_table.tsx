/**
 * The numbers beside a bar: every state of a unit with its count, its share and what it means; their sum is what was granted.
 *
 * @module
 */

import type { Quota } from "../api/mod.ts";
import { BAR_STATES } from "./pictures.tsx";
import { count, type View } from "./view.tsx";
import type { TextName } from "./words.ts";

const MEANINGS: Readonly<Record<(typeof BAR_STATES)[number], TextName>> = Object.freeze({
  free: "meaningFree",
  leased: "meaningLeased",
  reserved: "meaningReserved",
  keyed: "meaningKeyed",
  committed: "meaningCommitted",
  lost: "meaningLost",
  unaccounted: "meaningUnaccounted",
});

/** The numbers of a bar. `brief`: without what each state means and without states that no unit is in. */
export function QuotaTable(
  { view, quota, brief }: { readonly view: View; readonly quota: Quota; readonly brief?: boolean },
) {
  const states = BAR_STATES.filter((state) => brief !== true || quota[state] > 0);
  const share = (units: number) => quota.granted === 0 ? "" : `${(100 * units / quota.granted).toFixed(1)} %`;
  return (
    <table class={brief === true ? "numbers brief" : "numbers"}>
      <thead class={brief === true ? "unseen" : ""}>
        <tr>
          <th scope="col">{view.t.state}</th>
          <th scope="col" class="number">{view.t.units}</th>
          <th scope="col" class="number">{view.t.share}</th>
        </tr>
      </thead>
      <tbody>
        {states.map((state) => (
          <tr class={quota[state] === 0 ? "zero" : ""}>
            <th scope="row">
              <svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">
                <rect class={`unit-${state}`} width="16" height="16" rx="3" />
              </svg>
              {view.unit[state]}
              {brief === true ? null : <small>{view.t[MEANINGS[state]]}</small>}
            </th>
            <td class="number">{count(quota[state])}</td>
            <td class="number">{share(quota[state])}</td>
          </tr>
        ))}
        <tr class="sum">
          <th scope="row">{view.unit.granted}</th>
          <td class="number">{count(quota.granted)}</td>
          <td class="number">{share(quota.granted)}</td>
        </tr>
      </tbody>
    </table>
  );
}
