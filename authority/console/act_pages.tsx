/**
 * Pages about doing something: STOP, the preview of an act, and what was refused.
 *
 * @module
 */
// deno-lint-ignore-file jsx-key -- drawn once, on the server: a key would only become an attribute

import { fill, type RefusalCode, refusalWords } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { listAppliances, listOrders, listProducts } from "../store/mod.ts";
import type { Act, ActName } from "./acts.ts";
import { runningOrders } from "./acts_stop.ts";
import type { Mistake } from "./fields.ts";
import type { Plan, Rehearsal } from "./plan.ts";
import { count, FormProof, rowName, RowValue, type View } from "./view.tsx";
import type { TextName } from "./words.ts";
import {
  type Outside,
  outsideOfAppliance,
  outsideOfOrders,
  stopCannotTell,
  tellText,
} from "./worst_case.tsx";

/** What was refused, with the remedy. */
export function Refusal(
  { view, code, detail }: {
    readonly view: View;
    readonly code: RefusalCode;
    readonly detail: string | undefined;
  },
) {
  const { says, remedy } = refusalWords(code, view.language);
  return (
    <section class="card alarm" role="alert">
      <h2>{says}{view.marks.stop}</h2>
      {detail === undefined ? null : <p>{detail}.</p>}
      <p>
        <strong>{view.t.remedy}{view.marks.colon}</strong>
        {remedy}
        {view.marks.stop}
      </p>
      <p class="small">
        <code>{code}</code>
      </p>
    </section>
  );
}

const INPUTS: Readonly<Record<string, TextName>> = Object.freeze({
  by: "by",
  units: "units",
  from: "from",
  until: "until",
});

/** What a person filled in otherwise than the field takes. */
export function MistakeSays({ view, mistake }: { readonly view: View; readonly mistake: Mistake }) {
  const { input, takes } = mistake;
  const name = INPUTS[input];
  return (
    <section class="card alarm" role="alert">
      <p>
        <strong>{name === undefined ? input.toUpperCase() : view.t[name]}{view.marks.colon}</strong>
        {tellText(view, takes)}
      </p>
    </section>
  );
}

