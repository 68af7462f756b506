/**
 * How grave each event of an agent is, and which of its facts stand in the log.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";
import type { Logged } from "./logger.ts";

const OUTCOME_LEVELS = { delivered: "info", refused: "warning", failed: "error" } as const;

/** Returns an event as it is logged. */
export function agentLogged(event: AgentEvent, appliance: string): Logged {
  const place = "delivery" in event
    ? { delivery: event.delivery, station: event.station, phase: event.phase, atMs: event.atMs }
    : {};
  return { level: "info", ...facts(event), ...place, event: event.kind, appliance };
}

function facts(event: AgentEvent): Partial<Logged> {
  switch (event.kind) {
    case "progress":
      return { level: "debug", done: event.done, total: event.total };
    case "chip":
      return { uid: event.uid, chip: event.chip };
    case "own-chip":
    case "rework":
      return { uid: event.uid };
    case "ticket":
      return { ticket: event.ticketId, release: event.release, mode: event.mode };
    case "release":
      return { release: event.release, bytes: event.bytes };
    case "waiting":
      return { level: "warning", code: event.cause, message: event.says, remedy: event.remedy };
    case "installed":
      return { bytes: event.bytes };
    case "keyed":
      return { message2: event.message2 };
    case "committed":
      return { serial: event.serial };
    case "report-pending":
      return { level: "warning", detail: event.detail };
    case "ended":
      return endedFacts(event.result);
    case "listening":
      return { url: event.url };
    case "board":
      return { station: event.station, board: event.path };
    case "station-works":
      return { station: event.station };
    case "station-fault":
      return { level: "error", station: event.station, message: event.message };
    default:
      return syncFacts(event);
  }
}

function endedFacts(result: Extract<AgentEvent, { kind: "ended" }>["result"]): Partial<Logged> {
  const { outcome, uid, chip, ticketId, release, mode, cause, says, remedy, detail, unit, seconds } = result;
  return {
    level: OUTCOME_LEVELS[outcome],
    ...{ outcome, uid, chip, ticket: ticketId, release, mode, code: cause, message: says, remedy, detail },
    unit,
    seconds: seconds.wall,
  };
}

function syncFacts(event: AgentEvent): Partial<Logged> {
  switch (event.kind) {
    case "reported-late":
      return { level: event.refused === null ? "info" : "warning", uid: event.uid, code: event.refused };
    case "contact":
      return { level: event.reachable ? "info" : "warning", message: event.problem, atMs: event.atMs };
    case "synced": {
      const { reported, lent, returned, shown, left, unreported, alarms, atMs } = event;
      const named = alarms.map(({ alarm, uid }) => `${alarm} ${uid}`).join(", ");
      const grave = alarms.length === 0 ? {} : { level: "error" as const, alarms: named };
      return { reported, lent, returned, shown, left, unreported, atMs, ...grave };
    }
    case "sync-refused": {
      const { code, says, remedy, detail } = event;
      return { level: "warning", code, message: says, remedy, detail };
    }
    case "sync-problem":
    case "page-problem":
      return { level: "error", message: event.message };
    case "lease-use-finished":
      return { level: "warning", uid: event.uid, ticket: event.ticketId };
    default:
      return {};
  }
}
