/**
 * One delivery under way: enters phases, keeps their deadlines, turns what goes wrong into a cause (one place), and
 * tells the journal and whoever listens. Knows no phase's content.
 *
 * @module
 */
import type { Refused } from "../../authority/api/mod.ts";
import { Fault, type FaultPlace, Malformed } from "../../bootloader/wire/mod.ts";
import { type CauseCode, type Stop, stopFor, type UnitEffect } from "./causes.ts";
import type { Happening, Mode } from "./events.ts";
import { type Phase, phases } from "./phases.ts";
import type { DeliveryOptions, DeliveryPorts } from "./ports.ts";

/** What a step gives: its result, or why the delivery ends here. */
export type Step<T> = { readonly done: T } | { readonly stop: Stop };

/** What is known so far; filled in as phases end. */
export interface Known {
  uid: string | null;
  chip: string | null;
  ticketId: string | null;
  release: string | null;
  mode: Mode;
  certificate: string | null;
  unit: UnitEffect;
}

/** One delivery under way. */
export class Run {
  readonly ports: DeliveryPorts;
  readonly options: DeliveryOptions;
  readonly delivery: number;
  readonly startedMs: number;
  readonly stationStartMs: number;
  readonly known: Known = {
    uid: null,
    chip: null,
    ticketId: null,
    release: null,
    mode: "online",
    certificate: null,
    unit: "none used",
  };
  phase: Phase = "attach";

  constructor(ports: DeliveryPorts, options: DeliveryOptions) {
    this.ports = ports;
    this.options = options;
    this.startedMs = ports.nowMs();
    this.stationStartMs = ports.probe.nowMs();
    this.delivery = ports.journal.startDelivery(options.station, this.phase);
  }

  /** Tells an event. */
  tell(happening: Happening): void {
    this.ports.emit({
      station: this.options.station,
      delivery: this.delivery,
      phase: this.phase,
      stationMs: this.ports.probe.nowMs() - this.stationStartMs,
      atMs: this.ports.nowMs(),
      ...happening,
    });
  }

  /** Runs one phase under its deadline. Whatever it throws, a defect apart, becomes a cause. */
  async inPhase<T>(phase: Phase, act: (signal: AbortSignal) => Promise<Step<T>>): Promise<Step<T>> {
    // A phase that is entered again (a waiting station asks every 2 s) is one phase in record and narration.
    if (phase !== this.phase) {
      this.phase = phase;
      this.ports.journal.enterPhase(this.delivery, phase);
      this.tell({ kind: "phase" });
    }
    const { deadlineMs } = phases[phase];
    const clock = new AbortController();
    const late = new Fault(`Cannot finish "${phase}": it took more than ${deadlineMs / 1000} s`, {
      place: "deadline",
      retry: true,
    });
    void this.ports.pause(deadlineMs, clock.signal).then(() => clock.abort(late));
    try {
      return await act(AbortSignal.any([clock.signal, this.options.signal]));
    } catch (error) {
      return { stop: stopOf(error, { phase, stopped: this.options.signal.aborted }) };
    } finally {
      clock.abort();
    }
  }
}

/** The cause of a fault at each place where one can come from. */
const causeOfPlace: Readonly<Partial<Record<FaultPlace, CauseCode>>> = {
  probe: "probe-fault",
  link: "link-silent",
  disk: "disk-fault",
  deadline: "phase-deadline",
};

function stopOf(error: unknown, at: { readonly phase: Phase; readonly stopped: boolean }): Stop {
  if (at.stopped) return stopFor("stopped");
  if (error instanceof Fault) {
    if (error.place === "authority") {
      return stopFor(error.retry ? "authority-unreachable" : "authority-unfit", error.message);
    }
    return stopFor(causeOfPlace[error.place] ?? "probe-fault", error.message);
  }
  if (error instanceof Malformed) {
    const fromChip = at.phase === "lock" || at.phase === "handshake" || at.phase === "transfer";
    return stopFor(fromChip ? "chip-unfit" : "authority-unfit", error.message);
  }
  throw error;
}

/** Returns the stop for a refusal of the authority: its own table has sentence and remedy. */
export function stopForRefusal(refused: Refused): Stop {
  return {
    outcome: "refused",
    cause: `authority-${refused.code}`,
    says: refused.says,
    remedy: refused.remedy,
    detail: refused.detail ?? null,
  };
}
