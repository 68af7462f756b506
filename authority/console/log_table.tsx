/**
 * Entries of the log as people read them: when, what, who. The log says names and numbers only, never a secret.
 *
 * @module
 */

import type { ApplianceId } from "../../bootloader/wire/mod.ts";
import { formatInstant, type LogEntry } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { findAppliance } from "../store/mod.ts";
import { Cell, Instant, Table, type View } from "./view.tsx";
import { changeText, eventText, factName } from "./words_events.ts";

/** Facts of an entry that stand elsewhere on the page or are bytes that nobody reads. */
const UNSAID = Object.freeze([
  "uid",
  "family",
  "order",
  "product",
  "release",
  "record",
  "receipt",
  "uidValue",
  "uidMask",
]);

interface Part {
  readonly office: Office;
  readonly view: View;
}

/** A table of log entries. */
export function LogTable({ office, view, entries }: Part & { readonly entries: readonly LogEntry[] }) {
  const { t } = view;
  if (entries.length === 0) return <p class="empty">{t.none}</p>;
  return (
    <Table heads={[t.when, t.what, t.details, t.who]}>
      {entries.map(({ entry }) => {
        const { at, event, who, about } = readEntry(entry);
        const facts = Object.entries(about).filter(([name, value]) => isSaid(about, name, value));
        return (
          <tr>
            <th scope="row">
              <Instant view={view} atMs={at} />
            </th>
            <Cell head={t.what}>{eventText(event, view.language)}</Cell>
            <Cell head={t.details}>
              {facts.map(([name, value]) => (
                <span class="fact">
                  {factName(name, view.language)} <code>{factText(office, view, name, value)}</code>
                </span>
              ))}
            </Cell>
            <Cell head={t.who}>{whoText(office, who)}</Cell>
          </tr>
        );
      })}
    </Table>
  );
}

/** What each change of an order sets: its other terms stand in the entry too, and are as they were. */
const TERMS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  raise: ["granted"],
  lower: ["granted"],
  confirm: ["granted"],
  dates: ["notBeforeSeconds", "notAfterSeconds"],
  "free-unaccounted": ["freed"],
  rework: ["rework"],
  freeze: [],
  thaw: [],
});

/** What is no, none or nothing is not worth a word. */
function isSaid(about: Readonly<Record<string, unknown>>, name: string, value: unknown): boolean {
  const terms = typeof about["change"] === "string" ? TERMS[about["change"]] : undefined;
  if (terms !== undefined) return name === "change" || terms.includes(name);
  return !UNSAID.includes(name) && value !== false && value !== null && value !== 0;
}

function factText(office: Office, view: View, name: string, value: unknown): string {
  if (name.endsWith("Seconds") && typeof value === "number") {
    return formatInstant(value * 1000, view.zone).slice(0, 16);
  }
  const text = String(value);
  if (name === "change") return changeText(text, view.language);
  if (name === "appliance") return findAppliance(office.db, text as ApplianceId)?.name ?? text;
  return name === "ticket" || name === "lease" ? `${text.slice(0, 8)}…` : text;
}

function whoText(office: Office, who: string): string {
  const [kind = "", id = ""] = who.split(" ");
  const name = kind === "appliance" ? findAppliance(office.db, id as ApplianceId)?.name : undefined;
  return name ?? who;
}

/** The log's own text: what `entryText` of the log writes. */
function readEntry(entry: string): {
  readonly at: number;
  readonly event: string;
  readonly who: string;
  readonly about: Readonly<Record<string, unknown>>;
} {
  return JSON.parse(entry);
}
