/**
 * Numbers as the pages show them, the same in every language.
 *
 * @module
 */

/** Returns `1.8 s`, `640 ms` or minutes for a duration of a phase in milliseconds. */
export function formatTook(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 100_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.floor(ms / 1000) % 60} s`;
}

/** Returns `12.3 GB` for a number of bytes (decimal units). */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** Returns `98.7 %`, or null when there is nothing to divide. */
export function formatShare(part: number, whole: number): string | null {
  return whole === 0 ? null : `${((100 * part) / whole).toFixed(1)} %`;
}
