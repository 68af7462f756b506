/**
 * Acts about orders, each with the function of issuance that the owner's routes call. Decides nothing.
 *
 * @module
 */

import { applianceId, orderId, readWith } from "../api/mod.ts";
import type { OrderChange, OrderReply } from "../api/mod.ts";
import { changeOrder, type Office, orderReply, setAllowance } from "../issuance/mod.ts";
import { findAllowance, findAppliance, findOrder } from "../store/mod.ts";
import { type Fields, Mistake } from "./fields.ts";
import { type Plan, type ReadPlan, type Row, rowsOf, type Tell } from "./plan.ts";
import { outsideOf, stopCannotTell, unitsOutside, worstTell } from "./worst_case.tsx";

const UNITS_MOST = 1_000_000_000;

/** Reads the change that a form asks for, given the order as it is. */
type ReadChange = (fields: Fields, order: OrderReply) => {
  readonly change: OrderChange;
  readonly fields?: Readonly<Record<string, string>>;
  readonly tells: readonly Tell[];
  readonly tick?: Plan["tick"];
};

function orderAct(read: ReadChange): ReadPlan {
  return (office, fields) => {
    const id = readWith(orderId, fields.hex("order", 16), "the order's id");
    const found = findOrder(office.db, id);
    if (found === undefined) return { refused: "order-unknown" };
    const now = () => replyOf(office, id) ?? orderReply(found);
    const { change, tells, tick, fields: more = {} } = read(fields, orderReply(found));
    return {
      subject: found.name,
      back: `/console/orders/${id}`,
      fields: { order: id, ...more },
      ...(tick === undefined ? {} : { tick }),
      tells,
      rows: () => rowsOf(now()),
      terms: () => termsOf(now()),
      run: (who) => changeOrder(office, who, id, change),
    };
  };
}

function replyOf(office: Office, id: OrderReply["order"]): OrderReply | undefined {
  const found = findOrder(office.db, id);
  return found === undefined ? undefined : orderReply(found);
}

function termsOf(
  { quota, frozen, awaiting, rework, notBeforeSeconds, notAfterSeconds }: OrderReply,
): unknown {
  return [quota.granted, frozen, awaiting, rework, notBeforeSeconds, notAfterSeconds];
}

const lentTell = ({ quota }: OrderReply): readonly Tell[] => {
  const outside = outsideOf(quota);
  return unitsOutside(outside) === 0 ? [] : [worstTell(outside)];
};

/** Raises an order. */
export const orderRaise = orderAct((fields, { quota }) => {
  const by = fields.whole("by", 1, Math.max(1, UNITS_MOST - quota.granted));
  return { change: { change: "raise", by }, fields: { by: `${by}` }, tells: [{ text: "orderRaiseTells" }] };
});

/** Lowers an order. */
export const orderLower = orderAct((fields, order) => {
  const by = fields.whole("by", 1, UNITS_MOST);
  const tells: readonly Tell[] = [{ text: "orderLowerTells" }, ...lentTell(order)];
  return { change: { change: "lower", by }, fields: { by: `${by}` }, tells };
});

/** Freezes an order. */
export const orderFreeze = orderAct((_, order) => ({
  change: { change: "freeze" },
  tells: [
    { text: "orderFreezeTells" },
    stopCannotTell(outsideOf(order.quota), order.quota.keyed),
  ],
}));

/** Thaws an order. */
export const orderThaw = orderAct(() => ({
  change: { change: "thaw" },
  tells: [{ text: "orderThawTells" }],
}));

const DAY_SECONDS = 86_400;

/** Changes the dates of an order: from the beginning of the first day to the end of the last one. */
export const orderDates = orderAct((fields) => {
  const notBeforeSeconds = fields.day("from");
  const notAfterSeconds = fields.day("until") + DAY_SECONDS - 1;
  if (notAfterSeconds < notBeforeSeconds) throw new Mistake("until", { text: "takesLater" });
  return {
    change: { change: "dates", notBeforeSeconds, notAfterSeconds },
    fields: { from: fields.text("from"), until: fields.text("until") },
    tells: [{ text: "orderDatesTells" }],
  };
});

/** Allows or forbids rework. */
export const orderRework = orderAct((fields) => {
  const allowed = fields.text("allowed", "") === "yes";
  return {
    change: { change: "rework", allowed },
    fields: { allowed: allowed ? "yes" : "no" },
    tells: [{ text: "orderReworkTells" }],
  };
});

/** Confirms an order of a restored authority, with the terms that are shown. */
export const orderConfirm = orderAct((_, { quota, frozen, notBeforeSeconds, notAfterSeconds }) => ({
  change: { change: "confirm", granted: quota.granted, frozen, notBeforeSeconds, notAfterSeconds },
  tells: [{ text: "orderConfirmTells" }],
}));

/** Frees unaccounted units. */
export const orderFree = orderAct((fields) => {
  const units = fields.whole("units", 1, UNITS_MOST);
  return {
    change: { change: "free-unaccounted", units, deviceMayExist: fields.ticked("deviceMayExist") },
    fields: { units: `${units}` },
    tick: { name: "deviceMayExist", text: "deviceMayExist" },
    tells: [{ text: "orderFreeTells", parts: { units } }],
  };
});

/** Sets up to how many units may be lent to an appliance; for which chips stays as it is, any chip at first. */
export const lend: ReadPlan = (office, fields) => {
  const order = readWith(orderId, fields.hex("order", 16), "the order's id");
  const id = readWith(applianceId, fields.hex("appliance", 8), "the appliance's id");
  const found = findOrder(office.db, order);
  const appliance = findAppliance(office.db, id);
  if (found === undefined) return { refused: "order-unknown" };
  if (appliance === undefined) return { refused: "appliance-not-found" };
  const units = fields.whole("units", 0, UNITS_MOST);
  const kept = () => findAllowance(office.db, order, id);
  const zeros = "0".repeat(32);
  const { uidValue, uidMask } = kept() ?? { uidValue: zeros, uidMask: zeros };
  return {
    subject: `${found.name}, ${appliance.name}`,
    back: `/console/orders/${order}`,
    fields: { order, appliance: id, units: `${units}` },
    ...(units === 0 ? {} : { tick: { name: "acknowledges", text: "acknowledgesOffline" as const } }),
    tells: [{ text: "lendActTells" }],
    rows: (): readonly Row[] => [
      { name: { text: "mayBeLent" }, value: kept()?.units ?? 0 },
      { name: { text: "lentNow" }, value: kept()?.open ?? 0 },
    ],
    terms: () => [kept()?.units ?? 0],
    run: (who) =>
      setAllowance(office, who, order, {
        appliance: id,
        units,
        uidValue,
        uidMask,
        acknowledgesOffline: fields.ticked("acknowledges"),
      }),
  };
};
