/**
 * The demo's voice: each step of one device's life (D§2) in plain words, with the time since the demo began.
 *
 * @module
 */
import type { AgentEvent } from "../../agent/mod.ts";

/** Tells one line of the story. */
export type Tell = (line: string) => void;

/** Returns a teller that puts the time since now before each line. */
export function storyTeller(say: (line: string) => void, nowMs: () => number): Tell {
  const began = nowMs();
  return (line) => say(`${((nowMs() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

/** What the story calls each board. */
export type NameOf = (event: { readonly station: string }) => string;

/** Tells what an event of the agent means; says nothing where nothing is to be learned. */
export function tellEvent(tell: Tell, event: AgentEvent, name: string): void {
  switch (event.kind) {
    case "chip":
      return tell(`${name}: attached under reset; a blank ${event.chip}, UID ${event.uid}`);
    case "own-chip":
      return tell(
        `${name}: an unfinished board of this appliance${
          event.locked ? "; it is unlocked, which erases it" : ""
        }`,
      );
    case "ticket":
      if (event.mode === "offline") {
        return tell(
          `${name}: no ticket from the authority; one of the offline allowance is bound to this UID (${
            event.ticketId.slice(0, 8)
          }…)`,
        );
      }
      return tell(
        `${name}: the authority ${
          event.fresh
            ? "reserves a unit and signs a ticket for this UID alone"
            : "gives the same ticket again"
        } (${event.ticketId.slice(0, 8)}…)`,
      );
    case "release":
      return tell(
        `${name}: the encrypted release ${
          event.cached
            ? "is in the appliance's store already"
            : `is fetched now, ${event.bytes} bytes, and kept`
        }`,
      );
    case "waiting":
      return tell(`${name}: WAITING. The operator reads: "${event.says}. ${event.remedy}."`);
    case "installed":
      return tell(
        `${name}: bootloader written and compared, ${event.bytes} bytes; power is cycled and it locks the chip`,
      );
    case "lock-proven":
      return tell(
        `${name}: lock proven from outside: level ${event.lock}, a plain attach gets no answer, under reset flash is closed${
          event.ramReadable ? " (RAM answers: lock class 2)" : ""
        }`,
      );
    case "keyed":
      return tell(
        `${name}: session keys agreed between chip and authority; the unit is keyed, its certificate signed`,
      );
    case "receipt":
      return tell(
        `${name}: firmware decrypted and installed by the chip, bootloader gone; its receipt is on the appliance's disk`,
      );
    case "committed":
      return tell(
        event.word === "authority"
          ? `${name}: the authority has checked the receipt: unit committed, serial ${event.serial}`
          : `${name}: the appliance's vault has checked the receipt: the appliance's word until it is reported`,
      );
    case "report-pending":
      return tell(`${name}: the receipt waits to be reported: ${event.detail}`);
    case "ended":
      return tellEnd(tell, event.result, name);
    default:
      return tellOfAppliance(tell, event, name);
  }
}

/** What is no step of a delivery: boards that are put in, and the way to the authority. */
function tellOfAppliance(tell: Tell, event: AgentEvent, name: string): void {
  switch (event.kind) {
    case "board":
      return tell(`${name}: put into ${event.station}`);
    case "station-fault":
      return tell(`${event.station}: ${event.message}`);
    case "station-works":
      return tell(`${event.station}: works again`);
    case "contact":
      return tell(
        event.reachable
          ? "The appliance reaches the authority again"
          : "The appliance reaches the authority no more; the line goes on",
      );
    case "synced":
      return tell(
        `The appliance has synced: ${event.reported} reported, ${event.lent} borrowed; ${event.left} tickets left for work without network`,
      );
    default:
      return;
  }
}

type Ended = Extract<AgentEvent, { readonly kind: "ended" }>["result"];

function tellEnd(tell: Tell, result: Ended, name: string): void {
  const seconds = `${result.seconds.modelled.toFixed(1)} s of the chip's time`;
  if (result.outcome === "delivered") return tell(`${name}: DELIVERED, ${seconds}`);
  if (result.cause === "stopped") return tell(`${name}: taken out again, still blank`);
  const detail = result.detail === null ? "" : ` [${result.detail}]`;
  const says = `${result.says ?? "no cause recorded"}. ${result.remedy ?? ""}${detail}`;
  tell(`${name}: ${result.outcome}: ${says} (${seconds})`);
}
