/**
 * The first page: what needs a person, the sum of all orders, and each order with its bar, its forecast and what may happen
 * while appliances are cut off.
 *
 * @module
 */

import { fill, type OrderReply } from "../api/mod.ts";
import { type Office, orderReply, wholeQuota } from "../issuance/mod.ts";
import { countMade, findProduct, listAppliances, listOrders } from "../store/mod.ts";
import { dayOf, type Forecast, forecast, leftOf, RATE_DAYS } from "./forecast.ts";
import { QuotaBar } from "./pictures.tsx";
import { QuotaTable } from "./quota_table.tsx";
import { count, Instant, type View } from "./view.tsx";
import type { TextName } from "./words.ts";
import { outsideOf, WorstCase } from "./worst_case.tsx";

/** Orders on one page. */
const PAGE_ORDERS = 20;

/** Returns the content of the first page; `page` counts from 0. */
export function OrdersPage(
  { office, view, page }: { readonly office: Office; readonly view: View; readonly page: number },
) {
  const { t } = view;
  const quota = wholeQuota(office);
  // Newest first: that is what people look for.
  const orders = [...listOrders(office.db)].reverse();
  const shown = orders.slice(page * PAGE_ORDERS, (page + 1) * PAGE_ORDERS).map(orderReply);
  return (
    <>
      <h1>{t.orders}</h1>
      <Alarms office={office} view={view} quota={quota} />
      {page > 0 && shown.length === 0 ? <p class="empty">{t.nothingHere}</p> : null}
      {orders.length === 0 ? <p class="empty">{t.noOrders}</p> : null}
      {orders.length < 2 || page > 0 ? null : (
        <section class="card">
          <h2>{t.allOrders}</h2>
          <QuotaBar view={view} quota={quota.total} />
          <QuotaTable view={view} quota={quota.total} brief />
          <WorstCase view={view} outside={outsideOf(quota.total)} />
        </section>
      )}
      {shown.map((order) => <OrderCard key={order.order} office={office} view={view} order={order} />)}
      <p class="pages">
        {page === 0 ? null : <a class="button" href="/console">{t.first}</a>}
        {(page + 1) * PAGE_ORDERS >= orders.length
          ? null
          : <a class="button" href={`/console?page=${page + 1}`}>{t.more}</a>}
      </p>
    </>
  );
}

function OrderCard(
  { office, view, order }: { readonly office: Office; readonly view: View; readonly order: OrderReply },
) {
  const product = findProduct(office.db, order.product);
  return (
    <section class="card">
      <h2>
        <a href={`/console/orders/${order.order}`}>{order.name}</a>
        <OrderState view={view} order={order} />
      </h2>
      <p class="under">
        {product?.name ?? order.product} · {order.version}
      </p>
      <QuotaBar view={view} quota={order.quota} />
      <QuotaTable view={view} quota={order.quota} brief />
      <p>
        <strong>{view.t.forecast}</strong>{" "}
        <ForecastText view={view} forecast={forecastOf(office, view, order)} />
      </p>
      <WorstCase view={view} outside={outsideOf(order.quota)} />
    </section>
  );
}

/** Returns the word for how an order stands. */
export function stateOf(order: OrderReply, nowMs: number): TextName {
  const seconds = Math.floor(nowMs / 1000);
  if (order.awaiting) return "awaiting";
  if (order.frozen) return "frozen";
  if (seconds < order.notBeforeSeconds) return "notBegun";
  if (seconds > order.notAfterSeconds) return "ended";
  return order.quota.free === 0 ? "usedUp" : "open";
}

const SIGNS = Object.freeze(
  { open: "●", frozen: "❄", awaiting: "!", notBegun: "○", ended: "■", usedUp: "▲" } as const,
);

/** How an order stands, as word, sign and colour. */
export function OrderState({ view, order }: { readonly view: View; readonly order: OrderReply }) {
  const state = stateOf(order, view.nowMs) as keyof typeof SIGNS;
  return (
    <span class={`tag tag-${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span> {view.t[state]}
    </span>
  );
}

/** Returns the forecast of an order as it stands. */
export function forecastOf(office: Office, view: View, order: OrderReply): Forecast {
  const fromMs = view.nowMs - RATE_DAYS * 86_400_000;
  const state = stateOf(order, view.nowMs);
  return forecast({
    left: leftOf(order.quota),
    unaccounted: order.quota.unaccounted,
    made: countMade(office.db, order.order, fromMs, view.nowMs + 1),
    createdAtMs: order.createdAtMs,
    stopped: state !== "open" && state !== "usedUp",
    nowMs: view.nowMs,
  });
}

/** A forecast in words. */
export function ForecastText({ view, forecast: said }: { readonly view: View; readonly forecast: Forecast }) {
  const { t } = view;
  const rate = (value: number) => value >= 10 ? count(Math.round(value)) : value.toFixed(1);
  switch (said.says) {
    case "spent":
      return <>{t.forecastSpent}</>;
    case "unaccounted":
      return <>{fill(t.forecastUnaccounted, { units: count(said.units) })}</>;
    case "stopped":
      return <>{t.forecastStopped}</>;
    case "none":
      return <>{fill(t.forecastNone, { days: said.days })}</>;
    case "little":
      return <>{fill(t.forecastLittle, { days: said.days, made: said.made })}</>;
    case "far":
      return <>{fill(t.forecastFar, { days: said.days, rate: rate(said.rate) })}</>;
    case "day": {
      const day = dayOf(said.atMs, view.zone);
      return <>{fill(t.forecastDay, { days: said.days, rate: rate(said.rate), day })}</>;
    }
  }
}

function Alarms(
  { office, view, quota }: {
    readonly office: Office;
    readonly view: View;
    readonly quota: ReturnType<typeof wholeQuota>;
  },
) {
  const { t } = view;
  const awaiting = quota.orders.filter((order) => order.awaiting);
  const appliances = listAppliances(office.db).filter(({ revokedAtMs }) => revokedAtMs === null);
  const frozen = appliances.filter(({ frozenAtMs }) => frozenAtMs !== null);
  const asking = appliances.filter(({ frozenAtMs, renewalAskedAtMs }) =>
    frozenAtMs === null && renewalAskedAtMs !== null
  );
  if (!quota.outdated && awaiting.length + frozen.length + asking.length === 0) return null;
  const [before = "", after = ""] = fill(t.alarmAwaiting, { orders: awaiting.length }).split("{at}");
  return (
    <section class="card alarm" aria-label={t.alarms}>
      <h2>{t.alarms}</h2>
      <ul>
        {quota.outdated ? <li>{t.alarmOutdated}</li> : null}
        {awaiting.length === 0 ? null : (
          <li>
            {before}
            <Instant view={view} atMs={quota.epochBegunAtMs ?? view.nowMs} />
            {after}
          </li>
        )}
        {frozen.map(({ appliance, name }) => (
          <li>
            <a href={`/console/appliances/${appliance}`}>{fill(t.alarmFrozen, { name })}</a>
          </li>
        ))}
        {asking.map(({ appliance, name }) => (
          <li>
            <a href={`/console/appliances/${appliance}`}>{fill(t.alarmRenewal, { name })}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}
