/**
 * Lines for people: tables, counts, times. Times are UTC and ISO 8601.
 *
 * @module
 */
import type { OwnerReport } from "../../authority/owner/mod.ts";

/** Returns `rows` under `head`, columns padded to the same width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length))
  );
  return [head, ...rows].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
}

/** Returns `1 appliance`, `2 appliances`, `2 replies`. */
export function countText(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun.replace(/y$/, "ie")}s`}`;
}

/** Returns milliseconds since 1970 as `2026-01-31 08:00:00Z`. */
export function timeText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The counts of a ledger that are printed in one line. */
export type QuotaCounts = OwnerReport["total"];

/** Returns what unaccounted units mean, where there are any. */
export function unaccountedLines({ unaccounted }: QuotaCounts): readonly string[] {
  return unaccounted === 0
    ? []
    : [`  ${countText(unaccounted, "device")} may exist that this server does not know`];
}

/** Returns the counts of one ledger; states with no unit are left out, but for free and committed. */
export function quotaLine(quota: QuotaCounts): string {
  const rare = (["leased", "reserved", "keyed", "lost", "unaccounted"] as const).filter((state) =>
    quota[state] > 0
  );
  return [
    `${quota.granted} granted`,
    `${quota.free} free`,
    `${quota.committed} committed`,
    ...rare.map((state) => `${quota[state]} ${state}`),
  ].join(", ");
}