/** What an act does, before it is done. */
export function PreviewPage(
  { view, act, plan, rehearsal }: {
    readonly view: View;
    readonly act: Act & { readonly name: ActName };
    readonly plan: Plan;
    readonly rehearsal: Rehearsal;
  },
) {
  const { t } = view;
  const { before, after, decision, shown } = rehearsal;
  const refused = "refused" in decision ? decision : undefined;
  return (
    <>
      <h1>{t[act.title]}</h1>
      <p class="under">
        <strong>{plan.subject}</strong> · {t.previewSays}
      </p>
      {refused === undefined
        ? plan.tells.map((tell) => <p class="tell">{tellText(view, tell)}</p>)
        : <Refusal view={view} code={refused.refused} detail={refused.detail} />}
      {refused === undefined
        ? (
          <section class="card">
            <h2>{t.preview}</h2>
            <table class="numbers compare">
              <thead>
                <tr>
                  <th scope="col">{t.what}</th>
                  <th scope="col" class="number">{t.before}</th>
                  <th scope="col" class="number">{t.after}</th>
                </tr>
              </thead>
              <tbody>
                {before.map((row, index) => {
                  const then = after[index] ?? row;
                  const changes = JSON.stringify(row.value) !== JSON.stringify(then.value);
                  return (
                    <tr class={changes ? "changes" : ""}>
                      <th scope="row">{rowName(view, row)}</th>
                      <td class="number">
                        <RowValue view={view} row={row} />
                      </td>
                      <td class="number">
                        {changes ? <span aria-hidden="true">→</span> : null}{" "}
                        <RowValue view={view} row={then} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
            <form method="post" action={`/console/acts/${act.name}`} class="confirm">
              <FormProof view={view} plan={plan} shown={shown} />
              {plan.tick === undefined ? null : (
                <label class="tick">
                  <input type="checkbox" name={plan.tick.name} value="yes" required />
                  <span>{t[plan.tick.text]}</span>
                </label>
              )}
              <span class="row">
                <button type="submit" class={act.danger === true ? "danger" : "primary"}>{t.confirm}</button>
                <a class="button quiet" href={plan.back}>{t.cancel}</a>
              </span>
            </form>
          </section>
        )
        : <a class="button" href={plan.back}>{t.back}</a>}
    </>
  );
}

interface Part {
  readonly office: Office;
  readonly view: View;
}

/** STOP: each button acts at once, and says beforehand what it cannot reach. */
export function StopPage({ office, view }: Part) {
  const { t } = view;
  const orders = listOrders(office.db);
  const keyed = orders.reduce((total, { counts }) => total + counts.keyed, 0);
  const running = runningOrders(office).length;
  return (
    <>
      <h1>{t.stopTitle}</h1>
      <p class="tell">{t.stopSays}</p>
      <section class="card stops">
        <StopButton
          view={view}
          act="stop-all"
          fields={{}}
          text={t.stopAll}
          says={running === 0 ? t.stopNothing : fill(t.stopAllSays, { orders: running })}
          idle={running === 0}
        />
      </section>
      <section class="card">
        <h2>{t.stopWhat}</h2>
        <p>{t.stopWhatSays}</p>
        <h2>{t.stopCannot}</h2>
        <p>{tellText(view, stopCannotTell(outsideOfOrders(orders), keyed))}</p>
      </section>
      <StopProducts office={office} view={view} />
      <StopAppliances office={office} view={view} />
    </>
  );
}

function StopProducts({ office, view }: Part) {
  const { t } = view;
  return (
    <section class="card stops">
      <h2>{t.products}</h2>
      {listProducts(office.db).map(({ product, name }) => {
        const running = runningOrders(office, product).length;
        const outside = outsideOfOrders(listOrders(office.db, product));
        return (
          <StopButton
            view={view}
            act="stop-product"
            fields={{ product }}
            text={`${t.stop}: ${name}`}
            says={running === 0 ? t.stopNothing : withUnaccounted(
              view,
              fill(t.stopProductSays, { orders: running, lent: count(outside.lent) }),
              outside,
            )}
            idle={running === 0}
          />
        );
      })}
    </section>
  );
}

function StopAppliances({ office, view }: Part) {
  const { t } = view;
  return (
    <section class="card stops">
      <h2>{t.appliances}</h2>
      {listAppliances(office.db).filter(({ revokedAtMs }) => revokedAtMs === null).map((found) => {
        const { appliance, name, stoppedAtMs } = found;
        const outside = outsideOfAppliance(office, found);
        return (
          <StopButton
            view={view}
            act="stop-appliance"
            fields={{ appliance }}
            text={`${t.stop}: ${name}`}
            says={stoppedAtMs !== null
              ? t.stopApplianceDone
              : withUnaccounted(view, fill(t.stopApplianceSays, { lent: count(outside.lent) }), outside)}
            idle={stoppedAtMs !== null}
          />
        );
      })}
    </section>
  );
}

function withUnaccounted(view: View, says: string, { unaccounted }: Outside): string {
  const units = count(unaccounted);
  return unaccounted === 0 ? says : `${says}; ${fill(view.t.besidesUnaccounted, { units })}`;
}

function StopButton(
  { view, act, fields, text, says, idle }: {
    readonly view: View;
    readonly act: ActName;
    readonly fields: Readonly<Record<string, string>>;
    readonly text: string;
    readonly says: string;
    /** There is nothing to stop. */
    readonly idle?: boolean;
  },
) {
  if (idle === true) {
    return (
      <p class="idle">
        {text} · {says}
      </p>
    );
  }
  return (
    <form method="post" action={`/console/acts/${act}`}>
      <FormProof view={view} plan={{ fields }} />
      <button type="submit" class="danger">{text}</button>
      <span class="small">{says}</span>
    </form>
  );
}
