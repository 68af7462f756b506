/**
 * The acts of the page by the names that its addresses have. One address each: asked for with GET it shows the consequence
 * and changes nothing, sent with POST it does it, once for each form.
 *
 * @module
 */

import { hash32 } from "../../bootloader/suite/mod.ts";
import type { Decision } from "../api/mod.ts";
import { grantedAtMs, type Office, once } from "../issuance/mod.ts";
import * as orders from "./acts_orders.ts";
import * as people from "./acts_people.ts";
import * as stop from "./acts_stop.ts";
import { type Plan, type ReadPlan, shownOf } from "./plan.ts";
import type { TextName } from "./words.ts";

/** One act: its name in words, how it is read, and whether it is shown as dangerous. */
export interface Act {
  readonly title: TextName;
  readonly read: ReadPlan;
  readonly danger?: true;
}

/** Every act of the page. */
export const acts = Object.freeze(
  {
    "order-raise": { title: "orderRaise", read: orders.orderRaise },
    "order-lower": { title: "orderLower", read: orders.orderLower },
    "order-freeze": { title: "orderFreeze", read: orders.orderFreeze, danger: true },
    "order-thaw": { title: "orderThaw", read: orders.orderThaw },
    "order-dates": { title: "orderDates", read: orders.orderDates },
    "order-rework": { title: "orderRework", read: orders.orderRework },
    "order-confirm": { title: "orderConfirm", read: orders.orderConfirm },
    "order-free": { title: "orderFree", read: orders.orderFree, danger: true },
    "lend": { title: "lendAct", read: orders.lend },
    "stop-all": { title: "stopAll", read: stop.stopAll, danger: true },
    "stop-product": { title: "stopProduct", read: stop.stopProduct, danger: true },
    "stop-appliance": { title: "stopAppliance", read: people.stopAppliance, danger: true },
    "appliance-resume": { title: "applianceResume", read: people.resumeAppliance },
    "appliance-revoke": { title: "applianceRevoke", read: people.applianceRevoke, danger: true },
    "renewal-approve": { title: "renewalApprove", read: people.renewalApprove },
    "renewal-decline": { title: "renewalDecline", read: people.renewalDecline },
    "lease-give-up": { title: "leaseGiveUp", read: people.leaseGiveUp, danger: true },
    "device-deny": { title: "deviceDeny", read: people.deviceDeny },
    "device-allow": { title: "deviceAllow", read: people.deviceAllow },
    "device-lost": { title: "deviceLost", read: people.deviceLost, danger: true },
    "device-rework": { title: "deviceRework", read: people.deviceRework },
    "device-recredit": { title: "deviceRecredit", read: people.deviceRecredit, danger: true },
  } as const satisfies Record<string, Act>,
);

/** Names an act. */
export type ActName = keyof typeof acts;

/** Returns the act of a name, or undefined. */
export function actOf(name: string): (Act & { readonly name: ActName }) | undefined {
  return Object.hasOwn(acts, name) ? { ...acts[name as ActName], name: name as ActName } : undefined;
}

/** Does an act once for each form: the same form sent twice gives the first answer again. */
export function perform(
  office: Office,
  act: { readonly name: ActName; readonly plan: Plan; readonly who: string },
  form: {
    /** Names this one form. */
    readonly id: string;
    /** What the preview showed; null: there was none. */
    readonly shown: string | null;
  },
): Decision<unknown> {
  const { name, plan, who } = act;
  const hash = hash32(new TextEncoder().encode(JSON.stringify([name, plan.fields])));
  return once(office, { key: keyOf(who, name, form.id), hash }, () => {
    // Another owner may have changed it between preview and confirmation.
    if (form.shown !== null && form.shown !== shownOf(plan)) return { refused: "order-not-as-shown" };
    return plan.run(who);
  });
}

/** How long a page tells that an act was done, in milliseconds: a person who has just sent the form reads it. */
const DONE_TOLD_MS = 60_000;

/** Returns what an address says of an act that was done: the act and the form that it was done by. */
export function doneMark(name: ActName, formId: string): string {
  return `${name}.${formId}`;
}

/** Returns the act that a mark names where this caller has just done it; an address alone proves nothing. */
export function justDone(office: Office, who: string, mark: string): Act | undefined {
  const [, name = "", formId = ""] = /^([a-z-]{1,40})\.([0-9a-f]{32})$/.exec(mark) ?? [];
  const act = actOf(name);
  const atMs = act === undefined ? undefined : grantedAtMs(office, keyOf(who, act.name, formId));
  return atMs !== undefined && office.nowMs() - atMs < DONE_TOLD_MS ? act : undefined;
}

function keyOf(who: string, name: ActName, formId: string): string {
  return `${who} console ${name} ${formId}`;
}
