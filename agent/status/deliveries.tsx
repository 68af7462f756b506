/**
 * Deliveries as a table, the newest first: what several pages show of the record.
 *
 * @module
 */
import { type CauseCode, causes } from "../delivery/mod.ts";
import { isRefusalCode, refusals } from "../../authority/api/mod.ts";
import type { DeliveryRecord } from "../journal/mod.ts";
import { type Cause, saidIn } from "./said.ts";
import type { View } from "./view.ts";
import { wordsIn } from "./words.ts";

/** Returns the table, or a sentence when there is nothing in it. */
export function Deliveries(
  { deliveries, view }: { readonly deliveries: readonly DeliveryRecord[]; readonly view: View },
) {
  const { words } = view;
  if (deliveries.length === 0) return <p>{words.noDelivery}</p>;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={words.lastDeliveries}>
      <table class="list">
        <thead>
          <tr>
            {[words.delivery, words.began, words.uid, words.outcome, words.cause].map((name) => (
              <th key={name} scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>{deliveries.map((one) => <Row key={one.id} delivery={one} view={view} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ delivery, view }: { readonly delivery: DeliveryRecord; readonly view: View }) {
  const { id, startedMs, uid, outcome, cause } = delivery;
  const { words, instant } = view;
  return (
    <tr>
      <th scope="row">
        <a href={`/deliveries/${id}`}>{id}</a>
      </th>
      <td>{instant(startedMs)}</td>
      <td>
        {uid === null ? "" : (
          <a href={`/devices/${uid}`}>
            <code>{uid}</code>
          </a>
        )}
      </td>
      <td>
        <span class={`outcome ${outcome ?? "running"}`}>
          {outcome === null ? words.underWay : words.outcomes[outcome]}
        </span>
      </td>
      <td>
        <CauseText code={cause} view={view} />
      </td>
    </tr>
  );
}

/** Sentence and remedy of a code of the record. */
export function CauseText({ code, view }: { readonly code: string | null; readonly view: View }) {
  if (code === null) return null;
  const { says, remedy, language } = saidIn(view.language, causeOfCode(code));
  const { stop, between } = wordsIn(language);
  return (
    <span lang={language}>
      {says}
      {stop}
      {remedy === null ? "" : `${between}${remedy}${stop}`}
    </span>
  );
}

/** What the tables say of a code; the code itself where a later program wrote it. */
function causeOfCode(code: string): Cause {
  if (Object.hasOwn(causes, code)) return { code, ...causes[code as CauseCode] };
  const refusal = code.replace(/^authority-/, "");
  return isRefusalCode(refusal) ? { code, ...refusals[refusal] } : { code, says: code, remedy: null };
}
