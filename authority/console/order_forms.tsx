/**
 * The forms that change an order. Each only asks: its consequence is shown before anything happens.
 *
 * @module
 */
// deno-lint-ignore-file jsx-key -- drawn once, on the server: a key would only become an attribute

import type { OrderReply } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { findProduct, listAppliances } from "../store/mod.ts";
import { ActLink, type View } from "./view.tsx";

interface Part {
  readonly view: View;
  readonly order: OrderReply;
}

/** Returns the forms of an order. */
export function OrderForms({ office, view, order }: Part & { readonly office: Office }) {
  const { t } = view;
  const fields = { order: order.order };
  return (
    <section class="card acts" id="change">
      <h2>{t.change}</h2>
      <p class="small">{t.changeSays}</p>
      <form method="get" action="/console/acts/order-raise">
        <input type="hidden" name="order" value={order.order} />
        <Field name="by" label={t.by} type="number" least={1} />
        <span class="row">
          <button type="submit">{t.raise}</button>
          <button type="submit" formaction="/console/acts/order-lower">{t.lower}</button>
        </span>
      </form>
      <p class="row">
        {order.awaiting
          ? <ActLink view={view} act="order-confirm" fields={fields} text="confirmOrder" />
          : null}
        {order.frozen
          ? <ActLink view={view} act="order-thaw" fields={fields} text="thaw" />
          : <ActLink view={view} act="order-freeze" fields={fields} text="freeze" />}
        {order.rework
          ? (
            <ActLink
              view={view}
              act="order-rework"
              fields={{ ...fields, allowed: "no" }}
              text="forbidRework"
            />
          )
          : (
            <ActLink
              view={view}
              act="order-rework"
              fields={{ ...fields, allowed: "yes" }}
              text="allowRework"
            />
          )}
      </p>
      {order.quota.unaccounted === 0 ? null : (
        <form method="get" action="/console/acts/order-free">
          <input type="hidden" name="order" value={order.order} />
          <Field name="units" label={t.by} type="number" least={1} most={order.quota.unaccounted} />
          <button type="submit">{t.freeUnaccounted}</button>
        </form>
      )}
      <LendForm office={office} view={view} order={order} />
      <form method="get" action="/console/acts/order-dates">
        <input type="hidden" name="order" value={order.order} />
        <Field name="from" label={t.from} type="date" value={dayText(order.notBeforeSeconds)} />
        <Field name="until" label={t.until} type="date" value={dayText(order.notAfterSeconds)} />
        <button type="submit">{t.changeDates}</button>
      </form>
    </section>
  );
}

function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function LendForm({ office, view, order }: Part & { readonly office: Office }) {
  const { t } = view;
  const offline = findProduct(office.db, order.product)?.offline ?? null;
  if (offline === null) return <p class="small">{t.lendNotAllowed}</p>;
  const appliances = listAppliances(office.db).filter(({ revokedAtMs, frozenAtMs, products }) =>
    revokedAtMs === null && frozenAtMs === null && (products.length === 0 || products.includes(order.product))
  );
  if (appliances.length === 0) return null;
  return (
    <form method="get" action="/console/acts/lend">
      <h3>{t.lendTitle}</h3>
      <input type="hidden" name="order" value={order.order} />
      <label>
        <span>{t.appliance}</span>
        <select name="appliance">
          {appliances.map(({ appliance, name }) => <option value={appliance}>{name}</option>)}
        </select>
      </label>
      <Field name="units" label={t.lendUnits} type="number" least={0} most={offline.unitsMax} />
      <button type="submit">{t.lend}</button>
    </form>
  );
}

function Field(
  { name, label, type, least, most, value }: {
    readonly name: string;
    readonly label: string;
    readonly type: "number" | "date";
    readonly least?: number;
    readonly most?: number;
    readonly value?: string;
  },
) {
  return (
    <label>
      <span>{label}</span>
      <input
        name={name}
        type={type}
        min={least}
        max={most}
        value={value}
        inputmode={type === "number" ? "numeric" : undefined}
        required
      />
    </label>
  );
}
