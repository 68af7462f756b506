/**
 * An act that a person may do on the page, before it is done: what it is about, how that stands, and the very function that
 * the owner's routes call. Decides nothing.
 *
 * @module
 */

import { hash32 } from "../../bootloader/suite/mod.ts";
import { Defect } from "../../bootloader/wire/mod.ts";
import type { Decision, OrderReply, RefusalCode } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import type { Fields } from "./fields.ts";
import type { TextName, UnitTexts } from "./words.ts";

/** How one thing stands: a name and a value, either of which may be words. */
export interface Row {
  readonly name: { readonly text: TextName } | { readonly unit: keyof UnitTexts };
  readonly value: number | { readonly text: TextName } | { readonly literal: string } | {
    readonly atMs: number;
  };
}

/** What an act means, with what fills the sentence in. */
export interface Tell {
  readonly text: TextName;
  readonly parts?: Readonly<Record<string, number | string>>;
}

/** An act that was asked for and not done yet. */
export interface Plan {
  /** The name of what it is about. */
  readonly subject: string;
  /** The page that tells of it afterwards. */
  readonly back: string;
  /** Handed on from preview to confirmation. */
  readonly fields: Readonly<Record<string, string>>;
  /** A box that has to be ticked for it. */
  readonly tick?: { readonly name: string; readonly text: TextName };
  readonly tells: readonly Tell[];
  /** How things stand, as of the running transaction. */
  readonly rows: () => readonly Row[];
  /** What has to be as it was shown when the act is done; the counts of units are not: devices are made meanwhile. */
  readonly terms: () => unknown;
  /** Does it, within the running transaction. */
  readonly run: (who: string) => Decision<unknown>;
}

/** Reads the fields of an act; a refusal where it is about nothing that is known. */
export type ReadPlan = (office: Office, fields: Fields) => Plan | { readonly refused: RefusalCode };

/** What a preview shows. */
export interface Rehearsal {
  readonly before: readonly Row[];
  readonly after: readonly Row[];
  readonly decision: Decision<unknown>;
  /** Stands for the terms as they were shown. */
  readonly shown: string;
}

/** Thrown to undo what was rehearsed; caught right here. */
class Undone extends Defect {}

/** Does an act and undoes all of it: what a preview shows is what the act itself does, with no second opinion. */
export function rehearse(office: Office, plan: Plan, who: string): Rehearsal {
  let seen: Rehearsal | undefined;
  try {
    office.db.transact(() => {
      const before = plan.rows();
      const shown = shownOf(plan);
      const decision = plan.run(who);
      seen = { before, after: plan.rows(), decision, shown };
      throw new Undone("Cannot keep a rehearsal: it is undone");
    });
  } catch (error) {
    if (!(error instanceof Undone) || seen === undefined) throw error;
  }
  if (seen === undefined) throw new Defect("Cannot show a rehearsal: there was none");
  return seen;
}

/** Returns what stands for the terms of an act's subject, as they are now. */
export function shownOf(plan: Plan): string {
  return hash32(new TextEncoder().encode(JSON.stringify(plan.terms()))).toHex();
}

/** Returns how an order stands. */
export function rowsOf(order: OrderReply): readonly Row[] {
  const { granted, free, leased, reserved, keyed, committed, lost, unaccounted } = order.quota;
  const counts = { granted, free, leased, reserved, keyed, committed, lost, unaccounted };
  return [
    ...Object.entries(counts).map(([unit, value]): Row => ({
      name: { unit: unit as keyof UnitTexts },
      value,
    })),
    {
      name: { text: "state" },
      value: { text: order.awaiting ? "awaiting" : order.frozen ? "frozen" : "open" },
    },
    { name: { text: "validFrom" }, value: { atMs: order.notBeforeSeconds * 1000 } },
    { name: { text: "validUntil" }, value: { atMs: order.notAfterSeconds * 1000 } },
    { name: { text: "rework" }, value: { text: order.rework ? "allowed" : "notAllowed" } },
  ];
}
