/**
 * The agent's events as lines for people.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";

/** Returns the lines that `event` is worth; none for what passes too fast to read. */
export function agentEventLine(event: AgentEvent): readonly string[] {
  switch (event.kind) {
    case "listening":
      return [`Status page ${event.url}`];
    case "board":
      return [`${event.station}: board ${event.path}`];
    case "board-out":
      return [`${event.station}: board taken out`];
    case "again":
      return [];
    case "station-works":
      return [`${event.station}: works again`];
    case "station-fault":
      return [`${event.station}: ${event.message}`];
    case "reported-late":
      return [`Reported late: ${event.uid}${event.refused === null ? "" : ` (refused: ${event.refused})`}`];
    case "contact":
      return [
        event.reachable
          ? "The owner's server answers again"
          : `The owner's server cannot be reached: ${event.problem ?? "no cause known"}`,
      ];
    case "synced":
      return [
        `Synced: ${event.reported} reported, ${event.lent} borrowed, ${event.returned} returned${
          event.shown > 0 ? `, ${event.shown} of before the server was restored` : ""
        }; ${event.left} left offline`,
        ...event.alarms.map(({ uid, alarm }) => `ALARM for UID ${uid}: ${alarm}`),
      ];
    case "sync-refused":
      return [
        `The owner's server refuses (${event.at}): ${event.says}. ${event.remedy}${
          event.detail === null ? "" : `. ${event.detail}`
        }`,
      ];
    case "sync-problem":
    case "page-problem":
      return [event.message];
    case "lease-use-finished":
      return [
        `A crash left offline ticket ${event.ticketId} with UID ${event.uid}: it is for this chip alone now`,
      ];
    default:
      return deliveryLine(event);
  }
}

type DeliveryEvent = Extract<AgentEvent, { readonly phase: string }>;

function deliveryLine(event: DeliveryEvent): readonly string[] {
  const at = `${event.station} ${(event.stationMs / 1000).toFixed(2)} s`;
  switch (event.kind) {
    case "phase":
    case "progress":
      return [];
    case "chip":
      return [`${at}: chip ${event.chip}, UID ${event.uid}`];
    case "own-chip":
      return [
        `${at}: this appliance's own unfinished board${event.locked ? ", locked: it is unlocked first" : ""}`,
      ];
    case "rework":
      return [
        `${at}: REWORK: the owner has this device made anew${
          event.locked ? "; it is unlocked first, which erases it" : ""
        }`,
      ];
    case "ticket":
      return [
        `${at}: ${event.fresh ? "ticket" : "the same ticket again"} ${event.ticketId}${
          event.mode === "offline" ? " (offline allowance)" : ""
        }`,
      ];
    case "release":
      return [
        `${at}: release ${event.release} ${
          event.cached ? "is here already" : `fetched, ${event.bytes} bytes`
        }`,
      ];
    case "waiting":
      return [`${at}: WAITING: ${event.says}. ${event.remedy}`];
    case "installed":
      return [`${at}: bootloader installed, ${event.bytes} bytes compared`];
    case "lock-proven":
      return [
        `${at}: lock proven, level ${event.lock}${event.ramReadable ? " (RAM answers under reset)" : ""}`,
      ];
    case "keyed":
      return [`${at}: keys agreed (message 2 number ${event.message2})`];
    case "receipt":
      return [`${at}: receipt kept`];
    case "committed":
      return [
        `${at}: committed${
          event.word === "appliance" ? " on the appliance's word" : ""
        }, serial ${event.serial}`,
      ];
    case "report-pending":
      return [`${at}: receipt waits to be reported: ${event.detail}`];
    case "ended": {
      const { result } = event;
      const seconds = `${result.seconds.modelled.toFixed(1)} s modelled, ${
        result.seconds.wall.toFixed(1)
      } s wall`;
      if (result.outcome === "delivered") return [`${at}: DELIVERED ${result.uid} (${seconds})`];
      return [
        `${at}: ${result.outcome.toUpperCase()} ${
          result.uid ?? ""
        }: ${result.says}. ${result.remedy} (${seconds})`,
      ];
    }
  }
}
