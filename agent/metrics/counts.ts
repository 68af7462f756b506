/**
 * What is counted while the agent runs. A counter begins at 0 with the process: Prometheus expects that.
 *
 * @module
 */
import { Counter, Histogram, type Registry } from "prom-client";
import { type DeliveryEvent, type Phase, phases } from "../delivery/mod.ts";

/** The events that are counted; others pass. */
export type Observed =
  | DeliveryEvent
  | { readonly kind: "station-fault"; readonly station: string }
  | { readonly kind: "synced"; readonly alarms: readonly { readonly alarm: string }[] }
  | { readonly kind: "sync-refused"; readonly code: string }
  | {
    readonly kind:
      | "listening"
      | "board"
      | "board-out"
      | "again"
      | "station-works"
      | "reported-late"
      | "contact"
      | "sync-problem"
      | "page-problem"
      | "lease-use-finished";
  };

/** From a phase on the model to a release over a slow line, in seconds. */
const PHASE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Told from the first scrape on, so that an alert sees the first one too. */
const KNOWN_ALARMS = ["uid-held"];
/** How many values a label takes that others give: whatever comes beyond is counted as "other". */
const VALUES_MOST = 64;
const OUTCOMES = ["delivered", "refused", "failed"] as const;

/** Registers the counters and returns who feeds them. */
export function createCounts(registry: Registry, stations: readonly string[]) {
  const counters = register(registry);
  for (const station of stations) {
    counters.faults.inc({ station }, 0);
    for (const outcome of OUTCOMES) counters.deliveries.inc({ station, outcome, cause: "" }, 0);
  }
  for (const alarm of KNOWN_ALARMS) counters.alarms.inc({ alarm }, 0);
  for (const outcome of ["done", "failed"]) counters.rounds.inc({ outcome }, 0);
  const [cause, code, alarmName] = [bounded(), bounded(), bounded()];
  const clock = createPhaseClock((phase, seconds) => counters.phaseSeconds.observe({ phase }, seconds));
  return {
    observe(event: Observed): void {
      if ("delivery" in event) clock(event);
      if (event.kind === "ended") {
        const { station, outcome } = event.result;
        counters.deliveries.inc({ station, outcome, cause: cause(event.result.cause ?? "") });
      }
      if (event.kind === "station-fault") counters.faults.inc({ station: event.station });
      if (event.kind === "sync-refused") counters.refusals.inc({ cause: code(event.code) });
      if (event.kind === "synced") {
        for (const { alarm } of event.alarms) counters.alarms.inc({ alarm: alarmName(alarm) });
      }
    },
    roundEnded: (outcome: "done" | "failed"): void => counters.rounds.inc({ outcome }),
  };
}

function bounded(): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.size < VALUES_MOST) known.add(value);
    return known.has(value) ? value : "other";
  };
}

function register(registry: Registry) {
  const registers = [registry];
  return {
    deliveries: new Counter({
      name: "flashseal_deliveries_total",
      help: "Deliveries that ended since the agent started; cause is empty for delivered ones",
      labelNames: ["station", "outcome", "cause"],
      registers,
    }),
    phaseSeconds: new Histogram({
      name: "flashseal_delivery_phase_seconds",
      help: "Wall time that a phase of a delivery took",
      labelNames: ["phase"],
      buckets: PHASE_BUCKETS,
      registers,
    }),
    faults: new Counter({
      name: "flashseal_station_faults_total",
      help: "How often a station could not work",
      labelNames: ["station"],
      registers,
    }),
    alarms: new Counter({
      name: "flashseal_alarms_total",
      help: "Alarms that the authority raised about reported uses",
      labelNames: ["alarm"],
      registers,
    }),
    rounds: new Counter({
      name: "flashseal_sync_rounds_total",
      help: "Rounds with the authority",
      labelNames: ["outcome"],
      registers,
    }),
    refusals: new Counter({
      name: "flashseal_sync_refusals_total",
      help: "What the authority refused in a round, told once until another answer comes",
      labelNames: ["cause"],
      registers,
    }),
  };
}

/** Measures each phase from the event that begins it to the one that ends it. One delivery at a time per station. */
function createPhaseClock(measured: (phase: Phase, seconds: number) => void): (event: DeliveryEvent) => void {
  const begun = new Map<
    string,
    { readonly delivery: number; readonly phase: Phase; readonly atMs: number }
  >();
  return (event) => {
    if (event.kind !== "phase" && event.kind !== "ended") return;
    const before = begun.get(event.station);
    // A clock that was set back between two events gives no negative time.
    if (before?.delivery === event.delivery) {
      measured(before.phase, Math.max(0, event.atMs - before.atMs) / 1000);
    }
    if (event.kind === "ended" || !(event.phase in phases)) begun.delete(event.station);
    else begun.set(event.station, { delivery: event.delivery, phase: event.phase, atMs: event.atMs });
  };
}
