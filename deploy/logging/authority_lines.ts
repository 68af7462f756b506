/**
 * The authority says its events as JSON text; here they get their level and their place in the log.
 *
 * @module
 */
import type { Logged } from "./logger.ts";

/** Returns what a line of the authority is logged as. */
export function authorityLogged(line: string): Logged {
  const said = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const event = String(said["event"]);
  if (event === "request") return requestLogged(said);
  const isFine = event === "channel-renewed";
  return {
    level: isFine ? "info" : event === "incident" ? "error" : "warning",
    event,
    incident: textOf(said["incident"]),
    code: textOf(said["error"]),
    message: textOf(said["message"]) ?? textOf(said["problem"]),
    file: textOf(said["certificateFile"]),
    until: textOf(said["until"]),
    detail: said["missing"] === undefined ? undefined : `"${said["missing"]}" is missing`,
  };
}

function requestLogged(said: Readonly<Record<string, unknown>>): Logged {
  const path = textOf(said["path"]) ?? "";
  const status = Number(said["status"]);
  const who = textOf(said["who"]);
  const isAppliance = who?.startsWith("appliance ") ?? false;
  return {
    // A refusal is an answer like any other: the order that is spent is no trouble of the server.
    level: status >= 500 ? "error" : "info",
    event: "request",
    atMs: Number(said["at"]),
    appliance: isAppliance ? who?.slice("appliance ".length) : undefined,
    who: isAppliance ? undefined : who,
    ticket: /^\/v1\/tickets\/([0-9a-f]{32})\//.exec(path)?.[1],
    method: textOf(said["method"]),
    path,
    status,
    code: textOf(said["refused"]),
    ms: Number(said["ms"]),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
