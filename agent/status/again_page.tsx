/**
 * Where a person asks a station to try again: says what it does, and takes the PIN.
 *
 * @module
 */
import { fill } from "../../authority/api/mod.ts";
import type { Page } from "./frame.tsx";
import { canTryAgain, numbersOf } from "./look.ts";
import type { View } from "./view.ts";

/** Keys of the keypad in rows, for fingers in gloves. */
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", ""];

/** Returns the page, or null when there is no such station. `problem`: why the last try was not taken, if there was one. */
export function againPage(
  view: View,
  name: string,
  problem?: Pick<Page, "status"> & { readonly says: string },
): Page | null {
  const station = view.status.stations.find((one) => one.station === name);
  if (station === undefined) return null;
  const { words, status } = view;
  const number = numbersOf(status).get(name) ?? 0;
  const title = `${words.tryAgain}: ${fill(words.station, { number })}`;
  const closed = !status.hasPin
    ? words.tryAgainNeedsPin
    : !canTryAgain(station)
    ? words.tryAgainNothing
    : null;
  const main = (
    <>
      <h1>{title}</h1>
      {problem === undefined ? null : <p class="banner red" role="alert">{problem.says}</p>}
      {closed !== null
        ? <p class="banner blue">{closed}</p>
        : <PinForm view={view} name={name} number={number} />}
    </>
  );
  return { title, isLive: false, main, status: problem?.status ?? 200 };
}

function PinForm(
  { view, name, number }: { readonly view: View; readonly name: string; readonly number: number },
) {
  const { words } = view;
  return (
    <form class="pin" method="post" action={`/stations/${encodeURIComponent(name)}/again`}>
      <p>{fill(words.tryAgainSays, { number })}</p>
      <div class="entry">
        <label for="pin">{words.pin}</label>
        <input
          id="pin"
          name="pin"
          type="password"
          inputmode="numeric"
          pattern="[0-9]{4,12}"
          maxlength={12}
          autocomplete="off"
          required
        />
        <button type="submit" class="go">{words.tryAgain}</button>
      </div>
      <div id="keypad" class="keypad">
        {DIGITS.map((digit) => (
          <button key={digit} type="button" data-digit={digit}>{digit === "" ? words.erase : digit}</button>
        ))}
      </div>
    </form>
  );
}
