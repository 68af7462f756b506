/**
 * One event, one line: JSON with fixed names, each field bounded, nothing in it that could end a line or steer a terminal.
 * Only the fields that are named here are written: what an event gains later is not logged until somebody adds it.
 *
 * @module
 */

/** Levels from the most talkative to silence. */
export const logLevels = ["debug", "info", "warning", "error", "off"] as const;
/** One of {@linkcode logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** Whether a text names a level. */
export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

/** Every field of a line, in its order. `delivery` is unique together with `appliance`. */
const FIELDS = [
  "delivery",
  "station",
  "appliance",
  "ticket",
  "uid",
  "code",
  "phase",
  "outcome",
  "message",
  "remedy",
  "detail",
  "unit",
  "mode",
  "chip",
  "release",
  "seconds",
  "board",
  "url",
  "method",
  "path",
  "status",
  "who",
  "ms",
  "incident",
  "file",
  "until",
  "bytes",
  "done",
  "total",
  "message2",
  "serial",
  "reported",
  "lent",
  "returned",
  "shown",
  "left",
  "unreported",
  "alarms",
] as const;
type Field = (typeof FIELDS)[number];
type Value = string | number | boolean | null | undefined;

/** One event as it is to be logged; fields without a value are left out. */
export interface Logged extends Readonly<Partial<Record<Field, Value>>> {
  readonly level: Exclude<LogLevel, "off">;
  readonly event: string;
  /** Milliseconds since 1970, where the event says; else the time of writing. */
  readonly atMs?: number;
}

/** Writes events that are as grave as its level or graver. */
export type Logger = (event: Logged) => void;

/** How long a text may be, in UTF-16 units; what is cut ends in "…". */
const TEXT_MOST = 500;

/** Returns a logger. */
export function createLogger(
  ports: { readonly write: (line: string) => void; readonly nowMs: () => number; readonly level: LogLevel },
): Logger {
  const least = logLevels.indexOf(ports.level);
  return (event) => {
    if (logLevels.indexOf(event.level) < least) return;
    ports.write(lineOf(event, ports.nowMs()));
  };
}

function lineOf(event: Logged, nowMs: number): string {
  const line: Record<string, Value> = {
    time: new Date(event.atMs ?? nowMs).toISOString(),
    level: event.level,
    event: bounded(event.event),
  };
  for (const field of FIELDS) {
    const value = event[field];
    if (value !== null && value !== undefined) line[field] = bounded(value);
  }
  return JSON.stringify(line).replace(UNPRINTED, escaped);
}

function bounded<T extends Value>(value: T): T | string {
  return typeof value === "string" && value.length > TEXT_MOST ? `${value.slice(0, TEXT_MOST)}…` : value;
}

// JSON escapes what lies below a blank. The rest that ends a line somewhere, or that a terminal obeys, is escaped here.
const UNPRINTED = /[\u007f-\u009f\u2028\u2029]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
