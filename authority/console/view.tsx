/**
 * What every page is drawn with: words, zone, the time, who is signed in; and the small pieces that pages share.
 *
 * @module
 */
// deno-lint-ignore-file jsx-key -- drawn once, on the server: a key would only become an attribute

import { column, fill, formatDuration, formatInstant, type Language, type WordTable } from "../api/mod.ts";
import type { Session } from "./session.ts";
import type { Plan, Row } from "./plan.ts";
import { type TextName, type Texts, textsOf, type UnitTexts, unitTextsOf } from "./words.ts";

/** What a page is drawn with. */
export interface View {
  readonly language: Language;
  readonly t: Texts;
  readonly unit: UnitTexts;
  /** What ends a sentence, and what stands between a name and what is said of it. */
  readonly marks: { readonly stop: string; readonly colon: string };
  /** A name of the IANA database. */
  readonly zone: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly ownerName: string;
  /** Undefined where nobody is signed in. */
  readonly session: Session | undefined;
  /** The page's own address, without what was asked about the language. */
  readonly path: string;
  /** Draws a fresh name for a form, so that it counts once. */
  readonly formId: () => string;
}

const marks = {
  stop: { en: ".", "zh-Hans": "。" },
  colon: { en: ": ", "zh-Hans": "：" },
} as const satisfies WordTable;

/** Returns a view in a language. */
export function viewOf(facts: Omit<View, "t" | "unit" | "marks">): View {
  const { language } = facts;
  return { ...facts, t: textsOf(language), unit: unitTextsOf(language), marks: column(marks, language) };
}

/** An instant, with the zone's offset. */
export function Instant({ view, atMs }: { readonly view: View; readonly atMs: number }) {
  return <time datetime={new Date(atMs).toISOString()}>{formatInstant(atMs, view.zone)}</time>;
}

/** How long ago an instant was. */
export function Ago({ view, atMs }: { readonly view: View; readonly atMs: number }) {
  return <>{fill(view.t.ago, { age: formatDuration(view.nowMs - atMs) })}</>;
}

/** Returns a count with a thin space between thousands: the same in every language. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, "\u202f");
}

/** The value of a row, as people read it. */
export function RowValue({ view, row }: { readonly view: View; readonly row: Row }) {
  const { value } = row;
  if (typeof value === "number") return <>{count(value)}</>;
  if ("text" in value) return <>{view.t[value.text]}</>;
  if ("atMs" in value) return <Instant view={view} atMs={value.atMs} />;
  return <>{value.literal in view.unit ? view.unit[value.literal as keyof UnitTexts] : value.literal}</>;
}

/** Returns the name of a row, as people read it. */
export function rowName(view: View, { name }: Row): string {
  return "text" in name ? view.t[name.text] : view.unit[name.unit];
}

/** The hidden fields of a form that does an act. */
export function FormProof(
  { view, plan, shown }: {
    readonly view: View;
    readonly plan: Pick<Plan, "fields">;
    readonly shown?: string;
  },
) {
  return (
    <>
      <input type="hidden" name="proof" value={view.session?.formProof ?? ""} />
      <input type="hidden" name="form" value={view.formId()} />
      {shown === undefined ? null : <input type="hidden" name="shown" value={shown} />}
      {Object.entries(plan.fields).map(([name, value]) => <input type="hidden" name={name} value={value} />)}
    </>
  );
}

/** A table whose cells carry their column's name, so that a phone shows each row as a block. */
export function Table(
  { heads, children, caption }: {
    readonly heads: readonly string[];
    readonly caption?: string;
    readonly children?: unknown;
  },
) {
  return (
    <table class="wide">
      {caption === undefined ? null : <caption>{caption}</caption>}
      <thead>
        <tr>{heads.map((head) => <th scope="col">{head}</th>)}</tr>
      </thead>
      <tbody>{children as string}</tbody>
    </table>
  );
}

/** A cell that says of which column it is. */
export function Cell(
  { head, children, number }: {
    readonly head: string;
    readonly number?: boolean;
    readonly children?: unknown;
  },
) {
  return (
    <td data-head={head} class={number === true ? "number" : ""}>
      {children as string}
    </td>
  );
}

/** A link that asks for an act: its consequence is shown first. */
export function ActLink(
  { view, act, fields, text }: {
    readonly view: View;
    readonly act: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly text: TextName;
  },
) {
  const query = new URLSearchParams(fields).toString();
  return (
    <a class="button" href={`/console/acts/${act}${query === "" ? "" : `?${query}`}`}>
      {view.t[text]}
    </a>
  );
}
