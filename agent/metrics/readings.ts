/**
 * What is read at each scrape: the state of stations, record, contact, disk and process as they are now.
 *
 * @module
 */
import type { Registry } from "prom-client";
import { gaugeOf, machineReadings } from "../../figures/mod.ts";
import type { AgentFacts } from "./facts.ts";

/** A station in a fault is in no other state, whatever it did before. */
const STATES = ["empty", "working", "waiting", "done", "fault"];

/** Registers the gauges and returns who sets them. */
export function createReadings(registry: Registry): (facts: AgentFacts) => void {
  const setters = [
    stationReadings(registry),
    recordReadings(registry),
    allowanceReadings(registry),
    contactReadings(registry),
    machineReadings(registry, "appliance's folder"),
  ];
  return (facts) => setters.forEach((set) => set(facts));
}

function stationReadings(registry: Registry): (facts: AgentFacts) => void {
  const gauge = gaugeOf(registry, "flashseal_station_state", "1 for the state that a station is in", [
    "station",
    "state",
  ]);
  return ({ stations }) => {
    for (const { station, state, fault } of stations) {
      const now = fault === null ? state : "fault";
      for (const each of STATES) gauge.set({ station, state: each }, each === now ? 1 : 0);
    }
  };
}

function recordReadings(registry: Registry): (facts: AgentFacts) => void {
  const recorded = gaugeOf(
    registry,
    "flashseal_deliveries_recorded",
    "Deliveries in the appliance's record, over its whole life; good boards that were met again are not among them",
    ["outcome"],
  );
  const receipts = gaugeOf(
    registry,
    "flashseal_receipts_unreported",
    "Receipts that the authority has not heard of",
  );
  const uses = gaugeOf(
    registry,
    "flashseal_uses_unreported",
    "Steps of lent units that the authority has not heard of",
  );
  const barred = gaugeOf(
    registry,
    "flashseal_appliance_barred",
    "1 when the authority wants nothing more of this appliance, with its reason",
    ["cause"],
  );
  return ({ counts, unreportedUses, barred: cause }) => {
    for (const outcome of ["delivered", "refused", "failed"] as const) {
      recorded.set({ outcome }, counts[outcome]);
    }
    receipts.set(counts.unreported);
    uses.set(unreportedUses);
    barred.reset();
    // An alert can tell "not barred" from "no such figure".
    barred.set({ cause: cause ?? "" }, cause === null ? 0 : 1);
  };
}

function allowanceReadings(registry: Registry): (facts: AgentFacts) => void {
  const left = gaugeOf(
    registry,
    "flashseal_offline_tickets_left",
    "Devices that can still be made without the authority",
    ["product"],
  );
  const end = gaugeOf(
    registry,
    "flashseal_offline_end_timestamp_seconds",
    "When the last of the leases ends by which devices can still be made without the authority",
    ["product"],
  );
  return ({ left: tickets, leases }) => {
    left.reset();
    end.reset();
    for (const { product, tickets: count } of tickets) {
      left.set({ product }, count);
      const ends = leases.filter((one) => one.product === product && one.usable && one.free > 0)
        .map(({ notAfterSeconds }) => notAfterSeconds);
      if (ends.length > 0) end.set({ product }, Math.max(...ends));
    }
  };
}

function contactReadings(registry: Registry): (facts: AgentFacts) => void {
  const reachable = gaugeOf(registry, "flashseal_authority_reachable", "Whether the authority answers");
  const age = gaugeOf(
    registry,
    "flashseal_authority_contact_age_seconds",
    "How long ago the authority answered last; kept over restarts, to 5 s",
  );
  const clock = gaugeOf(
    registry,
    "flashseal_clock_offset_seconds",
    "This machine's clock minus the authority's signed time, at the last answer",
  );
  return ({ reachable: is, contactAgeSeconds, clockOffsetSeconds }) => {
    // What is not known is absent: 0 would be a statement.
    for (const gauge of [reachable, age, clock]) gauge.remove();
    if (is !== null) reachable.set(is ? 1 : 0);
    if (contactAgeSeconds !== null) age.set(contactAgeSeconds);
    if (clockOffsetSeconds !== null) clock.set(clockOffsetSeconds);
  };
}
