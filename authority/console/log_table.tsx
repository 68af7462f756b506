/**
 * Entries of the log as people read them: when, who, what. The log says names and numbers only, never a secret.
 *
 * @module
 */

import type { LogEntry } from "../api/mod.ts";
import { Cell, Instant, Table, type View } from "./view.tsx";

/** Facts of an entry that stand elsewhere on the page or are bytes that nobody reads. */
const UNSAID = Object.freeze([
  "uid",
  "family",
  "order",
  "product",
  "record",
  "receipt",
  "uidValue",
  "uidMask",
]);

/** A table of log entries. */
export function LogTable({ view, entries }: { readonly view: View; readonly entries: readonly LogEntry[] }) {
  const { t } = view;
  if (entries.length === 0) return <p class="empty">{t.none}</p>;
  return (
    <Table heads={[t.when, t.what, t.details, t.who]}>
      {entries.map(({ entry }) => {
        const { at, event, who, about } = readEntry(entry);
        return (
          <tr>
            <th scope="row">
              <Instant view={view} atMs={at} />
            </th>
            <Cell head={t.what}>{event}</Cell>
            <Cell head={t.details}>
              {Object.entries(about).filter(([name]) => !UNSAID.includes(name)).map(([name, value]) => (
                <span class="fact">
                  {name} <code>{String(value)}</code>
                </span>
              ))}
            </Cell>
            <Cell head={t.who}>{who}</Cell>
          </tr>
        );
      })}
    </Table>
  );
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
