/**
 * Times as people read them: stored as UTC, shown in the site's zone with its offset, the same in every language (ISO 8601).
 *
 * @module
 */

/** One for each zone that is shown; to make one costs several times its use. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Returns `2026-11-30 12:42:33 +08:00` for an instant, milliseconds since 1970, in a zone of the IANA database. */
export function formatInstant(atMs: number, zone: string): string {
  const format = formats.get(zone) ?? formatIn(zone);
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const of = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? "";
  const offset = of("timeZoneName").replace("GMT", "") || "+00:00";
  return `${of("year")}-${of("month")}-${of("day")} ${of("hour")}:${of("minute")}:${of("second")} ${offset}`;
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
}

/** Tells whether the runtime knows a zone of this name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Returns `3 h 10 min`, `4 min` or `12 s` for a duration in milliseconds, rounded down: units of the SI, in every language. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [86_400, 3600, 60].map((size) => Math.floor(seconds / size)) as [
    number,
    number,
    number,
  ];
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
