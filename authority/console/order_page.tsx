/**
 * One order: its bar with all numbers, its days, the forms that change it, and since when each appliance knows of a change.
 *
 * @module
 */

import { fill, type OrderReply } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { countMade, findProduct, listLogOfOrder, listUnitsIn } from "../store/mod.ts";
import { Changes, LentNow } from "./changes.tsx";
import { dayOf, dayStarts, type Forecast, leftOf } from "./forecast.ts";
import { LogTable } from "./log_table.tsx";
import { OrderForms } from "./order_forms.tsx";
import { forecastOf, ForecastText, OrderState } from "./orders_page.tsx";
import { BurnDown, type Day, QuotaBar } from "./pictures.tsx";
import { QuotaTable } from "./quota_table.tsx";
import { count, Instant, type View } from "./view.tsx";
import { outsideOf, WorstCase } from "./worst_case.tsx";

const DAYS = 14;
const DAY_MS = 86_400_000;
const HISTORY_MOST = 50;
const WAITING_MOST = 20;

/** Returns the content of an order's page. */
export function OrderPage(
  { office, view, order }: { readonly office: Office; readonly view: View; readonly order: OrderReply },
) {
  const { t } = view;
  const product = findProduct(office.db, order.product);
  const said = forecastOf(office, view, order);
  return (
    <>
      <h1>
        {order.name} <OrderState view={view} order={order} />
      </h1>
      <p class="under">
        <a href="/console/products">{product?.name ?? order.product}</a> · {order.version}
        <a class="button jump" href="#change">{t.changeJump}</a>
      </p>
      <section class="card">
        <QuotaBar view={view} quota={order.quota} />
        <QuotaTable view={view} quota={order.quota} />
        <WorstCase view={view} outside={outsideOf(order.quota)} />
        <dl>
          <dt>{t.valid}</dt>
          <dd>
            <Instant view={view} atMs={order.notBeforeSeconds * 1000} /> –{" "}
            <Instant view={view} atMs={order.notAfterSeconds * 1000} />
          </dd>
          <dt>{t.messages2}</dt>
          <dd>{fill(t.mostEachDelivery, { limit: order.message2Limit })}</dd>
          <dt>{t.rework}</dt>
          <dd>{order.rework ? t.allowed : t.notAllowed}</dd>
        </dl>
      </section>
      <section class="card">
        <h2>{t.forecast}</h2>
        <p>
          <ForecastText view={view} forecast={said} />
        </p>
        <Days view={view} days={daysOf(office, view, order)} forecast={said} />
      </section>
      <OrderForms office={office} view={view} order={order} />
      <Changes office={office} view={view} order={order} />
      <LentNow office={office} view={view} order={order} />
      <Waiting office={office} view={view} order={order} />
      <section class="card">
        <h2>{t.history}</h2>
        <LogTable
          office={office}
          view={view}
          entries={listLogOfOrder(office.db, order.order, HISTORY_MOST)}
        />
      </section>
    </>
  );
}

function daysOf(office: Office, view: View, order: OrderReply): readonly Day[] {
  const starts = dayStarts(view.nowMs, view.zone, DAYS);
  const made = starts.slice(0, -1).map((from, index) =>
    countMade(office.db, order.order, from, starts[index + 1] ?? from)
  );
  const left = leftOf(order.quota);
  return made.map((units, index) => ({
    day: dayOf(starts[index] ?? 0, view.zone),
    made: units,
    left: left + made.slice(index + 1).reduce((sum, later) => sum + later, 0),
  }));
}

function Days(
  { view, days, forecast }: {
    readonly view: View;
    readonly days: readonly Day[];
    readonly forecast: Forecast;
  },
) {
  const { t } = view;
  const [first] = days;
  const last = days.at(-1);
  const ends = forecast.says === "day" ? forecast.atMs : undefined;
  // A flat line says nothing that the sentence above does not.
  if (days.every(({ made }) => made === 0)) return null;
  return (
    <>
      <p class="ends">
        <span>{first?.day}: {count(first?.left ?? 0)}</span>
        <span>{last?.day}: {count(last?.left ?? 0)}</span>
        {ends === undefined ? null : <span>{dayOf(ends, view.zone)}: 0</span>}
      </p>
      <BurnDown
        view={view}
        days={days}
        daysLeft={ends === undefined ? undefined : (ends - view.nowMs) / DAY_MS}
      />
      <p class="legend">
        <span>
          <svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">
            <rect class="unit-committed" width="16" height="16" />
          </svg>
          {t.made}
        </span>
        <span>
          <svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">
            <line class="line" x1="0" y1="8" x2="16" y2="8" />
          </svg>
          {t.left}
        </span>
        {ends === undefined ? null : (
          <span>
            <svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">
              <line class="line ahead" x1="0" y1="8" x2="16" y2="8" />
            </svg>
            {t.forecast}
          </span>
        )}
      </p>
      <p class="small">{t.burnDownSays}</p>
      <DayNumbers view={view} days={days} />
    </>
  );
}

function DayNumbers({ view, days }: { readonly view: View; readonly days: readonly Day[] }) {
  const { t } = view;
  return (
    <details>
      <summary>{t.burnDown}</summary>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{t.day}</th>
            <th scope="col" class="number">{t.made}</th>
            <th scope="col" class="number">{t.left}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, made, left }) => (
            <tr>
              <th scope="row">{day}</th>
              <td class="number">{count(made)}</td>
              <td class="number">{count(left)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

interface Part {
  readonly office: Office;
  readonly view: View;
  readonly order: OrderReply;
}

function Waiting({ office, view, order }: Part) {
  const { t } = view;
  const units = (["keyed", "lost"] as const).flatMap((state) =>
    listUnitsIn(office.db, order.order, state, WAITING_MOST).map((key) => ({ ...key, state }))
  );
  if (units.length === 0) return null;
  return (
    <section class="card">
      <h2>{t.needLook}</h2>
      <ul class="plain">
        {units.map(({ family, uid, state }) => (
          <li>
            <a href={`/console/devices/${family}/${uid}`}>
              <code>{uid}</code>
            </a>{" "}
            {view.unit[state]}
          </li>
        ))}
      </ul>
    </section>
  );
}
